"""The keys of a night on their way to models."""

from dataclasses import dataclass, field, replace

from pandas import DataFrame

from llmpairs.transforms.identity.infer import Witnesses
from llmpairs.transforms.identity.keys import simplify_repository
from llmpairs.transforms.identity.known_names import KnownNames
from llmpairs.transforms.identity.parse_key import Reading, is_same_house, read_key
from llmpairs.transforms.identity.reference_types import Axes, IdentityBooks

HUGGING_FACE = "huggingface"
"""Lineage whose keys are repositories."""

SETTLED_BY_BOOK = frozenset({"floating_alias", "ambiguous_developer", "unparsed"})
"""Why a key leads nowhere by itself, unless the book has it as an alias."""

KEY = ["source_id", "provider_id", "provider_model_key"]
Key = tuple[str, str, str]


@dataclass
class Row:
    """One key: what it says, and where it stands so far."""

    key: Key
    reading: Reading
    node: Axes | None
    """Where the key stands; None while it leads nowhere."""
    lineage: str = ""
    is_first_party: bool = False
    hugging_face_id: str = ""
    canonical_slug: str = ""
    alias_target: str = ""
    base_model: str = ""
    display_name: str = ""
    by_alias: bool = False
    by_repository: bool = False
    evidence: str = ""
    """What its source states that led the key where it stands: a field of this row, "=" and its value."""
    is_inferred: bool = False
    is_pointer: bool = False
    is_decided: bool = False
    """A reviewer said where the key leads."""
    joins_only: bool = False
    """The key is no evidence of anything: it joins a model that other keys stand on, or leads nowhere."""
    is_absent: bool = False
    """No source lists the key tonight; it is remembered from the last release."""
    reason: str = ""
    """Why the key leads nowhere."""
    vetoes: list[str] = field(default_factory=list)

    @property
    def is_own(self) -> bool:
        """The key is evidence that its developer's model exists."""
        return self.node is not None and self.reading.is_own

    def stop(self, reason: str) -> None:
        """The key leads nowhere, for a reason."""
        self.node, self.reason = None, reason

    def stand(self, node: Axes, by: str = "") -> None:
        """The key leads to a model; `by` names the field that says so, if it is not the key itself."""
        self.node, self.reason = node, ""
        if by:
            self.evidence = f"{by}={getattr(self, by)}"

    def point(self, node: Axes, by: str = "") -> None:
        """The key is a pointer that leads to a model tonight."""
        self.stand(node, by)
        self.is_pointer = True


def read_rows(keys: DataFrame, books: IdentityBooks, known: KnownNames) -> list[Row]:
    """Keys in the order of their identity, each read alone and put in the book's terms."""
    ordered = keys.sort_values(KEY, ignore_index=True)
    columns = {name: ["" if v is None or v != v else v for v in ordered[name].tolist()] for name in ordered}
    rows = []
    for position in range(len(ordered)):
        cell = {name: values[position] for name, values in columns.items()}
        key = (cell["source_id"], cell["provider_id"], cell["provider_model_key"])
        reading = read_key(
            cell.get("read_as", "") or key[2],
            key[1],
            books,
            hint=cell["developer_hint"],
            is_first_party=bool(cell["is_first_party"]),
            is_repository=cell["lineage"] == HUGGING_FACE or cell["hugging_face_id"] == key[2],
        )
        node, by_alias = known.settle(reading.axes, key[1])
        if reading.problem in SETTLED_BY_BOOK and by_alias:
            reading = reading._replace(problem="")
        joins_only = bool(cell.get("joins_only", False))
        if joins_only:
            reading = reading._replace(is_own=False)
        row = Row(key, reading, node, by_alias=by_alias, joins_only=joins_only)
        row.is_first_party = bool(cell["is_first_party"])
        row.is_absent = bool(cell.get("is_absent", False))
        for name in (
            "lineage",
            "hugging_face_id",
            "canonical_slug",
            "alias_target",
            "base_model",
            "display_name",
        ):
            setattr(row, name, cell[name])
        if reading.problem:
            row.stop(reading.problem)
        row.is_pointer = reading.floats
        rows.append(row)
    return rows


def copy_rows(rows: list[Row]) -> list[Row]:
    """Rows that may be led elsewhere without a trace on these."""
    return [replace(row, vetoes=list(row.vetoes)) for row in rows]


def mark_base_weights(rows: list[Row], books: IdentityBooks) -> None:
    """A bare name is the base weights' at sellers who list base weights under it.

    Only in families whose repositories name base weights barely (llama-2-13b beside llama-2-13b-chat).
    """
    for row in rows:
        is_bare = (
            row.node is not None and not row.node.tuning and row.reading.may_be_base and not row.by_alias
        )
        if row.node is not None and is_bare and row.key[1] in books.affixes.base_sellers:
            row.node = row.node._replace(tuning="base")


def gather_crowd(rows: list[Row], books: IdentityBooks) -> dict[Axes, Witnesses]:
    """Every node with who uses it."""
    crowd: dict[Axes, Witnesses] = {}
    for row in rows:
        if row.node is None:
            continue
        who = crowd.setdefault(row.node, Witnesses())
        who.providers.add(row.key[1])
        who.is_open |= row.reading.is_open
        if row.is_own:
            who.is_own = True
            who.is_anchored |= is_anchor(row, books)
        if row.by_repository:
            who.repositories.add(simplify_repository(row.hugging_face_id or row.reading.repository))
        elif row.reading.repository:
            who.repositories.add(simplify_repository(row.reading.repository))
    return crowd


def is_anchor(row: Row, books: IdentityBooks) -> bool:
    """Whether the key is published evidence of its model: a slug, a repository, or the maker's own list."""
    if row.canonical_slug or row.by_repository or (row.hugging_face_id and row.lineage != "models_dev"):
        return True
    seller = books.spellings.get(row.key[1], row.key[1])
    return row.is_first_party and row.node is not None and is_same_house(seller, row.node.developer, books)
