"""Landing and health: what is validated, what is counted, and the state and cause of a crawl."""

import gzip
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from llmpairs.spiders.archive import parse_timestamp
from llmpairs.spiders.crawling.causes import Cause, LayoutChangedError
from llmpairs.spiders.crawling.health import (
    HealthLimits,
    assess_health,
    build_health_record,
    build_unconfigured_record,
    usual_item_count,
)
from llmpairs.spiders.crawling.job import CrawlJob
from llmpairs.spiders.crawling.job_output import compress_lines
from llmpairs.spiders.crawling.outcome import PageOutcome, PageRequest, parse_page
from llmpairs.spiders.crawling.pipelines import find_type_error, reject_invalid_items, serialise_items
from llmpairs.spiders.items import ModelClaim, OfferClaim, PriceQuote
from llmpairs.spiders.page import Finding, Page
from llmpairs.spiders.registry import SOURCES, Source
from tests.spiders.pages import CAPTURE

MODEL = ModelClaim(provider_key="lab", model_key="lab/m", locator="/0")
OFFER = OfferClaim(provider_key="lab", model_key="lab/m", locator="/0")
QUOTE = PriceQuote(use="input", amount="0.039", currency="USD", per=1_000_000, unit="token")
LIST = SOURCES["zenmux"]
CARDS = SOURCES["huggingface_cards"]


def assess(source: Source, outcomes: list[PageOutcome], min_items: int = 1, **limits: Any) -> tuple[str, str, str]:
    """The state, cause and detail of a crawl with these outcomes."""
    return assess_health(source, outcomes, HealthLimits(min_items=min_items, **limits))


def outcome(number: int = 0, cause: Cause = "ok", items: int = 0, **more: Any) -> PageOutcome:
    request = PageRequest(number=number, page="models", url=f"https://zenmux.ai/{number}")
    known = {"capture": CAPTURE, "items": (MODEL,) * items, "detail": cause, **more}
    return PageOutcome(request=request, cause=cause, **known)


@pytest.mark.parametrize(
    ("outcomes", "fewest", "state", "cause"),
    [
        ([outcome(items=150)], 150, "ok", "ok"),
        ([outcome(items=149)], 150, "partial", "too_few_items"),
        ([outcome(items=0)], 150, "failed", "empty"),
        ([outcome(cause="layout_changed")], 150, "failed", "layout_changed"),
        ([outcome(cause="blocked", capture=None)], 150, "failed", "blocked"),
        ([outcome(items=150), outcome(1, "timed_out")], 150, "partial", "timed_out"),
        ([outcome(items=10), outcome(1, "not_archived"), outcome(2, "not_archived")], 150, "partial", "too_few_items"),
        ([outcome(0, "not_archived"), outcome(1, "not_archived")], 150, "failed", "not_archived"),
        ([outcome(0, "moved"), outcome(1, "timed_out"), outcome(2, "timed_out")], 150, "failed", "timed_out"),
        ([], 1, "failed", "empty"),
    ],
)
def test_a_crawl_has_a_state_and_a_named_cause(
    outcomes: list[PageOutcome], fewest: int, state: str, cause: str
) -> None:
    assert assess(LIST, outcomes, fewest)[:2] == (state, cause)


@pytest.mark.parametrize(
    ("items", "usual", "cause"),
    [(80, (100,), "ok"), (79, (100,), "too_few_items"), (79, (), "ok"), (79, (9, 9, 9, 9, 100, 100, 100), "ok")],
)
def test_far_fewer_items_than_usual_are_a_failure(items: int, usual: tuple[int, ...], cause: str) -> None:
    assert assess(LIST, [outcome(items=items)], 1, usual_items=usual_item_count(usual))[1] == cause


@pytest.mark.parametrize(
    ("items", "limits", "state", "cause"),
    [
        # models.dev of 6 July 2025 lists 1,243 offers; the registered 4,000 are those of 2026.
        (100, {}, "partial", "too_few_items"),
        (100, {"usual_items": 110.0}, "ok", "ok"),
        (100, {"usual_items": 130.0}, "failed", "too_few_items"),
        (100, {"expired_items": 110.0}, "ok", "ok"),
        (100, {"expired_items": 200.0}, "failed", "too_few_items"),
        (150, {"expired_items": 200.0}, "ok", "ok"),
        (100, {"usual_items": 110.0, "expired_items": 200.0}, "ok", "ok"),
        (0, {}, "failed", "empty"),
        (0, {"usual_items": 0.0}, "failed", "empty"),
    ],
)
def test_earlier_runs_outweigh_the_registered_number(
    items: int, limits: dict[str, float], state: str, cause: str
) -> None:
    assert assess(LIST, [outcome(items=items)], 150, **limits)[:2] == (state, cause)


