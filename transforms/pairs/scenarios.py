"""Load and check the published workloads of `scenarios.toml`."""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from math import isclose
from pathlib import Path
from typing import Any

from llmpairs.warehouse.outcome_rules import SCENARIOS_FILE
from llmpairs.warehouse.vocabulary import GATES, QUALITY_DOMAINS

TIERS = ("standard", "batch")
CAPABILITY_GATES = tuple(gate for gate in GATES if gate not in ("context", "max_output"))


class ScenarioError(ValueError):
    """Invalid scenario file; the message names the position and the expected value."""


@dataclass(frozen=True, kw_only=True)
class BasketEntry:
    """A benchmark of a basket; `version` None matches every stated version."""

    benchmark: str
    version: str | None = None


@dataclass(frozen=True, kw_only=True)
class Weights:
    """Weights of the five dimensions in a verdict; they sum to 1."""

    cost: float
    quality: float
    context: float
    operators: float
    openness: float


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One workload: tokens per request, requests per month, requirements, and weights."""

    scenario_id: str
    label: str
    """Its name as people see it."""
    about: str
    input_tokens: int
    output_tokens: int
    requests_per_month: int
    cached_share: float
    weights: Weights
    basket: tuple[BasketEntry, ...]
    must_have: tuple[str, ...] = ()
    context_at_least: int | None = None
    images: int = 0
    tokens_per_image: int = 0
    service_tier: str = "standard"
    domain: str = "general"
    """Quality domain that its outcomes compare."""

    @property
    def prompt_tokens(self) -> int:
        """Tokens of one prompt, images included."""
        return self.input_tokens + self.images * self.tokens_per_image

    @property
    def cached_tokens(self) -> int:
        """Tokens of one prompt that are read from the cache."""
        return round(self.prompt_tokens * self.cached_share)

    @property
    def request_tokens(self) -> int:
        """Prompt plus output tokens: the least context that can serve a request."""
        return self.prompt_tokens + self.output_tokens

    @property
    def context_need(self) -> int:
        """Required context: the stated minimum, else prompt plus output tokens."""
        return self.context_at_least or self.request_tokens


@dataclass(frozen=True, kw_only=True)
class Scenarios:
    """All workloads in the order of the file, under one version of the cost formula."""

    formula_version: str
    scenarios: tuple[Scenario, ...]

    def __iter__(self) -> Iterator[Scenario]:
        return iter(self.scenarios)

    def __len__(self) -> int:
        return len(self.scenarios)

    def __getitem__(self, scenario_id: str) -> Scenario:
        """The workload of that id; KeyError naming the known ones."""
        for scenario in self.scenarios:
            if scenario.scenario_id == scenario_id:
                return scenario
        raise KeyError(f"no scenario {scenario_id}; known: {', '.join(self.ids)}")

    @property
    def ids(self) -> list[str]:
        """Scenario ids in the order of the file."""
        return [scenario.scenario_id for scenario in self.scenarios]


def list_workloads(scenarios: Scenarios) -> list[dict[str, Any]]:
    """List everything that costs and verdicts derive from, one workload a row, as plain values."""
    names = ("scenario_id", "prompt_tokens", "cached_tokens", "output_tokens", "requests_per_month")
    gates = ("service_tier", "must_have", "context_at_least", "context_need", "domain")
    return [
        {name: getattr(scenario, name) for name in (*names, *gates)}
        | {"weights": vars(scenario.weights), "basket": [vars(entry) for entry in scenario.basket]}
        for scenario in scenarios
    ]


def load_scenarios(path: Path = SCENARIOS_FILE) -> Scenarios:
    """Load the workloads of a scenario file; ScenarioError names the problem and its position."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        return parse_scenarios(raw)
    except (tomllib.TOMLDecodeError, ScenarioError) as error:
        raise ScenarioError(f"{path.name}: {error}") from error


def parse_scenarios(raw: Mapping[str, Any]) -> Scenarios:
    """Check a parsed scenario file; ScenarioError names the problem and its position."""
    _reject_unknown(raw, {"formula_version", "baskets", "scenarios"}, "the file")
    version = _text(raw, "formula_version", "the file")
    baskets = {name: _parse_basket(name, rows) for name, rows in _table(raw, "baskets", "the file").items()}
    tables = _table(raw, "scenarios", "the file")
    if not tables:
        raise ScenarioError("no scenario is declared; add a [scenarios.<id>] table")
    return Scenarios(
        formula_version=version,
        scenarios=tuple(_parse_scenario(name, _table(tables, name, "scenarios"), baskets) for name in tables),
    )


def _parse_basket(name: str, rows: object) -> tuple[BasketEntry, ...]:
    where = f"basket {name}"
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise ScenarioError(f"{where}: must be a list of tables with `benchmark` and optionally `version`")
    for row in rows:
        _reject_unknown(row, {"benchmark", "version"}, where)
    basket = tuple(
        BasketEntry(
            benchmark=_text(row, "benchmark", where), version=_text(row, "version", where) if "version" in row else None
        )
        for row in rows
    )
    if len(set(basket)) != len(basket):
        raise ScenarioError(f"{where}: names a benchmark twice")
    return basket


