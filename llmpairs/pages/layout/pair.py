"""Lay out the page of a pair as a document."""

from collections.abc import Iterable, Iterator, Sequence

from llmpairs.pages.content.outcomes import format_difference
from llmpairs.pages.content.pair_schema import Move, PairPage
from llmpairs.pages.content.schema import Freshness, Hold, Neighbour, Sentence, Side, names_of
from llmpairs.pages.layout.first_screen import lead_blocks
from llmpairs.pages.layout.json_ld import describe_pair
from llmpairs.pages.layout.offer_tables import operator_blocks
from llmpairs.pages.layout.outcomes import citations, outcome_table
from llmpairs.pages.layout.pair_tables import (
    capability_table,
    cost_table,
    list_same_capabilities,
    list_unknown_specs,
    price_table,
    spec_table,
)
from llmpairs.pages.layout.price_history import chart_both_histories
from llmpairs.pages.layout.score_tables import SHOWN_BENCHMARKS, benchmark_table, left_out_table, score_table
from llmpairs.pages.rows import Disagreement
from llmpairs.render.document import (
    Answers,
    Block,
    Bullets,
    Cell,
    Chart,
    CostForm,
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
    LANGUAGE_LABELS,
    format_capability,
    format_count,
    format_date,
    join_first_names,
    join_names,
    label_field,
)

Links = dict[str, str]
"""Addresses of pages by model_id, or by two of them joined by a space, bytewise sorted."""
NOT_COUNTED = "Tokens spent on reasoning are not counted: a model that thinks longer costs more than the figure."
SHOWN_QUESTIONS = 2
SHOWN_BULLETS = 3
"""Advantages and obstacles of a side before the others are folded; the strongest are first."""
NEIGHBOUR_LABELS = {"same_family": "same family", "same_price_band": "same price band", "same_use": "same use"}


def lay_out_pair(page: PairPage, links: Links | None = None) -> Document:
    """Lay out a pair's page (see `llmpairs.pages.content.pair.build_page`).

    `links` are the other pages that exist.
    """
    names = names_of(page["sides"])
    sections = [
        Section("cost", "Monthly cost", [CostForm(page["calculator"], cost_table(page)), *_same_text_blocks(page)]),
        Section("tradeoffs", "When to choose each", list(_tradeoff_blocks(page))),
        Section("switching", "Switching effort", [SideBySide([_move_panel(move, page) for move in page["moves"]])]),
        Section("specs", "Specs", list(_spec_blocks(page))),
        Section("routes", "Offers", list(_offer_blocks(page, links))),
        Section("capabilities", "Capabilities", list(_capability_blocks(page))),
        Section("benchmarks", "Benchmarks", list(_score_blocks(page))),
        Section("history", "Price over time", [_price_block(page)]),
        Section("questions", "Questions", list(_question_blocks(page))),
        Section("next", "Continue comparing", _related_blocks(page, links or {})),
        Section("freshness", "Data freshness", list(_freshness_blocks(page))),
    ]
    return Document(
        title=f"{names[0]} vs {names[1]}",
        subtitle=f"Last updated {format_date(page['release']['as_of'])}",
        about=page["headline"],
        sections=[section for section in sections if any(section.blocks)],
        captures=page["captures"],
        lead=[*lead_blocks(page), Fold("Why these outcomes", list(_outcome_blocks(page)))],
        json_ld=describe_pair(page),
        sides=names,
    )


def _outcome_blocks(page: PairPage) -> Iterator[Block]:
    difference = format_difference(page["record"], names_of(page["sides"]))
    if difference:
        yield note(difference)
    yield outcome_table(page)


def _spec_blocks(page: PairPage) -> Iterator[Block]:
    yield spec_table(page)
    unknown = list_unknown_specs(page)
    if unknown:
        yield note(f"Unknown for both: {', '.join(unknown).lower()}.")
    yield Fold("Other claims", [spec_table(page, with_claims=True)])


