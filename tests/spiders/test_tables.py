"""Pricing tables by their headers: what is found, what is read, and what is refused."""

from collections.abc import Iterator

import pytest

from llmpairs.spiders.crawling.causes import LayoutChangedError, NotTextError, SchemaChangedError
from llmpairs.spiders.items import Item, ModelClaim, OfferClaim
from llmpairs.spiders.page import Finding, Page
from llmpairs.spiders.tables import (
    FlagColumn,
    PageRow,
    PageTable,
    PriceColumn,
    PriceUnit,
    RowTarget,
    TableLayout,
    carry_down,
    find_tables,
    ignore,
    match_rows,
    read_rows,
    restore_spans,
    transpose,
)
from tests.spiders.pages import page, quoted

MARKDOWN = "https://host.example/pricing.md"
HTML = "https://host.example/pricing"
PER_MILLION = PriceUnit(currency="USD", per=1_000_000, unit="token")


def tables(content: str, url: str = MARKDOWN) -> list[PageTable]:
    return find_tables(page(content, url))


def texts(table: PageTable) -> list[list[str]]:
    return [[cell.text for cell in row] for row in table.rows]


# Tables


def test_markdown_and_html_tables_read_alike() -> None:
    markdown = "## Chat\n\n| Model | Price |\n|---|---|\n| [a](/m/a)<br>*new* | \\$1 |\n"
    html = (
        "<h2>Chat</h2><table><tr><th>Model</th><th>Price</th></tr>"
        "<tr><td><a href='/m/a'>a</a><br><i>new</i></td><td>$1</td></tr></table>"
    )
    (first,), (second,) = tables(markdown), tables(html, HTML)
    assert texts(first) == texts(second) == [["Model", "Price"], ["a new", "$1"]]
    assert first.rows[1][0].links == second.rows[1][0].links == (("/m/a", "a"),)
    assert first.locator == second.locator == "table 1 (Chat)"


def test_spanning_cells_are_repeated_in_their_span() -> None:
    html = (
        "<table><tr><td rowspan=2>A</td><td colspan=2>B</td></tr><tr><td>c</td><td>d</td></tr>"
        "<tr><td colspan=3>E</td></tr></table>"
    )
    (table,) = tables(html, HTML)
    assert texts(table) == [["A", "B", "B"], ["A", "c", "d"], ["E", "E", "E"]]


def test_a_header_of_two_lines_is_one() -> None:
    html = (
        "<table><thead><tr><th rowspan=2>Model</th><th colspan=2>Standard</th></tr>"
        "<tr><th>Input</th><th>Output</th></tr></thead><tr><td>a</td><td>1</td><td>2</td></tr></table>"
    )
    (table,) = tables(html, HTML)
    assert table.header == ("Model", "Standard Input", "Standard Output")


def test_hostile_spans_are_cut() -> None:
    (table,) = tables("<table><tr><td colspan=99999999 rowspan=99999999>x</td></tr></table>", HTML)
    assert len(table.rows[0]) == 100


def test_footnotes_and_struck_out_prices_are_no_text() -> None:
    cell = "1M<sup>2</sup> $1<sup>(1)</sup> x<sup>y</sup> <del>$9</del><script>3</script>"
    html = f"<table><tr><td>{cell}</td></tr></table>"
    (table,) = tables(html, HTML)
    assert texts(table) == [["1M $1 xy"]]


def test_a_table_turned_round_has_its_rows_as_columns() -> None:
    html = (
        "<table><tr><td colspan=2>MODEL</td><td>a</td><td>b</td></tr>"
        "<tr><td rowspan=2>PRICE</td><td>IN</td><td>1</td><td>2</td></tr>"
        "<tr><td>OUT</td><td>3</td><td>4</td></tr></table>"
    )
    (table,) = tables(html, HTML)
    assert texts(transpose(table, 2)) == [["MODEL", "PRICE IN", "PRICE OUT"], ["a", "1", "3"], ["b", "2", "4"]]


