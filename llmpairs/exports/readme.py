"""The README of a data package: how to read it without llmpairs."""

import json
from collections.abc import Iterator

from llmpairs.exports.descriptor import Descriptor

FLAT = """\
## Reading it

Every table is a folder of {format} files, sorted by its key. `datapackage.json` states the type, the unit and the
meaning of an empty cell for every column. Times are UTC. Digests of 64 bits are hexadecimal text, lists are JSON text.
A null is never a no and never a zero.
"""

HOW_TO_READ = """\
## Reading it

Every table is a folder of Parquet files, sorted by its key. `datapackage.json` states the type, the unit and the
meaning of a null for every column; the Parquet fields have the same texts as metadata.

```sql
-- DuckDB, started in this folder
.read views.sql
SELECT provider_id, input_usd_per_mtok, output_usd_per_mtok FROM offers_eligible WHERE model_id = 'openai/gpt-oss-120b';
```

```python
import pandas as pd

offers = pd.read_parquet("offers")
```

A null is never a no and never a zero. A model (`models`) is not an offer (`offers`): what a provider sells has its own
price, context and quantisation. Every row of `facts` names its source; `captures` has the address, time and digest of
the response that it was read from.
"""

FORMAT_NAMES = {"csv": "CSV", "xlsx": "Excel"}

HOW_TO_COST = """\
## What a workload costs a month

Prices are USD per 1,000,000 tokens. For an offer and a workload of `prompt_tokens` (of which `cached_tokens` are read
from the cache), `output_tokens` and `requests_per_month`:

    usd = requests_per_month * ((prompt_tokens - cached_tokens) * input_usd_per_mtok
                                + cached_tokens * cache_read_usd_per_mtok
                                + output_tokens * output_usd_per_mtok) / 1,000,000

- Where `cache_read_usd_per_mtok` is null, cached tokens cost the input price.
- `price_tiers` holds prices that apply from a prompt length on. The tier with the largest `min_prompt_tokens` that is
  not above `prompt_tokens` replaces the prices of the whole request; an input or output price that it leaves null
  is the offer's own, a cache price that it leaves null is none. A tier with `is_marginal` applies only to the tokens of
  the prompt beyond its length, and to the output that follows.
- A batch workload (`service_tier` `batch`) is costed on offers of that tier alone.
- The result is rounded to a millionth of a dollar. Tokens that a model spends on reasoning are not counted.

## What a workload costs on a model

The cost on the cheapest offer of the model that is eligible for the workload. An offer is eligible when

- its `model_id` is known, its `offer_status` is `active`, its `ineligible_reason` is not `expired`, its `service_tier`
  is that of the workload, both its prices are known, and its `price_kind` is `metered`;
- it is no `aggregate` row (`route_kind`) of a provider that has a `via_aggregator` row for the same model of which all
  of that holds: the former repeats the price of one of the latter;
- its `context_tokens` are at least the workload's `context_need` and its `max_output_tokens` at least `output_tokens`;
  unknown values are accepted, except an unknown context where the workload has `context_at_least`;
- for every capability in `must_have` its `effective` in `offer_capabilities` is `yes`, and the model's `state` in
  `model_capabilities` is not `no`.

Where no offer is eligible the cost is null, and `state` in `model_scenario_costs` gives the reason.

The published workloads are the resource `workloads` of `datapackage.json`, their costs `offer_scenario_costs`, the
cheapest, median and most expensive offer of each model `model_scenario_costs`.
"""


def render_readme(descriptor: Descriptor) -> str:
    """The README of the package that a descriptor describes."""
    format_ = next(resource["format"] for resource in descriptor["resources"] if "parts" in resource)
    how_to_read = HOW_TO_READ if format_ == "parquet" else FLAT.format(format=FORMAT_NAMES[format_])
    head = f"# {descriptor['title']}\n\n{descriptor['description'].partition(' README')[0]}\n"
    tables = ["## Tables", "", "| table | rows | one row is |", "| --- | ---: | --- |"]
    for resource in descriptor["resources"]:
        if "parts" in resource:
            grain = resource["title"].removeprefix("One row is ").removesuffix(".")
            tables.append(f"| `{resource['table']}` | {resource['rows']:,} | {grain} |")
    terms = list(list_sources(descriptor))
    return "\n".join([*list_hub_metadata(descriptor), head, how_to_read, HOW_TO_COST, *tables, "", *terms]) + "\n"


def list_hub_metadata(descriptor: Descriptor) -> Iterator[str]:
    """The block of metadata that a dataset hub reads: licence, and one configuration for each table.

    Names of the fields as in huggingface/hub-docs, docs/hub/datasets-cards.md and datasets-manual-configuration.md.
    """
    yield from ("---", f"pretty_name: {json.dumps(descriptor['title'])}", "language: [en]", "license: other")
    yield from ("license_name: terms-by-table", "license_link: README.md", "tags: [llm, prices, benchmarks]")
    tables = [resource for resource in descriptor["resources"] if "parts" in resource and resource["format"] != "xlsx"]
    if tables:
        yield "configs:"
    for resource in tables:
        yield f"- config_name: {resource['table']}"
        yield f"  data_files: {resource['table']}/*.{resource['format']}"
    yield from ("---", "")


def list_sources(descriptor: Descriptor) -> Iterator[str]:
    """Markdown table of the sources and their terms."""
    own = descriptor["licenses"][0]
    tables = [resource for resource in descriptor["resources"] if "parts" in resource]
    computed = [f"`{each['table']}`" for each in tables if each["licenses"] == [own]]
    yield from ("## Terms", "")
    if computed:
        yield f"What llmpairs computes is under [{own['title']}]({own['path']}): {', '.join(computed)}."
    yield "The other tables state values of sources, each under the terms of its source."
    yield from ("", "## Sources", "", "Name the sources when you pass values on.", "")
    yield from ("| source | terms | may be passed on |", "| --- | --- | --- |")
    labels = {True: "yes", False: "no", None: "not stated"}
    for source in descriptor["sources"]:
        name = f"[{source['title']}]({source['path']})"
        yield f"| {name} | {source['terms'].replace('|', '&#124;')} | {labels[source['redistributable']]} |"
    if descriptor["left_out_sources"]:
        yield ""
        yield f"Left out, because their terms forbid it: {', '.join(descriptor['left_out_sources'])}."
        yield "A quality index that rests on their scores alone is left out too."
