"""Keys of a run as immutable rows: what a source states, and the node that the key is assigned to so far.

A node is a candidate model, identified by its axes. Each step of the resolution returns new rows.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from pandas import DataFrame

from llmpairs.transforms.identity.clean_key import simplify_repository
from llmpairs.transforms.identity.infer import NodeUsage
from llmpairs.transforms.identity.parse_key import ParsedKey, SourceHints, is_same_company, parse_key
from llmpairs.transforms.identity.reference_types import IdentityReference, ModelAxes

SETTLED_BY_ALIAS = frozenset({"floating_alias", "ambiguous_developer", "unparsed"})
"""Problems of a key that a reviewed alias settles."""
KEY = ["source_id", "provider_id", "provider_model_key"]
Key = tuple[str, str, str]
SoldName = tuple[str, str, ModelAxes]
"""Seller, name and axes of a key."""
_TOKEN_MARKS = re.compile(r"[^a-z0-9.]+")
_STATED = ("lineage", "hugging_face_id", "canonical_slug", "alias_target", "base_model", "display_name")


class KeyRow(NamedTuple):
    """One key of a source, and its assignment so far."""

    key: Key
    parsed: ParsedKey
    node: ModelAxes | None
    """Node that the key is assigned to; None while unresolved."""
    lineage: str = ""
    is_first_party: bool = False
    hugging_face_id: str = ""
    canonical_slug: str = ""
    alias_target: str = ""
    base_model: str = ""
    display_name: str = ""
    shown: ModelAxes | None = None
    """Axes that the display name states, under the key's developer; None without a name of its own."""
    context_tokens: int = 0
    """Context window that the source states; 0 for none."""
    by_alias: bool = False
    by_repository: bool = False
    evidence: str = ""
    """The statement of the source that decided the assignment, as field=value; empty if the key alone decided."""
    is_inferred: bool = False
    is_pointer: bool = False
    is_decided: bool = False
    """A reviewer decided the assignment."""
    joins_only: bool = False
    """The key is no evidence of a model: it matches a model of other keys or stays unresolved."""
    is_absent: bool = False
    """No source lists the key in this run; it is carried over from the previous release."""
    reason: str = ""
    """Why the key is unresolved."""
    vetoes: tuple[str, ...] = ()

    @property
    def is_evidence(self) -> bool:
        """The key is evidence that its developer's model exists."""
        return self.node is not None and self.parsed.is_evidence

    def reject(self, reason: str) -> "KeyRow":
        """The row without a node, for a reason."""
        return self._replace(node=None, reason=reason)

    def assign(self, node: ModelAxes, by: str = "") -> "KeyRow":
        """The row on a node; `by` names the stated field that decided, if it was not the key itself."""
        evidence = f"{by}={getattr(self, by)}" if by else self.evidence
        return self._replace(node=node, reason="", evidence=evidence)

    def alias(self, node: ModelAxes, by: str = "") -> "KeyRow":
        """The row as a pointer to a node."""
        return self.assign(node, by)._replace(is_pointer=True)


def parse_rows(keys: DataFrame, reference: IdentityReference) -> list[KeyRow]:
    """Keys sorted by KEY, each parsed alone and in canonical axes."""
    ordered = keys.sort_values(KEY, ignore_index=True)
    columns = {name: ["" if v is None or v != v else v for v in ordered[name].tolist()] for name in ordered}
    cells = zip(*columns.values(), strict=True)
    rows = [_parse_row(dict(zip(columns, values, strict=True)), reference) for values in cells]
    return [row._replace(shown=parse_display_name(row, reference)) for row in rows]


def parse_display_name(row: KeyRow, reference: IdentityReference) -> ModelAxes | None:
    """Axes that a display name states, under the key's developer; None where it repeats the key or names no model."""
    if not row.display_name or row.node is None or row.joins_only:
        return None
    if _TOKEN_MARKS.sub("", row.display_name.lower()).endswith(_TOKEN_MARKS.sub("", row.parsed.name)):
        return None
    shown = parse_key(row.display_name, row.key[1], reference)
    if shown.problem or not (shown.axes.words or shown.axes.numbers):
        return None
    axes = shown.axes._replace(developer=row.node.developer)
    return reference.known_names.canonicalise(axes, row.key[1])[0]


