"""A generator of odd but real histories: sources over many runs, with what a year of captures has shown to happen.

Each event is one that was seen: a price that goes null or to zero, a renamed provider, a model that is retired and
comes back, a list that halves and recovers, a renamed model, placeholder dates, a tier below its base price, a failed
source.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from tests.transforms.planted_runs import PlantedRuns, SourceRow

Place = tuple[str, str, int]
"""A source, a provider that it lists, and the number of a model."""
TEXT = {"task": "chat", "output_modalities": ["text"], "input_modalities": ["text"]}
LISTS = (
    ("models_dev", ("groq", "togetherai", "alibaba", "openrouter")),
    ("litellm", ("groq", "together_ai", "openrouter")),
    ("openrouter", ("openrouter",)),
    ("together", ("togetherai",)),
)
"""Sources and the providers that they list."""
MODELS = 6
DATES = ("1970-01-01", "2025-08", "2025-02-31", "9999-12-31", "2024-05-13", "2026-05-01", "soon", "2025-07-31")
AMOUNTS = ("0", "0.0", "0.15", "0.2", "0.6", "1.5", "15", "150", "0.00015", "0.16")
NEW_PROVIDERS = ("groqcloud", "together", "fireworks-ai", "nobody-knows")


@dataclass
class World:
    """What the sources list in the next run."""

    random: Random
    rows: dict[Place, SourceRow] = field(default_factory=dict)
    absent: dict[Place, SourceRow] = field(default_factory=dict)
    """Rows that a source lists no more, and may list again."""
    failed: set[str] = field(default_factory=set)
    """Sources that fail in the next run, and repeat their rows."""

    def pick(self) -> Place | None:
        """Any listed row."""
        return self.random.choice(sorted(self.rows)) if self.rows else None

    def change(self, **values: Any) -> None:
        """Change any listed row."""
        if (place := self.pick()) is not None:
            self.rows[place] = replace(self.rows[place], **values)

    def change_all(self, number: int, change: Callable[[SourceRow], SourceRow]) -> None:
        """Change all rows of a model."""
        for place in [place for place in self.rows if place[2] == number]:
            self.rows[place] = change(self.rows[place])

    def remove(self, leaves: Callable[[Place], bool]) -> None:
        """Stop listing some rows."""
        for place in [place for place in self.rows if leaves(place)]:
            self.absent[place] = self.rows.pop(place)

    def restore(self, returns: Callable[[Place], bool]) -> None:
        """List some rows again."""
        for place in [place for place in self.absent if returns(place)]:
            self.rows[place] = self.absent.pop(place)


def build_world(random: Random) -> World:
    """Four sources with six models at their providers."""
    world = World(random)
    for source, providers in LISTS:
        for provider in providers:
            for number in range(MODELS):
                model = {
                    **TEXT, "developer": "acme", "name": f"Acme {number}", "context_tokens": 131_072,
                    "max_output_tokens": 16_384, "released": "2025-05-01", "hugging_face_id": f"acme/model-{number}",
                }  # fmt: skip
                kind = "aggregate" if provider == "openrouter" else "direct"
                world.rows[source, provider, number] = SourceRow(
                    source=source, provider=provider, key=f"acme/model-{number}", model=model,
                    offer={"route_kind": kind, "context_tokens": 131_072}, flags={"tools": True},
                )  # fmt: skip
    return world


def lose_price(world: World) -> None:
    """A price goes null, on one side or on both."""
    world.change(input=None, output=world.random.choice([None, "0.6"]))


def move_price(world: World) -> None:
    """A price moves anywhere, to zero as well."""
    world.change(input=world.random.choice(AMOUNTS), output=world.random.choice(AMOUNTS))


def add_tier(world: World) -> None:
    """Prices for long prompts, above or below the base price, and a price of cached tokens."""
    amount = world.random.choice(AMOUNTS)
    tier = (("input", amount, 200_000), ("output", amount, 200_000), ("cache_read", world.random.choice(AMOUNTS), 0))
    world.change(more_prices=tier)


def drop_tier(world: World) -> None:
    """All tiers and cache prices are gone."""
    for place, row in world.rows.items():
        world.rows[place] = replace(row, more_prices=())


def rename_provider(world: World) -> None:
    """A source renames a provider."""
    if (place := world.pick()) is not None:
        name = world.random.choice(NEW_PROVIDERS)
        for other in [other for other in world.rows if other[:2] == place[:2]]:
            world.rows[other] = replace(world.rows[other], provider=name)


def rename_model(world: World) -> None:
    """All sources give a model another key; the repository may stay or follow."""
    number = world.random.randrange(MODELS)
    key = f"acme/model-{number}-{world.random.choice(['chat', 'instruct', 'v2', '70b'])}"
    repository = world.random.choice([key, f"acme/model-{number}", None])
    world.change_all(number, lambda row: replace(row, key=key, model=row.model | {"hugging_face_id": repository}))


def merge_models(world: World) -> None:
    """Two models turn out to be one repository."""
    one, other = world.random.sample(range(MODELS), 2)
    merged = {"hugging_face_id": f"acme/model-{one}"}
    world.change_all(other, lambda row: replace(row, model=row.model | merged))


def retire_model(world: World) -> None:
    """No source lists a model any more."""
    number = world.random.randrange(MODELS)
    world.remove(lambda place: place[2] == number)


def restore_models(world: World) -> None:
    """Whatever left is back."""
    world.restore(lambda place: True)


def halve_source(world: World) -> None:
    """A source lists half of its rows."""
    source, _ = world.random.choice(LISTS)
    world.remove(lambda place: place[0] == source and place[2] % 2 == 0)


def lose_source(world: World) -> None:
    """A source is gone: it lists nothing, or it fails and repeats its rows."""
    source, _ = world.random.choice(LISTS)
    if world.random.random() < 0.5:
        world.failed.add(source)
    else:
        world.remove(lambda place: place[0] == source)


def state_odd_dates(world: World) -> None:
    """Placeholders, months and dates that do not exist."""
    if (place := world.pick()) is not None:
        row = world.rows[place]
        fields = ("released", "knowledge_cutoff", "deprecated_on", "retire_on")
        dates = {name: world.random.choice(DATES) for name in fields}
        ends = {name: dates[name] for name in ("deprecated_on", "retire_on")}
        world.rows[place] = replace(row, model=row.model | dates, offer=row.offer | ends)


def state_odd_sizes(world: World) -> None:
    """Sentinels and limits that contradict each other."""
    if (place := world.pick()) is not None:
        row = world.rows[place]
        sizes = {name: world.random.choice([1, 4_096, 99_999_999]) for name in ("context_tokens", "max_output_tokens")}
        world.rows[place] = replace(row, model=row.model | sizes, offer=row.offer | sizes)


def contradict(world: World) -> None:
    """A source denies what the others state."""
    world.change(flags={"tools": False, "reasoning": True})


EVENTS: tuple[Callable[[World], None], ...] = (
    lose_price, move_price, add_tier, drop_tier, rename_provider, rename_model, merge_models, retire_model,
    restore_models, halve_source, lose_source, state_odd_dates, state_odd_sizes, contradict,
)  # fmt: skip


def decide_anything(runs: PlantedRuns, random: Random) -> None:
    """A reviewer accepts or rejects an open hold, or settles an open disagreement."""
    holds, disagreements = runs.tables["holds"], runs.tables["disagreements"]
    if len(holds):
        hold = holds.iloc[random.randrange(len(holds))]
        verdict = random.choice(["accept", "reject"])
        runs.decide("hold", hold["hold_id"], verdict, {hold["hold_id"]: hold["candidate_value"]})
    if len(disagreements):
        row = disagreements.iloc[random.randrange(len(disagreements))]
        values = dict(claim.split("=", 1) for claim in row["claimed_values"])
        runs.decide("disagreement", row["disagreement_id"], random.choice(sorted(values.values())), values)
