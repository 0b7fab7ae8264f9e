"""Any content of a page lands as valid items or fails with a named cause, in bounded time and memory."""

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmpairs.spiders.archive import Archive, verify_archive
from llmpairs.spiders.base import find_parser
from llmpairs.spiders.crawling.causes import Cause
from llmpairs.spiders.crawling.job_output import compress_lines
from llmpairs.spiders.crawling.outcome import PageOutcome, PageRequest, parse_page
from llmpairs.spiders.crawling.pipelines import find_type_error, reject_invalid_items, serialise_items
from llmpairs.spiders.inputs import collect_inputs
from llmpairs.spiders.page import MAX_EXCERPT_CHARS, format_excerpt
from llmpairs.spiders.registry import SOURCES
from llmpairs.spiders.samples import SamplePage, list_frozen, read_frozen
from tests.spiders.bombs import BOMBS
from tests.spiders.conftest import ROOT, crawl_into
from tests.spiders.pages import CAPTURE
from tests.spiders.warcs import answer, write

CAUSES = frozenset(get_args(Cause))
CONTROL = ("a\x00b", "\x1b[2J\x1b[31mred", "\u202egpj.exe", "a\u2066b\u2069", "\ufeffx", "a\rb", "\x9b31m")
"""Terminal control codes, and bidirectional marks."""
NAMES = ("../../etc/passwd", "s3://bucket/key", "/etc/passwd", "C:\\x", "..", "a/../b", "https://a.example/?b")
CODE = ("<script>alert(1)</script>", "'; DROP TABLE models;--", "=1+1", "{{7*7}}", "%s%n", "${jndi:x}")
NUMBERS = ("1e999999", "-1", "NaN", "Infinity", "0x10", "1,000", "٣", "9" * 30, "9" * 5_000, "0." + "0" * 99 + "1")
TEXTS = (*CONTROL, *NAMES, *CODE, *NUMBERS, "", " ", "a" * 5_000, "2026-13-45", "9999-99-99", "true")
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, -1, 10**17, 10**18, 10**40, -(10**40), 1.5, 1e300, -0.0, float("nan"), float("inf")]),
    st.sampled_from(TEXTS),
    st.text(max_size=8),
)
KEYS = st.sampled_from(
    ["id", "name", "data", "models", "pricing", "prices", "input", "value", "", "x" * 5_000, *CONTROL]
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8
)
FRAGMENTS = st.sampled_from(
    [
        *TEXTS, "$1e999", "$" + "9" * 5_000, "$1 - $2", "¥5", "prompts > " + "9" * 5_000 + "k", "per 0 tokens",
        "per 0.5 tokens", "(<" + "9" * 5_000 + "K context length)", "<td rowspan=99999 colspan=99999>", "<table>",
        "</table>", "<a href='../..'>", "|", "\n", "|---|", "`", "#", "---", "&a [*a]", "*a", "? :", '"', "{", "]",
        "!!python/object/apply:os.system ['false']", "through February 31, 2026", "Free", "—", "(", ")", "384K",
    ]
)  # fmt: skip
QUICK = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def is_json(page: SamplePage) -> bool:
    try:
        json.loads(page.body)
    except ValueError:
        return False
    return True


PAGES = [
    pytest.param(source_id, page, id=f"{source_id}-{number}")
    for source_id in list_frozen()
    for number, page in enumerate(read_frozen(source_id))
]


def list_paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value within a value."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from list_paths(each, (*path, key))


def put(value: Any, path: tuple[Any, ...], other: Any) -> Any:
    """A copy of the value with another one at a path."""
    if not path:
        return other
    copy = value.copy()
    copy[path[0]] = put(value[path[0]], path[1:], other)
    return copy


