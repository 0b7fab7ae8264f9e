"""SQL views and macros of a release: `views.sql`, and the macros that are computed from the contracts."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import pyarrow as pa

from llmpairs.warehouse.contract import Column
from llmpairs.warehouse.contracts.pairs import PAIRS
from llmpairs.warehouse.manifest import format_timestamp
from llmpairs.warehouse.outcome_rules import AHEAD_Z, SCENARIO_DOMAINS
from llmpairs.warehouse.vocabulary import CAPABILITIES, CHANGE_CAUSES, FRICTIONS, MIRRORED_VALUES, PAIR_BLOCKS

VIEWS_NAME = "views.sql"
SOLVED_FILE = Path(__file__).parent / "contracts" / "cost_per_solved.toml"
PROVENANCE = ("reason", "date", "evidence")
COST_MACROS_NAME = "cost_macros.sql"
_NOTE = re.compile(r"^-- (?P<name>[a-z_]+)(?P<arguments>\([^)]*\))?:(?P<text>[^\n]*(?:\n--   [^\n]*)*)", re.MULTILINE)
_COLUMN = re.compile(r"^--   \* (\w+): (.+?) \| (.+)$", re.MULTILINE)


MODEL_MACRO = """\
-- known_model(id): The id itself if a model has it. Otherwise an error that names the nearest ids, first the present id
--   of a former one.
CREATE OR REPLACE MACRO known_model(id) AS (
    SELECT CASE
        WHEN bool_or(known.model_id = id AND known.is_present) THEN id
        ELSE error(
            'no model has the id ' || coalesce(id, 'NULL') || '; nearest: ' || coalesce(array_to_string(
                max_by(known.present_id, CASE
                    WHEN known.is_present THEN greatest(
                        jaro_winkler_similarity(lower(id), known.model_id),
                        jaro_winkler_similarity(lower(id), split_part(known.model_id, '/', 2))
                    )
                    WHEN known.model_id = id THEN 2
                END, 3), ', '), 'none')
        )
    END
    FROM (
        SELECT model_id, model_id AS present_id, true AS is_present FROM models
        UNION ALL
        SELECT old_model_id, model_id, false FROM model_redirects
    ) AS known
);"""


@dataclass(frozen=True, kw_only=True)
class ViewDoc:
    """Documentation of a view or macro, from the comments of `views.sql`."""

    name: str
    arguments: str
    """The macro's arguments in brackets; empty for a view."""
    about: str
    columns: Mapping[str, tuple[str, str]]
    """Description and null meaning of a view's own columns, by name."""


def render_views(as_of: datetime) -> str:
    """SQL of all views and macros over the tables; as_of() is the as-of time of the release."""
    return "\n".join(
        (
            "-- as_of(): The as-of time of the release, UTC.",
            f"CREATE OR REPLACE MACRO as_of() AS TIMESTAMPTZ '{format_timestamp(as_of)}';",
            "-- capability_names(bits): The capabilities of a bit set.",
            _names_macro("capability_names", CAPABILITIES),
            "-- friction_names(bits): The kinds of switching effort of a bit set.",
            _names_macro("friction_names", FRICTIONS),
            "-- block_names(bits): The blocks of a pair's page that differ.",
            _names_macro("block_names", PAIR_BLOCKS),
            "-- cause_names(bits): The causes of a pair's change.",
            _names_macro("cause_names", CHANGE_CAUSES),
            MODEL_MACRO,
            render_pair_macros(),
            render_outcome_macros(),
            render_solved_rules(),
            read_cost_macros(),
            _body(),
        )
    )


def render_release_views(as_of: datetime, tables: Iterable[str]) -> str:
    """The `views.sql` of a release: runs in any DuckDB after SET file_search_path='<the release folder>'."""
    tables_sql = (
        f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM read_parquet('{name}/*.parquet', hive_partitioning = false);"
        for name in tables
    )
    head = "-- One release of llmpairs. In DuckDB: SET file_search_path='<this folder>'; then run this file."
    return "\n".join((head, "", *tables_sql, "", render_views(as_of)))


def _names_macro(name: str, values: tuple[str, ...]) -> str:
    names = ", ".join(f"'{value}'" for value in values)
    tests = ", ".join(f"(bits >> {bit}) & 1 = 1" for bit in range(len(values)))
    return f"CREATE OR REPLACE MACRO {name}(bits) AS list_where([{names}], [{tests}]);"


