"""The schedule: a Prefect server on loopback where none is named, and the nightly deployment served beside it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from llmpairs.flows.runtime.process_tree import end_children_with_us
from llmpairs.flows.runtime.settings import state_folder, use_prefect_environment
from llmpairs.progress import Stages

API_ENV = "PREFECT_API_URL"
HOST = "127.0.0.1"
START_SECONDS = 180.0
"""A fresh home takes 20 to 60 s: Prefect makes its database."""


class ServerError(RuntimeError):
    """Prefect's server did not come up; the message says why."""


def serve_nights(cron: str, timezone: str, parameters: dict[str, object], port: int, place: str) -> None:
    """Start the nightly flow by the clock until interrupted, one run at a time; ValueError for a bad `cron`."""
    use_prefect_environment()
    from prefect import serve
    from prefect.deployments.runner import RunnerDeployment
    from prefect.schedules import Cron
    from prefect.types.entrypoint import EntrypointType

    schedule = Cron(cron, timezone=timezone)
    with end_children_with_us(), prefect_server(port) as address:
        from llmpairs.flows.ops.scheduled_flow import nightly

        Stages().say(f"nights at {cron!r}, {timezone}, into {place}; dashboard: {address}; Ctrl-C ends it")
        deployment = nightly.to_deployment(
            name="nightly",
            schedule=schedule,
            parameters=parameters,
            entrypoint_type=EntrypointType.MODULE_PATH,
        )
        if isinstance(deployment, RunnerDeployment):  # an awaitable only inside an event loop
            serve(deployment, limit=1, print_starting_message=False)


@contextmanager
def prefect_server(port: int) -> Iterator[str]:
    """The address of the dashboard of the server that the environment names, else of one started here."""
    if os.environ.get(API_ENV):
        yield os.environ[API_ENV].removesuffix("/api")
        return
    refuse_taken(port)
    address = f"http://{HOST}:{port}"
    log = state_folder() / "prefect-server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "prefect", "server", "start", "--host", HOST, "--port", str(port)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            # Ctrl-C reaches the server through us alone, after the runs under way were told.
            start_new_session=True,
        )
    try:
        await_health(f"{address}/api/health", process, str(log))
        os.environ[API_ENV] = f"{address}/api"
        yield address
    finally:
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def refuse_taken(port: int) -> None:
    """ServerError when something listens at the port already."""
    with socket.socket() as probe:
        if probe.connect_ex((HOST, port)) == 0:
            raise ServerError(
                f"port {port} is taken: another --port, or {API_ENV}=http://{HOST}:{port}/api if it is a Prefect server"
            )


def await_health(url: str, process: "subprocess.Popen[bytes]", log: str) -> None:
    """Wait until the server answers; ServerError when it ends or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise ServerError(f"Prefect's server ended with {process.returncode}; see {log}")
        try:
            if httpx.get(url, timeout=5).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.5)
    raise ServerError(f"Prefect's server did not answer within {START_SECONDS:.0f} s; see {log}")
