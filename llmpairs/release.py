"""A release of a warehouse or data package: found by `open`, read by the methods of Release."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING

from llmpairs.warehouse.errors import NoPairError
from llmpairs.warehouse.release_files import select_release
from llmpairs.warehouse.store import open_store
from llmpairs.warehouse.vocabulary import PRICE_FIELDS

if TYPE_CHECKING:
    import duckdb

    from llmpairs.cost.traffic import Basis, ModelCost, OfferCost, Traffic
    from llmpairs.cost.usage import UsageCost
    from llmpairs.listings import Change, ChangeKind, GapCount, GapFilter, OpenGap
    from llmpairs.model_lookup import ResolvedModel
    from llmpairs.pages.content.brief import Comparison
    from llmpairs.pages.content.pair_schema import PairPage
    from llmpairs.price_history import PriceHistory
    from llmpairs.weights import WeightedScore


@dataclass(frozen=True, kw_only=True)
class Release:
    """A published release; it stays the same when later ones are published.

    Every method that takes a model takes any name of it, as `llmpairs compare` does, and raises UnknownNameError, with
    the nearest names, for any other. Methods may be called from several threads; relations are for one thread.
    """

    warehouse: str
    """Folder or s3:// address of the warehouse or data package, as it was given."""
    run_id: str
    as_of: datetime
    """As-of time of the release, UTC."""

    def __getstate__(self) -> dict[str, object]:
        """What a copy in another process gets: not the open connection."""
        return {name: value for name, value in vars(self).items() if name != "_shared"}

    def connect(self, *, known_at: date | None = None, local_files: bool = False) -> "duckdb.DuckDBPyConnection":
        """A DuckDB connection to tables, views and macros; `known_at` and `local_files` as in `llmpairs.connect`."""
        from llmpairs.warehouse.query import connect

        return connect(self.warehouse, self.run_id, known_at=known_at, local_files=local_files)

    @cached_property
    def _shared(self) -> "tuple[duckdb.DuckDBPyConnection, RLock]":
        return self.connect(), RLock()

    @contextmanager
    def _reading(self) -> "Iterator[duckdb.DuckDBPyConnection]":
        """The connection that all methods share, for one thread at a time."""
        con, lock = self._shared
        with lock:
            yield con

    def table(self, name: str) -> "duckdb.DuckDBPyRelation":
        """A table or view as a lazy relation: `.filter()`, `.df()`, `.pl()`, `.arrow()`.

        Columns and units: docs/DATA_DICTIONARY.md. UnknownNameError, with the nearest names, for an unknown one.
        """
        from llmpairs.model_lookup import require_name

        with self._reading() as con:
            require_name(name, [str(row[0]) for row in con.execute("SHOW TABLES").fetchall()], "table")
            return con.table(name)

    @property
    def models(self) -> "duckdb.DuckDBPyRelation":
        """One row for each model; sizes in tokens."""
        return self.table("models")

    @property
    def offers(self) -> "duckdb.DuckDBPyRelation":
        """One row for each offer of a provider; prices in USD per million tokens."""
        return self.table("offers")

    @property
    def pairs(self) -> "duckdb.DuckDBPyRelation":
        """One row for each pair of live text models, with the bytewise smaller id as side A."""
        return self.table("pairs")

    def resolve(self, name: str) -> "ResolvedModel":
        """The model that a name means: an id, a slug, a display name, a bare name, a former id or a source's key."""
        from llmpairs.model_lookup import describe_model, find_model

        with self._reading() as con:
            return describe_model(con, find_model(con, name))

    def resolve_all(self, names: Iterable[str]) -> dict[str, str | None]:
        """The model_id of each name, to be joined with own tables; None for an unknown or ambiguous name."""
        from llmpairs.model_lookup import resolve_models

        with self._reading() as con:
            return resolve_models(con, names)

    def compare(self, a: str, b: str) -> "Comparison":
        """The first screen of a pair: headline, figures and outcomes; prices in USD per million tokens.

        NoPairError, with the reason, for two models without a comparison record.
        """
        from llmpairs.pages.content.brief import shorten_page

        return shorten_page(self.read_pair_page(a, b))

    def read_pair_page(self, a: str, b: str) -> "PairPage":
        """Everything that is known of a pair, with sources; errors as in `compare`."""
        from llmpairs.comparison import read_pair_page

        with self._reading() as con:
            return read_pair_page(con, self.run_id, (a, b))

    def cheapest(
        self, model: str, workload: "str | Traffic", *, basis: "Basis" = "best", limit: int = 5
    ) -> "list[OfferCost]":
        """Offers of a model that can serve a published workload, or own traffic, cheapest first, USD.

        `best` has offers of named operators whose price is no outlier, `list` the developer's own, `any` all. A
        workload is a month of its requests; UnknownNameError for an unknown one.
        """
        from llmpairs.cost.traffic import Traffic, list_cheapest_offers
        from llmpairs.model_lookup import find_model

        traffic = Traffic.of_workload(workload) if isinstance(workload, str) else workload
        with self._reading() as con:
            return list_cheapest_offers(con, find_model(con, model), traffic, basis, limit)

    def cheapest_models(self, workload: str, *, limit: int = 10) -> "list[ModelCost]":
        """Live models by the monthly cost of a published workload on the basis `best`, cheapest first, USD."""
        from llmpairs.cost.traffic import list_cheapest_models
        from llmpairs.model_lookup import require_name
        from llmpairs.warehouse.vocabulary import SCENARIOS

        require_name(workload, SCENARIOS, "workload")
        with self._reading() as con:
            return list_cheapest_models(con, workload, limit)

    def cost(
        self, models: Iterable[str], traffic: "str | Traffic", *, basis: "Basis | None" = None
    ) -> "list[ModelCost]":
        """Cost of a published workload or own traffic on each model, USD; on every price basis unless one is given.

        A published workload costs what `model_scenario_costs` has.
        """
        from llmpairs.cost.traffic import Traffic, price_traffic
        from llmpairs.model_lookup import find_model

        wanted = Traffic.of_workload(traffic) if isinstance(traffic, str) else traffic
        with self._reading() as con:
            costs = price_traffic(con, [find_model(con, name) for name in models], wanted)
        return [cost for cost in costs if basis in (None, cost.basis)]

    def history(
        self, model: str, fields: Sequence[str] = PRICE_FIELDS[:2], *, known_at: date | None = None
    ) -> "PriceHistory":
        """Prices of a model's offers over time, USD per million tokens; or of a seller's key of no known model.

        `known_at` shows what was recorded at that time.
        """
        from llmpairs.model_lookup import require_name
        from llmpairs.price_history import find_price_history

        for field in fields:
            require_name(field, PRICE_FIELDS, "price")
        if known_at is not None:
            with self.connect(known_at=known_at) as con:
                return find_price_history(con, model, fields)
        with self._reading() as con:
            return find_price_history(con, model, fields)

    def changes(
        self,
        *,
        since: date | None = None,
        run: str | None = None,
        kind: "ChangeKind | None" = None,
        field: str | None = None,
        limit: int | None = None,
    ) -> "list[Change]":
        """Changes of this release, or of all releases after `since` up to this one, oldest first.

        `since` is a date, its end is meant (UTC), or a time; `run` has the changes of one run, published or not.
        UnknownNameError for an unknown run or field; ReleaseError for a data package, which has no log.
        """
        from llmpairs.listings import ChangeFilter, find_changes

        wanted = ChangeFilter(run_id=run or self.run_id, since=since, kind=kind, field=field)
        with self._reading() as con:
            return find_changes(con, wanted, limit)

    def gaps(self, wanted: "GapFilter | None" = None, *, limit: int = 20) -> "list[OpenGap]":
        """Values that are missing, contradicted, stale or held, highest impact first."""
        from llmpairs.listings import GapFilter, find_gaps

        with self._reading() as con:
            return find_gaps(con, wanted or GapFilter(), limit)

    def count_gaps(self, wanted: "GapFilter | None" = None) -> "list[GapCount]":
        """Numbers of gaps by field, state and severity, the most first."""
        from llmpairs.listings import GapFilter, count_gaps

        with self._reading() as con:
            return count_gaps(con, wanted or GapFilter())

    def weigh(
        self, models: tuple[str, str], weights: Mapping[str, float], *, compared: str = "overall"
    ) -> "WeightedScore":
        """Compare two models by the caller's own weights of DIMENSIONS, overall or in a workload.

        NoPairError for models that are in no pair.
        """
        from llmpairs.model_lookup import find_model
        from llmpairs.weights import weigh_pair

        with self._reading() as con:
            score = weigh_pair(con, (find_model(con, models[0]), find_model(con, models[1])), weights, compared)
        if score is None:
            raise NoPairError(f"{models[0]} and {models[1]} are in no pair, or {compared} is no workload")
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
    """The live release of a warehouse: a folder or an s3:// address; or the release of a data package.

    `release` selects a release by its run id, `as_of` the one that was live at that time (a date means its end, UTC).
    ReleaseError when there is no warehouse or no such release, StoreError when it cannot be read.
    """
    chosen = select_release(open_store(warehouse), release, as_of)
    return Release(warehouse=str(warehouse), run_id=chosen.run_id, as_of=chosen.as_of)
