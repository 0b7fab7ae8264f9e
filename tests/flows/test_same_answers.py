"""A hundred questions have one answer: in Python, SQL, the command line, the MCP server and the site's JSON."""

import asyncio
import json
import random
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from mcp import Client
from mcp.types import TextContent
from typer.testing import CliRunner

import llmpairs
from llmpairs.flows.cli import app
from llmpairs.mcp_server import build_server
from llmpairs.pages.queries import select_models
from llmpairs.render.labels import CAPABILITY_LABELS
from llmpairs.site.api import list_api_files
from llmpairs.warehouse.vocabulary import MIRRORED_VALUES, SCENARIOS
from tests.cookbook.release import DEEPSEEK, NOVA
from tests.pages.example_release import LLAMA, capability, example_rows, model, offer, publish_pages, quality
from tests.warehouse.samples import GPT, QWEN, RUN

SEED, QUESTIONS = 20260518, 100
MODELS = (GPT, QWEN, LLAMA, DEEPSEEK, NOVA)
PAIRS = ((QWEN, GPT), (LLAMA, DEEPSEEK), (NOVA, GPT), (GPT, LLAMA))
"""Both orders occur, and every model."""
LETTERS = {"y": "yes", "n": "no", "u": "unknown"}
Rows = dict[Any, Any]


class Question(NamedTuple):
    """One question: `kind` of a model, or of a pair."""

    kind: str
    subject: Any
    name: str


def list_questions() -> list[Question]:
    """A hundred of all questions, by a seed."""
    every = [
        *(Question("price", id_, basis) for id_ in MODELS for basis in ("list", "best")),
        *(Question("limit", id_, name) for id_ in MODELS for name in ("context_tokens", "max_output_tokens")),
        *(Question("cost", id_, workload) for id_ in MODELS for workload in SCENARIOS),
        *(Question("capability", id_, name) for id_ in MODELS for name in CAPABILITY_LABELS),
        *(Question("outcome", pair, name) for pair in PAIRS for name in (*SCENARIOS, "overall")),
    ]
    return random.Random(SEED).sample(every, QUESTIONS)  # noqa: S311  (seeded, so that a failure can be had again)


def publish(folder: Path) -> str:
    """The example release with two more models."""
    rows = example_rows()
    rows["models"] += [
        model(DEEPSEEK, "DeepSeek V4 Pro", context_tokens=131_072, offer_count=2, operator_count=2),
        model(NOVA, "Nova Lite", context_tokens=300_000, max_output_tokens=5_000, offer_count=1, operator_count=1),
    ]
    rows["offers"] += [
        offer(DEEPSEEK, "deepseek", "deepseek", (0.3, 0.5), cache_read_usd_per_mtok=0.03, is_list_offer=True),
        offer(DEEPSEEK, "groq", "groq", (0.28, 0.6)),
        offer(DEEPSEEK, "zenmux", "unspecified", (0.2, 0.3)),
        offer(NOVA, "amazon-bedrock", "amazon-bedrock", (0.06, 0.24), context_tokens=300_000),
    ]
    rows["model_capabilities"] += [capability(NOVA, "vision", "yes"), capability(DEEPSEEK, "vision", "no")]
    rows["model_quality"] += [quality(DEEPSEEK, 110.0)]
    return publish_pages(folder, rows)


def pair_of(model_id: str) -> tuple[tuple[str, str], int]:
    """A pair with the model, and its side there."""
    return next((pair, pair.index(model_id)) for pair in PAIRS if model_id in pair)