def _offer_blocks(page: PairPage, links: Links | None) -> Iterator[Block]:
    for side in page["sides"]:
        yield from operator_blocks(side, None if links is None else links.get(side["model_id"]))
    shared = [provider["name"] for provider in page["shared"]["providers"]]
    text = f"Sold by the same provider: {join_first_names(shared)}." if shared else "No known provider sells both."
    yield Fold("List prices, providers and operators", [price_table(page), note(text)])
    if page["silent_sources"]:
        yield note(f"{format_count(len(page['silent_sources']), 'source')} failed: more offers may exist.")


def _capability_blocks(page: PairPage) -> Iterator[Block]:
    """Capabilities that differ as a table, the others in a sentence; all of them with their evidence folded."""
    table = capability_table(page)
    if table.rows:
        yield table
    for state, text in (("yes", "Both support"), ("no", "Neither supports"), ("unknown", "Unknown for both")):
        same = list_same_capabilities(page, state)
        if same:
            yield note(f"{text}: {', '.join(same)}.")
    yield Fold("How each capability is known", [capability_table(page, with_claims=True)])


def _price_block(page: PairPage) -> Block:
    """Both prices over time, or since when they have not changed."""
    as_of = page["release"]["as_of"]
    chart = chart_both_histories(page["price_lines"], names_of(page["sides"]), as_of)
    starts = [line["spans"][0]["from"] for lines in page["price_lines"] for line in lines]
    if chart:
        return chart
    return note(f"Neither price has changed since {format_date(max(starts))}." if starts else "No price is known.")


def _question_blocks(page: PairPage) -> Iterator[Block]:
    answers = [(row["question"], _sentence(row["answer"])) for row in page["questions"]]
    yield Answers(answers[:SHOWN_QUESTIONS])
    if answers[SHOWN_QUESTIONS:]:
        yield Fold("More questions", [Answers(answers[SHOWN_QUESTIONS:])])
    sentences = [_sentence(row) for row in (*page["intro"], *page["summary"])]
    if sentences:
        yield Fold("The pair in sentences", [Bullets(sentences)])


def _related_blocks(page: PairPage, links: Links) -> list[Block]:
    cells = [neighbour_cell(page["sides"][row["side"]], row, links) for row in page["related"]]
    return [Bullets(cells), *([] if links else [note("Show one with: llmpairs compare A B")])] if cells else []


def _freshness_blocks(page: PairPage) -> Iterator[Block]:
    times = sorted(time for row in page["freshness"] for time in (row["oldest"], row["newest"]))
    if times:
        yield note(f"Captured between {format_date(times[0])} and {format_date(times[-1])}.")
    yield Fold("Age of the facts", [freshness_table(page["freshness"])])
    missing = [
        Panel(side["display_name"], list(open_lists(side)), tone)
        for side, tone in zip(page["sides"], "ab", strict=True)
    ]
    yield Fold("Not known, held back and disputed", [SideBySide(missing)])


def _sentence(row: Sentence) -> Cell:
    return Cell(row["text"], tuple(row["evidence"]))


def charts(chart: Chart | StepChart | None) -> list[Block]:
    """A chart as blocks; none where there is nothing to draw."""
    return [] if chart is None else [chart]


def _same_text_blocks(page: PairPage) -> Iterator[Block]:
    same_text = page["same_text"]
    for side, name in enumerate(names_of(page["sides"])):
        cheaper = [each["language"] for each in same_text["languages"] if each["cheaper"] == side] if same_text else []
        if same_text and cheaper:
            per_token = "the same" if same_text["ratio"] == 1 else "higher"
            languages = join_names([LANGUAGE_LABELS[language] for language in cheaper])
            sentence = (
                f"For the same text {name} is cheaper in {languages}, although its price for the same tokens is "
                f"{per_token}: its tokenizer needs fewer tokens."
            )
            yield Paragraph([Cell(sentence)])


