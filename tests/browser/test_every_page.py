"""What holds on each kind of page: accessible, usable on a phone and by keyboard, printed whole, quick to show."""

import re
from statistics import median
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, Visit

KINDS = ("index", "compare", "pair", "model", "providers", "provider", "changes")
LATENCY_MS, DOWN_BYTES_PER_S, VISITS = 165, 9_000_000 / 8, 5
AXE_OPTIONS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}
LOOKS = ("desktop light", "phone dark")
LARGEST_PAINT = """() => new Promise((resolve) => {
  new PerformanceObserver((list) => resolve(list.getEntries().at(-1).startTime)).observe({
    type: "largest-contentful-paint", buffered: true,
  });
})"""
FOLDED_HEIGHTS = """() => [...document.querySelectorAll("details:not([open]) > :not(summary)")]
  .filter((inner) => !inner.closest(".cost-form")).map((inner) => inner.getBoundingClientRect().height)"""


def address_of(kind: str, site: Site) -> str:
    """A page of the kind; of pairs, models and providers the first one."""
    pair = site.list_pages("pairs/*.html")[0]
    left, right = pair.removeprefix("pairs/").removesuffix(".html").split("-vs-")
    return {
        "index": "index.html",
        "compare": f"compare/?a={left}&b={right}",
        "pair": pair,
        "model": f"models/{left}.html",
        "providers": "providers/index.html",
        "provider": next(name for name in site.list_pages("providers/*.html") if "index" not in name),
        "changes": "changes.html",
    }[kind]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("visit", LOOKS, indirect=True)
def test_axe_finds_nothing_and_the_page_fits_its_window(visit: Visit, kind: str) -> None:
    page = visit.open(address_of(kind, visit.site))
    if kind == "index":
        page.get_by_role("searchbox").fill("gpt")  # all rows are of one kind, and axe takes long over a thousand
    found: Any = Axe().run(page, options=AXE_OPTIONS)
    assert [(each["id"], each["nodes"][0]["html"][:200]) for each in found.response["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("visit", ["phone"], indirect=True)
def test_controls_are_large_enough_and_wide_tables_show_that_they_scroll(visit: Visit, kind: str) -> None:
    page = visit.open(address_of(kind, visit.site))
    small = page.evaluate("""() => [...document.querySelectorAll("button, input, select, summary, nav a")]
      .map((each) => [each.outerHTML.slice(0, 80), each.getBoundingClientRect()])
      .filter(([, box]) => box.width && (box.width < 24 || box.height < 24)).map(([html]) => html)""")
    assert small == []
    wide = page.evaluate("""() => [...document.querySelectorAll(".table")]
      .filter((each) => each.scrollWidth > each.clientWidth)
      .map((each) => [each.tabIndex, getComputedStyle(each).backgroundImage.includes("gradient")])""")
    assert all(each == [0, True] for each in wide)


@pytest.mark.parametrize("kind", ["pair", "model"])
def test_a_printed_page_is_whole(visit: Visit, kind: str) -> None:
    page = visit.open(address_of(kind, visit.site))
    page.emulate_media(media="print")
    assert all(height > 0 for height in page.evaluate(FOLDED_HEIGHTS))
    assert not page.locator(".cost-form").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_the_first_tab_stop_skips_to_the_content_and_every_control_shows_its_focus(visit: Visit) -> None:
    page = visit.open(address_of("pair", visit.site))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"


def test_the_calculator_works_by_keyboard(visit: Visit) -> None:
    page = visit.open(address_of("compare", visit.site))
    page.get_by_role("button", name="Agents").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Agents")).to_have_attribute("aria-pressed", "true")
    before = page.locator(".cost-bars").inner_text()
    page.keyboard.press("Tab")
    while page.evaluate("document.activeElement.name") != "requests_per_month":
        page.keyboard.press("Tab")
    page.keyboard.type("7")
    assert page.locator(".cost-bars").inner_text() != before


def test_the_explorer_filters_sorts_and_draws(visit: Visit) -> None:
    page = visit.open("index.html")
    rows = page.locator("#models tbody tr:not([hidden])")
    total = rows.count()
    page.get_by_label("Licence").select_option("open")
    assert 0 < rows.count() < total
    expect(page.locator("#found")).to_contain_text(f"{rows.count()} of")
    page.get_by_label("Max price").fill("0.5")
    page.get_by_role("button", name="Best price").focus()
    page.keyboard.press("Enter")
    prices = [read_price(text) for text in rows.locator("td:nth-child(4)").all_inner_texts()]
    assert prices == sorted(prices)
    assert prices[-1] <= 0.5
    expect(page.locator("thead th").nth(3)).to_have_attribute("aria-sort", "ascending")
    page.keyboard.press("Enter")
    expect(page.locator("thead th").nth(3)).to_have_attribute("aria-sort", "descending")


def read_price(text: str) -> float:
    return float(text.replace("$", "").replace(",", ""))


def test_the_front_of_the_plot_is_walked_by_keyboard(visit: Visit) -> None:
    page = visit.open("index.html")
    page.locator("#drawing").focus()
    seen = []
    for _ in range(3):
        page.keyboard.press("ArrowRight")
        seen.append(re.fullmatch(r".*: \$([\d.]+) per 1M tokens, quality (\d+)", page.locator("#point").inner_text()))
    figures = [(float(each[1]), int(each[2])) for each in seen if each]
    assert len(figures) == 3
    assert figures == sorted(set(figures))  # more expensive and better with every step
    assert [quality for _, quality in figures] == sorted({quality for _, quality in figures})
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/models/"))


@pytest.mark.parametrize("kind", ["pair", "compare", "index"])
def test_largest_contentful_paint_is_reported(visit: Visit, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    address = f"{visit.site.address}{address_of(kind, visit.site)}"
    times = [measure_paint(visit.page, address) for _ in range(VISITS)]
    with capsys.disabled():
        print(f"\nlargest contentful paint, {kind}: {median(times):.0f} ms (median of {VISITS})", end="")
    assert all(time > LATENCY_MS for time in times)


def measure_paint(page: Page, address: str) -> float:
    """Milliseconds to the largest contentful paint over a slow line, with an empty cache."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    line = {"latency": LATENCY_MS, "downloadThroughput": DOWN_BYTES_PER_S, "uploadThroughput": DOWN_BYTES_PER_S}
    session.send("Network.emulateNetworkConditions", {"offline": False, **line})
    page.goto(address)
    page.wait_for_load_state("networkidle")
    time: float = page.evaluate(LARGEST_PAINT)
    session.detach()
    return time
