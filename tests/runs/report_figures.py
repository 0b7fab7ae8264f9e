"""Every figure of a run's report, computed again from the tables and the log by other means than the report's."""

import json
import re
from pathlib import Path
from typing import Any

import duckdb
from parsel import Selector

import llmpairs
from llmpairs.render.labels import label_field
from llmpairs.report.incidents import MOST_FOLDED, MOST_SHOWN
from llmpairs.report.reader_changes import MIN_MARKS
from llmpairs.warehouse.contracts import RELEASE_TABLES

Rows = list[list[str]]
OWN_TEXT = './/text()[not(ancestor::span[@class="note"])]'
LIVE = "(FROM models WHERE is_live AND is_text_generating)"
RUN = "run_id = (SELECT max(run_id) FROM coverage)"
ROUTES = f"""(FROM offers WHERE offer_status = 'active' AND service_tier = 'standard'
              AND model_id IN (SELECT model_id FROM {LIVE}))"""


class Page:
    """A written report."""

    def __init__(self, folder: Path, run_id: str) -> None:
        self.folder = folder / "runs" / run_id
        self.root = Selector((self.folder / "report.html").read_text(encoding="utf-8"))

    def table(self, caption: str) -> Rows:
        """The table whose caption begins so; no rows where there is none."""
        found = [
            table for table in self.root.css("table") if (table.css("caption::text").get() or "").startswith(caption)
        ]
        return [
            [squeeze("".join(cell.xpath(OWN_TEXT).getall())) for cell in row.css("th, td")]
            for table in found
            for row in table.css("tbody tr")
        ]

    def first_screen(self) -> str:
        """The points before the sections."""
        return squeeze(" ".join(self.root.css("main > ul *::text, main > ul li::text").getall()))

    def section(self, name: str) -> str:
        """All paragraphs of a section."""
        return squeeze(" ".join(self.root.css(f"#{name} p *::text, #{name} p::text").getall()))


def squeeze(text: str) -> str:
    return " ".join(text.split())


def number(value: Any) -> str:
    return f"{value:,}"


def check_report(folder: Path, run_id: str) -> None:
    """Compare the report of a published run with its tables."""
    page = Page(folder, run_id)
    with llmpairs.connect(folder, run_id) as con:
        check_counts(page, con, folder, run_id)
        check_held(page, con)
        check_gaps(page, con)
        check_coverage(page, con)
        check_sources(page, con, run_id)
        check_disagreements(page, con)
        check_identities(page, con)
        check_checks(page, con, run_id)
        check_changes(page, con, run_id)