def _parse_row(cell: Mapping[str, Any], reference: IdentityReference) -> KeyRow:
    key = (cell["source_id"], cell["provider_id"], cell["provider_model_key"])
    hints = SourceHints(
        developer=cell["developer_hint"],
        is_first_party=bool(cell["is_first_party"]),
        is_repository=cell["lineage"] == "huggingface" or cell["hugging_face_id"] == key[2],
    )
    parsed = parse_key(cell.get("read_as", "") or key[2], key[1], reference, hints)
    node, by_alias = reference.known_names.canonicalise(parsed.axes, key[1])
    if parsed.problem in SETTLED_BY_ALIAS and by_alias:
        parsed = parsed._replace(problem="")
    joins_only = bool(cell.get("joins_only", False))
    if joins_only:
        parsed = parsed._replace(is_evidence=False)
    return KeyRow(
        key,
        parsed,
        None if parsed.problem else node,
        by_alias=by_alias,
        joins_only=joins_only,
        context_tokens=int(cell.get("context_tokens", 0) or 0),
        is_first_party=hints.is_first_party,
        is_absent=bool(cell.get("is_absent", False)),
        is_pointer=parsed.is_floating,
        reason=parsed.problem,
        **{name: cell[name] for name in _STATED},
    )


def mark_base_weights(rows: Iterable[KeyRow], reference: IdentityReference) -> list[KeyRow]:
    """Assign a bare name to the base weights at sellers who list base weights under it.

    Only in families whose repositories name base weights without a tuning (llama-2-13b beside llama-2-13b-chat).
    """
    sellers = reference.affixes.base_seller
    return [
        row._replace(node=row.node._replace(tuning="base"))
        if row.node is not None
        and not row.node.tuning
        and row.parsed.may_be_base
        and not row.by_alias
        and row.key[1] in sellers
        else row
        for row in rows
    ]


def sold_name(row: KeyRow) -> SoldName:
    """A seller's name of a model, the same in every source that lists it."""
    return row.key[1], row.parsed.name, row.parsed.axes


def group_by_node(rows: Iterable[KeyRow]) -> dict[ModelAxes, list[KeyRow]]:
    """Assigned keys by their node."""
    members: dict[ModelAxes, list[KeyRow]] = defaultdict(list)
    for row in rows:
        if row.node is not None:
            members[row.node].append(row)
    return members


def collect_usage(rows: Iterable[KeyRow], reference: IdentityReference) -> dict[ModelAxes, NodeUsage]:
    """Usage of every node: its providers and repositories, and the strength of its evidence."""
    usage_by_node: dict[ModelAxes, NodeUsage] = {}
    for row in rows:
        if row.node is None:
            continue
        usage = usage_by_node.setdefault(row.node, NodeUsage())
        usage.providers.add(row.key[1])
        usage.is_open |= row.parsed.is_open
        if row.is_evidence:
            usage.is_evidence = True
            usage.is_anchored |= is_anchor(row, reference)
        repository = (row.by_repository and row.hugging_face_id) or row.parsed.repository
        if repository:
            usage.repositories.add(simplify_repository(repository))
    return usage_by_node


def is_anchor(row: KeyRow, reference: IdentityReference) -> bool:
    """Whether the key is published evidence of its model: a slug, a repository, or the developer's own list."""
    if row.canonical_slug or row.by_repository or (row.hugging_face_id and row.lineage != "models_dev"):
        return True
    return row.node is not None and is_own_list(row, row.node.developer, reference)


def is_own_list(row: KeyRow, developer: str, reference: IdentityReference) -> bool:
    """Whether the key comes from the developer's own list of models."""
    seller = reference.spellings.get(row.key[1], row.key[1])
    return row.is_first_party and is_same_company(seller, developer, reference)
