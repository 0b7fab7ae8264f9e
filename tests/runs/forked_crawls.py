"""Crawl processes forked from one that has imported the spiders: the same code without four imports of Scrapy a run.

Imports next to nothing, because every forked process imports this module.
"""

import multiprocessing
import os
import subprocess
import sys
from contextlib import AbstractContextManager
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import llmpairs.spiders

CRAWLING = "llmpairs.spiders.crawling.__main__"


class ForkedCrawl:
    """A crawl in a forked process, with the part of `subprocess.Popen` that the flow uses."""

    def __init__(self, command: list[str], **streams: Any) -> None:
        arguments = command[command.index("llmpairs.spiders.crawling") + 1 :]
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([CRAWLING, *list_spider_modules()])
        self.process = context.Process(target=crawl, args=(arguments, Path(streams["stdout"].name)))
        self.process.start()
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


def list_spider_modules() -> list[str]:
    """Modules of all spiders, without importing them here."""
    spiders = Path(llmpairs.spiders.__path__[0])
    folders = [spiders / name for name in ("providers", "catalogues", "cards", "benchmarks")]
    files = (path for folder in folders for path in folder.glob("[!_]*.py"))
    return sorted(f"llmpairs.spiders.{path.parent.name}.{path.stem}" for path in files)


def crawl(arguments: list[str], log: Path) -> None:
    """Run the crawling module's `main` as a process of its own session, as the flow starts it."""
    os.setsid()
    with log.open("ab") as stream:
        os.dup2(stream.fileno(), 1)
        os.dup2(stream.fileno(), 2)
    sys.exit(import_module(CRAWLING).main(arguments))


def forked_crawls() -> AbstractContextManager[Any]:
    """Within it, the flow's crawl processes are forked."""
    popen = SimpleNamespace(Popen=ForkedCrawl, DEVNULL=subprocess.DEVNULL, TimeoutExpired=subprocess.TimeoutExpired)
    return patch("llmpairs.flows.nightly.crawl_process.subprocess", popen)