def test_blank_cells_take_what_stands_above_them_where_asked() -> None:
    (table,) = tables("| m | t | p |\n|---|---|---|\n| a | in | 1 |\n| | out | |\n| b | | 2 |\n")
    assert texts(carry_down(table, 0, 1))[1:] == [["a", "in", "1"], ["a", "out", ""], ["b", "out", "2"]]


def test_the_unit_is_that_of_the_nearest_sentence_about_prices() -> None:
    grid = "\n\n| a |\n|---|\n| b |\n\n"
    content = (
        f"Prices per 1M tokens.{grid}Rate limits are 30 requests per minute.{grid}"
        f"Web search costs $10 per 1,000 searches.{grid}Prices per second.{grid}Prices as marked{grid}"
    )
    units = [table.price_unit.unit for table in tables(content)]
    assert units == ["token", "token", "token", "second", None]


def test_a_caption_goes_before_the_sentence() -> None:
    html = "<p>Prices per 1M tokens</p><table><caption>Prices per 1K tokens, USD</caption><tr><td>x</td></tr></table>"
    (table,) = tables(html, HTML)
    assert table.price_unit == PriceUnit(currency="USD", per=1_000, unit="token")


def test_a_table_knows_its_tab() -> None:
    html = "<button id=t1>EU</button><div role=tabpanel aria-labelledby=t1><table><tr><td>x</td></tr></table></div>"
    (table,) = tables(html, HTML)
    assert table.tab == "EU"


def test_a_page_without_a_table_is_another_layout() -> None:
    with pytest.raises(LayoutChangedError, match="expected a table at the page"):
        tables("# Pricing\n\nNothing here.")


@pytest.mark.parametrize("body", ["", "<!doctype html><html><p>Checking your browser</p></html>"])
def test_html_without_a_table_where_markdown_was_expected_is_no_text(body: str) -> None:
    with pytest.raises(NotTextError):
        tables(body)


def test_a_page_is_read_in_the_form_in_which_it_is_served() -> None:
    html = "<!doctype html><html><table><tr><td>x</td><td>y</td></tr></table></html>"
    markdown = "Prices\nx | y\n---|---\n1 | 2\nFootnote"
    assert texts(tables(html)[0]) == [["x", "y"]]
    assert texts(tables(markdown, HTML)[0]) == [["x", "y"], ["1", "2"]]


def test_rows_that_a_converter_shortened_are_completed() -> None:
    (table,) = tables("| Model | Kind | Input |\n|---|---|---|\n| a | Audio | $3 |\n| Text | $1 |\n| b | Text | - |\n")
    assert texts(restore_spans(table))[1:] == [["a", "Audio", "$3"], ["a", "Text", "$1"], ["b", "Text", "-"]]


# Layouts and claims

CHAT = TableLayout(
    columns={"model": "model", "input": PriceColumn(uses=("input",)), "output": PriceColumn(uses=("output",))},
    optional={
        "cached": PriceColumn(uses=("cache_read",)),
        "tools": FlagColumn("function_calling"),
        "ctx": "context_tokens",
    },
)


def parse(content: str, *layouts: TableLayout) -> list[Item | Finding]:
    source = page(content, MARKDOWN)
    return list(read_rows(source, "host", match_rows(source.url, find_tables(source), layouts or [CHAT])))


def grid(*rows: str, header: str = "Model | Input | Output") -> str:
    line = " | ".join("---" for _ in header.split("|"))
    return "\n".join(["Prices per 1M tokens, USD", "", *(f"| {each} |" for each in (header, line, *rows)), ""])


def offers(found: list[Item | Finding]) -> list[OfferClaim]:
    return [each for each in found if isinstance(each, OfferClaim)]


def rejections(found: list[Item | Finding]) -> list[str]:
    return [each.text for each in found if isinstance(each, Finding) and each.kind == "rejected"]


def good(count: int = 20) -> list[str]:
    return [f"m{number} | $1 | $2" for number in range(count)]


