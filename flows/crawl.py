"""Crawls as processes of their own: started together, watched, tried again, never left behind."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from flows.earlier import PREVIOUS, USUAL
from flows.night import Night
from spiders.registry import SOURCES

GROUPS = (
    ("models_dev", "zenmux"),
    ("openrouter", "litellm", "huggingface_router"),
    ("openrouter_endpoints",),
    ("huggingface_cards",),
    ("models_dev_lab", "aider", "livebench", "lmarena", "swe_bench"),
)
"""A process costs about 2 s to start, so quick sources share one; slow ones have their own."""
SHARED_BY = 8
"""Sources of one kind that share a process where no group names them: one or two small pages each."""
LIMIT_SECONDS = {"live": 3600.0, "replay": 900.0}


class CrawlError(RuntimeError):
    """A crawl process ended without doing its work."""


@dataclass
class Crawl:
    """One running crawl process and how to start it again."""

    sources: tuple[str, ...]
    command: list[str]
    log: Path
    process: subprocess.Popen[bytes]
    deadline: float

    def wait(self) -> None:
        """Wait for the end; CrawlError when it fails or takes too long, with the last line that it wrote."""
        try:
            code = self.process.wait(timeout=max(0.0, self.deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.stop()
            raise CrawlError(f"crawl of {', '.join(self.sources)} took too long and was ended") from None
        if code != 0:
            tail = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
            raise CrawlError(
                f"crawl of {', '.join(self.sources)} ended with {code}: {''.join(tail) or 'no message'}"
            )

    def stop(self) -> None:
        """End the process, gently first."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()


def start_wave(night: Night, wave: int, inputs: Path | None = None) -> list[Crawl]:
    """Start the processes of a wave; they write below the night's work folder."""
    return [start(night, group, inputs) for group in groups_of(night, wave)]


def groups_of(night: Night, wave: int) -> list[tuple[str, ...]]:
    """Sources of a wave that share a process: those of `GROUPS`, then the others by kind, eight at a time.

    What a source yields is written as soon as it is done, so that a process that dies costs only what it had not.
    """
    wanted = [name for name in night.sources if SOURCES[name].wave == wave]
    groups = [tuple(name for name in group if name in wanted) for group in GROUPS]
    named = {name for group in GROUPS for name in group}
    others: dict[str, list[str]] = {}
    for name in wanted:
        if name not in named:
            others.setdefault(SOURCES[name].kind, []).append(name)
    for names in others.values():
        groups += [tuple(names[start : start + SHARED_BY]) for start in range(0, len(names), SHARED_BY)]
    return [group for group in groups if group]


def start(night: Night, sources: tuple[str, ...], inputs: Path | None) -> Crawl:
    """Start one process in a session of its own, so that Ctrl-C reaches it through us alone."""
    command = [
        sys.executable, "-m", "spiders.crawl", "--sources", ",".join(sources), "--as-of", night.as_of,
        "--run-id", night.run_id, "--out", str(night.work),
    ]  # fmt: skip
    for archive in night.archives:
        command += ["--archive", archive]
    if inputs is not None:
        command += ["--inputs", str(inputs)]
    for option, name in (("--previous", PREVIOUS), ("--usual", USUAL)):
        if (night.work / name).exists():
            command += [option, str(night.work / name)]
    log = night.work / f"crawl-{sources[0]}.log"
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=stderr, stderr=stderr, start_new_session=True
        )
    return Crawl(sources, command, log, process, time.monotonic() + LIMIT_SECONDS[night.mode])


def finish(crawls: list[Crawl], retries: int = 1) -> dict[str, str]:
    """Wait for all; a process that failed is started again; returns the cause by source for those given up."""
    given_up: dict[str, str] = {}
    for crawl in crawls:
        error = attempt(crawl, retries)
        if error is not None:
            given_up.update(dict.fromkeys(crawl.sources, error))
    return given_up


def attempt(crawl: Crawl, retries: int) -> str | None:
    """Wait for a crawl, starting it again while it may be; the last error when every try failed."""
    for left in range(retries, -1, -1):
        try:
            crawl.wait()
        except CrawlError as error:
            if left == 0:
                return str(error)
            with crawl.log.open("ab") as stderr:
                crawl.process = subprocess.Popen(
                    crawl.command,
                    stdin=subprocess.DEVNULL,
                    stdout=stderr,
                    stderr=stderr,
                    start_new_session=True,
                )
            crawl.deadline = time.monotonic() + LIMIT_SECONDS["replay"]
        else:
            return None
    return None
