"""What changed and what providers sell, from small tables: prices by direction, new and ending models, price moves."""

from collections.abc import Iterator
from dataclasses import replace

import duckdb
import pytest

from llmpairs.render.document import Document
from llmpairs.render.text import render_text
from llmpairs.site.changes_page import lay_out_changes
from llmpairs.site.provider_pages import lay_out_providers

AS_OF = "2026-05-18T20:24:18Z"
TABLES = """
    CREATE TABLE providers AS SELECT * FROM (VALUES ('acme', 'Acme', 'host'), ('idle', 'Idle', 'host'))
      AS rows (provider_id, name, kind);
    CREATE TABLE models AS SELECT * FROM (VALUES
      ('x/one', 'One', 'x--one', 'x', true, 'active', NULL::DATE),
      ('x/two', 'Two', 'x--two', 'x', true, 'deprecated', DATE '2026-08-01'))
      AS rows (model_id, display_name, slug, developer_id, is_live, lifecycle, retire_on);
    CREATE TABLE offers AS SELECT * FROM (VALUES
      ('acme/one', 'x/one', 'acme', 'acme', 'one', true, 1.5e0, 6e0, 128000, 99.5e0, 42e0, NULL::DATE,
        'active', 'metered'),
      ('acme/odd', NULL, 'acme', 'unspecified', 'odd', false, NULL, NULL, NULL, NULL, NULL, NULL, 'active', 'unknown'))
      AS rows (offer_id, model_id, provider_id, operator_id, provider_model_key, operator_known, input_usd_per_mtok,
        output_usd_per_mtok, context_tokens, uptime_percent, throughput_tokens_per_s, retire_on,
        offer_status, price_kind);
    CREATE TABLE changes AS SELECT * FROM (VALUES
      ('now', 'offer', 'acme/one', 'changed', 'input_usd_per_mtok', '3', '1.5', 0.5, 'source'),
      ('now', 'offer', 'acme/one', 'changed', 'output_usd_per_mtok', '5', '6', 1.2, 'source'),
      ('now', 'offer', 'acme/one', 'changed', 'context_tokens', '64000', '128000', 2.0, 'source'),
      ('before', 'offer', 'acme/one', 'changed', 'input_usd_per_mtok', '9', '3', 0.333, 'source'),
      ('now', 'model', 'x/one', 'added', '-', NULL, NULL, NULL, 'source'))
      AS rows (run_id, subject_kind, subject_id, kind, field, old_value, new_value, ratio, cause);
    CREATE TABLE price_changes AS SELECT 'acme/one' AS offer_id, 'x/one' AS model_id, 'acme' AS provider_id,
      'input_usd_per_mtok' AS field, TIMESTAMPTZ '2026-05-18T20:00:00Z' AS changed_at, 3e0 AS old_usd_per_mtok,
      1.5e0 AS new_usd_per_mtok;
"""


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as found:
        found.execute(TABLES)
        yield found


def test_the_changes_of_a_release_are_listed_by_direction(con: duckdb.DuckDBPyConnection) -> None:
    document = lay_out_changes(con, "now", AS_OF)
    lower, higher, added, ending = (render_text(replace_sections(document, at)) for at in range(4))
    assert "-50%" in lower
    assert "$1.5" in lower
    assert "+20%" in higher
    assert "context" not in higher
    assert "One" in added
    assert "Two" not in added
    assert "1 August 2026" in ending


def replace_sections(document: Document, at: int) -> Document:
    return replace(document, sections=[document.sections[at]])


def test_a_first_release_says_that_nothing_changed(con: duckdb.DuckDBPyConnection) -> None:
    text = render_text(lay_out_changes(con, "first", AS_OF))
    assert "No lower price since the release before." in text
    assert "No new model is known." in text


def test_the_page_of_a_provider_has_offers_moves_and_uptime(con: duckdb.DuckDBPyConnection) -> None:
    pages = dict(lay_out_providers(con, AS_OF))
    assert list(pages) == ["acme.html", "index.html"]
    text = render_text(pages["acme.html"])
    assert "One" in text
    assert "odd" in text
    assert "Input price" in text
    assert "Median uptime 99.5% over 1 offer" in text
    assert "not stated" in text  # the operator of the offer whose model is unknown
    assert "Idle" not in render_text(pages["index.html"])
