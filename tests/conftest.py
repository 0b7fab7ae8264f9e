"""What all tests share: their order, the mark `slow`, and a bucket on loopback for tests with a warehouse in one."""

import gc
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyarrow.fs import S3FileSystem

BUCKET = "warehouse"
TESTS = Path(__file__).resolve().parent
SLOW_FIXTURES = {"browser", "captures", "frozen_crawl", "gate", "s3_address", "shared"}
"""A test that needs one of them, also indirectly, is slow: captures, a crawl or gate process, a bucket, a whole run."""
RECORDED_FIXTURES = {"recorded_run", "june"}
"""A test that needs one of them executes whole recorded runs: `make test-recorded`."""
BROWSER_FIXTURE = "browser"
"""A test that needs it opens pages in chromium: `make test-browser`."""
SLOW_PARAMETERS = {"bucket", "s3"}
"""A test with one of these parameters is slow: its fixtures ask for the bucket by name."""
NOT_SLOW = "not slow"
"""The mark expression of `make test-fast`; slow files are not even imported for it."""
SLOW_FILES = (
    "expectations/test_price_changes.py",
    "expectations/test_run.py",
    "expectations/test_suites.py",
    "expectations/test_outcome_changes.py",
    "faults/test_faults.py",
    "flows/test_hostile_folder.py",
    "flows/test_lock.py",
    "flows/test_process_tree.py",
    "runs/test_cluster.py",
    "runs/test_crawl_baseline.py",
    "runs/test_interrupted_runs.py",
    "runs/test_scheduled_flow.py",
    "spiders/test_conditional_requests.py",
    "spiders/test_crawl.py",
    "spiders/test_health.py",
    "spiders/test_hostile.py",
    "spiders/test_list_providers_paging.py",
    "spiders/test_live.py",
    "spiders/test_recording.py",
    "spiders/test_rehearsal.py",
    "spiders/test_scaffold.py",
    "transforms/normalise/test_family_facts.py",
    "transforms/pricing/test_holds.py",
    "transforms/quality/test_other_processors.py",
    "transforms/test_hostile.py",
    "transforms/test_odd_histories.py",
    "transforms/test_planted_runs.py",
    "transforms/test_reviewed_facts.py",
    "transforms/test_stability.py",
    "warehouse/test_public_api.py",
)
"""Files whose tests start processes, load Great Expectations or execute all transforms; `make test-fast` leaves
them out."""
FIRST_FILES = ("runs/test_recorded_runs.py", "runs")
"""Files and folders that start first, then the slow files: a long one that starts last would leave cores idle."""


GC_THRESHOLDS = (100_000, 50, 1000)
"""Allocations before a collection of each generation: with the defaults collections are a sixth of the CPU time, since
each one visits what pandas and Great Expectations have imported."""


def pytest_configure(config: pytest.Config) -> None:
    gc.set_threshold(*GC_THRESHOLDS)
    config.addinivalue_line("markers", "slow: a whole run, a subprocess, a bucket or recorded captures")
    config.addinivalue_line("markers", "browser: pages in headless chromium")
    config.addinivalue_line("markers", "recorded: whole runs of recorded captures, minutes each")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the slow files out where no slow test is wanted, and with them what they import."""
    is_left_out = config.option.markexpr == NOT_SLOW and name_of(collection_path) in SLOW_FILES
    return True if is_left_out else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the slow tests and those of recorded runs, and put the longest files first."""
    for item in items:
        if is_slow(item):
            item.add_marker(pytest.mark.slow)
        if BROWSER_FIXTURE in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
        if RECORDED_FIXTURES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.recorded)
    items.sort(key=find_rank)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Tests start modules of `tests`; a run under Prefect sets a safe path for the rest of its process."""
    os.environ.pop("PYTHONSAFEPATH", None)


def is_slow(item: pytest.Item) -> bool:
    """Whether `make test-fast` leaves a test out."""
    fixtures = SLOW_FIXTURES.intersection(getattr(item, "fixturenames", ()))
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    needs_bucket = any(isinstance(value, str) and value in SLOW_PARAMETERS for value in parameters.values())
    return bool(fixtures) or needs_bucket or name_of(item.path) in SLOW_FILES


def name_of(path: Path) -> str:
    """A test file as `SLOW_FILES` names it."""
    return path.relative_to(TESTS).as_posix() if path.is_relative_to(TESTS) else path.as_posix()


def find_rank(item: pytest.Item) -> int:
    """Position of a test's file: as in `FIRST_FILES`, then the slow files, then the others, each in their order."""
    path = item.path.relative_to(TESTS)
    ranks = [rank for rank, name in enumerate(FIRST_FILES) if path.is_relative_to(name)]
    return min(ranks, default=len(FIRST_FILES) + (name_of(item.path) not in SLOW_FILES))


@pytest.fixture(scope="session")
def s3_credentials() -> Iterator[None]:
    """Credentials of the mock S3 in the environment, also of processes that start before the server."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield


@pytest.fixture(scope="session")
def s3_address(s3_credentials: None) -> Iterator[str]:
    """host:port of a mock S3 with one empty bucket, and credentials in the environment."""
    from moto import backends  # a second: only the worker that needs it
    from moto.server import ThreadedMotoServer

    from bench.faults.locked_moto import lock_put_object

    # Each request lists the folder of moto's modules twice (5.2.5): a quarter of the server's CPU time.
    modules = list(backends.list_of_moto_modules())
    lock_put_object()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    host, port = server.get_host_and_port()
    open_bucket = S3FileSystem(
        endpoint_override=f"{host}:{port}", scheme="http", region="us-east-1", allow_bucket_creation=True
    )
    open_bucket.create_dir(BUCKET)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backends, "list_of_moto_modules", lambda: modules)
        yield f"{host}:{port}"
    server.stop()


@pytest.fixture
def s3_uri(s3_address: str, request: pytest.FixtureRequest) -> str:
    """A warehouse of this test's own in the bucket."""
    return bucket_uri(s3_address, request.node.name.replace("[", "-").replace("]", ""))


def bucket_uri(s3_address: str, prefix: str) -> str:
    """The address of a warehouse in the bucket."""
    return f"s3://{BUCKET}/{prefix}?scheme=http&endpoint_override={s3_address}&region=us-east-1"
