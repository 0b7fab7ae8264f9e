"""Any pair by its address: the same figures and sentences as the whole page, and every address leads on."""

import json
import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit, run_llmpairs

FIRST_SCREEN = """() => {
  const text = (element) => element.innerText.replace(/\\s+/g, " ").trim();
  const all = (selector) => [...document.querySelectorAll(selector)].map(text);
  const form = document.getElementById("cost-form");
  const costs = {};
  for (const button of form.querySelectorAll(".preset")) for (const basis of ["list", "best", "any"]) {
    button.click();
    form.elements.basis.value = basis;
    form.dispatchEvent(new Event("input"));
    costs[`${text(button)} ${basis}`] = [...form.querySelectorAll("output, .cost-note")].map(text);
  }
  const table = document.querySelector("#specs table");
  return {
    title: document.title, heading: text(document.querySelector("h1")), headline: all(".headline"),
    only: text(document.querySelector(".headline + p")), cards: all(".card"),
    bars: [...document.querySelectorAll(".card .bar i")].map(
      ({ className, style }) => [className, parseFloat(style.left) || 0, parseFloat(style.width) || 0],
    ),
    chips: [...document.querySelectorAll(".chip")].map((chip) => [text(chip), chip.title, chip.className]),
    costs, specs: [...table.rows].map((row) => [...row.cells].map((cell) => cell.firstChild?.textContent.trim() ?? "")),
    unknown: [...document.querySelectorAll("#specs p.muted")].map((p) => p.textContent.trim()),
  };
}"""
COMPARED = 50


def read_first_screen(page: Page) -> Any:
    expect(page.locator("#cost-form")).to_be_visible()
    return page.evaluate(FIRST_SCREEN)


def address_of(name: str) -> str:
    """Address in `compare/` of the pair with a whole page."""
    left, right = name.removeprefix("pairs/").removesuffix(".html").split("-vs-")
    return f"compare/?a={left}&b={right}"


def test_fifty_pairs_show_what_their_whole_pages_show(visit: Visit) -> None:
    names = visit.site.list_pages("pairs/*.html")[:COMPARED]
    assert len(names) == COMPARED
    for name in names:
        whole, short = (read_first_screen(visit.open(each)) for each in (name, address_of(name)))
        tones, places = zip(*((bars[0], bars[1:]) for bars in whole.pop("bars")), strict=True)
        drawn = short.pop("bars")
        assert short == whole, name
        assert [bar[0] for bar in drawn] == list(tones), name
        assert np.allclose([bar[1:] for bar in drawn], places, atol=0.011), name  # a hundredth: each rounds its own way
        assert len(whole["costs"]) == 21
        assert (
            visit.page.get_by_role("link", name="Whole comparison with sources").get_attribute("href") == f"../{name}"
        )


def test_every_address_of_a_pair_leads_to_its_first_screen(visit: Visit) -> None:
    name = visit.site.list_pages("pairs/*.html")[0]
    left, right = re.findall(r"[ab]=([^&]+)", address_of(name))
    page = visit.open(f"compare/?a={right}&b={left}")
    expect(page).to_have_url(re.compile(rf"\?a={re.escape(left)}&b={re.escape(right)}$"))
    expect(page.locator(".headline")).to_be_visible()
    page = visit.open(f"compare/?a={left.partition('--')[2].upper()}&b={right.replace('--', '/')}")
    expect(page).to_have_url(re.compile(rf"\?a={re.escape(left)}&b={re.escape(right)}$"))
    visit.errors.clear()  # the other spellings are no files, which the browser reports


def test_a_pair_without_a_whole_page_has_its_first_screen(visit: Visit) -> None:
    models = json.loads((visit.site.folder / "api/v1/index.json").read_text("utf-8"))["models"]
    first, *_, last = (each["slug"] for each in models if each["position"] is not None)
    page = visit.open(f"compare/?a={first}&b={last}")
    expect(page.locator(".card")).to_have_count(4)
    expect(page.locator("#cost-form")).to_be_visible()
    assert page.get_by_role("link", name="Whole comparison").count() == 0


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("", "Choose two models."),
        ("?a={0}&b={0}", "Choose another second model."),
        ("?a={0}&b={absent}", "is not compared"),
    ],
)
def test_what_cannot_be_compared_is_explained_and_the_chooser_leads_on(visit: Visit, query: str, says: str) -> None:
    models = json.loads((visit.site.folder / "api/v1/index.json").read_text("utf-8"))["models"]
    first, second, *_ = (each for each in models if each["position"] is not None)
    absent = next(each["slug"] for each in models if each["position"] is None)
    page = visit.open(f"compare/{query.format(first['slug'], absent=absent)}")
    visit.errors.clear()  # a missing file is answered 404, which the browser reports
    expect(page.locator("#status")).to_contain_text(says)
    page.get_by_label("First model").fill(first["name"])
    page.get_by_label("Second model").fill(second["name"])
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text(first["name"])
    expect(page.locator(".headline")).to_be_visible()


def test_an_unknown_address_is_explained(visit: Visit) -> None:
    page = visit.open("compare/?a=nobody--nothing&b=nobody--else")
    expect(page.locator("#status")).to_contain_text("No model has the address nobody--nothing")
    assert all("404" in error for error in visit.errors)
    visit.errors.clear()


def test_the_index_leads_to_a_comparison_by_keyboard_alone(visit: Visit) -> None:
    models = json.loads((visit.site.folder / "api/v1/index.json").read_text("utf-8"))["models"]
    names = [each["name"] for each in models if each["position"] is not None]
    page = visit.open("index.html")
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "a":
            break
    page.keyboard.type(names[0])
    page.keyboard.press("Tab")
    page.keyboard.type(names[-1])
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text(names[0])
    expect(page.locator("h1")).to_contain_text(names[-1])
    expect(page.locator("#cost-form")).to_be_visible()


def test_the_calculator_has_the_cents_of_the_command_line(visit: Visit) -> None:
    name = visit.site.list_pages("pairs/*.html")[COMPARED // 2]
    costs = read_first_screen(visit.open(address_of(name)))["costs"]
    sides = re.findall(r"[ab]=([^&]+)", address_of(name))
    brief = json.loads(run_llmpairs("compare", *sides, "--format", "json", "--warehouse", visit.site.warehouse))
    labels = {each["scenario_id"]: each["label"] for each in visit.page.evaluate(
        "JSON.parse(document.getElementById('phrases').textContent).presets"
    )}  # fmt: skip
    for at, side in enumerate(brief["sides"]):
        for id_, usd in side["monthly_usd"].items():
            shown = costs[f"{labels[id_]} best"][at]
            assert shown.startswith("unknown" if usd is None else f"${usd:,.2f} ·"), (id_, shown, usd)
