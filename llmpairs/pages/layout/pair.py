"""Lay out the page of a pair as a document."""

from collections.abc import Iterable, Iterator, Sequence

from llmpairs.pages.content.pair_schema import Move, PairPage
from llmpairs.pages.content.schema import Freshness, Hold, Neighbour, Sentence, Side, names_of
from llmpairs.pages.layout.charts import chart_context, chart_costs, chart_offers, chart_scores
from llmpairs.pages.layout.offer_tables import offer_blocks
from llmpairs.pages.layout.pair_tables import capability_table, cost_table, price_table, spec_table
from llmpairs.pages.layout.score_tables import left_out_table, score_table
from llmpairs.pages.layout.verdicts import citations, headline_paragraph, outcome_table, scorecard
from llmpairs.pages.rows import Disagreement
from llmpairs.render.document import (
    Answers,
    Block,
    Bullets,
    Cell,
    Chart,
    Document,
    Fold,
    Panel,
    Paragraph,
    Section,
    SideBySide,
    StepChart,
    TableBlock,
)
from llmpairs.render.labels import (
    FRICTION_LABELS,
    format_capability,
    format_count,
    join_first_names,
    join_names,
    label_field,
)

Links = dict[str, str]
"""Addresses of pages by model_id, or by two of them joined by a space, bytewise sorted."""
NOT_COUNTED = "Tokens spent on reasoning are not counted: a model that thinks longer costs more than the figure."
NEIGHBOUR_LABELS = {"same_family": "same family", "same_price_band": "same price band", "same_use": "same use"}


def lay_out_pair(page: PairPage, links: Links | None = None) -> Document:
    """Lay out a pair's page (see `llmpairs.pages.content.pair.build_page`).

    `links` are the other pages that exist; without them other pairs are named by their command.
    """
    sides = page["sides"]
    names = names_of(sides)
    intro = Paragraph([_sentence(row) for row in page["intro"]])
    cost_chart = charts(chart_costs(page["costs"], names))
    answers = [(row["question"], _sentence(row["answer"])) for row in page["questions"]]
    missing = [
        Panel(side["display_name"], list(open_lists(side)), tone) for side, tone in zip(sides, "ab", strict=True)
    ]
    related = [neighbour_cell(sides[row["side"]], row, links or {}) for row in page["related"]]
    sections = [
        Section("overview", "Overview", [intro, headline_paragraph(page), scorecard(page)]),
        Section(
            "verdicts",
            "Outcome by workload",
            [outcome_table(page)],
        ),
        Section("tradeoffs", "Advantages of each", list(_tradeoff_blocks(page))),
        Section("cost", "Monthly cost", [*cost_chart, cost_table(page), note(NOT_COUNTED)]),
        Section("switching", "Switching", [SideBySide([_move_panel(move, page) for move in page["moves"]])]),
        Section("specs", "Specs", [*charts(chart_context(page["specs"], page["sides"])), spec_table(page)]),
        Section("routes", "Pricing and availability", list(_price_blocks(page, links))),
        Section("capabilities", "Capabilities", [capability_table(page)]),
        Section("benchmarks", "Benchmarks", list(_score_blocks(page))),
        Section("differences", "Summary", [Bullets([_sentence(row) for row in page["summary"]])]),
        Section("questions", "Questions", [Answers(answers)]),
        Section("open", "Not known", [SideBySide(missing)]),
        Section("next", "Continue comparing", [Bullets(related)]),
        Section("freshness", "Age of the facts", [freshness_table(page["freshness"])]),
    ]  # fmt: skip
    return Document(
        title=f"{names[0]} vs {names[1]}",
        subtitle=f"as of {page['release']['as_of']}",
        about=f"{names[0]} and {names[1]} compared: outcomes by workload, prices by offer, capabilities with evidence.",
        sections=[section for section in sections if any(section.blocks)],
        captures=page["captures"],
        sides=names,
    )


def _sentence(row: Sentence) -> Cell:
    return Cell(row["text"], tuple(row["evidence"]))


def charts(chart: Chart | StepChart | None) -> list[Block]:
    """A chart as blocks; none where there is nothing to draw."""
    return [] if chart is None else [chart]


def _tradeoff_blocks(page: PairPage) -> Iterator[Block]:
    none = "No known difference above the thresholds."
    yield SideBySide(
        [
            Panel(f"Choose {name} when this matters", [_bullets([_sentence(row) for row in rows], none)], tone)
            for name, rows, tone in zip(names_of(page["sides"]), page["tradeoffs"], "ab", strict=True)
        ]
    )
    one_sided = [row for rows in page["one_sided"] for row in rows]
    if one_sided:
        yield Paragraph([Cell("Known for one side only, which is no advantage:")])
        yield Bullets([_sentence(row) for row in one_sided])
    if page["silent_sources"]:
        titles = [row["title"] for row in page["silent_sources"]]
        silent = f"{format_count(len(titles), 'source')} did not answer ({join_first_names(titles)})"
        yield note(f"Numbers of offers and operators are lower bounds and are not compared: {silent}.")


def note(text: str) -> Paragraph:
    """A paragraph of minor text."""
    return Paragraph([Cell(text)], "muted")