def test_a_table_with_an_unknown_header_fails_by_page_table_and_header() -> None:
    content = grid("a | $1 | $2 | $3", header="Model | Input | Output | Surcharge")
    with pytest.raises(LayoutChangedError) as raised:
        parse(content)
    assert str(raised.value).startswith(
        "https://host.example/pricing.md: expected a known header at table 1, header 'Surcharge'"
    )


def test_a_table_that_lacks_a_header_is_reported_with_it() -> None:
    with pytest.raises(LayoutChangedError, match="expected a header 'output' at table 1, which lacks it"):
        parse(grid("a | $1", header="Model | Input"))


TOOLS = "## Tools\n\n| Tool | Price |\n|---|---|\n| Web search | $9 |\n"


def test_an_unknown_table_is_a_finding_and_the_known_ones_are_read() -> None:
    found = parse(grid(*good()) + TOOLS)
    assert len(offers(found)) == 20
    text = "table with the headers 'Tool', 'Price'"
    assert [each for each in found if isinstance(each, Finding)] == [
        Finding(kind="unknown_key", locator="table 2 (Tools)", text=text)
    ]


def test_an_unknown_table_of_prices_of_other_models_fails_the_page() -> None:
    table = "## Preview\n\n| Name | Each token |\n|---|---|\n| Nova 9 Pro | $9 |\n| nova-9-mini | $2 |\n"
    with pytest.raises(LayoutChangedError, match=r"table 2 \(Preview\)"):
        parse(grid(*good()) + table)
    repeated = table.replace("Nova 9 Pro", "m1").replace("nova-9-mini", "m2")
    assert len(offers(parse(grid(*good()) + repeated))) == 20


def test_a_known_table_that_has_vanished_fails_the_page() -> None:
    with pytest.raises(LayoutChangedError, match="expected a table with the headers model, input, output"):
        parse(TOOLS, CHAT, ignore("tool", "price"))
    batch = TableLayout(columns={"model": "model", "batch": PriceColumn(uses=("input",))}, is_required=True)
    with pytest.raises(LayoutChangedError, match="expected a table with the headers model, batch"):
        parse(grid(*good()), CHAT, batch)


def test_an_unknown_column_is_a_finding_if_it_has_no_amounts() -> None:
    header = "Model | Input | Output | Note"
    found = parse(grid(*(f"{row} | new" for row in good()), header=header))
    assert [each.text for each in found if isinstance(each, Finding)] == ["column 'Note'"]
    with pytest.raises(LayoutChangedError, match="header 'Note'"):
        parse(grid(*(f"{row} | $1" for row in good()), header=header))


def test_a_cell_that_is_not_understood_rejects_its_row_alone() -> None:
    found = parse(grid(*good(), "odd | $1 to $2 | $3"))
    assert rejections(found) == ["table 1 row 21, Input: 'to' beside 1 has no declared use"]
    assert len(offers(found)) == 20


def test_a_page_keeps_its_good_rows_until_half_of_all_cannot_be_read() -> None:
    bad = ["a | soon | $3", "b | soon | $3", "c | soon | $3"]
    found = parse(grid(*good(4), *bad))
    assert (len(offers(found)), len(rejections(found))) == (4, 3)
    with pytest.raises(SchemaChangedError, match="3 of 6 entries cannot be read"):
        parse(grid(*good(3), *bad))


def test_a_header_of_the_same_meaning_is_known() -> None:
    found = parse(grid(*good(2), header="Model name | Input price | Output tokens"))
    assert len(offers(found)) == 2
    with pytest.raises(LayoutChangedError, match="header 'Batch input'"):
        parse(grid(*good(2), header="Model | Batch input | Output"))


@pytest.mark.parametrize(
    "header",
    [
        "Model | Input (per 1M tokens) | Output ($ / MTok)",
        "Model [1] | Input price, per 1M tokens in USD | Output / 1M tokens",
        "Models | Base input tokens price | Output¹",
    ],
)
def test_a_unit_or_a_mark_in_a_header_does_not_change_its_meaning(header: str) -> None:
    assert [offer.prices[0].amount for offer in offers(parse(grid("m-1 | \\$3 [^1] | \\$4²", header=header)))] == ["3"]


