"""Crawls as processes of their own: started together, watched, tried again, never left behind."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from llmpairs.flows.nightly.crawl_baseline import PREVIOUS, USUAL
from llmpairs.flows.nightly.plan import Night
from llmpairs.spiders.registry import SOURCES

SLOW_FIRST = (
    "models_dev", "openrouter", "litellm", "zenmux", "huggingface_router", "livebench", "lmarena",
    "openrouter_endpoints", "huggingface_cards",
)  # fmt: skip
"""Sources with the most to parse; dealt out first, they stand in different processes."""
PROCESSES = min(max(2, os.cpu_count() or 1), 6)
"""For each wave: a process costs more than a second of a core before its first page."""
LIMIT_SECONDS = {"live": 3600.0, "replay": 900.0}


class CrawlError(RuntimeError):
    """A crawl process ended without doing its work."""


@dataclass
class Crawl:
    """One running crawl process and what it is for."""

    night: Night
    sources: tuple[str, ...]
    inputs: Path | None
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

    def unfinished(self) -> list[str]:
        """Sources of which nothing was written; the health record of each comes last."""
        return [name for name in self.sources if not (self.night.work / "health" / f"{name}.json").exists()]


def start_wave(night: Night, wave: int, inputs: Path | None = None) -> list[Crawl]:
    """Start the processes of a wave; they write below the night's work folder."""
    return [start(night, group, inputs) for group in groups_of(night, wave)]


def groups_of(night: Night, wave: int, processes: int = PROCESSES) -> list[tuple[str, ...]]:
    """Sources of a wave, dealt out to so many processes.

    What a source yields is written as soon as it is done, so that a process that dies costs only what it had not.
    """
    wanted = [name for name in night.sources if SOURCES[name].wave == wave]
    order = [name for name in SLOW_FIRST if name in wanted]
    order += [name for name in wanted if name not in SLOW_FIRST]
    return [tuple(order[number::processes]) for number in range(min(processes, len(order)))]


def start(
    night: Night, sources: tuple[str, ...], inputs: Path | None, deadline: float | None = None
) -> Crawl:
    """Start one process in a session of its own, so that Ctrl-C reaches it through us alone."""
    command = [
        sys.executable, "-m", "llmpairs.spiders.crawl", "--sources", ",".join(sources), "--as-of", night.as_of,
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
    with log.open("ab") as stderr:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=stderr, stderr=stderr, start_new_session=True
        )
    until = time.monotonic() + LIMIT_SECONDS[night.mode] if deadline is None else deadline
    return Crawl(night, sources, inputs, log, process, until)


def finish(crawls: list[Crawl]) -> dict[str, str]:
    """Wait for all; returns the cause by source for those given up.

    What a process that failed has not written is crawled once more, each source alone: one that takes its
    process down with it costs only itself.
    """
    given_up: dict[str, str] = {}
    for crawl in crawls:
        try:
            crawl.wait()
        except CrawlError:
            until = time.monotonic() + LIMIT_SECONDS["replay"]
            for name in crawl.unfinished():
                try:
                    start(crawl.night, (name,), crawl.inputs, until).wait()
                except CrawlError as error:
                    given_up[name] = str(error)
    return given_up