@st.composite
def spoiled_json(draw: st.DrawFn, page: SamplePage) -> bytes:
    """The sample with some of its values replaced, or another document."""
    value = json.loads(page.body)
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(list(list_paths(value))))
        value = put(value, path, draw(VALUES))
    return json.dumps(value, ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass")


@st.composite
def spoiled_bytes(draw: st.DrawFn, page: SamplePage) -> bytes:
    """A packed sample with some of its bytes replaced."""
    body = page.body
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(body)))
        body = body[:at] + draw(st.binary(max_size=4)) + body[at + draw(st.sampled_from([0, 1, 10])) :]
    return body


@st.composite
def spoiled_text(draw: st.DrawFn, page: SamplePage) -> bytes:
    """The sample with some of its characters replaced; figures more often than others."""
    try:
        text = page.body.decode("utf-8")
    except UnicodeDecodeError:
        return draw(spoiled_bytes(page))
    for _ in range(draw(st.integers(1, 4))):
        figures = [index for index, sign in enumerate(text) if sign.isdigit()] or [0]
        at = draw(st.sampled_from(figures) | st.integers(0, len(text)))
        cut = draw(st.sampled_from([0, 1, 1, 10, 80]))
        text = text[:at] + draw(FRAGMENTS) + text[at + cut :]
    return text.encode("utf-8", "surrogatepass")


def read(source_id: str, url: str, body: bytes) -> PageOutcome:
    """The outcome of a body in place of a sample; asserts all that must hold of any outcome."""
    page = SOURCES[source_id].page_at(url)
    assert page is not None
    parsed = parse_page(PageRequest(number=0, page=page, url=url), CAPTURE, body, find_parser(source_id, url))
    outcome = reject_invalid_items(parsed)
    assert outcome.cause in CAUSES
    assert (outcome.cause == "ok") == (outcome.detail == "")
    assert outcome.cause == "ok" or outcome.items == ()
    for item in outcome.items:
        assert find_type_error(item) == ""
    for text in (outcome.detail, *(each for found in outcome.findings for each in (found.text, found.locator))):
        assert format_excerpt(text) == text
    lines = serialise_items(outcome, source_id)
    assert [json.loads(line)["source_id"] for line in lines] == [source_id] * len(outcome.items)
    compress_lines(lines)
    return outcome


@pytest.mark.parametrize(("source_id", "page"), PAGES)
def test_whatever_is_in_a_sample_is_read_or_named(source_id: str, page: SamplePage) -> None:
    @QUICK
    @given(body=spoiled_json(page) if is_json(page) else spoiled_text(page))
    def check(body: bytes) -> None:
        read(source_id, page.url, body)

    check()


@pytest.mark.parametrize(("source_id", "page"), PAGES)
def test_any_bytes_in_a_samples_place_are_read_or_named(source_id: str, page: SamplePage) -> None:
    @settings(QUICK, max_examples=15)
    @given(body=st.binary(max_size=200) | VALUES.map(lambda value: json.dumps(value).encode()))
    def check(body: bytes) -> None:
        read(source_id, page.url, body)

    check()


