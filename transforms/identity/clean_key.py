"""Splits a verbatim key: removes path, region, tier and revision, and finds the developer's label and the name."""

import re
import unicodedata
from typing import NamedTuple

from llmpairs.transforms.identity.families import begins_with_family, has_family
from llmpairs.transforms.identity.reference_types import Affix, IdentityReference


class CleanedKey(NamedTuple):
    """A key without path, region, tier and revision."""

    name: str
    """The name in lower case; empty when `problem` is set."""
    org: str
    """Label of the developer in the key, lower case with dashes; empty when there is none."""
    is_host: bool
    """The label is a company that also serves other developers' models."""
    repository: str
    """Hugging Face repository that the key is, literally, with its case; empty when it is none."""
    problem: str
    """Why the key names no model, or empty."""


LONGEST_KEY = 200
_UNSAFE = re.compile(r"[\x00-\x1f\x7f<>\"'`\\{}|^;$?]|\.\.|://|//|^/|/$")
_ARITHMETIC = re.compile(
    r"[\d.\s()]+(?:[-+*/%^][\d.\s()]+)+|[=+].*|[^(]*=.*|.*(?:[\w)]\s*[*^%]\s*[\w(]|\d\s*\+\s*\d).*"
)
"""A sum or a formula: none of 4,550 keys of 33 weekly runs looks like one, but for the path segment `*`."""
_REGION = re.compile(r"(?:us|eu|ap|apac|ca|sa|me|af|il|mx|au|jp)(?:-gov)?-[a-z]+-\d")
_SIZE_OF_IMAGE = re.compile(r"(?:\d+|max)-x-(?:\d+|max)|(?:\d+|max)-steps|\d+-month-commitment|hd|low|medium|high")
_BEDROCK_REVISION = re.compile(r"-(?:v(\d+)|1):(\d+)$")
_DATED = re.compile(r"(?<!\d)20[12]\d{5}(?!\d)")
_DOTTED = re.compile(r"(?:(us-gov|us|eu|apac|au|jp|global|regional|ca|sa|ap|me|af|in)\.)?([a-z0-9-]+)\.(.+)")
_SWITCH_NUMBER = re.compile(r"\d+|\d+k")
_DASHES = re.compile(r"[^a-z0-9.]+")


def slugify_org(word: str) -> str:
    """Label of a developer in a path or an owner field, in lower case with dashes."""
    return _DASHES.sub("-", word.lower()).strip("-.")


def clean_key(key: str, provider_id: str, reference: IdentityReference, *, is_repository: bool = False) -> CleanedKey:
    """Name and developer label of a verbatim key; `problem` for a key that names no model.

    `is_repository`: the key is a Hugging Face repository whatever its spelling.
    """
    problem = find_problem(key, reference)
    if problem:
        return CleanedKey("", "", False, "", problem)
    text = unicodedata.normalize("NFKC", key).removeprefix("~").strip()
    if provider_id == "-" and " " in text:
        text = text.replace("/", "-")  # "Qwen3-Coder 480B/A35B Instruct", a score table's own spelling
    segments = text.removeprefix("hf:").split("/")
    while len(segments) > 1 and segments[-1] in reference.affixes.trailing:
        segments.pop()
    parts = [part for part in segments[:-1] if not _is_path_segment(part, provider_id, reference)]
    parts = _join_family_path([*parts, segments[-1]], reference)
    last = _strip_switches(parts[-1], reference)
    name, dotted = _split_dotted(last.lower(), reference)
    is_dotted = len(name) < len(last)
    name = _strip_affixes(name, provider_id, reference)
    orgs = [slugify_org(part) for part in parts[:-1]]
    org = dotted or next((org for org in reversed(orgs) if org in reference.spellings), orgs[-1] if orgs else "")
    if org and not has_family(name, reference) and begins_with_family(f"{org}-{name}", reference):
        name = f"{org}-{name}"
    repository = "" if is_dotted else _read_repository(parts, last[: len(name)], is_repository, reference)
    return CleanedKey(name, org, org in reference.affixes.host, repository, "" if name else "unparsed")


def _join_family_path(parts: list[str], reference: IdentityReference) -> list[str]:
    """Join a family that is spread over path segments: "flux/schnell", "seedream/v3"."""
    for start in range(len(parts) - 1):
        is_developer = slugify_org(parts[start]) in reference.spellings
        is_family = not is_developer and begins_with_family(parts[start].lower(), reference)
        if is_family and not begins_with_family(parts[-1].lower(), reference):
            return [*parts[:start], "-".join(parts[start:])]
    return parts


