"""Addresses of a static site: redirects from former slugs and swapped sides; restricted scores are left out."""

import json
from pathlib import Path

from typer.testing import CliRunner

from llmpairs.flows.cli import app
from tests.pages.example_release import LLAMA, example_rows, publish_pages
from tests.warehouse.samples import GPT, QWEN

FORBIDDEN = "its terms forbid redistribution"


def write_site(folder: Path, *more: str) -> Path:
    """The site of all three models, one of which went by another id."""
    warehouse = folder / "data"
    if not warehouse.exists():
        moved = {"old_model_id": "openai/gpt-oss", "model_id": GPT, "reason": "renamed"}
        publish_pages(warehouse, example_rows() | {"model_redirects": [moved]})
    out = folder / f"site{len(more)}"
    result = CliRunner().invoke(
        app, ["export", "site", "--out", str(out), "--models", "3", "--warehouse", str(warehouse), *more]
    )
    assert result.exit_code == 0, result.output
    return out


def test_former_slugs_redirect_to_the_present_page(tmp_path: Path) -> None:
    site = write_site(tmp_path)
    former = (site / "models" / "openai--gpt-oss.html").read_text("utf-8")
    assert 'content="0; url=openai--gpt-oss-120b.html"' in former
    address = "openai--gpt-oss-120b-vs-qwen--qwen3.5-4b.html"
    turned = "qwen--qwen3.5-4b-vs-openai--gpt-oss-120b.html"
    for name in (turned, address.replace("-120b", ""), turned.replace("-120b", "")):
        assert f'content="0; url={address}"' in (site / "pairs" / name).read_text("utf-8"), name
    assert "http-equiv" not in (site / "pairs" / address).read_text("utf-8")
    # Two pairs with the renamed model have three addresses that lead on, the third has one.
    assert len(list((site / "pairs").iterdir())) == 3 + 3 + 3 + 1
    assert {GPT, QWEN, LLAMA} == {row["model_id"] for row in example_rows()["models"]}


def test_restricted_scores_are_shown_only_with_the_option(tmp_path: Path) -> None:
    name = "meta-llama--llama-4-scout-vs-openai--gpt-oss-120b.html"
    usual = (write_site(tmp_path) / "pairs" / name).read_text("utf-8")
    whole = (write_site(tmp_path, "--include-restricted") / "pairs" / name).read_text("utf-8")
    assert (FORBIDDEN in usual, FORBIDDEN in whole) == (True, False)
    assert ("26.1" in usual, "26.1" in whole) == (False, True)


def test_the_site_is_described_as_a_dataset_and_has_feeds(tmp_path: Path) -> None:
    site = write_site(tmp_path)
    dataset = json.loads((site / "dataset.jsonld").read_text("utf-8"))
    assert dataset["@type"] == ["Dataset", "dcat:Dataset"]
    assert dataset["license"] == dataset["dct:license"] == "https://creativecommons.org/licenses/by/4.0/"
    paths = [each["contentUrl"] for each in dataset["distribution"]]
    assert [each["@id"] for each in dataset["dcat:distribution"]] == paths
    assert all((site / path).is_file() for path in paths)
    assert json.loads((site / "index.html").read_text("utf-8").split('ld+json">')[1].split("</script>")[0]) == dataset
    listed = json.loads((site / "site.json").read_text("utf-8"))["files"]
    assert {"dataset.jsonld", "changes.atom", "changes.feed.json", "retirements.ics"} <= set(listed)
