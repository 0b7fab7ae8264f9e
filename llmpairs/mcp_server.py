"""MCP server of a warehouse or data package: the questions of `Release` as tools for agents; needs the extra `mcp`.

Every tool answers with compact JSON, and with an error that names the nearest names for an unknown one.
"""

import functools
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from threading import Lock, Timer
from typing import Any, Literal, ParamSpec

import duckdb
from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations

from llmpairs.cost.traffic import Basis, Traffic
from llmpairs.listings import ChangeKind, GapFilter, GapState, Severity
from llmpairs.pages.content.brief import ComparedModel, shorten_page
from llmpairs.pages.content.pair_schema import PairPage
from llmpairs.release import Release
from llmpairs.release import open as open_release
from llmpairs.warehouse.errors import QuestionError, WarehouseError
from llmpairs.warehouse.query import fetch_read_only, to_plain
from llmpairs.warehouse.vocabulary import SCENARIOS

P = ParamSpec("P")
MAX_ROWS = 1000
MAX_CHARACTERS = 100_000
"""Size above which the result of a query is refused; agents read it whole."""
QUERY_SECONDS = 30.0
INSTRUCTIONS = f"""Facts and prices of LLMs, each pair compared. A model may be written in any way. Prices are in USD
per million tokens, costs in USD for the whole traffic; a workload is a month of {", ".join(SCENARIOS)}. Null is
unknown, not zero. Price basis: `best` is the cheapest named operator, `list` the developer's list, `any` the cheapest
of all."""


def build_server(uri: str, release: str | None = None) -> MCPServer:
    """The server of a warehouse or data package; it follows the live release unless a run id is given."""
    from importlib.metadata import version

    server: MCPServer = MCPServer(
        "llmpairs", instructions=INSTRUCTIONS, version=version("llmpairs"), log_level="WARNING"
    )
    tools = ReleaseTools(uri=uri, run_id=release)
    tools.find_release()  # an address without a release is an error at the start, not at the first question
    for tool in (
        tools.resolve_model,
        tools.compare_models,
        tools.cheapest_for_workload,
        tools.cost_of_traffic,
        tools.price_history,
        tools.list_changes,
        tools.list_gaps,
        tools.query_sql,
    ):
        server.add_tool(
            tool, annotations=ToolAnnotations(read_only_hint=True, open_world_hint=False), structured_output=False
        )
    return server


def answering(tool: Callable[P, object]) -> Callable[P, str]:
    """The tool with its answer as compact JSON and its expected errors as those of the protocol."""

    @functools.wraps(tool)
    def answer(*arguments: P.args, **options: P.kwargs) -> str:
        try:
            return json.dumps(tool(*arguments, **options), ensure_ascii=False, separators=(",", ":"), default=to_plain)
        except (QuestionError, WarehouseError, ValueError) as error:
            raise ToolError(str(error)) from error

    return answer


@dataclass(frozen=True, kw_only=True)
class TrafficInput:
    """Traffic as a caller gives it: a workload, or counts; with a workload, counts change it."""

    workload: str | None = None
    requests: float | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_share: float | None = None
    cache_write_share: float | None = None
    batch_share: float | None = None

    def read(self) -> Traffic:
        """The traffic; ValueError where a count is missing or out of range."""
        counts = {name: value for name, value in asdict(self).items() if name != "workload"}
        missing = [name for name in ("requests", "input_tokens", "output_tokens") if counts[name] is None]
        if self.workload is None and missing:
            raise ValueError(f"give {', '.join(missing)}, or a workload: {', '.join(SCENARIOS)}")
        start = (
            Traffic.of_workload(self.workload)
            if self.workload
            else Traffic(requests=0, input_tokens=0, output_tokens=0)
        )
        return start.replace(**counts)