def _parse_scenario(
    scenario_id: str, table: Mapping[str, Any], baskets: Mapping[str, tuple[BasketEntry, ...]]
) -> Scenario:
    where = f"scenario {scenario_id}"
    _reject_unknown(table, {field.name for field in fields(Scenario)} - {"scenario_id"}, where)
    name = _text(table, "basket", where)
    if name not in baskets:
        raise ScenarioError(f"{where}: basket {name} is not declared; known: {', '.join(sorted(baskets))}")
    scenario = Scenario(
        scenario_id=scenario_id,
        label=_text(table, "label", where),
        about=_text(table, "about", where),
        input_tokens=_whole(table, "input_tokens", where),
        output_tokens=_whole(table, "output_tokens", where),
        requests_per_month=_whole(table, "requests_per_month", where),
        cached_share=float(_share(table, "cached_share", where)),
        weights=_parse_weights(_table(table, "weights", where), where),
        basket=baskets[name],
        **{key: read(table, key, where) for key, read in OPTIONAL_KEYS.items() if key in table},
    )
    _check(scenario, where)
    return scenario


def _check(scenario: Scenario, where: str) -> None:
    if scenario.service_tier not in TIERS:
        raise ScenarioError(f"{where}: service_tier {scenario.service_tier} is not one of {', '.join(TIERS)}")
    if scenario.domain not in QUALITY_DOMAINS:
        raise ScenarioError(f"{where}: domain {scenario.domain} is not one of {', '.join(QUALITY_DOMAINS)}")
    if (scenario.images == 0) != (scenario.tokens_per_image == 0):
        raise ScenarioError(f"{where}: images and tokens_per_image must be given together")
    cached = scenario.prompt_tokens * scenario.cached_share
    if not isclose(cached, scenario.cached_tokens, abs_tol=1e-6):
        raise ScenarioError(
            f"{where}: cached_share {scenario.cached_share} of {scenario.prompt_tokens} tokens is {cached}; "
            "choose a share that gives whole tokens"
        )
    if scenario.context_at_least is not None and scenario.context_at_least < scenario.request_tokens:
        raise ScenarioError(
            f"{where}: context_at_least {scenario.context_at_least} is below prompt plus output, "
            f"{scenario.request_tokens} tokens"
        )


def _parse_weights(table: Mapping[str, Any], where: str) -> Weights:
    names = [field.name for field in fields(Weights)]
    _reject_unknown(table, set(names), f"{where}: weights")
    weights = Weights(**{name: float(_share(table, name, f"{where}: weights")) for name in names})
    total = sum(getattr(weights, name) for name in names)
    if not isclose(total, 1.0, abs_tol=1e-9):
        raise ScenarioError(f"{where}: weights sum to {total:g}, they must sum to 1")
    return weights


def _must_have(table: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    names = table[key]
    if not isinstance(names, list):
        raise ScenarioError(f"{where}: must_have must be a list of capabilities")
    unknown = [str(name) for name in names if name not in CAPABILITY_GATES]
    if unknown:
        raise ScenarioError(f"{where}: must_have names no capability of GATES: {', '.join(unknown)}")
    if len(set(names)) != len(names):
        raise ScenarioError(f"{where}: must_have names a capability twice")
    return tuple(names)


def _reject_unknown(table: Mapping[str, Any], known: set[str], where: str) -> None:
    surplus = sorted(set(table) - known)
    if surplus:
        raise ScenarioError(f"{where}: unknown keys {', '.join(surplus)}; known: {', '.join(sorted(known))}")


def _reader(kind: Any, expected: str, is_valid: Callable[[Any], bool]) -> Callable[[Mapping[str, Any], str, str], Any]:
    """Make a function that reads a key of a table; ScenarioError where the value is missing or not as expected."""

    def read(table: Mapping[str, Any], key: str, where: str) -> Any:
        if key not in table:
            raise ScenarioError(f"{where}: {key} is missing")
        value = table[key]
        if not isinstance(value, kind) or isinstance(value, bool) or not is_valid(value):
            raise ScenarioError(f"{where}: {key} must be {expected}, not {value!r}")
        return value

    return read


_table = _reader(dict, "a table", lambda _: True)
_text = _reader(str, "a text that is not empty", bool)
_whole = _reader(int, "a whole number above 0", lambda value: value >= 1)
_share = _reader(int | float, "between 0 and 1", lambda value: 0 <= value <= 1)
OPTIONAL_KEYS: dict[str, Callable[[Mapping[str, Any], str, str], Any]] = {
    "must_have": _must_have,
    "context_at_least": _whole,
    "images": _whole,
    "tokens_per_image": _whole,
    "service_tier": _text,
    "domain": _text,
}