@pytest.mark.parametrize(
    ("items", "recent", "cause"),
    [
        (85_000, (340, 341), "too_many_items"),
        (584, (378, 396), "ok"),  # models.dev in its fastest week, July 2025
        (500, (300, 10, 10), "too_many_items"),
        (60, (12,), "ok"),
        (1_501, (), "too_many_items"),
        (1_500, (), "ok"),
    ],
)
def test_far_more_items_than_ever_are_partial(items: int, recent: tuple[int, ...], cause: str) -> None:
    found = assess(LIST, [outcome(items=items)], 150, usual_items=usual_item_count(recent),
                   largest_items=max(recent, default=None))  # fmt: skip
    assert found[:2] == ("ok" if cause == "ok" else "partial", cause)


def test_an_overlong_name_is_refused_and_a_long_description_is_not() -> None:
    assert find_type_error(replace(OFFER, model_key="m" * 200)) == ""
    assert find_type_error(replace(OFFER, model_key="m" * 201)).startswith("OfferClaim.model_key may not be")
    assert find_type_error(replace(MODEL, name="n" * 201)).startswith("ModelClaim.name may not be")
    assert find_type_error(replace(MODEL, license="l" * 201)) == ""


def test_a_short_first_list_says_so() -> None:
    assert assess(LIST, [outcome(items=100)], 150)[2] == "100 items in a first crawl, of at least 150"


def test_usual_is_the_median_of_the_last_seven_successful_runs() -> None:
    assert usual_item_count((1, 2, 10, 20, 30, 40, 50, 60, 70)) == 40
    assert usual_item_count(()) is None


def test_far_fewer_items_are_named_after_the_cause_of_the_failed_pages() -> None:
    pages = [outcome(items=79), outcome(1, "rate_limited", detail="HTTP 429")]
    assert assess(LIST, pages, 1, usual_items=100) == ("failed", "rate_limited", "1 of 2 pages failed; HTTP 429")
    assert assess(LIST, pages[:1], 1, usual_items=100)[2] == "79 items, under 0.8 of the usual 100"


def test_captures_beyond_the_freshness_limit_are_stale() -> None:
    week = parse_timestamp("2026-05-25T20:00:00Z")
    assert assess(LIST, [outcome(items=5)], 1, as_of=week)[:2] == ("ok", "ok")
    stale = assess(LIST, [outcome(items=5)], 1, as_of=week + timedelta(seconds=1))
    assert stale[:2] == ("failed", "stale")
    assert "2026-05-18T20:00:00Z" in stale[2]
    newer = outcome(1, items=5, capture=replace(CAPTURE, captured_at="2026-05-24T20:00:00Z"))
    assert assess(LIST, [outcome(items=5), newer], 1, as_of=week + timedelta(days=1))[0] == "ok"


def test_an_unknown_key_is_counted_and_is_no_failure() -> None:
    keys = tuple(Finding(kind="unknown_key", locator="/x", text=key) for key in ("b", "a", "b"))
    assert assess(LIST, [outcome(items=5, findings=keys)], 1) == ("ok", "ok", "unknown keys: a (1), b (2)")


def test_a_replay_without_any_page_to_request_is_not_archived() -> None:
    assert assess(LIST, [], 1, replay=True)[:2] == ("failed", "not_archived")
    assert assess(LIST, [], 1)[:2] == ("failed", "empty")


def test_unreadable_entries_make_a_crawl_partial() -> None:
    finding = Finding(kind="rejected", locator="/data/3", text="/data/3: no id")
    assert assess(LIST, [outcome(items=150, findings=(finding,))], 150) == (
        "partial",
        "partial",
        "1 entry could not be read: /data/3: no id",
    )


