"""A bucket on loopback for the tests that keep a warehouse in one."""

import logging
from collections.abc import Iterator

import pytest
from moto.server import ThreadedMotoServer
from pyarrow.fs import S3FileSystem

BUCKET = "warehouse"


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
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    host, port = server.get_host_and_port()
    open_bucket = S3FileSystem(
        endpoint_override=f"{host}:{port}", scheme="http", region="us-east-1", allow_bucket_creation=True
    )
    open_bucket.create_dir(BUCKET)
    yield f"{host}:{port}"
    server.stop()


@pytest.fixture
def s3_uri(s3_address: str, request: pytest.FixtureRequest) -> str:
    """A warehouse of this test's own in the bucket."""
    return bucket_uri(s3_address, request.node.name.replace("[", "-").replace("]", ""))


def bucket_uri(s3_address: str, prefix: str) -> str:
    """The address of a warehouse in the bucket."""
    return f"s3://{BUCKET}/{prefix}?scheme=http&endpoint_override={s3_address}&region=us-east-1"
