"""Every figure of the design's table, with the machine it was taken on: `python -m bench`."""

import os
import platform
import subprocess
import sys
from pathlib import Path

from bench.recorded_run import default_captures


def main() -> None:
    print(describe_machine(), flush=True)
    captures = default_captures()
    if captures is None:
        print("\n(no recorded captures beside this checkout: the recorded run is skipped)", flush=True)
    else:
        section("One recorded run", "bench.recorded_run", "--captures", str(captures))
        section("Identity of one recorded run", "bench.identity_speed", "--captures", str(captures))
    section("A year of price history", "bench.history")
    section("A usage log of ten million lines", "bench.usage")
    section("All pairs of 3,000 models", "bench.pairs", "--models", "3000")
    section("A million pairs for a publisher", "bench.export")
    section("All pairs of 10,000 models", "bench.pairs", "--models", "10000", "--only-build")


def describe_machine() -> str:
    """Processor, cores, memory and the Python in use, in one line."""
    cpu = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor() or "unknown processor",
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{cpu}, {os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}, {platform.system()}"


def section(title: str, module: str, *arguments: str) -> None:
    """One part in a process of its own, so that memory is its own."""
    print(f"\n## {title}\n", flush=True)
    subprocess.run([sys.executable, "-m", module, *arguments], check=True)


if __name__ == "__main__":
    main()
