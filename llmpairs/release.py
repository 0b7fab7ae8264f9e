"""A release of a warehouse: found by `open`, read by `Release.connect`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from llmpairs.warehouse.release_history import end_of_day, find_release
from llmpairs.warehouse.releases import read_manifest, require_current
from llmpairs.warehouse.store import open_store

if TYPE_CHECKING:
    import duckdb

    from llmpairs.cost.traffic import Basis, ModelCost, Traffic
    from llmpairs.cost.usage import UsageCost
    from llmpairs.weights import WeightedScore


@dataclass(frozen=True, kw_only=True)
class Release:
    """A published release; it stays the same when later ones are published."""

    warehouse: str
    """Folder or s3:// address of the warehouse, as it was given."""
    run_id: str
    as_of: datetime
    """As-of time of the release, UTC."""

    def connect(self, *, known_at: date | None = None) -> "duckdb.DuckDBPyConnection":
        """A DuckDB connection to the tables, views and macros of this release; `known_at` as in `llmpairs.connect`."""
        from llmpairs.warehouse.query import connect

        return connect(self.warehouse, self.run_id, known_at=known_at)

    def cost(self, models: Iterable[str], traffic: "Traffic", *, basis: "Basis | None" = None) -> "list[ModelCost]":
        """Cost of the traffic on each model, USD; on every price basis unless one is given.

        A published workload (`Traffic.of_workload`) costs what `model_scenario_costs` has. A model is named as in
        `compare`; UnknownModelError, with the nearest names, for any other.
        """
        from llmpairs.cost.traffic import price_traffic
        from llmpairs.model_lookup import find_model

        with self.connect() as con:
            costs = price_traffic(con, [find_model(con, name) for name in models], traffic)
        return [cost for cost in costs if basis in (None, cost.basis)]

    def weigh(
        self, models: tuple[str, str], weights: Mapping[str, float], *, compared: str = "overall"
    ) -> "WeightedScore":
        """Compare two models by the caller's own weights of DIMENSIONS, overall or in a workload.

        UnknownModelError, with the nearest names, for an unknown model; LookupError for models that are in no pair.
        """
        from llmpairs.model_lookup import find_model
        from llmpairs.weights import weigh_pair

        with self.connect() as con:
            score = weigh_pair(con, (find_model(con, models[0]), find_model(con, models[1])), weights, compared)
        if score is None:
            raise LookupError(f"{models[0]} and {models[1]} are in no pair, or {compared} is no workload")
        return score

    def price_usage(self, log: str | Path, out: str | Path | None = None) -> "list[UsageCost]":
        """What a usage log cost by provider, model and month, USD, each line at the prices of its time.

        `out` gets the priced lines as Parquet. The columns of a log and UsageFormatError: docs/COST.md.
        """
        from llmpairs.cost.usage import price_usage

        with self.connect() as con:
            return price_usage(con, self.as_of, Path(log), None if out is None else Path(out))


def open(  # noqa: A001  (read as llmpairs.open)
    warehouse: str | Path, *, release: str | None = None, as_of: date | None = None
) -> Release:
    """The live release of a warehouse: a folder or an s3:// address.

    `release` selects a release by its run id, `as_of` the one that was live at that time (a date means its end, UTC).
    ReleaseError when there is no warehouse or no such release, StoreError when it cannot be read.
    """
    store = open_store(warehouse)
    run_id = release if as_of is None else find_release(store, end_of_day(as_of), release)
    manifest = read_manifest(store, run_id or require_current(store))
    return Release(warehouse=str(warehouse), run_id=manifest.run_id, as_of=manifest.as_of)
