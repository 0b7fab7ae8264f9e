import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

import llmpairs
from llmpairs.transforms.pairs.scenarios import list_workloads, load_scenarios
from llmpairs.warehouse.contracts import LOG_TABLES, RELEASE_TABLES
from llmpairs.warehouse.contracts.pairs import PAIRS
from llmpairs.warehouse.errors import ReleaseError
from llmpairs.warehouse.log import append_log, log_name
from llmpairs.warehouse.query import connect
from llmpairs.warehouse.releases import publish, stage_table, write_manifest
from llmpairs.warehouse.store import Store, open_store
from llmpairs.warehouse.vocabulary import MIRRORED_VALUES
from tests.cookbook.release import publish_release
from tests.warehouse.samples import GLM, GPT, QWEN, RUN, frame, manifest_of, publish_sample, release_frames

LATER = "20260609T235900Z"


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A warehouse with one release, in a folder whose name needs quoting."""
    folder = tmp_path_factory.mktemp("it's a warehouse")
    publish_sample(open_store(folder))
    return str(folder)


@pytest.fixture(scope="module")
def db(sample: str) -> duckdb.DuckDBPyConnection:
    return connect(sample)


@pytest.mark.parametrize("name", [table.name for table in (*RELEASE_TABLES, *LOG_TABLES)])
def test_every_table_is_a_view_in_the_order_of_its_contract(db: duckdb.DuckDBPyConnection, name: str) -> None:
    columns = [row[0] for row in db.execute(f"DESCRIBE {name}").fetchall()]
    assert columns == next(t for t in (*RELEASE_TABLES, *LOG_TABLES) if t.name == name).column_names


def test_a_bucket_reads_like_a_folder(store: Store, uri: str) -> None:
    publish_sample(store)
    append_log(
        store,
        "runs",
        RUN,
        frame("runs", {"run_id": RUN, "mode": "replay", "as_of": datetime(2026, 6, 8, 23, 59, tzinfo=UTC)}),
    )
    connection = llmpairs.connect(uri)
    assert connection.execute("SELECT run_id, mode FROM runs WHERE as_of = as_of()").fetchall() == [(RUN, "replay")]
    assert connection.execute("SELECT count(*) FROM quality_results").fetchall() == [(0,)]
    query = "SELECT offer_id, input_usd_per_mtok FROM offers_eligible WHERE price_kind = 'metered'"
    assert connection.execute(query).fetchall() == [("openrouter/groq/gpt-oss-120b/-/standard", 0.039)]
    assert connection.execute(f"SELECT count(*) FROM pairs_of('{GPT}')").fetchall() == [(2,)]
    query = f"SELECT a_monthly_cost_usd['seed_chat'], b_slug FROM pairs_wide WHERE model_b_id = '{QWEN}'"
    assert connection.execute(query).fetchall() == [(76.2, "qwen3.5-4b")]


def test_a_release_can_be_chosen_and_stays_chosen(local: Store) -> None:
    publish_sample(local, cost=1)
    first = connect(local.name)
    publish_sample(local, LATER, RUN, cost=2)
    query = "SELECT max(cheapest_usd) FROM model_scenario_costs"
    found = [c.execute(query).fetchall()[0][0] for c in (first, connect(local.name), connect(local.name, RUN))]
    assert found == [1, 2, 1]


def test_as_of_is_the_time_of_the_release(db: duckdb.DuckDBPyConnection) -> None:
    rows = db.execute("SELECT as_of(), as_of()::VARCHAR, as_of() - INTERVAL 1 DAY < as_of()").fetchall()
    assert rows == [(datetime(2026, 6, 8, 23, 59, tzinfo=UTC), "2026-06-08 23:59:00+00", True)]


def test_costs_are_computed_as_printed(db: duckdb.DuckDBPyConnection) -> None:
    (row,) = db.execute(
        "SELECT cost_usd_at(0.039, 0.18, 800, 250, 1000000),"
        " cost_usd_at(1, 2, 1000, 100, 1000, cached_price := 0.1, cached_share := 0.5),"
        " cost_usd_at(1, 2, 1000, 100, 1000, cached_share := 0.5),"
        " cost_usd_at(NULL, 0.18, 800, 250, 1000000),"
        " cost_usd_at(0, 0, 800, 250, 1000000)"
    ).fetchall()
    assert row == pytest.approx((76.2, 0.55 + 0.2, 1.2, None, 0.0))


def test_a_long_prompt_has_the_price_of_its_tier(tmp_path: Path) -> None:
    with connect(publish_release(tmp_path / "w")) as con:
        query = "SELECT offer_id, input_usd_per_mtok, output_usd_per_mtok, cache_read_usd_per_mtok FROM offers_at({})"
        before, after = (
            {row[0].partition("/")[0]: row[1:] for row in con.execute(query.format(tokens)).fetchall()}
            for tokens in (31_999, 64_000)
        )
        same = con.execute(
            "SELECT count(*) FROM offers_at(0) AS found JOIN offers USING (offer_id)"
            " WHERE found.input_usd_per_mtok IS DISTINCT FROM offers.input_usd_per_mtok"
        ).fetchall()
    assert (before["volcengine"], after["volcengine"]) == ((0.02, 0.1, None), (0.7, 3.5, None))
    assert (before["aihubmix"], after["aihubmix"]) == ((0.03, 0.12, None), (0.03, 5.0, None))
    assert after["novita-ai"] == (None, None, None)  # marginal: no one price holds
    assert same == [(0,)]


def test_published_costs_follow_from_the_prices_of_a_prompt(tmp_path: Path) -> None:
    scenarios = list_workloads(load_scenarios())
    with connect(publish_release(tmp_path / "w")) as con:
        for work in (each for each in scenarios if each["service_tier"] == "standard"):
            tokens, share = work["prompt_tokens"], work["cached_tokens"] / work["prompt_tokens"]
            rows = con.execute(
                f"""SELECT costs.cost_usd, cost_usd_at(input_usd_per_mtok, output_usd_per_mtok, {tokens},
                      {work["output_tokens"]}, {work["requests_per_month"]}, cache_read_usd_per_mtok, {share})
                    FROM offers_at({tokens}) JOIN offer_scenario_costs AS costs USING (offer_id)
                    WHERE scenario_id = ? AND input_usd_per_mtok IS NOT NULL ORDER BY offer_id""",
                [work["scenario_id"]],
            ).fetchall()
            assert len(rows) >= 13
            assert [row[0] for row in rows] == pytest.approx([row[1] for row in rows], abs=1e-5)


def test_models_wide_keeps_unknown_apart_from_no(db: duckdb.DuckDBPyConnection) -> None:
    rows = db.execute(
        "SELECT model_id, capabilities_yes, capabilities_no, capabilities_unknown, monthly_cost_usd"
        " FROM models_wide ORDER BY model_id"
    ).fetchall()
    assert rows == [
        (GPT, ["function_calling", "reasoning"], ["vision"], [], {"seed_chat": 76.2}),
        (QWEN, ["vision"], [], ["reasoning"], {}),
        (GLM, [], [], [], {}),
    ]


def test_offer_wide_names_model_and_provider(db: duckdb.DuckDBPyConnection) -> None:
    rows = db.execute(
        "SELECT model_name, provider_name, provider_kind, capabilities_yes, capabilities_no, capabilities_inherited"
        " FROM offer_wide ORDER BY offer_id"
    ).fetchall()
    assert rows == [
        ("gpt-oss-120b", "OpenRouter", "aggregator", ["reasoning"], ["vision"], ["reasoning"]),
        ("Qwen3.5-4B", None, None, [], [], []),
    ]


def test_pairs_wide_expands_bit_sets_and_joins_both_sides(db: duckdb.DuckDBPyConnection) -> None:
    (row,) = db.execute(
        "SELECT a_display_name, b_display_name, a_only_capabilities, b_only_capabilities,"
        " not_established_capabilities, friction_kinds_a_to_b, friction_kinds_b_to_a,"
        " a_monthly_cost_usd['seed_chat'], b_monthly_cost_usd['seed_chat'], a_capabilities_no"
        f" FROM pairs_wide WHERE model_a_id = '{GPT}' AND model_b_id = '{QWEN}'"
    ).fetchall()
    assert row == (
        "gpt-oss-120b",
        "Qwen3.5-4B",
        [],
        ["vision"],
        ["video_input", "audio_input"],
        ["no_shared_provider", "lost_capability"],
        ["provider_unknown"],
        76.2,
        None,
        ["vision"],
    )
    assert db.execute("SELECT count(*) FROM pairs_wide").fetchall() == [(3,)]


def test_pairs_of_has_the_model_on_side_a_of_every_row(db: duckdb.DuckDBPyConnection) -> None:
    from_gpt = db.execute(f"SELECT * FROM pairs_of('{GPT}') WHERE model_b_id = '{QWEN}'").fetchall()
    straight = db.execute(f"SELECT * FROM pairs WHERE model_a_id = '{GPT}' AND model_b_id = '{QWEN}'").fetchall()
    assert from_gpt == straight
    cursor = db.execute(f"SELECT * FROM pairs_of('{QWEN}') WHERE model_b_id = '{GPT}'")
    names = [column[0] for column in cursor.description or ()]
    assert names == PAIRS.column_names
    turned = dict(zip(names, cursor.fetchall()[0], strict=True))
    assert turned["model_a_id"] == QWEN
    assert turned["release_gap_days"] == -209
    assert turned["context_ratio"] == 2.0
    assert turned["a_only_capabilities"] == 1
    assert turned["b_only_capabilities"] == 0
    assert turned["cost_state_seed_chat"] == "a_unknown"
    assert (turned["friction_a_to_b"], turned["friction_b_to_a"]) == ("low", "high")
    assert (turned["friction_kinds_a_to_b"], turned["friction_kinds_b_to_a"]) == (0b10, 0b101)
    assert (turned["a_benchmark_wins"], turned["b_benchmark_wins"]) == (1, 3)
    assert (turned["shared_benchmark_count"], turned["indicative_benchmark_count"]) == (2, 5)
    rows = db.execute(f"SELECT model_b_id, relation, list_price_ratio FROM pairs_of('{GLM}') ORDER BY 1").fetchall()
    assert rows == [(GPT, "derivative", 4.0), (QWEN, "snapshot", None)]


def test_columns_of_one_side_declare_their_mirror_image() -> None:
    for column in PAIRS.columns:
        name = f"_{column.name}_"
        sided = (
            "_a_" in name
            or "_b_" in name
            or "a/b" in (column.unit or "")
            or bool(MIRRORED_VALUES.keys() & set(column.values or ()))
            or any(word in f" {column.about} " for word in (" A ", " A is", " of A "))
        )
        assert sided == (column.mirror is not None), column.name
        operation, _, other = (column.mirror or "").rpartition(" ")
        back = other if other in PAIRS.column_names else None
        assert back is None or PAIRS[back].mirror == f"{operation} {column.name}".strip(), column.name


def test_price_changes_leave_out_corrections(db: duckdb.DuckDBPyConnection) -> None:
    rows = db.execute(
        "SELECT model_id, changed_at, old_usd_per_mtok, new_usd_per_mtok, round(ratio, 6) FROM price_changes"
        " ORDER BY changed_at"
    ).fetchall()
    assert rows == [
        (GPT, datetime(2026, 5, 1, tzinfo=UTC), 0.05, 0.04, 0.8),
        (GPT, datetime(2026, 6, 1, tzinfo=UTC), 0.04, None, None),
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_text('/etc/hostname')",
        "SELECT * FROM glob('/*')",
        "COPY (SELECT 1) TO '{folder}/CURRENT'",
        "COPY (SELECT 1) TO '{folder}/releases/" + RUN + "/offers/offers-" + RUN + "-0000.parquet'",
        "ATTACH '{folder}/other.db'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "SET TimeZone = 'Europe/Rome'",
    ],
)
def test_a_connection_can_only_read_its_files(sample: str, statement: str) -> None:
    connection = connect(sample)
    with pytest.raises(duckdb.Error):
        connection.execute(statement.format(folder=sample.replace("'", "''")))
    assert connection.execute("SELECT count(*) FROM offers").fetchall() == [(2,)]


def test_frames_of_the_caller_can_be_joined_when_they_are_registered(sample: str) -> None:
    connection = connect(sample)
    connection.register("wanted", frame("models", {"model_id": GPT}))
    assert connection.execute("SELECT models.display_name FROM models JOIN wanted USING (model_id)").df().shape == (
        1,
        1,
    )


def test_a_bare_duckdb_runs_the_views_of_a_release(sample: str) -> None:
    connection = duckdb.connect()
    folder = f"{sample}/releases/{RUN}"
    connection.execute("SET file_search_path = '{}'".format(folder.replace("'", "''")))
    connection.execute((Path(folder) / "views.sql").read_text())
    assert connection.execute("SELECT count(*) FROM pairs_wide").fetchall() == [(3,)]
    assert connection.execute("SELECT epoch(as_of())::BIGINT").fetchall() == [(1780963140,)]
    assert connection.execute(f"SELECT count(*) FROM pairs_of('{GLM}')").fetchall() == [(2,)]


def test_errors_of_connect_name_what_is_missing(tmp_path: Path, local: Store) -> None:
    with pytest.raises(ReleaseError, match="is not a warehouse: it has no CURRENT"):
        connect(tmp_path / "nothing")
    local.write_bytes("runs/1/report.md", b"")
    with pytest.raises(ReleaseError, match="has no release yet: `llmpairs refresh` makes one"):
        connect(local.name)
    with pytest.raises(ReleaseError, match="there is none yet"):
        connect(local.name, RUN)
    publish_sample(local)
    with pytest.raises(ReleaseError, match=f"no release {LATER} in .*: nearest: {RUN}"):
        connect(local.name, LATER)
    with pytest.raises(ReleaseError, match="'yesterday' is not a run id"):
        connect(local.name, "yesterday")


@pytest.mark.slow
def test_a_query_imports_no_pandas() -> None:
    code = "import sys, llmpairs.warehouse.query; sys.exit('pandas' in sys.modules or 'prefect' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_newer_log_column_is_null_in_earlier_runs(local: Store) -> None:
    publish_sample(local)
    earlier, later = "20200101T000000Z", "20200102T000000Z"
    for run_id in (earlier, later):
        counted = [{"field": "offer.prices", "items": 3}]
        rows = frame("sources", {"run_id": run_id, "source_id": "s", "filled_fields": counted})
        append_log(local, "sources", run_id, rows)
    path = local.local_path(log_name("sources", earlier))
    pq.write_table(pq.read_table(path).drop_columns("filled_fields"), path)
    with connect(local.name) as con:
        found = con.execute("SELECT filled_fields FROM sources ORDER BY run_id").fetchall()
    assert found == [(None,), ([{"field": "offer.prices", "items": 3}],)]


@pytest.mark.parametrize("query", ["SELECT *", "SELECT count(*)", "SELECT 1", "SELECT EXISTS"])
@pytest.mark.parametrize(
    ("model", "nearest"),
    [
        ("gpt-oss-120b", GPT), ("OpenAI/gpt-oss-120b", GPT), ("qwen3.5", QWEN), ("zzz", ""), ("0", ""),
        ("zhipu/glm-5", GLM),  # its former id
    ],
)  # fmt: skip
def test_pairs_of_an_unknown_model_is_an_error_that_names_the_nearest_ids(
    db: duckdb.DuckDBPyConnection, model: str, nearest: str, query: str
) -> None:
    source = f"pairs_of('{model}') WHERE model_b_id = '{QWEN}' LIMIT 1"
    statement = f"{query} (FROM {source})" if query.endswith("EXISTS") else f"{query} FROM {source}"
    with pytest.raises(duckdb.InvalidInputException, match=f"no model has the id {model}; nearest: {nearest}"):
        db.execute(statement).fetchall()


def test_an_unknown_model_is_an_error_in_a_prepared_query_and_a_bare_duckdb(
    db: duckdb.DuckDBPyConnection, sample: str
) -> None:
    bare = duckdb.connect()
    folder = f"{sample}/releases/{RUN}"
    bare.execute("SET file_search_path = '{}'".format(folder.replace("'", "''")))
    bare.execute((Path(folder) / "views.sql").read_text())
    for connection in (db, bare):
        for name in ("glm-5", "0", "zzz"):
            with pytest.raises(duckdb.InvalidInputException, match=f"no model has the id {name}; nearest"):
                connection.execute("SELECT count(*) FROM pairs_of(?)", [name]).fetchall()
        assert connection.execute("SELECT count(*) FROM pairs_of(?)", [GLM]).fetchall() == [(2,)]
        assert connection.execute("SELECT known_model(?)", [GPT]).fetchall() == [(GPT,)]


def test_a_model_without_pairs_has_no_rows_and_no_error(local: Store) -> None:
    frames = release_frames()
    frames["pairs"] = frames["pairs"].iloc[:1]
    for name, rows in frames.items():
        stage_table(local, RUN, name, rows)
    write_manifest(local, RUN, manifest_of(local, RUN))
    publish(local, RUN)
    assert connect(local.name).execute("SELECT count(*) FROM pairs_of(?)", [GLM]).fetchall() == [(0,)]