def test_a_crawl_that_left_pages_out_is_judged_by_its_pages_alone() -> None:
    assert assess(LIST, [], 500, pages_not_due=340)[:2] == ("ok", "ok")
    assert assess(LIST, [outcome(items=9)], 500, usual_items=900.0, pages_not_due=340)[:2] == ("ok", "ok")
    late = outcome(cause="timed_out", capture=None)
    assert assess(LIST, [late], 500, usual_items=900.0, pages_not_due=340)[:2] == ("failed", "timed_out")
    gone = outcome(cause="gone", capture=replace(CAPTURE, status=404))
    assert assess(LIST, [gone], 500, pages_not_due=340)[:2] == ("partial", "gone")
    assert assess(LIST, [gone], 500)[0] == "failed"


def test_a_card_that_does_not_exist_is_no_failure() -> None:
    missing = outcome(1, "moved", capture=replace(CAPTURE, status=404))
    assert assess(CARDS, [outcome(items=3), missing], 1)[:2] == ("ok", "ok")
    assert assess(CARDS, [outcome(items=3), outcome(1, "not_archived", capture=None)], 1)[0] == "partial"
    denied = [outcome(number, "blocked", capture=replace(CAPTURE, status=403)) for number in range(3)]
    assert assess(CARDS, denied, 1)[:2] == ("failed", "blocked")
    removed = [outcome(number, "gone", capture=replace(CAPTURE, status=404)) for number in range(290)]
    assert assess(CARDS, removed, 1, usual_items=300.0)[:2] == ("partial", "gone")
    assert assess(CARDS, [outcome(items=3), *removed], 1, usual_items=300.0)[:2] == ("ok", "ok")
    assert assess(LIST, [outcome(items=300), missing], 1)[:2] == ("partial", "moved")


def job(*outcomes: PageOutcome) -> CrawlJob:
    made = CrawlJob(source=LIST, run_id="r", as_of=parse_timestamp("2026-05-18T23:59:00Z"))
    made.set_pages([("models", each.request.url) for each in outcomes])
    for each in outcomes:
        made.record_outcome(each)
    return made


def test_health_counts_what_a_reviewer_needs() -> None:
    findings = (
        Finding(kind="unknown_key", locator="/data/0/x", text="x"),
        Finding(kind="unknown_key", locator="/data/1/x", text="x"),
        Finding(kind="rejected", locator="/data/2", text="/data/2: no id"),
        Finding(kind="remark", locator="/data/3", text="left out"),
    )
    late = replace(CAPTURE, late=True, captured_at="2026-05-17T20:00:00Z")
    made = job(
        outcome(0, items=100, findings=findings, body_bytes=10),
        outcome(1, items=60, capture=late, body_bytes=20),
        outcome(2, "not_archived", capture=None, detail="not in the archive"),
    )
    health = build_health_record(made)
    assert (health["state"], health["cause"], health["items"]) == ("partial", "not_archived", 160)
    assert (health["pages_asked"], health["pages_answered"], health["pages_failed"]) == (3, 2, 1)
    assert health["failures"] == [
        {"url": "https://zenmux.ai/2", "cause": "not_archived", "detail": "not in the archive"}
    ]
    assert (health["unknown_keys"], health["rejected_entries"], health["remarks"]) == ({"x": 2}, 1, 1)
    assert (health["late_pages"], health["bytes"]) == (1, 30)
    assert health["first_captured_at"] == "2026-05-17T20:00:00Z"
    assert "started_at" not in health


def test_filled_fields_are_counted() -> None:
    priced = replace(OFFER, prices=(QUOTE,), route_tag="eu", context_tokens=131072)
    named = replace(MODEL, name="M", capabilities=(("vision", False),))
    made = job(outcome(0, items=150), outcome(1, items=0))
    made.outcomes[1] = replace(made.outcomes[1], items=(named, OFFER, priced))
    filled = build_health_record(made)["filled_fields"]
    assert {name: filled[name] for name in ("model.model_key", "model.name", "model.capabilities")} == {
        "model.model_key": 151,
        "model.name": 1,
        "model.capabilities": 1,
    }
    assert (filled["offer.prices"], filled["offer.context_tokens"], filled["offer.route_tag"]) == (1, 1, 1)
    assert filled["offer.quantization"] == 0
    assert not any(name.startswith("score.") for name in filled)


def test_a_page_without_an_outcome_has_failed() -> None:
    made = job(outcome(0, items=200))
    made.set_pages([("models", "https://zenmux.ai/0"), ("models", "https://zenmux.ai/1")])
    assert (
        build_health_record(made)["failures"][0]["detail"] == "the crawl ended before the page was settled; see its log"
    )


