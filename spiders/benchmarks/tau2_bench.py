"""tau2-bench: agents that talk to a simulated customer and use tools, one file for each submitted result.

Page: JSON manifest that lists submissions by name, and a JSON file for each of them.
Units: percent of the tasks; costs in USD for a task.
Traps:
- The harness is the submission's: another user simulator or changed prompts make another test. Results with modified
  prompts or omitted questions say so under `verification`.
- The version "original tau-bench" is another benchmark. Scores of different versions are not comparable.
- A submission by the organisation of the model is the developer's own claim.
- Voice submissions measure another thing; they are left out by their `modality`, as are those of the type "custom",
  which test an agent.
- `reasoning_effort` is missing in older files, where the name of the model may state it.
"""

from collections.abc import Iterator
from urllib.parse import quote

from llmpairs.spiders.items import Item, ScoreClaim
from llmpairs.spiders.json_entries import Entry, read_object
from llmpairs.spiders.page import Finding, NextPage, Page, Parsers

METRICS = {"pass_1": "percent", "pass_2": "percent", "pass_3": "percent", "pass_4": "percent", "cost": "usd"}
"""Unit of each metric: the share solved in each of 1 to 4 trials, and the cost of a task."""
MANIFEST = "/manifest.json"


def parse_submissions(page: Page) -> Iterator[Item | Finding | NextPage]:
    """The next pages of a manifest, or a ScoreClaim for each domain and number of trials of a submission."""
    document = read_object(page)
    if page.url.endswith(MANIFEST):
        base = page.url.removesuffix(MANIFEST)
        for name in document.text_list("submissions") or ():
            yield NextPage(url=f"{base}/{quote(name)}/submission.json")
        return
    yield from _parse_submission(document)


def _parse_submission(submission: Entry) -> Iterator[Item | Finding]:
    method = submission.section("methodology")
    verification = method.section("verification")
    kind = submission.text("submission_type") or "standard"
    if kind != "standard" or submission.text("modality") == "voice" or "voice_config" in submission.fields:
        yield Finding(kind="remark", locator="#", text=f"a submission of the type {kind} is left out")
        return
    changed = [name for name in ("modified_prompts", "omitted_questions") if verification.flag(name)]
    simulator = method.text("user_simulator")
    harness = ", ".join(["tau2-bench", *([f"user {simulator}"] if simulator else []), *changed])
    is_own = submission.text("model_organization") == submission.text("submitting_organization")
    version = method.text("tau2_bench_version")
    is_first = version == "original tau-bench"
    results = submission.section("results")
    for domain in results.fields:
        # A domain that was not run is null.
        result = results.section(domain)
        retrieval = result.text("retrieval_config")
        for metric, unit in METRICS.items():
            score = result.amount(metric)
            if score is not None:
                yield ScoreClaim(
                    model_key=submission.required_text("model_name"),
                    locator=f"{result.locator}/{metric}",
                    benchmark=f"{'tau-bench' if is_first else 'tau2-bench'} {domain}",
                    metric=metric,
                    value=score,
                    unit=unit,
                    version=version.removeprefix("v") if version and not is_first else None,
                    harness=f"{harness}, retrieval {retrieval}" if retrieval else harness,
                    effort=submission.text("reasoning_effort"),
                    evaluator_class="lab_claimed" if is_own else "third_party",
                    evaluated_on=method.text("evaluation_date") or submission.text("submission_date"),
                )


PARSERS: Parsers = {"submissions": parse_submissions}