@dataclass(kw_only=True)
class ReleaseTools:
    """The tools, over the live release or a chosen one."""

    uri: str
    run_id: str | None
    _held: list[Release] = field(default_factory=list)
    _lock: Any = field(default_factory=Lock)

    def find_release(self) -> Release:
        """The live release; the same object, with its open connection, until another one is published."""
        with self._lock:
            found = open_release(self.uri, release=self.run_id)
            if self._held != [found]:
                self._held = [found]
            return self._held[0]

    @answering
    def resolve_model(self, name: str) -> object:
        """The model that a name means: its id, display name, slug, developer, and whether it is still offered."""
        return asdict(self.find_release().resolve(name))

    @answering
    def compare_models(self, a: str, b: str, detail: Literal["brief", "full"] = "brief") -> object:
        """Compare two models: headline, prices, quality, context, monthly cost and outcome of each workload.

        Prices are blended 3:1, input to output. Outcomes name the side, a or b. `full` adds offers, capabilities,
        scores, sources and every sentence of the page (tens of kilobytes).
        """
        page = self.find_release().read_pair_page(a, b)
        return page if detail == "full" else build_brief(page)

    @answering
    def cheapest_for_workload(
        self, workload: str, model: str | None = None, basis: Basis = "best", limit: int = 5
    ) -> object:
        """The cheapest offers of a model for a workload; without a model the cheapest models (best). USD a month."""
        release = self.find_release()
        if model is None:
            return describe_rows(release, release.cheapest_models(workload, limit=limit))
        return describe_rows(release, release.cheapest(model, workload, basis=basis, limit=limit))

    @answering
    def cost_of_traffic(self, models: list[str], traffic: TrafficInput, basis: Basis | None = None) -> object:
        """Cost in USD of traffic on models, by price basis; price tiers, cache and batch prices included.

        Give a published workload, or requests with the input and output tokens of one; shares are from 0 to 1.
        """
        release = self.find_release()
        return describe_rows(release, release.cost(models, traffic.read(), basis=basis))

    @answering
    def price_history(
        self, model: str, price: Literal["input", "output", "cache_read", "cache_write"] = "input", limit: int = 50
    ) -> object:
        """Prices of a model's offers over time, USD per million tokens, the latest first."""
        release = self.find_release()
        spans = release.history(model, [f"{price}_usd_per_mtok"]).spans
        latest = sorted(spans, key=lambda span: (span.valid_from, span.known_from), reverse=True)
        kept = ("offer_id", "usd_per_mtok", "price_missing_reason", "valid_from", "valid_to", "known_to", "source_id")
        rows = [{name: getattr(span, name) for name in kept} for span in latest[:limit]]
        return {"release": release.run_id, "spans": len(spans), "rows": rows}

    @answering
    def list_changes(
        self, since: date | None = None, kind: ChangeKind | None = None, field: str | None = None, limit: int = 50
    ) -> object:
        """What changed in the live release, or since the end of a day (UTC), such as prices, new and retired models."""
        release = self.find_release()
        return describe_rows(release, release.changes(since=since, kind=kind, field=field, limit=limit))

    @answering
    def list_gaps(
        self,
        model: str | None = None,
        field: str | None = None,
        state: GapState | None = None,
        severity: Severity | None = None,
        limit: int = 20,
    ) -> object:
        """Values that are missing, contradicted, stale or held, highest impact first, with what closes each."""
        release = self.find_release()
        wanted = GapFilter(model=model, field=field, state=state, severity=severity)
        return describe_rows(release, release.gaps(wanted, limit=limit))

    @answering
    def query_sql(self, sql: str, max_rows: int = 50) -> object:
        """One read-only DuckDB query over the release; SHOW TABLES and DESCRIBE TABLE list tables and columns.

        Macros: pairs_of(model_id), cost_of(...), offer_costs_of(...), outcome_of(model_a, model_b).
        """
        if not 1 <= max_rows <= MAX_ROWS:
            raise ValueError(f"max_rows is {max_rows}; give 1 to {MAX_ROWS}")
        release = self.find_release()
        with release.connect() as con:
            watch = Timer(QUERY_SECONDS, con.interrupt)
            watch.start()
            try:
                columns, rows, has_more = fetch_read_only(con, sql, max_rows)
            except duckdb.InterruptException:
                raise ValueError(f"the query took longer than {QUERY_SECONDS:g} s: select less") from None
            except duckdb.Error as error:
                raise ValueError(str(error).splitlines()[0]) from None
            finally:
                watch.cancel()
        answer = {"release": release.run_id, "columns": columns, "rows": rows, "has_more": has_more}
        if len(json.dumps(answer, default=to_plain)) > MAX_CHARACTERS:
            raise ValueError(f"the answer is longer than {MAX_CHARACTERS:,} characters: select fewer columns or rows")
        return answer


def describe_rows(release: Release, rows: Sequence[Any]) -> dict[str, object]:
    """Rows of a release with its run id."""
    return {"release": release.run_id, "rows": [asdict(row) for row in rows]}


def build_brief(page: PairPage) -> dict[str, object]:
    """The comparison in less than 2 kB."""
    brief = shorten_page(page)
    return {
        **brief.release,
        "headline": brief.headline,
        "overall_outcome": brief.overall_outcome,
        "models": {side: describe_side(model) for side, model in zip("ab", brief.sides, strict=True)},
        "workloads": {
            row["scenario_id"]: {
                "outcome": row["outcome"],
                "reason": row["reason"],
                "monthly_usd": [model.monthly_usd.get(row["scenario_id"]) for model in brief.sides],
            }
            for row in page["decisions"]
        },
        "more": "detail=full",
    }


def describe_side(model: ComparedModel) -> dict[str, object]:
    """The figures of one side; the quality index is that of the domain `general`, with its 95% interval."""
    figures = ("model_id", "list_usd_per_mtok", "best_usd_per_mtok", "context_tokens", "max_output_tokens")
    quality = next(([each.index, each.low95, each.high95] for each in model.quality if each.domain == "general"), None)
    return {**{name: getattr(model, name) for name in figures}, "quality_index": quality}
