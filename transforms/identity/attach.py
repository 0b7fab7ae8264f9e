"""Keys that are no evidence of a model, led to the models that other keys stand on."""

from collections import defaultdict

from llmpairs.transforms.identity.assign import settle_rows
from llmpairs.transforms.identity.key_nodes import Row
from llmpairs.transforms.identity.known_names import KnownNames
from llmpairs.transforms.identity.reference_types import Axes, IdentityBooks


def join_rows(
    joining: list[Row], standing: list[Row], again: list[Row], books: IdentityBooks, known: KnownNames
) -> None:
    """Puts each joining row on the model of the keys beside which it stands when all keys are read together.

    `again` are all rows anew; the others stay where they stand: whatever a table of scores calls a model,
    no key of a catalogue leads elsewhere for it.
    """
    if not joining:
        return
    settle_rows(again, books, known)
    homes = _find_homes(again, standing)
    there = {row.key: row for row in again}
    for row in joining:
        if row.is_decided:
            continue
        found = there[row.key]
        home = homes.get(found.node, set()) if found.node is not None else set()
        row.vetoes, row.is_pointer, row.by_alias = found.vetoes, found.is_pointer, found.by_alias
        row.by_repository, row.is_inferred = found.by_repository, found.is_inferred
        if found.reading.problem == "floating_alias":
            row.stop("floating_alias")  # what was measured then is not what the name leads to tonight
        elif len(home) == 1:
            row.stand(next(iter(home)))
        elif home:
            row.stop("two_candidates")
        else:
            row.stop(found.reason if found.reason not in {"", "unknown_maker"} else "no_such_model")


def _find_homes(again: list[Row], standing: list[Row]) -> dict[Axes, set[Axes]]:
    """Where the other keys stand, by where they stand when joining keys are read beside them."""
    stands = {row.key: row.node for row in standing}
    homes: dict[Axes, set[Axes]] = defaultdict(set)
    for row in again:
        node = stands.get(row.key)
        if row.node is not None and node is not None:
            homes[row.node].add(node)
    return homes