def test_a_unit_of_something_else_in_a_header_makes_another_column() -> None:
    with pytest.raises(LayoutChangedError, match="header 'Input per image'"):
        parse(grid(*good(2), header="Model | Input per image | Output"))


def test_a_new_column_of_a_price_of_its_own_leaves_the_others() -> None:
    found = parse(grid(*(f"{row} | $1" for row in good(2)), header="Model | Input | Output | Cache storage"))
    assert len(offers(found)) == 2
    assert [each.text for each in found if isinstance(each, Finding)] == ["column 'Cache storage'"]


def test_blank_rows_and_headings_inside_a_table_are_no_models() -> None:
    found = parse(grid(*good(1), " | | ", "Latest models | | ", "m-9 | | "))
    assert rejections(found) == []
    assert [each.model_key for each in offers(found)] == [offers(parse(grid(*good(1))))[0].model_key, "m-9"]


@pytest.mark.parametrize("mark", ["*", " †", "¹", " (new)", " NEW", "**"])
def test_marks_and_badges_are_no_part_of_a_name(mark: str) -> None:
    assert [each.model_key for each in offers(parse(grid(f"sonnet-5{mark} | $1 | $3")))] == ["sonnet-5"]


def test_rows_of_another_width_are_rejected() -> None:
    html = "<p>Prices per 1M tokens</p><table><tr><th>Model</th><th>Input</th><th>Output</th></tr>" + "".join(
        f"<tr><td>m{number}</td><td>$1</td><td>$2</td></tr>" for number in range(12)
    )
    source = page(html + "<tr><td>odd</td><td>$1</td></tr></table>", HTML)
    found = list(read_rows(source, "host", match_rows(source.url, find_tables(source), [CHAT])))
    assert rejections(found) == ["table 1 row 13: not as many cells as the table has headers"]


def test_a_free_model_is_free_only_if_all_of_it_is() -> None:
    both, half, zero = offers(parse(grid("a | Free | Free", "b | $1 | Free", "c | $0 | $0")))
    assert (both.is_free, half.is_free, zero.is_free) == (True, None, None)
    assert quoted(half) == {("input", 0): "1", ("output", 0): "0"}
    assert quoted(zero) == {("input", 0): "0", ("output", 0): "0"}


def test_a_row_without_a_price_is_an_offer_without() -> None:
    (offer,) = offers(parse(grid("a | - | -")))
    assert (offer.prices, offer.is_free) == ((), None)


def test_two_tables_about_one_model_are_one_offer() -> None:
    first = grid("a | $1 | $2 | $0.1", header="Model | Input | Output | Cached")
    second = grid("a | $1 | $2 | Yes", header="Model | Input | Output | Tools")
    (offer,) = offers(parse(first + "\n" + second))
    assert quoted(offer) == {("input", 0): "1", ("output", 0): "2", ("cache_read", 0): "0.1"}
    assert offer.capabilities == (("function_calling", True),)


def test_a_model_with_two_prices_has_none() -> None:
    found = parse(grid(*good(), "m3 | $7 | $2"))
    assert rejections(found) == ["table 1 row 21: m3 costs 7 here and 1 at table 1 row 4 (input, standard)"]
    assert "m3" not in {offer.model_key for offer in offers(found)}


def test_the_order_of_labels_and_amounts_does_not_matter() -> None:
    split = TableLayout(columns={"model": "model", "price": PriceColumn(labels={"input": "input", "output": "output"})})
    rows = ("a | $0.15 input$0.60 output", "b | Input: $0.15, Output: $0.60")
    first, second = offers(parse(grid(*rows, header="Model | Price"), split))
    assert quoted(first) == quoted(second) == {("input", 0): "0.15", ("output", 0): "0.60"}


