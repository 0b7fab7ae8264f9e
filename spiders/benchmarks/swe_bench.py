"""SWE-bench: issues of real repositories resolved by agents, one list for each set of issues."""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import ClassVar, Literal

from llmpairs.spiders.base import SourceSpider
from llmpairs.spiders.items import Item, ScoreClaim
from llmpairs.spiders.json_entries import Entry, read_entries, read_list
from llmpairs.spiders.page import Finding, Page, Parsers

BENCHMARKS: Mapping[str, str] = {
    "bash-only": "SWE-bench Verified",
    "Verified": "SWE-bench Verified",
    "Lite": "SWE-bench Lite",
    "Test": "SWE-bench",
    "Multimodal": "SWE-bench Multimodal",
}
"""Set of issues of each list. `bash-only` is the project's own runs of its mini-SWE-agent on Verified."""
LABS = frozenset({"Anthropic", "Amazon Nova", "Mistral", "Qwen", "Z.ai"})
"""Submitting organisations that make models and submitted their own (2025-12-10)."""
RESULT_KEYS = frozenset(
    {
        "checked", "cost", "date", "folder", "instance_calls", "instance_cost", "logo", "logs", "name", "os_model",
        "os_system", "per_instance_details", "resolved", "site", "tags", "trajs", "trajs_docent", "warning",
        "mini-swe-agent_version",
    }
)  # fmt: skip
# "GPT-5 mini (2025-08-07) (medium reasoning)", "GLM-4.6 (T=1)", "DeepSeek V3.2 Reasoner",
# "Claude 4.5 Opus medium (20251101)" (2025-12-10).
_SETTING = re.compile(
    r"(?P<name>.+) \((?P<effort>minimal|low|medium|high|xhigh) reasoning\)|(?P<warm>.+) \((?P<heat>T=[\d.]+)\)"
    r"|.+ (?P<mode>Reasoner)|Claude .+ (?P<claude>low|medium|high) \(\d{8}\)"
)
_DATE = re.compile(r"(20\d\d)-?(\d\d)-?(\d\d)")
_TOKENS = re.compile(r"\d+(?:[.-]\d{1,2}(?!\d))*|[a-z]+")


def parse_leaderboards(page: Page) -> Iterator[Item | Finding]:
    """A ScoreClaim for every result of one model that its own name confirms; the others are counted in a remark."""
    for locator, value in read_list(page, "leaderboards"):
        board = Entry.of(value, locator)
        name = board.key_text("name")
        results = [
            (result.locator, result.fields)
            for result in board.inner_list("results")
            if name == "bash-only" or result.fields.get("mini-swe-agent_version") is None
        ]
        if name not in BENCHMARKS:
            text = f"{len(results)} results of the list {name}, which the parser does not know, are left out"
            yield Finding(kind="remark", locator=locator, text=text)
            continue
        read = _read_own_run if name == "bash-only" else partial(_read_submission, benchmark=BENCHMARKS[name])
        found = list(read_entries(page, results, read))
        yield from found
        left_out = len(results) - sum(1 for each in found if isinstance(each, ScoreClaim))
        if left_out:
            text = f"{left_out} of {len(results)} results of {name} name no single model, or not in their own name"
            yield Finding(kind="remark", locator=locator, text=text)


def _read_own_run(result: Entry) -> Iterator[Item | Finding]:
    """A run of mini-SWE-agent by the project, named after the model: "Claude 4.5 Opus medium (20251101)"."""
    name = result.key_text("name")
    setting = _SETTING.fullmatch(name)
    words = setting.groupdict() if setting else {}
    bare = words.get("name") or words.get("warm") or name
    yield from _claim(
        result,
        model_key=name,
        model_name=_name_model(bare, _models_of(result), result.text("date")),
        benchmark=BENCHMARKS["bash-only"],
        harness=f"mini-SWE-agent {result.text('mini-swe-agent_version') or ''}".strip(),
        effort=next(filter(None, map(words.get, ("effort", "heat", "mode", "claude"))), None),
        evaluator_class="third_party",
    )
    yield from result.unknown_keys(RESULT_KEYS)