def _read_repository(parts: list[str], last: str, is_repository: bool, reference: IdentityReference) -> str:
    """The Hugging Face repository that a path is; one without capitals only where Hugging Face lists it."""
    if len(parts) < 2 or parts[-2] not in reference.repositories:
        return ""
    repository = f"{parts[-2]}/{last}"
    return repository if is_repository or repository != repository.lower() else ""


def find_problem(key: str, reference: IdentityReference) -> str:
    """Why a key names no model, before any parsing; empty when it may name one."""
    if not key.strip() or len(key) > LONGEST_KEY or _UNSAFE.search(key) or not key.isascii():
        return "unsafe_key"
    lowered = key.lower().strip()
    if any(_ARITHMETIC.fullmatch(text) for text in (lowered, lowered.rsplit("/", 1)[-1])):
        return "arithmetic"
    if lowered.startswith("ft:"):
        return "fine_tune"
    if " + " in lowered or " & " in lowered:
        return "several_models"
    tails = [part.split(":")[0] for part in (lowered, "/".join(lowered.split("/")[-2:]), lowered.split("/")[-1])]
    for problem, words in (
        ("router", reference.routers),
        ("stealth", reference.stealth),
        ("not_a_model", reference.not_models),
        ("nobody", reference.unresolved_names),
    ):
        if any(tail in words for tail in tails):
            return problem
    return "stealth" if "stealth/" in lowered else ""


def _is_path_segment(part: str, provider_id: str, reference: IdentityReference) -> bool:
    word = part if part in {"@cf", "@hf", "*"} else slugify_org(part)  # as affixes.toml spells it
    affixes = reference.affixes
    if word in affixes.path or word in affixes.region or _REGION.fullmatch(word):
        return True
    is_seller = word == slugify_org(provider_id) and word not in reference.spellings
    return is_seller or _SIZE_OF_IMAGE.fullmatch(word) is not None


def _strip_switches(last: str, reference: IdentityReference) -> str:
    """Cut ":free", ":thinking:8192", "@default" and a cloud's "-v1:0"."""
    revision = _BEDROCK_REVISION.search(last)
    if revision:
        # "-v0:2" is version 0.2 and "-v2:0" version 2, unless the name has a date; "-v1:0" and "-1:0" are dropped.
        major, minor = revision[1], revision[2]
        is_dropped = major is None or _DATED.search(last) or (major == "1" and minor == "0")
        version = "" if is_dropped else f"-v{major}" if minor == "0" else f"-v{major}.{minor}"
        last = last[: revision.start()] + version
    head, *tags = last.split(":")
    switches = reference.affixes.switch
    kept = [tag for tag in tags if tag.lower() not in switches and not _SWITCH_NUMBER.fullmatch(tag.lower())]
    return "-".join([head.removesuffix("@default"), *kept])


def _split_dotted(name: str, reference: IdentityReference) -> tuple[str, str]:
    """Split "us.anthropic.claude-v2" and "anthropic--claude" into name and developer label."""
    head, dashes, rest = name.partition("--")
    if dashes and slugify_org(head) in reference.spellings:
        return rest, slugify_org(head)
    match = _DOTTED.fullmatch(name)
    if match and match[2] in reference.spellings:
        return match[3], match[2]
    if match and match[1]:
        return name.partition(".")[2], ""
    return name, ""


def _strip_affixes(name: str, provider_id: str, reference: IdentityReference) -> str:
    name = _DASHES.sub("-", name).strip("-") if " " in name else name
    for affix in reference.affixes.prefix:
        if _applies(affix, provider_id) and name.startswith(affix.text):
            rest = affix.becomes + name[len(affix.text) :]
            if affix.becomes or begins_with_family(rest, reference):
                name = rest
                break
    for affix in reference.affixes.suffix:
        if _applies(affix, provider_id) and name.endswith(affix.text) and len(name) > len(affix.text):
            name = name[: -len(affix.text)]
    return name


def _applies(affix: Affix, provider_id: str) -> bool:
    return not affix.providers or provider_id in affix.providers


_FORMATS = re.compile(
    r"-(?:fp8|fp4|nvfp4|mxfp4|bf16|fp16|int4|int8|awq|gptq|gguf|hf|dynamic|\d+bit|w\d+a\d+|static|pertensor)(?=-|$)"
)


def simplify_repository(repository: str) -> str:
    """A repository in lower case without number format and without the developer in front of the name."""
    org, _, name = repository.lower().partition("/")
    name = _FORMATS.sub("", name)
    for prefix in (f"{org.removesuffix('-llama')}-", f"{org}-"):
        name = name.removeprefix(prefix) if name.startswith(prefix) and len(name) > len(prefix) else name
    return f"{org}/{name}"