@pytest.mark.parametrize("cell", ["$0.15", "$0.15 / $0.60", "$0.15 input $0.60 blended", "from $0.15 input"])
def test_amounts_without_a_declared_use_are_refused(cell: str) -> None:
    split = TableLayout(columns={"model": "model", "price": PriceColumn(labels={"input": "input", "output": "output"})})
    found = parse(
        grid(*(f"m{n} | $1 input $2 output" for n in range(12)), f"odd | {cell}", header="Model | Price"), split
    )
    assert len(rejections(found)) == 1


def test_positions_need_their_number() -> None:
    split = TableLayout(columns={"model": "model", "price": PriceColumn(uses=("input", "cache_read", "output"))})
    rows = [*(f"m{number} | 0.95 / 0.16 / 4.00" for number in range(12)), "odd | 0.95 / 4.00"]
    found = parse(grid(*rows, header="Model | Price"), split)
    assert quoted(offers(found)[0]) == {("input", 0): "0.95", ("cache_read", 0): "0.16", ("output", 0): "4.00"}
    assert rejections(found) == ["table 1 row 13, Price: 2 prices where 3 are expected"]


def test_one_word_for_free_is_the_price_of_all_that_a_cell_prices() -> None:
    split = TableLayout(columns={"model": "model", "price": PriceColumn(uses=("input", "cache_read", "output"))})
    (offer,) = offers(parse(grid("a | Free", header="Model | Price"), split))
    assert (set(quoted(offer).values()), len(offer.prices), offer.is_free) == ({"0"}, 3, True)


def test_the_limits_of_a_host_are_those_of_its_offer() -> None:
    source = page(grid("a | $1 | $2 | 8K", header="Model | Input | Output | Ctx"), MARKDOWN)
    for is_own, wanted in ((False, None), (True, 8_000)):
        rows = match_rows(source.url, find_tables(source), [CHAT])
        model, offer = read_rows(source, "host", rows, is_first_party=is_own)
        assert isinstance(model, ModelClaim)
        assert isinstance(offer, OfferClaim)
        assert (model.context_tokens, offer.context_tokens) == (wanted, 8_000)


def test_a_price_for_long_prompts_that_costs_the_same_is_no_tier() -> None:
    tiered = TableLayout(
        columns={
            "model": "model",
            "short": PriceColumn(uses=("input",)),
            "long": PriceColumn(uses=("input",), min_prompt_tokens=200_000),
        }
    )
    flat, steep = offers(parse(grid("a | $1 | $1", "b | $1 | $2", header="Model | Short | Long"), tiered))
    assert quoted(flat) == {("input", 0): "1"}
    assert quoted(steep) == {("input", 0): "1", ("input", 200_000): "2"}


def test_a_page_of_a_known_shape_needs_a_few_lines() -> None:
    content = (
        "# Pricing\n\nPrices per 1M tokens in EUR.\n\n"
        "| Model | In / Out |\n|---|---|\n| [Lab M](/m/lab-m) (US) | 0.10 / 0.40 |\n"
    )

    def place(row: PageRow) -> Iterator[RowTarget]:
        cell = row.cell("model")
        assert cell is not None
        yield RowTarget(
            model_key=cell.links[0][0].removeprefix("/m/"), name=cell.links[0][1], route_tag="us", region="US"
        )

    layout = TableLayout(columns={"model": "model", "in / out": PriceColumn(uses=("input", "output"))})
    source = Page(url=MARKDOWN, body=content.encode(), captured_at="2026-05-18T20:00:00Z")
    model, offer = read_rows(source, "host", match_rows(source.url, find_tables(source), [layout]), place)
    assert isinstance(offer, OfferClaim)
    assert isinstance(model, ModelClaim)
    assert (model.name, offer.model_key, offer.route_tag) == ("Lab M", "lab-m", "us")
    assert {(quote.use, quote.amount, quote.currency, quote.per, quote.unit) for quote in offer.prices} == {
        ("input", "0.10", "EUR", 1_000_000, "token"),
        ("output", "0.40", "EUR", 1_000_000, "token"),
    }