def _name_model(name: str, tags: list[str], run_on: str | None) -> str:
    """What the tag says, unless the name has a date that neither the tag nor the day of the run explains.

    "GLM-4.5 (2025-08-22)" is dated by its run; "Gemini 2.5 Pro (2025-05-06)", run in July, by its model.
    """
    if len(tags) != 1:
        return name
    date = _DATE.search(name)
    is_dated = date is not None and "-".join(date.groups()) != run_on
    return name if is_dated and not _DATE.search(tags[0]) else tags[0]


def _read_submission(result: Entry, benchmark: str) -> Iterator[Item | Finding]:
    """A submitted run of somebody's agent. Its tag names the model, and is often wrong or of the weights below.

    Seen 2025-12-10: "Tools + Claude 3.5 Haiku" is tagged claude-3-haiku-20240307, "Skywork-SWE-32B" with the weights
    it was tuned from, runs of June 2024 with a model of October.
    """
    name, models, run_on = result.key_text("name"), _models_of(result), result.text("date")
    if len(models) == 1 and _is_confirmed(models[0], name, run_on):
        yield from _claim(
            result,
            model_key=models[0],
            model_name=models[0].removeprefix("https://huggingface.co/"),
            benchmark=benchmark,
            harness=_name_harness(name, models[0], _tagged(result, "System: Attempts - ")),
            effort=None,
            evaluator_class=_class_of(_tagged(result, "Org: ")),
        )
    yield from result.unknown_keys(RESULT_KEYS)


def _claim(
    result: Entry,
    *,
    model_key: str,
    model_name: str | None,
    benchmark: str,
    harness: str | None,
    effort: str | None,
    evaluator_class: Literal["lab_claimed", "third_party", "community"] | None,
) -> Iterator[ScoreClaim]:
    value = result.amount("resolved")
    if value is not None:
        yield ScoreClaim(
            model_key=model_key,
            model_name=model_name if model_name != model_key else None,
            locator=result.locator,
            benchmark=benchmark,
            metric="resolved",
            value=value,
            unit="percent",
            harness=harness,
            effort=effort,
            evaluator_class=evaluator_class,
            evaluated_on=result.text("date"),
        )


def _tagged(result: Entry, prefix: str) -> list[str]:
    return [tag.removeprefix(prefix) for tag in result.words("tags") or () if tag.startswith(prefix)]


def _models_of(result: Entry) -> list[str]:
    return _tagged(result, "Model: ")


def _is_confirmed(model: str, name: str, run_on: str | None) -> bool:
    """Whether a result's name says all that the tag says of the model but its date, and the date can be."""
    date = _DATE.search(model)
    if date and run_on and "-".join(date.groups()) > run_on:
        return False
    return _words(model) <= _words(name)


def _words(text: str) -> set[str]:
    """Words and numbers of a name without its maker's path and its date; "3-5" and "3.5" are one number."""
    plain = _DATE.sub("", text.rpartition("/")[2].lower() if "/" in text else text.lower())
    return {token.replace("-", ".") for token in _TOKENS.findall(plain)} - {"preview", "instruct"}


def _name_harness(name: str, model: str, attempts: list[str]) -> str | None:
    """The agent in a result's name: what stands before the model, with the number of attempts beyond one."""
    before, plus, after = name.rpartition(" + ")
    if not plus or not _words(model) <= _words(after):
        before, _, behind = name.partition(" (")
        if not _words(model) <= _words(behind):
            return None
    more = [f"attempts {count}" for count in attempts if count != "1"]
    return ", ".join([before.strip(), *more])


def _class_of(organisations: list[str]) -> Literal["lab_claimed", "community"] | None:
    """Who submitted a run: a lab its own model, somebody else, or nobody who is named."""
    if not organisations:
        return None
    return "lab_claimed" if LABS & set(organisations) else "community"


class SweBenchSpider(SourceSpider):
    """Asks for the data file of all lists."""

    name = "swe_bench"
    parsers: ClassVar[Parsers] = {"leaderboards": parse_leaderboards}
