"""SWE-bench: issues of real repositories resolved by agents, one list for each set of issues.

Page: JSON data file, /leaderboards, each with its results. `bash-only` is the project's own runs of its
mini-SWE-agent on Verified; the others are submissions.
Units: `resolved` in percent of the issues.
Traps:
- The tag of a submission names the model, and is often wrong or names the base weights. Seen 2025-12-10:
  "Tools + Claude 3.5 Haiku" is tagged claude-3-haiku-20240307, "Skywork-SWE-32B" with the weights it was tuned from,
  runs of June 2024 with a model of October. A submission counts only if its own name confirms the tag.
- Files before July 2025 have no tags: the model is in parentheses or after a plus in the name of a submission.
- The project's own runs are listed again among the submissions, where they have a `mini-swe-agent_version`.
- A date in the name of an own run is that of the run ("GLM-4.5 (2025-08-22)") or of the model ("Gemini 2.5 Pro
  (2025-05-06)", run in July).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Literal

from llmpairs.spiders.items import Item, ScoreClaim
from llmpairs.spiders.json_entries import Entry, read_entries, read_list
from llmpairs.spiders.page import Finding, Page, Parsers

BENCHMARKS: Mapping[str, str] = {
    "bash-only": "SWE-bench Verified",
    "Verified": "SWE-bench Verified",
    "Lite": "SWE-bench Lite",
    "Test": "SWE-bench",
    "Multimodal": "SWE-bench Multimodal",
    "verified-micro": "SWE-bench Verified micro",
}
"""Set of issues of each list."""
OWN_RUNS = frozenset({"bash-only", "verified-micro"})
"""Lists of the project's own runs; the second one is of a sample of the issues (2025-07)."""
LABS = frozenset({"Anthropic", "Amazon Nova", "Mistral", "Qwen", "Z.ai"})
"""Organisations that submitted results of their own models (2025-12-10)."""
COST_METRICS = ("cost", "instance_cost")
"""Cost of an own run in USD: of all issues, and of one on average."""
HUGGING_FACE = "https://huggingface.co/"
RESULT_KEYS = frozenset(
    {
        "checked", "cost", "date", "folder", "instance_calls", "instance_cost", "logo", "logs", "name", "os_model",
        "os_system", "per_instance_details", "resolved", "site", "tags", "trajs", "trajs_docent", "warning",
        "mini-swe-agent_version", "oss", "org_logo", "verified",
    }
)  # fmt: skip
# "GPT-5 mini (2025-08-07) (medium reasoning)", "GLM-4.6 (T=1)", "DeepSeek V3.2 Reasoner",
# "Claude 4.5 Opus medium (20251101)" (2025-12-10).
SETTING = re.compile(
    r"(?P<name>.+) \((?P<effort>minimal|low|medium|high|xhigh) reasoning\)"
    r"|(?P<name_at_temperature>.+) \((?P<temperature>T=[\d.]+)\)"
    r"|.+ (?P<mode>Reasoner)|Claude .+ (?P<claude>low|medium|high) \(\d{8}\)"
)
# "SWE-agent 1.0 (Claude 3.7 Sonnet)", "Agentless-1.5 + GPT 4o (2024-05-13)": files before July 2025 have no tags.
FAMILY = re.compile(r"\b(?:claude|gpt|gemini|deepseek|qwen|llama|o[1-9])", re.IGNORECASE)
VERSION = r" \((?:v?[\d-]{4,10}(?:-\w+)?|experimental)\)"
NAMED = re.compile(rf"(.+?)(?: \(| \+ )({FAMILY.pattern}[\w .-]*\d[\w .-]*(?:{VERSION})?)\)?", re.IGNORECASE)
DATE = re.compile(r"(20\d\d)-?(\d\d)-?(\d\d)")
TOKENS = re.compile(r"\d+(?:[.-]\d{1,2}(?!\d))*|[a-z]+")


def parse_leaderboards(page: Page) -> Iterator[Item | Finding]:
    """A ScoreClaim for every result of one model that its own name confirms; the others are counted in a remark."""
    for locator, value in read_list(page, "leaderboards"):
        board = Entry.of(value, locator)
        name = board.required_text("name")
        results = [
            (result.locator, result.fields)
            for result in board.inner_list("results")
            if name in OWN_RUNS or result.fields.get("mini-swe-agent_version") is None
        ]
        if name not in BENCHMARKS:
            text = f"{len(results)} results of the list {name}, which the parser does not know, are left out"
            yield Finding(kind="remark", locator=locator, text=text)
            continue
        has_tags = any("tags" in fields for _, fields in results)
        read = _parse_own_run if name in OWN_RUNS else partial(_parse_submission, has_tags=has_tags)
        found = list(read_entries(page, results, partial(read, benchmark=BENCHMARKS[name])))
        yield from found
        left_out = len(results) - sum(isinstance(each, ScoreClaim) and each.metric == "resolved" for each in found)
        if left_out:
            text = f"{left_out} of {len(results)} results of {name} name no single model, or not in their own name"
            yield Finding(kind="remark", locator=locator, text=text)