def _tradeoff_blocks(page: PairPage) -> Iterator[Block]:
    none = "No known difference above the thresholds."
    yield SideBySide(
        [
            Panel(f"Choose {name} for", _bullets([_sentence(row) for row in rows], none), tone)
            for name, rows, tone in zip(names_of(page["sides"]), page["tradeoffs"], "ab", strict=True)
        ]
    )
    one_sided = [
        Panel(f"Known of {name} only", _bullets([_sentence(row) for row in rows], "Nothing."), tone)
        for name, rows, tone in zip(names_of(page["sides"]), page["one_sided"], "ab", strict=True)
    ]
    if any(page["one_sided"]):
        yield Fold("Known for one side only, which is no advantage", [SideBySide(one_sided)])


def note(text: str) -> Paragraph:
    """A paragraph of minor text."""
    return Paragraph([Cell(text)], "muted")


def _bullets(items: Sequence[Cell], otherwise: str) -> list[Block]:
    """A list of cells, the later ones folded, or a note where there is none."""
    rest = items[SHOWN_BULLETS:]
    folded = [Fold(f"{len(rest)} more", [Bullets(rest)])] if rest else []
    return [Bullets(items[:SHOWN_BULLETS]), *folded] if items else [note(otherwise)]


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
    return Panel(title, _bullets(items, "No obstacle is known."))


def _score_blocks(page: PairPage) -> Iterator[Block]:
    benchmarks, names = page["benchmarks"], names_of(page["sides"])
    summary = benchmarks["summary"]
    if summary:
        yield benchmark_table(summary[:SHOWN_BENCHMARKS], names)
    else:
        yield note("No benchmark is published of both at the same version and harness.")
    counts = f"{names[0]} has {format_count(benchmarks['scores'][0], 'score')}, {names[1]} {benchmarks['scores'][1]}."
    counts += f" Strictly comparable rows: {len(benchmarks['comparable'])}; "
    counts += f"rows at each side's best effort: {len(benchmarks['indicative'])}."
    rows: list[Block] = [note(counts)]
    if summary[SHOWN_BENCHMARKS:]:
        rows.append(benchmark_table(summary[SHOWN_BENCHMARKS:], names))
    if benchmarks["indicative"]:
        rows.append(score_table(page))
    if benchmarks["left_out"]:
        rows.append(left_out_table(benchmarks["left_out"], names))
    yield Fold("Every score, and what is not compared", rows)


def open_lists(side: Side) -> Iterator[Block]:
    """Missing facts of one model; the many disagreements about its offers are folded."""
    items = [
        Cell(f"{label_field(gap['field'])}: {gap['state']}", note=gap["detail"].replace("_", " "))
        for gap in side["gaps"]
    ]
    items += [_held_item(row, side) for row in side["holds"]]
    items += [_dispute_item(row, side) for row in side["disagreements"] if row["subject_id"] == side["model_id"]]
    yield Bullets(items) if items else note("No expected fact is missing.")
    of_offers = [_dispute_item(row, side) for row in side["disagreements"] if row["subject_id"] != side["model_id"]]
    if of_offers:
        title = f"{format_count(len(of_offers), 'disagreement')} about its offers"
        yield Fold(title, [Bullets(of_offers)])


def _dispute_item(row: Disagreement, side: Side) -> Cell:
    chosen = "nothing is published" if row["chosen_value"] is None else f"{row['chosen_value']} is published"
    note = f"{', '.join(row['claimed_values'])}; since {format_date(row['first_seen_at'])}"
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
    """A pair to compare next with the first reason, on a site with a link to its whole or short page."""
    why = NEIGHBOUR_LABELS[row["why"][0]] if row["why"] else ""
    address = links.get(pair_key(own["model_id"], row["model_id"]), "")
    if links and not address and own["is_live"] and own["is_text_generating"]:
        address = f"../compare/index.html?a={own['slug']}&b={row['slug']}"
    title = f"{own['display_name']} vs {row['display_name']}"
    return Cell(title, note=why, href=address)


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