def _bullets(items: Sequence[Cell], otherwise: str) -> Block:
    """A list of cells, or a note where there is none."""
    return Bullets(items) if items else note(otherwise)


def _move_panel(move: Move, page: PairPage) -> Panel:
    names = {side["model_id"]: side["display_name"] for side in page["sides"]}
    items = [
        Cell(
            f"{FRICTION_LABELS[row['kind']]}{': ' if row['detail'] else ''}{row['detail']}.",
            tuple(row["evidence"]),
            note=row["severity"],
        )
        for row in move["obstacles"]
    ]
    gains = [format_capability(name) for name in move["gains"]]
    if gains:
        items.append(Cell(f"{names[move['to']]} adds {join_names(gains)}.", note="gain"))
    title = f"{names[move['from']]} to {names[move['to']]}: effort {move['severity']}"
    return Panel(title, [_bullets(items, "No obstacle is known.")])


def _price_blocks(page: PairPage, links: Links | None) -> Iterator[Block]:
    yield price_table(page)
    shared = [provider["name"] for provider in page["shared"]["providers"]]
    text = f"Sold by the same provider: {join_names(shared)}." if shared else "No known provider sells both."
    yield Paragraph([Cell(text)])
    yield from charts(chart_offers(page["sides"]))
    for side, tone in zip(page["sides"], "ab", strict=True):
        yield from offer_blocks(side, tone, None if links is None else links.get(side["model_id"]))


def _score_blocks(page: PairPage) -> Iterator[Block]:
    benchmarks, names = page["benchmarks"], names_of(page["sides"])
    comparable, indicative = len(benchmarks["comparable"]), len(benchmarks["indicative"])
    counts = f"{names[0]} has {format_count(benchmarks['scores'][0], 'score')}, {names[1]} {benchmarks['scores'][1]}."
    counts += f" Strictly comparable rows: {comparable}; rows at each side's best effort: {indicative}."
    yield Paragraph([Cell(counts)])
    yield from charts(chart_scores(benchmarks, names))
    if indicative:
        yield score_table(page)
    if benchmarks["left_out"]:
        yield left_out_table(benchmarks["left_out"], names)


def open_lists(side: Side) -> Iterator[Block]:
    """Missing facts of one model; the many disagreements about its offers are folded."""
    items = [
        Cell(f"{label_field(gap['field'])}: {gap['state']}", note=gap["detail"].replace("_", " "))
        for gap in side["gaps"]
    ]
    items += [_held_item(row, side) for row in side["holds"]]
    items += [_dispute_item(row, side) for row in side["disagreements"] if row["subject_id"] == side["model_id"]]
    yield _bullets(items, "No expected fact is missing.")
    of_offers = [_dispute_item(row, side) for row in side["disagreements"] if row["subject_id"] != side["model_id"]]
    if of_offers:
        title = f"{format_count(len(of_offers), 'disagreement')} about its offers"
        yield Fold(title, [Bullets(of_offers)], f"and {title}; --format json or html shows them")


def _dispute_item(row: Disagreement, side: Side) -> Cell:
    chosen = "nothing is published" if row["chosen_value"] is None else f"{row['chosen_value']} is published"
    note = f"{', '.join(row['claimed_values'])}; since {row['first_seen_at'][:10]}"
    return Cell(f"{label_field(row['field'])}{name_subject(row, side)}: sources disagree, {chosen}", note=note)


def _held_item(row: Hold, side: Side) -> Cell:
    published = "nothing" if row["published_value"] is None else f"the last known good value {row['published_value']}"
    text = f"{label_field(row['field'])}{name_subject(row, side)}: {row['candidate_value']} is held back as suspicious"
    return Cell(f"{text}; {published} is published", citations(row["evidence"]), note=row["rule"])


def name_subject(row: Disagreement | Hold, side: Side) -> str:
    """Name the offer that a row is about; empty for the model itself."""
    route = next((route for route in side["routes"] if route["offer_id"] == row["subject_id"]), None)
    if route is None:
        return ""
    return f" at {route['provider']}" + ("" if route["operator"] == route["provider"] else f" by {route['operator']}")


def neighbour_cell(own: Side, row: Neighbour, links: Links) -> Cell:
    """A pair to compare next: a link where its page exists, else the command."""
    why = join_names([NEIGHBOUR_LABELS[reason] for reason in row["why"]])
    address = links.get(pair_key(own["model_id"], row["model_id"]), "")
    command = "" if address else f"llmpairs compare {own['model_id']} {row['model_id']}"
    title = f"{own['display_name']} vs {row['display_name']}"
    return Cell(title, note="; ".join(filter(None, (why, command))), href=address)


def pair_key(first: str, second: str) -> str:
    """Key of a pair in `Links`."""
    return " ".join(sorted((first, second), key=str.encode))


def freshness_table(rows: Iterable[Freshness]) -> TableBlock:
    """Oldest, median and newest capture by block."""
    return TableBlock(
        "When the facts of each block were captured, UTC",
        ("Block", "oldest", "median", "newest"),
        [[Cell(text) for text in (row["block"], row["oldest"], row["median"], row["newest"])] for row in rows],
    )
