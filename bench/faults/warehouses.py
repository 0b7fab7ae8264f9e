"""Warehouses of the harness: in a folder, and in a bucket of a mock S3 server on loopback."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pyarrow.fs import S3FileSystem

BUCKET = "warehouse"
START_SECONDS = 60.0
CREDENTIALS = dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "test") | {
    "AWS_EC2_METADATA_DISABLED": "true"
}


@dataclass(frozen=True)
class WarehouseKind:
    """A kind of warehouse and the pattern of its addresses."""

    name: str
    pattern: str
    """Address with {name} for the warehouse's own name."""

    def warehouse(self, name: str) -> str:
        """The address of a warehouse of that name."""
        return self.pattern.format(name=name)


def folder_warehouses(folder: Path) -> WarehouseKind:
    """Warehouses in a local folder."""
    return WarehouseKind("local disk", f"{folder}/{{name}}")


@contextmanager
def bucket_warehouses(log: Path) -> Iterator[WarehouseKind]:
    """Warehouses in a bucket of a mock S3."""
    port = free_port()
    os.environ.update(CREDENTIALS)
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], stdout=output, stderr=output
        )
    try:
        await_port(port)
        S3FileSystem(
            endpoint_override=f"127.0.0.1:{port}", scheme="http", region="us-east-1", allow_bucket_creation=True
        ).create_dir(BUCKET)
        options = f"scheme=http&endpoint_override=127.0.0.1:{port}&region=us-east-1"
        yield WarehouseKind("S3 (mock)", f"s3://{BUCKET}/{{name}}?{options}")
    finally:
        server.terminate()
        server.wait()


def free_port() -> int:
    """A loopback port that nothing listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def await_port(port: int) -> None:
    """Wait until something listens at the port; TimeoutError when nothing does in time."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError(f"nothing listens at port {port} after {START_SECONDS:.0f} s")