class Everywhere:
    """The five ways to ask, over one release."""

    def __init__(self, warehouse: str) -> None:
        self.warehouse = warehouse
        self.release = llmpairs.open(warehouse)
        self.con = self.release.connect()

    def python(self, question: Question) -> Any:
        kind, subject, name = question
        if kind == "cost":
            return self.release.cost([subject], name, basis="best")[0].cost_usd
        if kind == "capability":
            states = self.release.table("model_capabilities").filter(
                f"model_id = '{subject}' AND capability = '{name}'"
            )
            return next((row[0] for row in states.project("state::VARCHAR").fetchall()), "unknown")
        if kind == "outcome":
            return read_outcome(self.pages[subject], name)
        pair, side = pair_of(subject)
        return getattr(self.compared[pair].sides[side], f"{name}_usd_per_mtok" if kind == "price" else name)

    def sql(self, question: Question) -> Any:
        kind, subject, name = question
        query = {
            "price": f"SELECT {name}_blended_usd_per_mtok FROM models WHERE model_id = '{subject}'",
            "limit": f"SELECT {name} FROM models WHERE model_id = '{subject}'",
            "cost": f"""SELECT best_usd FROM model_scenario_costs
                WHERE model_id = '{subject}' AND scenario_id = '{name}'""",
            "capability": f"""SELECT coalesce(any_value(state::VARCHAR), 'unknown') FROM model_capabilities
                WHERE model_id = '{subject}' AND capability = '{name}'""",
            "outcome": f"SELECT outcome FROM outcome_of('{subject[0]}', '{subject[1]}') WHERE scenario_id = '{name}'",
        }[kind]
        [[found]] = self.con.execute(query).fetchall()
        return found

    def command(self, question: Question) -> Any:
        kind, subject, name = question
        if kind == "cost":
            return next(row["cost_usd"] for row in self.printed[name] if row["model_id"] == subject)
        return read_page(self.printed, question)

    def mcp(self, question: Question) -> Any:
        kind, subject, name = question
        if kind == "cost":
            return next(row["cost_usd"] for row in self.told[name]["rows"] if row["model_id"] == subject)
        if kind == "capability":
            return read_page(self.told, question)
        pair, side = (subject, 0) if kind == "outcome" else pair_of(subject)
        brief = self.told[f"brief {pair}"]
        if kind == "outcome":
            return brief["overall_outcome"] if name == "overall" else brief["workloads"][name]["outcome"]
        return brief["models"]["ab"[side]][f"{name}_usd_per_mtok" if kind == "price" else name]

    def site(self, question: Question) -> Any:
        kind, subject, name = question
        if kind == "outcome":
            return self.read_shard(subject, name)
        profile = self.files[f"models/{subject.replace('/', '--')}"]
        phrases = self.files["phrases"]
        if kind == "capability":
            return LETTERS[profile["capabilities"][phrases["capability_ids"].index(name)]]
        if kind == "cost":
            preset = next(each for each in phrases["presets"] if each["scenario_id"] == name)
            costs = [cost_of(each, preset) for each in profile["offers"] if each["is_best"] and name in each["serves"]]
            return min(costs, default=None)
        return profile["figures"][f"{name}_price" if kind == "price" else name]["value"]

    def read_shard(self, pair: tuple[str, str], name: str) -> str:
        """The outcome as the browser reads it: stored for the bytewise smaller model as A."""
        position = {row["model_id"]: row["position"] for row in self.files["index"]["models"]}
        first, second = sorted(pair, key=str.encode)
        shard = self.files[f"pairs/{first.replace('/', '--')}"]
        letter = shard["outcomes"][name][position[second] - shard["first"]]
        outcome = self.files["phrases"]["outcome_ids"][ord(letter) - ord("a")]
        return str(outcome if pair[0] == first else MIRRORED_VALUES.get(outcome, outcome))

    @cached_property
    def expected(self) -> dict[Question, Any]:
        """The answers of SQL."""
        return {question: self.sql(question) for question in list_questions()}

    @cached_property
    def compared(self) -> Rows:
        return {pair: self.release.compare(*pair) for pair in PAIRS}

    @cached_property
    def pages(self) -> Rows:
        return {pair: self.release.read_pair_page(*pair) for pair in PAIRS}

    @cached_property
    def printed(self) -> Rows:
        """What the command line prints: costs by workload, whole pages by pair."""

        def run(*arguments: str) -> Any:
            done = CliRunner().invoke(app, [*arguments, "--format", "json", "--warehouse", self.warehouse])
            assert done.exit_code == 0, done.output
            return json.loads(done.stdout)

        pages: Rows = {f"full {pair}": run("compare", *pair, "--full") for pair in PAIRS}
        return pages | {name: run("cost", *MODELS, "--workload", name) for name in SCENARIOS}

    @cached_property
    def told(self) -> Rows:
        """What the MCP server answers: costs by workload, brief and whole pages by pair."""
        calls: Rows = {f"brief {pair}": ("compare_models", dict(zip("ab", pair, strict=True))) for pair in PAIRS}
        calls |= {f"full {pair}": ("compare_models", {"a": pair[0], "b": pair[1], "detail": "full"}) for pair in PAIRS}
        for name in SCENARIOS:
            traffic = {"workload": name}
            calls[name] = ("cost_of_traffic", {"models": list(MODELS), "traffic": traffic, "basis": "best"})

        async def ask() -> Rows:
            async with Client(build_server(self.warehouse)) as client:
                answers = {key: await client.call_tool(*call) for key, call in calls.items()}
            return {key: json.loads(read_text(answer.content)) for key, answer in answers.items()}

        return asyncio.run(ask())

    @cached_property
    def files(self) -> Rows:
        """The site's JSON by name."""
        selection = select_models(self.con, RUN, sorted(MODELS))
        written = list_api_files(self.con, selection, {}, [])
        return {name.removeprefix("api/v1/").removesuffix(".json"): json.loads(text) for name, text in written}