def render_pair_macros() -> str:
    """SQL of `mirrored` and `pairs_of`, from the `mirror` of each column of `pairs`."""
    cases = " ".join(f"WHEN '{value}' THEN '{other}'" for value, other in MIRRORED_VALUES.items())
    swapped = ",\n        ".join(
        f"{_swap(column)} AS {column.name}" for column in PAIRS.columns if column.mirror is not None
    )
    return f"""-- mirrored(value): An enum value of a pair after its sides are swapped.
CREATE OR REPLACE MACRO mirrored(value) AS CASE value {cases} ELSE value END;
-- pairs_of(model): The pairs of one model, with the model as side A of every row; columns as in `pairs`. An id that
--   no model has is an error, as in `known_model`.
CREATE OR REPLACE MACRO pairs_of(model) AS TABLE
SELECT * FROM pairs
-- The plain id filters row groups; the second condition is evaluated even where no row is left, and checks the id.
WHERE pairs.model_a_id = model AND known_model(model) IS NOT NULL
UNION ALL
SELECT
    * REPLACE (
        {swapped}
    )
FROM pairs WHERE pairs.model_b_id = model;"""


def render_outcome_macros() -> str:
    """SQL of `pair_outcomes`, from the workloads, and of the threshold that its readers need."""
    outcomes = [
        (name, f"outcome_{name}", f"outcome_reason_{name}", domain) for name, domain in SCENARIO_DOMAINS.items()
    ]
    outcomes.append(("overall", "overall_outcome", "overall_outcome_reason", "general"))
    rows = ",\n        ".join(
        f"{{'place': {place}, 'scenario_id': '{name}', 'outcome': {outcome}, 'reason': {reason}, 'domain': '{domain}'}}"
        for place, (name, outcome, reason, domain) in enumerate(outcomes)
    )
    return f"""-- ahead_z(): Standard deviations in half of a 95% interval of quality indexes.
CREATE OR REPLACE MACRO ahead_z() AS {AHEAD_Z}::DOUBLE;
-- pair_outcomes(model_a, model_b): Outcome of a pair in each workload, and `overall`, in their order, with the quality
--   domain that it asks for; model_a is side A. `outcome_of` adds what is compared.
--   * place: Position in the order of workloads. | never null
--   * scenario_id: Workload, or `overall`. | never null
--   * outcome: Outcome. | never null
--   * reason: Rule that gave it. | never null
--   * domain: Quality domain of the workload. | never null
CREATE OR REPLACE MACRO pair_outcomes(model_a, model_b) AS TABLE
SELECT unnest(
    [
        {rows}
    ],
    recursive := true
)
FROM pairs_of(model_a) WHERE model_b_id = known_model(model_b);"""


def render_solved_rules() -> str:
    """SQL of the view `cost_per_solved_rules`, from the reviewed `contracts/cost_per_solved.toml`."""
    rules = tomllib.loads(SOLVED_FILE.read_text(encoding="utf-8"))
    if lacking := [name for name, rule in rules.items() if not all(rule.get(each) for each in PROVENANCE)]:
        raise ValueError(f"{SOLVED_FILE.name}: {', '.join(lacking)}: give a reason, a date and evidence")
    rows = ", ".join(
        f"('{name}', '{rule['cost_metric']}', '{rule['solved_metric']}', {rule['tasks']})"
        for name, rule in rules.items()
    )
    return f"""-- cost_per_solved_rules: Benchmarks whose runs publish what they cost.
--   * family: Benchmark, or the name before its domains. | never null
--   * cost_metric: Metric of the cost, USD. | never null
--   * solved_metric: Metric of the share of tasks solved, percent. | never null
--   * tasks: Tasks that the cost is for. | never null
CREATE OR REPLACE VIEW cost_per_solved_rules AS
FROM (VALUES {rows}) AS rules (family, cost_metric, solved_metric, tasks);"""


def _swap(column: Column) -> str:
    """SQL of a column of `pairs` after the sides are swapped."""
    kind = {pa.float32(): "FLOAT", pa.int32(): "INTEGER"}.get(column.type)
    expressions = {
        "mapped": f"mirrored({column.name})",
        # 0 - x instead of -x: the negative of 0 is then 0, not -0.
        "negated": f"(0 - {column.name})::{kind}",
        "inverted": f"(1 / {column.name})::{kind}",
    }
    operation, _, other = str(column.mirror).partition(" ")
    if other:
        return f"(0 - {other})::{kind}"
    return expressions.get(operation, operation)


@cache
def read_cost_macros() -> str:
    """SQL of the macros that price requests; they read no table."""
    return Path(__file__).with_name(COST_MACROS_NAME).read_text(encoding="utf-8")


@cache
def _body() -> str:
    return Path(__file__).with_name(VIEWS_NAME).read_text(encoding="utf-8")


def parse_view_docs(sql: str) -> list[ViewDoc]:
    """The views and macros that are documented in a script's comments, in order."""
    return [
        ViewDoc(
            name=found["name"],
            arguments=found["arguments"] or "",
            about=" ".join(found["text"].partition("\n--   * ")[0].replace("\n--", " ").split()),
            columns={name: (about, null) for name, about, null in _COLUMN.findall(found["text"])},
        )
        for found in _NOTE.finditer(sql)
    ]