def test_a_source_without_its_key_is_not_configured() -> None:
    made = job()
    made.source = replace(LIST, key_env="ZENMUX_API_KEY")
    health = build_unconfigured_record(made)
    assert (health["state"], health["cause"]) == ("not_configured", "not_configured")
    assert health["detail"].startswith("ZENMUX_API_KEY is not set; set it")


def test_a_keyless_run_replays_as_it_was_recorded() -> None:
    needs_key = replace(LIST, key_env="ZENMUX_API_KEY")
    absent = [outcome(cause="not_archived", capture=None)]
    assert assess(needs_key, absent, replay=True)[:2] == ("not_configured", "not_configured")
    assert assess(LIST, absent, replay=True)[:2] == ("failed", "not_archived")
    assert assess(needs_key, [outcome(items=200)], replay=True)[0] == "ok"


# Landing


def altered(item: Any, **fields: Any) -> Any:
    """A copy with fields that its type forbids."""
    return replace(item, **fields)


@pytest.mark.parametrize(
    "broken",
    [
        altered(OFFER, model_key=""),
        altered(OFFER, context_tokens=131072.0),
        altered(OFFER, context_tokens=True),
        altered(OFFER, is_free="yes"),
        altered(OFFER, service_tier="cheap"),
        altered(OFFER, prices=(altered(QUOTE, amount="free"),)),
        altered(OFFER, prices=[QUOTE]),
        altered(OFFER, prices=(altered(QUOTE, per="1"),)),
        altered(OFFER, capabilities=(("vision", None),)),
        altered(OFFER, uptime_percent=float("nan")),
        altered(MODEL, input_modalities=["text"]),
        altered(MODEL, name="\ud800"),
        altered(MODEL, name="a\x00b"),
        altered(MODEL, name="x" * 5_000),
    ],
)
def test_items_of_wrong_types_are_found(broken: ModelClaim | OfferClaim) -> None:
    assert find_type_error(broken).startswith(type(broken).__name__ + ".")


@pytest.mark.parametrize("good", [MODEL, OFFER, replace(OFFER, prices=(QUOTE,)), replace(MODEL, name="名前 🙂")])
def test_items_of_right_types_pass(good: ModelClaim | OfferClaim) -> None:
    assert find_type_error(good) == ""


def test_a_broken_item_is_a_rejected_entry() -> None:
    broken = replace(MODEL, name="\ud800")
    valid = reject_invalid_items(outcome(items=20, findings=()))
    assert len(valid.items) == 20
    mostly_good = replace(valid, items=(*valid.items, broken))
    assert [each.kind for each in reject_invalid_items(mostly_good).findings] == ["rejected"]
    assert len(reject_invalid_items(mostly_good).items) == 20
    assert reject_invalid_items(replace(valid, items=(MODEL, broken))).cause == "schema_changed"


def test_lines_have_their_provenance_and_equal_lines_are_equal_bytes() -> None:
    lines = serialise_items(outcome(items=2), "zenmux")
    assert b'"source_id":"zenmux"' in lines[0]
    assert b'"captured_at":"2026-05-18T20:00:00Z"' in lines[0]
    assert compress_lines(lines) == compress_lines(lines)
    assert gzip.decompress(compress_lines(lines)).count(b"\n") == 2


def test_the_same_response_has_the_same_id_in_every_archive() -> None:
    one, other = (outcome(body_sha256="0"), outcome(body_sha256="0", capture=replace(CAPTURE, archive_file="b.warc")))
    assert one.capture_id == other.capture_id
    assert one.capture_id != outcome(body_sha256="1").capture_id
    assert len(one.capture_id) == 20


def test_a_page_that_fails_midway_lands_nothing() -> None:
    def parser(page: Page) -> Any:
        yield MODEL
        raise LookupError(page.url) if page.body == b"bug" else LayoutChangedError("u", "/data", "a list")

    failed = parse_page(PageRequest(number=0, page="models", url="u"), CAPTURE, b"x", parser)
    assert (failed.cause, failed.items) == ("layout_changed", ())
    with pytest.raises(LookupError):
        parse_page(PageRequest(number=0, page="models", url="u"), CAPTURE, b"bug", parser)