def read_text(content: Sequence[object]) -> str:
    [text] = content
    assert isinstance(text, TextContent)
    return text.text


def read_page(pages: Rows, question: Question) -> Any:
    """The answer in a whole page of a pair, as JSON."""
    kind, subject, name = question
    if kind == "outcome":
        return read_outcome(pages[f"full {subject}"], name)
    pair, side = pair_of(subject)
    page = pages[f"full {pair}"]
    if kind == "capability":
        rows = (row for row in page["capabilities"] if row["capability"] == name)
        return next((row["sides"][side]["state"] for row in rows), "unknown")
    if kind == "limit":
        return next(row["values"][side] for row in page["specs"] if row["field"] == name)
    own = page["sides"][side]
    return own["list_price"]["blended_3to1_usd_per_mtok"] if name == "list" else own["best_blended_usd_per_mtok"]


def read_outcome(page: Any, name: str) -> Any:
    """The outcome of a workload, or overall, on a whole page."""
    if name == "overall":
        return page["record"]["overall_outcome"]
    return next(row["outcome"] for row in page["decisions"] if row["scenario_id"] == name)


def cost_of(offer: Rows, preset: Rows) -> float:
    """Monthly cost of a workload on an offer without price tiers, USD."""
    assert not offer["price_tiers"]
    cached = round(preset["prompt_tokens"] * preset["cached_share"])
    prompt = (preset["prompt_tokens"] - cached) * offer["input_usd_per_mtok"]
    read = offer["cache_read_usd_per_mtok"]
    prompt += cached * (offer["input_usd_per_mtok"] if read is None else read)
    request = (prompt + preset["output_tokens"] * offer["output_usd_per_mtok"]) / 1e6
    return float(request * preset["requests_per_month"])


@pytest.fixture(scope="module")
def everywhere(tmp_path_factory: pytest.TempPathFactory) -> Everywhere:
    return Everywhere(publish(tmp_path_factory.mktemp("same") / "w"))


@pytest.mark.parametrize("way", ["python", "command", "mcp", "site"])
def test_a_hundred_questions_are_answered_as_sql_answers_them(everywhere: Everywhere, way: str) -> None:
    ask: Callable[[Question], Any] = getattr(everywhere, way)
    found = {question: ask(question) for question in everywhere.expected}
    assert len(found) == QUESTIONS
    assert sum(answer not in (None, "unknown") for answer in found.values()) > QUESTIONS / 3
    differing = {
        question: (found[question], answer)
        for question, answer in everywhere.expected.items()
        if found[question] != close(answer)
    }
    assert differing == {}


def close(answer: Any) -> Any:
    """The answer to be compared with: a number up to what single precision leaves."""
    return pytest.approx(answer, rel=1e-6) if isinstance(answer, float) else answer
