"""Crawl processes forked from one that has imported the spiders: the same code without an import of Scrapy each.

Imports next to nothing, because every forked process imports this module.
"""

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from importlib import import_module
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import llmpairs.spiders

CRAWLING = "llmpairs.spiders.crawling"


class ForkedCrawl:
    """A crawl in a forked process, with the part of `subprocess.Popen` that the flow uses."""

    def __init__(self, command: list[str], **streams: Any) -> None:
        arguments = command[command.index(CRAWLING) + 1 :]
        self.process = start_forked(CRAWLING, arguments, Path(streams["stdout"].name))
        self.pid = self.process.pid

    def wait(self, timeout: float | None = None) -> int | None:
        """The exit code; TimeoutExpired while it runs."""
        self.process.join(timeout)
        if self.process.exitcode is None:
            raise subprocess.TimeoutExpired("crawl", timeout or 0.0)
        return self.process.exitcode

    def poll(self) -> int | None:
        """The exit code; None while it runs."""
        return self.process.exitcode


def start_forked(module: str, arguments: Sequence[str], log: Path) -> BaseProcess:
    """Start `python -m module arguments` in a forked process, with the environment of now and its output in `log`."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([f"{CRAWLING}.__main__", *list_spider_modules()])
    process = context.Process(target=run_module, args=(module, tuple(arguments), log, dict(os.environ)))
    # Otherwise each forked process imports pytest, which is the main module.
    with patch.multiple(sys.modules["__main__"], create=True, __spec__=None, __file__=None):
        process.start()
    return process


def list_spider_modules() -> list[str]:
    """Modules of all spiders, without importing them here."""
    spiders = Path(llmpairs.spiders.__path__[0])
    folders = [spiders / name for name in ("providers", "catalogues", "cards", "benchmarks")]
    files = (path for folder in folders for path in folder.glob("[!_]*.py"))
    return sorted(f"llmpairs.spiders.{path.parent.name}.{path.stem}" for path in files)


def run_module(module: str, arguments: Sequence[str], log: Path, environment: dict[str, str]) -> None:
    """Run the module's `main` as a process of its own session, as the flow starts it."""
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    with log.open("ab") as stream:
        os.dup2(stream.fileno(), 1)
        os.dup2(stream.fileno(), 2)
    sys.exit(import_module(f"{module}.__main__" if module == CRAWLING else module).main(list(arguments)))


def forked_crawls() -> AbstractContextManager[Any]:
    """Within it, the flow's crawl processes are forked."""
    popen = SimpleNamespace(Popen=ForkedCrawl, DEVNULL=subprocess.DEVNULL, TimeoutExpired=subprocess.TimeoutExpired)
    return patch("llmpairs.flows.nightly.crawl_process.subprocess", popen)
