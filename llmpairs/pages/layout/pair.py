"""The page of a pair as a document: what stands in which section, in the order in which it is read."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from llmpairs.pages.layout.charts import chart_context, chart_costs, chart_routes, chart_scores
from llmpairs.pages.layout.offer_tables import route_blocks
from llmpairs.pages.layout.pair_tables import capability_table, cost_table, offer_table, spec_table
from llmpairs.pages.layout.score_tables import left_out_table, score_table
from llmpairs.pages.layout.verdicts import decision_table, overall_para, scorecard
from llmpairs.render.document import (
    Answers,
    Block,
    Bullets,
    Cell,
    Column,
    Columns,
    Document,
    Fold,
    Para,
    Section,
    Table,
)
from llmpairs.render.labels import FRICTION_WORDS, capability_name, count_of, field_words, list_some, listed

Row = dict[str, Any]
Links = dict[str, str]
"""Address of a page by what it is of: a model_id, or two of them joined by a space, bytewise sorted."""
NOT_COUNTED = (
    "Tokens spent on reasoning are not counted: a model that thinks longer costs more than the figure."
)
NEAR = {"same_family": "same family", "same_price_band": "same price band", "same_use": "same use"}


def lay_out_pair(page: Row, links: Links | None = None) -> Document:
    """The document of a pair's page (see `llmpairs.pages.content.pair.build_page`).

    `links` are the pages that exist beside it; without them other pairs are named by their command.
    """
    names = names_of(page)
    sections = [
        Section("overview", "Overview", [Para([sentence(row) for row in page["intro"]]), *overview(page)]),
        Section("verdicts", "Verdict by workload", list(verdict_blocks(page))),
        Section("tradeoffs", "What speaks for each", list(tradeoff_blocks(page))),
        Section("cost", "Monthly cost", list(cost_blocks(page))),
        Section("switching", "Switching", [Columns([move_column(move, page) for move in page["moves"]])]),
        Section("specs", "Specs", [*charts(chart_context(page["specs"], page["sides"])), spec_table(page)]),
        Section("routes", "Pricing and availability", list(price_blocks(page, links))),
        Section("capabilities", "Capabilities", [capability_table(page)]),
        Section("benchmarks", "Benchmarks", list(score_blocks(page))),
        Section("differences", "In sentences", [Bullets([sentence(row) for row in page["summary"]])]),
        Section("questions", "Questions", [answers(page["questions"])]),
        Section("open", "Not established", list(open_blocks(page))),
        Section("next", "Continue comparing", [Bullets(related_items(page, links))]),
        Section("freshness", "How old the facts are", [freshness_table(page["freshness"])]),
    ]  # fmt: skip
    return Document(
        title=f"{names[0]} vs {names[1]}",
        subtitle=f"as of {page['release']['as_of']}",
        about=f"{names[0]} and {names[1]} compared: verdicts by workload, prices by route, capabilities with evidence.",
        sections=[section for section in sections if any(section.blocks)],
        captures=page["captures"],
        sides=names,
    )


def names_of(page: Row) -> tuple[str, str]:
    """Both names, left first."""
    left, right = (str(side["display_name"]) for side in page["sides"])
    return left, right


def sentence(row: Row) -> Cell:
    """A sentence with what it rests on."""
    return Cell(row["text"], tuple(row["evidence"]))


def answers(rows: Sequence[Row]) -> Answers:
    """Questions with their answers."""
    return Answers([(row["question"], sentence(row["answer"])) for row in rows])


def charts(chart: Any) -> list[Block]:
    """A chart, or nothing where there is nothing to draw."""
    return [] if chart is None else [chart]


def overview(page: Row) -> Iterator[Block]:
    """The overall verdict and the scorecard."""
    yield overall_para(page)
    yield scorecard(page)


def verdict_blocks(page: Row) -> Iterator[Block]:
    """Every workload, and how to read it."""
    yield decision_table(page)
    yield Para(
        [
            Cell(
                "A verdict abstains where established facts weigh less than 0.6 of 1. Margin is the difference of the "
                "scores with every unknown counted against the side ahead; robust is the share of weightings around "
                "the published ones under which that side stays ahead. The lead weighs gates, cost, context and "
                "operators alone: quality not compared."
            )
        ],
        "muted",
    )


def tradeoff_blocks(page: Row) -> Iterator[Block]:
    """Established advantages of each side, and what is known of one side only."""
    yield Columns(
        [
            Column(
                f"Choose {name} when this matters",
                [bullets(rows, "No established difference above the thresholds speaks for it.")],
                tone,
            )
            for name, rows, tone in zip(names_of(page), page["tradeoffs"], "ab", strict=True)
        ]
    )
    one_sided = [row for rows in page["one_sided"] for row in rows]
    if one_sided:
        yield Para([Cell("Known of one side only, which is no advantage yet:")])
        yield Bullets([sentence(row) for row in one_sided])
    if page["silent_sources"]:
        titles = [row["title"] for row in page["silent_sources"]]
        silent = f"{count_of(len(titles), 'source')} gave nothing tonight ({list_some(titles)})"
        text = f"Numbers of routes and operators are lower bounds and are not compared: {silent}."
        yield Para([Cell(text)], "muted")


def bullets(rows: Sequence[Row], otherwise: str) -> Block:
    """Sentences as a list, or one that says that there is none."""
    return Bullets([sentence(row) for row in rows]) if rows else Para([Cell(otherwise)], "muted")


def cost_blocks(page: Row) -> Iterator[Block]:
    """Costs of every workload, and how they are meant."""
    yield from charts(chart_costs(page["costs"], names_of(page)))
    yield cost_table(page)
    yield Para([Cell(NOT_COUNTED)], "muted")


def move_column(move: Row, page: Row) -> Column:
    """One direction: its obstacles, then what it gains."""
    names = {side["model_id"]: side["display_name"] for side in page["sides"]}
    items = [
        Cell(
            f"{FRICTION_WORDS[row['kind']]}{': ' if row['detail'] else ''}{row['detail']}.",
            tuple(row["evidence"]),
            note=row["severity"],
        )
        for row in move["obstacles"]
    ]
    gains = [capability_name(name) for name in move["gains"]]
    if gains:
        items.append(Cell(f"{names[move['to']]} adds {listed(gains)}.", note="gain"))
    title = f"{names[move['from']]} to {names[move['to']]}: friction {move['severity']}"
    empty = Para([Cell("Nothing that is established stands in the way.")], "muted")
    return Column(title, [Bullets(items) if items else empty])


def price_blocks(page: Row, links: Links | None) -> Iterator[Block]:
    """Prices and availability side by side, then each side's routes."""
    yield offer_table(page)
    shared = [provider["name"] for provider in page["shared"]["providers"]]
    text = (
        f"Sold by the same provider: {listed(shared)}." if shared else "No provider that is known sells both."
    )
    yield Para([Cell(text)])
    yield from charts(chart_routes(page["sides"]))
    for side, tone in zip(page["sides"], "ab", strict=True):
        yield from route_blocks(side, tone, None if links is None else links.get(side["model_id"]))


