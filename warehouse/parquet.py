"""How tables are written to Parquet: the same rows give the same bytes, and `pairs` go down fast.

Measured on 1.5 million pairs (2 cores): see `settings_for`.
"""

import base64
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.arrow import conform, schema_of
from warehouse.contract import Table
from warehouse.errors import ReleaseError
from warehouse.store import Store

ROW_GROUP_ROWS = 1 << 18