def ask(con: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return con.execute(query).fetchall()


def check_counts(page: Page, con: duckdb.DuckDBPyConnection, folder: Path, run_id: str) -> None:
    counts = {table.name: ask(con, f"SELECT count(*) FROM {table.name}")[0][0] for table in RELEASE_TABLES}
    models, offers, pairs = (number(counts[name]) for name in ("models", "offers", "pairs"))
    assert page.root.css("h1::text").get() == f"Published: {models} models, {offers} offers, {pairs} pairs"
    sizes = {
        name: sum(path.stat().st_size for path in (folder / "releases" / run_id / name).glob("*.parquet")) / 1e6
        for name in counts
    }
    shown = {row[0]: (row[1], row[2]) for row in page.table("Rows and size by table")}
    assert shown == {name: (number(count), f"{sizes[name]:,.1f}") for name, count in counts.items()}
    seconds, peak = ask(con, f"SELECT seconds, peak_rss_bytes FROM runs WHERE run_id = '{run_id}'")[0]
    assert f"{seconds:.1f} s in all, at most {int(peak) / 1e6:,.0f} MB of memory." in page.section("statistics")
    (progress,) = ask(con, f"SELECT stage_seconds FROM runs WHERE run_id = '{run_id}'")[0]
    assert page.table("Seconds by stage") == [[one["stage"], f"{one['seconds']:.1f}"] for one in progress]


def check_held(page: Page, con: duckdb.DuckDBPyConnection) -> None:
    """Every incident of held values has one row, with the models and pairs that it affects."""
    held = ask(con, """
        WITH hit AS (
          SELECT DISTINCT incident,
            coalesce(o.model_id, if(h.subject_kind = 'identity', published_value, subject_id)) AS model_id
          FROM holds h LEFT JOIN offers o ON o.offer_id = h.subject_id WHERE state = 'held' AND pairs_affected > 0)
        SELECT incident, len(models),
          (SELECT count(*) FROM pairs WHERE model_a_id IN models OR model_b_id IN models)
        FROM (SELECT incident, list(model_id) AS models FROM hit GROUP BY ALL)
        UNION ALL SELECT DISTINCT incident, 0, 0 FROM holds
        WHERE state = 'held' AND incident NOT IN (SELECT incident FROM hit)""")  # fmt: skip
    incidents = json.loads((page.folder / "report.json").read_text(encoding="utf-8"))["incidents"]
    shown = [(each["command"].split(" ")[-1].strip("'"), each["models"], each["pairs"])
             for each in incidents if each["kind"] in ("held", "alias")]  # fmt: skip
    assert sorted(shown) == sorted(held)
    rows = page.table("Incidents") + page.table("Further incidents")
    pairs = [number(each["pairs"]) for each in incidents]
    assert [row[2].strip("~") for row in rows] == pairs[: len(rows)]
    assert len(rows) == min(len(incidents), MOST_SHOWN + MOST_FOLDED)


def check_gaps(page: Page, con: duckdb.DuckDBPyConnection) -> None:
    counted = ask(con, "SELECT count(*), count(DISTINCT model_id) FROM coverage_gaps GROUP BY field, subject_kind")
    expected = [[number(gaps), number(models) if models else ""] for gaps, models in counted]
    rows = page.table("Gaps by field") + page.table("Gaps of further fields")
    assert sorted(row[1:3] for row in rows) == sorted(expected)
    worst = ask(con, """SELECT subject_id, field, state, action, format('{:,}', pairs_affected),
                          strftime(since, '%-d %B %Y'), owner
                        FROM coverage_gaps ORDER BY rank_score DESC, gap_id LIMIT 10""")  # fmt: skip
    assert page.table("The most valuable gaps") == [[squeeze(text) for text in row] for row in worst]
    assert f"{number(sum(gaps for gaps, _ in counted))} gap" in page.section("gaps")


def check_coverage(page: Page, con: duckdb.DuckDBPyConnection) -> None:
    live = ask(con, f"SELECT count(*) FROM {LIVE}")[0][0]
    labels = {label_field(field): field for (field,) in ask(con, f"SELECT DISTINCT field FROM coverage WHERE {RUN}")}
    rows = page.table("Coverage by field") + page.table("Coverage of further fields")
    assert len(rows) == ask(con, f"SELECT count(*) FROM coverage WHERE provider_id = '-' AND {RUN}")[0][0]
    for label, share, *_, known, whole in rows:
        name, of = label.rsplit(", ", 1)
        field = labels[name]
        if of == "offers":
            found, expected = know_offers(con, field, "true")
        elif field == "price":
            found = ask(
                con, f"SELECT count(DISTINCT model_id) FROM offers SEMI JOIN {LIVE} USING (model_id) WHERE eligible"
            )[0][0]
            expected = live
        elif field.startswith("capability:"):
            found = ask(con, f"""SELECT count(*) FROM model_capabilities SEMI JOIN {LIVE} USING (model_id)
                                 WHERE capability = '{field[11:]}' AND state <> 'unknown'""")[0][0]  # fmt: skip
            expected = live
        else:
            found, expected = ask(con, f"SELECT count({field}), count(*) FROM {LIVE}")[0]
        assert (known, whole, share) == (number(found), number(expected), f"{found / expected:.0%}"), (of, field)
    fields = ("price", "cache_read_usd_per_mtok", "context_tokens", "max_output_tokens", "quantization")
    for provider, *cells in page.table("Coverage by provider"):
        where = "true" if provider == "All providers" else f"provider_id = '{provider}'"
        counted = (know_offers(con, field, where) for field in fields)
        assert cells[:5] == [f"{found / whole:.0%}" if whole else "" for found, whole in counted], provider


def know_offers(con: duckdb.DuckDBPyConnection, field: str, where: str) -> tuple[Any, ...]:
    if field == "price":
        scope = "price_missing_reason IS NULL OR price_missing_reason NOT IN ('subscription', 'not_per_token')"
        counted = f"count(*) FILTER (price_missing_reason IS NULL), count(*) FILTER ({scope})"
    else:
        counted = f"count({field}), count(*)"
    return ask(con, f"SELECT {counted} FROM {ROUTES} WHERE {where}")[0]


def check_sources(page: Page, con: duckdb.DuckDBPyConnection, run_id: str) -> None:
    rows = f"(FROM sources WHERE run_id = '{run_id}')"
    failed = ask(con, f"""SELECT source_id, kind, replace(state, '_', ' '), coalesce(cause, ''),
                            format('{{:,}}', items), format('{{:,}}', carried_items)
                          FROM {rows}
                          WHERE state NOT IN ('ok', 'partial', 'not_archived', 'not_configured', 'not_asked')
                          ORDER BY kind, source_id""")  # fmt: skip
    assert page.table("Sources that failed") == [[squeeze(text) for text in row] for row in failed]
    well = ask(con, f"SELECT count(*) FROM {rows} WHERE state IN ('ok', 'partial')")[0][0]
    assert page.section("sources").startswith(f"{well} of {well + len(failed)} source")
    used = ask(con, f"""SELECT source_id, format('{{:,}}', items + carried_items), date_diff('hour', as_of, expires_at),
                          expires_at > as_of
                        FROM {rows} JOIN runs USING (run_id) WHERE captured_at IS NOT NULL
                        ORDER BY expires_at, source_id""")  # fmt: skip
    shown = page.table("Values in use and their expiry")
    assert [(row[0], row[3]) for row in shown] == [(source, claims) for source, claims, _, _ in used]
    for row, (_, _, hours, ahead) in zip(shown, used, strict=True):
        assert row[6].startswith("in ") if ahead else row[6].endswith(" ago")
        days = re.search(r"(\d+) d", row[6])
        assert abs(abs(hours) / 24 - int(days[1] if days else 0)) <= 1.1, row


def check_disagreements(page: Page, con: duckdb.DuckDBPyConnection) -> None:
    groups = ask(con, """
        WITH open AS (SELECT d.*, coalesce(o.model_id, d.subject_id) AS in_pairs FROM disagreements d
          LEFT JOIN offers o ON o.offer_id = d.subject_id WHERE d.state <> 'settled'),
        grouped AS (SELECT cause || '/' || field AS name, count(*) AS size,
          list(DISTINCT in_pairs) FILTER (pairs_affected > 0) AS hit FROM open GROUP BY ALL),
        counted AS (SELECT name, size, (SELECT count(*) FROM pairs
          WHERE list_contains(hit, model_a_id) OR list_contains(hit, model_b_id)) AS affected FROM grouped)
        SELECT name, format('{:,}', size), format('{:,}', affected) FROM counted
        ORDER BY affected DESC, size DESC, name LIMIT 20""")  # fmt: skip
    shown = page.table("Disagreements by cause and field") + page.table("Further causes and fields")
    assert [(row[0], row[1], row[3]) for row in shown] == groups
    worst = ask(con, """SELECT subject_id, field, format('{:,}', pairs_affected) FROM disagreements
                        WHERE state <> 'settled'
                        ORDER BY pairs_affected DESC, ratio DESC NULLS LAST, subject_id, field LIMIT 10""")  # fmt: skip
    assert [(row[0], row[1], row[6]) for row in page.table("Disagreements that affect most pairs")] == worst


def check_identities(page: Page, con: duckdb.DuckDBPyConnection) -> None:
    keys, unresolved = ask(con, "SELECT count(*), count(*) FILTER (model_id IS NULL) FROM identities")[0]
    assert page.section("statistics").startswith(f"{number(unresolved)} of {number(keys)} keys are unresolved")
    reasons = ask(con, """SELECT reason, format('{:,}', count(*)) FROM identities WHERE model_id IS NULL
                          GROUP BY ALL ORDER BY count(*) DESC, reason""")  # fmt: skip
    assert page.table("Why keys are unresolved") == [list(row) for row in reasons]
    rank = "array_position(['anchored', 'corroborated', 'single_witness'], {}.identity_basis::VARCHAR)"
    pairs = dict(ask(con, f"""
        SELECT ['anchored', 'corroborated', 'single_witness'][greatest({rank.format('a')}, {rank.format('b')})],
          count(*)
        FROM pairs JOIN models a ON a.model_id = model_a_id JOIN models b ON b.model_id = model_b_id
        GROUP BY ALL"""))  # fmt: skip
    models = ask(con, """SELECT identity_basis::VARCHAR, count(*), count(*) FILTER (is_live AND is_text_generating)
                         FROM models GROUP BY ALL""")  # fmt: skip
    expected = [[basis, number(all_), number(live), number(pairs.get(basis, 0))] for basis, all_, live in models]
    assert sorted(page.table("Basis of identities")) == sorted(expected)


def check_checks(page: Page, con: duckdb.DuckDBPyConnection, run_id: str) -> None:
    rows = f"(FROM quality_results WHERE run_id = '{run_id}')"
    passed, made = ask(con, f"SELECT count(*) FILTER (outcome = 'passed'), count(*) FROM {rows}")[0]
    assert page.section("warnings").startswith(f"{number(passed)} of {number(made)} checks passed.")
    amiss = ask(
        con, f"SELECT suite || ': ' || \"check\" FROM {rows} WHERE severity <> 'critical' AND outcome <> 'passed'"
    )
    shown = page.table("Warnings") + page.table("Further warnings")
    assert sorted(row[0] for row in shown) == sorted(name for (name,) in amiss)
    figures = ask(con, f"""SELECT suite, "check", format('{{:,}}', rows_checked - rows_failed),
                             format('{{:,}}', rows_checked)
                           FROM {rows} WHERE severity = 'info' AND outcome = 'passed'
                           ORDER BY suite, "check" """)  # fmt: skip
    assert [tuple(row[:4]) for row in page.table("Statistics of the checks")] == figures


def check_changes(page: Page, con: duckdb.DuckDBPyConnection, run_id: str) -> None:
    rows = f"(FROM changes WHERE run_id = '{run_id}')"
    parent = ask(con, f"SELECT parent_run_id FROM runs WHERE run_id = '{run_id}'")[0][0]
    if parent is None:
        assert "This is the first release" in page.first_screen()
        return
    counted = ask(con, f"""SELECT subject_kind, kind, cause, format('{{:,}}', count(DISTINCT subject_id)),
                             format('{{:,}}', count(*))
                           FROM {rows} GROUP BY ALL ORDER BY 1, 2, 3""")  # fmt: skip
    assert sorted(page.table("Differences from the parent release")) == sorted(list(row) for row in counted)
    moved, up = ask(con, f"""SELECT count(*), count(*) FILTER (ratio > 1) FROM {rows}
                             WHERE kind = 'changed' AND field LIKE '%_usd_per_mtok' AND ratio > 0""")[0]  # fmt: skip
    if moved:
        assert f"{number(moved)} price{'' if moved == 1 else 's'} changed, {number(up)} up" in page.first_screen()
    assert len(page.root.css("#changes svg .rug")) == (moved if moved >= MIN_MARKS else 0)