def score_blocks(page: Row) -> Iterator[Block]:
    """Shared rows, or that there is none, and what is left out and why."""
    benchmarks, names = page["benchmarks"], names_of(page)
    comparable, indicative = len(benchmarks["comparable"]), len(benchmarks["indicative"])
    counts = (
        f"{names[0]} has {count_of(benchmarks['scores'][0], 'score')}, {names[1]} {benchmarks['scores'][1]}."
    )
    counts += f" Strictly comparable rows: {comparable}; rows at each side's best effort: {indicative}."
    yield Para([Cell(counts)])
    yield from charts(chart_scores(benchmarks, names))
    if indicative:
        yield score_table(page)
    if benchmarks["left_out"]:
        yield left_out_table(benchmarks["left_out"], names)


def open_blocks(page: Row) -> Iterator[Block]:
    """Gaps, disagreements and held values of each side."""
    yield Columns(
        [
            Column(side["display_name"], list(open_lists(side)), tone)
            for side, tone in zip(page["sides"], "ab", strict=True)
        ]
    )


def open_lists(side: Row) -> Iterator[Block]:
    """What nobody established of one model; disagreements of its routes are many and fold away."""
    items = [
        Cell(f"{field_words(gap['field'])}: {gap['state']}", note=gap["detail"].replace("_", " "))
        for gap in side["gaps"]
    ]
    items += [held_item(row, side) for row in side["holds"]]
    items += [
        dispute_item(row, side) for row in side["disagreements"] if row["subject_id"] == side["model_id"]
    ]
    yield Bullets(items) if items else Para([Cell("Nothing that is expected is missing.")], "muted")
    of_routes = [
        dispute_item(row, side) for row in side["disagreements"] if row["subject_id"] != side["model_id"]
    ]
    if of_routes:
        title = f"{count_of(len(of_routes), 'disagreement')} about its routes"
        yield Fold(title, [Bullets(of_routes)], f"and {title}; --format json or html shows them")


def dispute_item(row: Row, side: Row) -> Cell:
    """What independent sources say, and what is published."""
    chosen = "nothing is published" if row["chosen_value"] is None else f"{row['chosen_value']} is published"
    note = f"{', '.join(row['claimed_values'])}; since {row['first_seen_at'][:10]}"
    return Cell(
        f"{field_words(row['field'])}{subject_words(row, side)}: sources disagree, {chosen}", note=note
    )


def held_item(row: Row, side: Row) -> Cell:
    """A value that is held back, and what is published instead."""
    published = (
        "nothing" if row["published_value"] is None else f"the last good value {row['published_value']}"
    )
    text = f"{field_words(row['field'])}{subject_words(row, side)}: {row['candidate_value']} is held back as suspicious"
    return Cell(f"{text}; {published} is published", (row["evidence"],), note=row["rule"])


def subject_words(row: Row, side: Row) -> str:
    """Which route a row is about, where it is not about the model itself."""
    route = next((route for route in side["routes"] if route["offer_id"] == row["subject_id"]), None)
    if route is None:
        return ""
    return f" at {route['provider']}" + (
        "" if route["operator"] == route["provider"] else f" by {route['operator']}"
    )


def related_items(page: Row, links: Links | None) -> list[Cell]:
    """Pairs to look at next: a link where the page exists, else the command that makes it."""
    items = []
    for row in page["related"]:
        kept = page["sides"][row["side"]]
        why = listed([NEAR[reason] for reason in row["why"]])
        title = f"{kept['display_name']} vs {row['display_name']}"
        address = (links or {}).get(pair_key(kept["model_id"], row["model_id"]), "")
        command = "" if address else f"llmpairs compare {kept['model_id']} {row['model_id']}"
        items.append(Cell(title, note="; ".join(filter(None, (why, command))), href=address))
    return items


def pair_key(first: str, second: str) -> str:
    """Key of a pair in `Links`."""
    return " ".join(sorted((first, second), key=str.encode))


def freshness_table(rows: Iterable[Row]) -> Table:
    """Oldest, middle and newest capture by block."""
    return Table(
        "When the facts of each block were captured, UTC",
        ("Block", "oldest", "median", "newest"),
        [[Cell(row["block"]), *(Cell(row[name]) for name in ("oldest", "median", "newest"))] for row in rows],
    )
