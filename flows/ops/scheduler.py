"""The scheduler: serves the nightly deployment, with a Prefect server on loopback where none is configured."""

import asyncio
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import httpx
import psutil

from llmpairs.flows.runtime.process_tree import PYTHON_MODULE, end_child_processes, read_environment
from llmpairs.flows.runtime.settings import FLOW_RUN_ENV, state_folder, use_prefect_environment
from llmpairs.progress import Progress

API_ENV = "PREFECT_API_URL"
HOST = "127.0.0.1"
END_SECONDS = 60.0
"""Within this time a run ends its processes and writes its record; systemd kills after 90 s."""
START_SECONDS = 180.0
"""With a new Prefect home it takes 20 to 60 s: the server creates its database."""


class ServerError(RuntimeError):
    """Prefect's server did not start; the message states why."""


def serve_schedule(cron: str, timezone: str, parameters: dict[str, object], port: int, address: str) -> None:
    """Start the nightly flow on a schedule until interrupted, one run at a time; ValueError for a bad `cron`."""
    use_prefect_environment()
    from prefect.deployments.runner import RunnerDeployment
    from prefect.runner import Runner
    from prefect.schedules import Cron
    from prefect.types.entrypoint import EntrypointType

    class EndableRunner(Runner):
        """Ends its runs at SIGTERM, then itself; Prefect 3.8.8 exits within its event loop and prints a traceback."""

        async def start(self, run_once: bool = False, webserver: bool | None = None) -> None:
            self.task = asyncio.current_task()
            await super().start(run_once, webserver)

        def handle_sigterm(self, *_: object, **__: object) -> None:
            if self.task is not None:
                asyncio.run_coroutine_threadsafe(end_task(self.task, terminate_runs()), self.task.get_loop())

    schedule = Cron(cron, timezone=timezone)
    with end_child_processes(), prefect_server(port) as dashboard:
        from llmpairs.flows.ops.scheduled_flow import nightly

        Progress().print_line(f"runs at {cron!r}, {timezone}, into {address}; dashboard: {dashboard}; Ctrl-C ends it")
        deployment = nightly.to_deployment(
            name="nightly", schedule=schedule, parameters=parameters, entrypoint_type=EntrypointType.MODULE_PATH
        )
        if isinstance(deployment, RunnerDeployment):  # an awaitable only inside an event loop
            runner = EndableRunner(limit=1)
            runner.add_deployment(deployment)
            with suppress(KeyboardInterrupt, asyncio.CancelledError):
                asyncio.run(runner.start())


def terminate_runs() -> list[psutil.Process]:
    """Send SIGTERM to the runs at work, which end their processes and record that they failed; returns them."""
    runs = [process for process in psutil.Process().children() if FLOW_RUN_ENV in read_environment(process)]
    for process in runs:
        process.terminate()
    return runs


async def end_task(task: "asyncio.Task[None]", runs: list[psutil.Process]) -> None:
    """Cancel the runner, which kills its runs, when they have ended by themselves or after END_SECONDS."""
    deadline = time.monotonic() + END_SECONDS
    while any(map(is_at_work, runs)) and time.monotonic() < deadline:
        await asyncio.sleep(0.2)
    task.cancel()


def is_at_work(process: psutil.Process) -> bool:
    """Whether a process has not ended."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@contextmanager
def prefect_server(port: int) -> Iterator[str]:
    """URL of the dashboard: of the server in the environment, else of a server that is started here."""
    if os.environ.get(API_ENV):
        yield os.environ[API_ENV].removesuffix("/api")
        return
    check_port_free(port)
    address = f"http://{HOST}:{port}"
    log = state_folder() / "prefect-server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*PYTHON_MODULE, "prefect", "server", "start", "--host", HOST, "--port", str(port)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            # Ctrl-C reaches only this process, which ends the server after the runs at work.
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


def check_port_free(port: int) -> None:
    """ServerError when something listens at the port."""
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
