"""Benchmark results in the `model-index` of a model card's front matter."""

from collections.abc import Iterator
from typing import Any

from llmpairs.spiders.items import ScoreClaim
from llmpairs.spiders.json_entries import AMOUNT, Entry, EntryError
from llmpairs.spiders.page import Finding

MOST_RESULTS = 500
"""Results of one card that are read; cards of embedding models list a thousand."""


def read_results(card: Entry, model_key: str) -> Iterator[ScoreClaim | Finding]:
    """A ScoreClaim for every metric with a plain number; units are not stated.

    Results are the lab's own claims unless they name another source. Each unreadable result is rejected by itself.
    """
    for number, (locator, result) in enumerate(_list_results(card)):
        if number == MOST_RESULTS:
            text = f"results of the model-index after the first {MOST_RESULTS} are left out"
            yield Finding(kind="remark", locator="front-matter/model-index", text=text)
            return
        try:
            yield from _parse_result(Entry.of(result, locator), model_key)
        except EntryError as error:
            yield Finding(kind="rejected", locator=locator, text=str(error))


def _list_results(card: Entry) -> Iterator[tuple[str, Any]]:
    models = card.fields.get("model-index")
    for number, model in enumerate(models if isinstance(models, list) else ()):
        results = model.get("results") if isinstance(model, dict) else None
        for position, result in enumerate(results if isinstance(results, list) else ()):
            yield f"front-matter/model-index/{number}/results/{position}", result


def _parse_result(result: Entry, model_key: str) -> Iterator[ScoreClaim]:
    dataset = result.section("dataset")
    benchmark = dataset.text("name") or dataset.text("type")
    if benchmark is None:
        raise EntryError(f"{result.locator}: the dataset has neither name nor type")
    is_third_party = result.section("source").text("name") is not None
    for metric in result.inner_list("metrics"):
        printed = metric.fields.get("value")
        if not isinstance(printed, str) or AMOUNT.fullmatch(printed.strip()) is None:
            continue  # a table, or "20.0 ± 1.2": more than one number
        yield ScoreClaim(
            model_key=model_key,
            locator=metric.locator,
            benchmark=benchmark,
            version=dataset.text("revision"),
            metric=metric.text("name") or metric.text("type") or "unstated",
            value=printed.strip(),
            unit="unstated",
            effort=_parse_shots(dataset),
            evaluator_class="third_party" if is_third_party else "lab_claimed",
        )


def _parse_shots(dataset: Entry) -> str | None:
    """The number of worked examples in the prompt: the setting of such results."""
    arguments = dataset.fields.get("args")
    shots = arguments.get("num_few_shot") if isinstance(arguments, dict) else None
    return f"{shots}-shot" if isinstance(shots, str) and shots.isdecimal() else None