@pytest.fixture(scope="module")
def burst() -> dict[str, dict[str, Any]]:
    """The outcome of every bomb, in a process with limits on memory and time."""
    command = [sys.executable, "-m", "tests.spiders.bombs"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"after {done.stdout.splitlines()[-1:]}: {done.stderr[-500:]}"
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return {row["name"]: row for row in rows}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_named_within_bounds(burst: dict[str, dict[str, Any]], name: str) -> None:
    row = burst[name]
    if name in ("a card of digits", "a card of one word", "a scale without end"):
        # These are cards without any of the values that they could state.
        assert (row["cause"], row["lines"]) == ("ok", 1 if name == "a scale without end" else 0)
    else:
        assert row["cause"] in ("not_text", "layout_changed", "schema_changed", "too_large")
        assert row["lines"] == 0
        assert row["detail"]


# Single cases, whose messages are read.


def model_of(name: str, key: str = "lab/m") -> bytes:
    """A list of ZenMux with one model of a name."""
    return json.dumps({"data": [{"id": key, "display_name": name}]}).encode()


@pytest.mark.parametrize("name", CONTROL)
def test_a_name_with_control_codes_or_bidirectional_marks_is_refused(name: str) -> None:
    outcome = read("zenmux", SOURCES["zenmux"].urls["models"], model_of(name))
    assert outcome.cause == "schema_changed"
    assert "ModelClaim.name may not be" in outcome.detail
    assert not any(sign in outcome.detail for sign in "\x00\x1b\r\x9b\u202e\u2066\ufeff")


@pytest.mark.parametrize("name", ["Grüße", "通义千问", "모델 3", "🤖 Nova", "O’Reilly – 3½"])
def test_a_name_in_any_script_lands(name: str) -> None:
    (model, _) = read("zenmux", SOURCES["zenmux"].urls["models"], model_of(name)).items
    assert model.name == name  # type: ignore[union-attr]


@pytest.mark.parametrize("key", [*NAMES, *CODE])
def test_a_key_is_text_and_never_a_path(tmp_path: Path, key: str) -> None:
    outcome = read("zenmux", SOURCES["zenmux"].urls["models"], model_of("M", key))
    assert {item.model_key for item in outcome.items} == {key}
    listed = json.dumps({"data": [{"id": key, "hugging_face_id": key}]}).encode()
    named = read("openrouter", SOURCES["openrouter"].urls["models"], listed)
    (tmp_path / "openrouter.jsonl.gz").write_bytes(compress_lines(serialise_items(named, "openrouter")))
    inputs = collect_inputs(tmp_path)
    assert (inputs.openrouter_model_ids, inputs.hugging_face_repos) == ((), ())


def test_a_number_without_end_is_refused_and_not_printed() -> None:
    body = b'{"data": [{"id": "m", "context_length": %s}]}' % (b"9" * 100_000)
    outcome = read("zenmux", SOURCES["zenmux"].urls["models"], body)
    assert outcome.cause == "schema_changed"
    assert "is no whole number" in outcome.detail
    assert len(outcome.detail) <= MAX_EXCERPT_CHARS


def test_an_unknown_key_is_reported_in_printable_characters() -> None:
    body = json.dumps({"data": [{"id": "m", "\x1b[2J" + "k" * 10_000: 1}]}).encode()
    outcome = read("nvidia_nim", SOURCES["nvidia_nim"].urls["models"], body)
    (finding,) = outcome.findings
    assert finding.text.startswith("\\x1b[2Jkkk")
    assert finding.text.endswith("...")


def test_an_archived_body_beyond_the_limit_of_a_live_crawl_is_not_read(tmp_path: Path) -> None:
    body = b'{"data": [' + b" " * (17 * 1024 * 1024) + b"]}"
    archive = write(tmp_path / "a.warc.gz", answer(body, url=SOURCES["zenmux"].urls["models"]))
    common = ("--as-of", "2026-05-18T23:59:00Z", "--run-id", "r", "--archive", str(archive))
    crawled = crawl_into(tmp_path / "out", "--sources", "zenmux", *common)
    health = crawled.health("zenmux")
    assert (health["state"], health["cause"]) == ("failed", "too_large")
    assert health["detail"] == "the body is larger than DOWNLOAD_MAXSIZE"


@pytest.mark.parametrize("length", ["9" * 5_000, "9" * 18, "1" + "0" * 12, "-1", "٣"])
def test_a_record_that_states_a_huge_length_is_damage(tmp_path: Path, length: str) -> None:
    path = tmp_path / "a.warc"
    head = f"WARC/1.1\r\nWARC-Type: response\r\nContent-Length: {length}\r\n\r\n"
    path.write_bytes(io.BytesIO(head.encode()).getvalue() + b"x" * 100)
    (problem,) = verify_archive(path)
    assert "Content-Length is" in problem
    assert len(problem) < 500


def test_an_archive_that_unpacks_without_end_is_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llmpairs.spiders.archive.warc.MAX_MEMBER_BYTES", 1_000_000)
    path = write(tmp_path / "a.warc.gz", answer(b"0" * 5_000_000))
    (problem,) = verify_archive(path)
    assert "a gzip member of more than 1000000 bytes" in problem
    assert Archive([path]).damages != []
