"""moto's server with a lock around its PutObject, which checks If-Match and writes in two steps (moto 5.2.5)."""

import sys
import threading
from functools import wraps
from typing import Any

from moto.s3.responses import S3Response
from moto.server import main

_LOCK = threading.Lock()


def lock_put_object() -> None:
    """Make PutObject of moto's S3 atomic in this process."""
    put_object = S3Response.put_object
    if hasattr(put_object, "__wrapped__"):
        return

    @wraps(put_object)
    def locked(self: Any, *arguments: Any, **options: Any) -> Any:
        with _LOCK:
            return put_object(self, *arguments, **options)

    S3Response.put_object = locked  # type: ignore[method-assign]


if __name__ == "__main__":
    lock_put_object()
    main(sys.argv[1:])