def _parse_own_run(result: Entry, benchmark: str) -> Iterator[Item | Finding]:
    """A run by the project, named after the model and its setting: "Claude 4.5 Opus medium (20251101)"."""
    name, run_on, score = result.required_text("name"), result.text("date"), result.amount("resolved")
    match = SETTING.fullmatch(name)
    parts = match.groupdict() if match else {}
    bare = parts.get("name") or parts.get("name_at_temperature") or name
    model_name = _choose_name(bare, _list_tags(result, "Model: "), run_on)
    harness = f"mini-SWE-agent {result.text('mini-swe-agent_version') or ''}".strip()
    if score is not None:
        own_run = ScoreClaim(
            model_key=name,
            model_name=model_name if model_name != name else None,
            locator=result.locator,
            benchmark=benchmark,
            metric="resolved",
            value=score,
            unit="percent",
            harness=harness,
            effort=next(filter(None, map(parts.get, ("effort", "temperature", "mode", "claude"))), None),
            evaluator_class="third_party",
            evaluated_on=run_on,
        )
        yield own_run
        for metric in COST_METRICS:
            cost = result.amount(metric)
            if cost is not None:
                yield replace(own_run, locator=f"{result.locator}/{metric}", metric=metric, value=cost, unit="usd")
    yield from result.unknown_keys(RESULT_KEYS)


def _choose_name(name: str, tags: list[str], run_on: str | None) -> str:
    """The tag, unless the name has a date that neither the tag nor the day of the run explains."""
    if len(tags) != 1:
        return name
    date = DATE.search(name)
    is_dated = date is not None and "-".join(date.groups()) != run_on
    return name if is_dated and not DATE.search(tags[0]) else tags[0]


def _parse_submission(result: Entry, benchmark: str, has_tags: bool) -> Iterator[Item | Finding]:
    """A submitted run of an agent, if its name confirms the only model that its tags name."""
    name, run_on = result.required_text("name"), result.text("date")
    models = _list_tags(result, "Model: ") if has_tags else _list_named(name)
    score = result.amount("resolved") if len(models) == 1 and _is_confirmed(models[0], name, run_on) else None
    if score is not None:
        model_key = models[0]
        model_name = model_key.removeprefix(HUGGING_FACE)
        yield ScoreClaim(
            model_key=model_key,
            model_name=model_name if model_name != model_key else None,
            locator=result.locator,
            benchmark=benchmark,
            metric="resolved",
            value=score,
            unit="percent",
            harness=_find_harness(name, model_key, _list_tags(result, "System: Attempts - ")),
            evaluator_class=_classify_evaluator(_list_tags(result, "Org: ")),
            evaluated_on=run_on,
        )
    yield from result.unknown_keys(RESULT_KEYS)


def _list_named(name: str) -> list[str]:
    """The model in parentheses at the end of the name of a result without tags, if it has the form of a model key."""
    match = NAMED.fullmatch(name)
    return [match[2]] if match and not FAMILY.search(match[1]) else []


def _list_tags(result: Entry, prefix: str) -> list[str]:
    return [tag.removeprefix(prefix) for tag in result.text_list("tags") or () if tag.startswith(prefix)]


def _is_confirmed(model: str, name: str, run_on: str | None) -> bool:
    """Whether a result's name has all tokens of the tagged model, which must be no later than the run."""
    date = DATE.search(model)
    if date and run_on and "-".join(date.groups()) > run_on:
        return False
    return _tokenize(model) <= _tokenize(name)


def _tokenize(text: str) -> set[str]:
    """Words and numbers of a name without its path and its date; "3-5" and "3.5" are one number."""
    plain = DATE.sub("", text.rpartition("/")[2].lower() if "/" in text else text.lower())
    return {token.replace("-", ".") for token in TOKENS.findall(plain)} - {"preview", "instruct"}


def _find_harness(name: str, model: str, attempts: list[str]) -> str | None:
    """The agent in a result's name: the part before the model, with the number of attempts if it is not one."""
    before, plus, after = name.rpartition(" + ")
    if not plus or not _tokenize(model) <= _tokenize(after):
        before, _, behind = name.partition(" (")
        if not _tokenize(model) <= _tokenize(behind):
            return None
    more = [f"attempts {count}" for count in attempts if count != "1"]
    return ", ".join([before.strip(), *more])


def _classify_evaluator(organisations: list[str]) -> Literal["lab_claimed", "community"] | None:
    """The evaluator class by the submitting organisations; None if none is named."""
    if not organisations:
        return None
    return "lab_claimed" if LABS & set(organisations) else "community"


PARSERS: Parsers = {"leaderboards": parse_leaderboards}
