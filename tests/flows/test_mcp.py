"""The MCP server, asked by the SDK's own client."""

import asyncio
import json
import sys
from pathlib import Path
from shutil import copytree, ignore_patterns
from typing import Any

import pytest
from mcp import Client, StdioServerParameters
from mcp.types import CallToolResult, TextContent

import llmpairs
from llmpairs.mcp_server import build_server
from llmpairs.warehouse.errors import ReleaseError
from llmpairs.warehouse.releases import publish, write_manifest
from llmpairs.warehouse.store import open_store
from tests.pages.example_release import publish_pages
from tests.warehouse.samples import GPT, QWEN, RUN, manifest_of

TOOLS = (
    "resolve_model", "compare_models", "cheapest_for_workload", "cost_of_traffic", "price_history", "list_changes",
    "list_gaps", "query_sql",
)  # fmt: skip


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> str:
    return publish_pages(tmp_path_factory.mktemp("mcp") / "w")


def ask(warehouse: str, *calls: tuple[str, dict[str, Any]]) -> list[CallToolResult]:
    """Results of calls of one session in this process."""

    async def session() -> list[CallToolResult]:
        async with Client(build_server(warehouse)) as client:
            return [await client.call_tool(name, arguments) for name, arguments in calls]

    return asyncio.run(session())


def text_of(result: CallToolResult) -> str:
    [content] = result.content
    assert isinstance(content, TextContent)
    return content.text


def answer(warehouse: str, name: str, **arguments: Any) -> Any:
    [result] = ask(warehouse, (name, arguments))
    assert not result.is_error, text_of(result)
    return json.loads(text_of(result))


@pytest.mark.slow
def test_a_client_over_standard_input_finds_the_tools(warehouse: str) -> None:
    command = ["-m", "llmpairs.flows", "mcp", "--warehouse", warehouse]

    async def session() -> tuple[list[str], CallToolResult]:
        async with Client(StdioServerParameters(command=sys.executable, args=command)) as client:
            listed = await client.list_tools()
            assert all(tool.annotations and tool.annotations.read_only_hint for tool in listed.tools)
            return [tool.name for tool in listed.tools], await client.call_tool("resolve_model", {"name": "qwen3.5 4b"})

    names, resolved = asyncio.run(session())
    assert names == list(TOOLS)
    assert json.loads(text_of(resolved))["model_id"] == QWEN


def test_a_comparison_is_brief_unless_asked_for_in_full(warehouse: str) -> None:
    pair = {"a": "gpt-oss-120b", "b": "Qwen3.5-4B"}
    brief, full = map(text_of, ask(warehouse, ("compare_models", pair), ("compare_models", {**pair, "detail": "full"})))
    assert len(brief.encode()) < 2048 < len(full.encode())
    expected = llmpairs.open(warehouse).compare(GPT, QWEN)
    shown = json.loads(brief)
    assert shown["headline"] == json.loads(full)["headline"] == expected.headline
    assert shown["models"]["a"]["best_usd_per_mtok"] == expected.sides[0].best_usd_per_mtok
    assert shown["workloads"]["vision"] == {
        "outcome": "b", "reason": "requirement_failed", "monthly_usd": [None, None],
    }  # fmt: skip


def test_costs_and_lists_are_those_of_python(warehouse: str) -> None:
    release = llmpairs.open(warehouse)
    cheapest = answer(warehouse, "cheapest_for_workload", workload="rag", model="gpt-oss-120b", limit=1)
    assert cheapest["release"] == RUN
    assert [row["cost_usd"] for row in cheapest["rows"]] == [release.cheapest(GPT, "rag")[0].cost_usd]
    assert answer(warehouse, "cheapest_for_workload", workload="rag")["rows"][0]["model_id"] == GPT
    traffic = {"requests": 1000, "input_tokens": 2000, "output_tokens": 500}
    [cost] = answer(warehouse, "cost_of_traffic", models=[GPT], traffic=traffic, basis="best")["rows"]
    assert cost["cost_usd"] == pytest.approx((2000 * 0.039 + 500 * 0.18) / 1000)
    assert answer(warehouse, "price_history", model=GPT)["spans"] == len(
        release.history(GPT, ["input_usd_per_mtok"]).spans
    )
    assert len(answer(warehouse, "list_changes")["rows"]) == 1
    assert answer(warehouse, "list_gaps", model=GPT)["rows"] == []


def test_a_query_reads_and_is_cut_at_the_limit(warehouse: str) -> None:
    asked = "SELECT model_id FROM models ORDER BY 1"
    cut = answer(warehouse, "query_sql", sql=asked, max_rows=2)
    assert (len(cut["rows"]), cut["has_more"]) == (2, True)
    every = answer(warehouse, "query_sql", sql=asked)
    assert (len(every["rows"]), every["columns"], every["has_more"]) == (3, ["model_id"], False)
    assert answer(warehouse, "query_sql", sql="DESCRIBE offers")["columns"][0] == "column_name"


@pytest.mark.parametrize(
    ("tool", "arguments", "message"),
    [
        ("resolve_model", {"name": "gpt-oss-20b"}, "nearest: openai/gpt-oss-120b"),
        ("compare_models", {"a": GPT, "b": GPT}, "cannot be compared with itself"),
        ("cheapest_for_workload", {"workload": "raq"}, "no workload 'raq' in this release; nearest: rag"),
        ("cost_of_traffic", {"models": [GPT], "traffic": {"requests": 1}}, "give input_tokens, output_tokens, or a"),
        ("query_sql", {"sql": "DROP VIEW models"}, "only SELECT queries are allowed"),
        ("query_sql", {"sql": "SELECT nothing FROM models"}, "nothing"),
        ("query_sql", {"sql": "FROM read_csv('/etc/passwd')"}, "file system operations are disabled"),
        ("query_sql", {"sql": "FROM models", "max_rows": 5000}, "give 1 to 1000"),
        ("query_sql", {"sql": "SELECT repeat('x', 200000)"}, "select fewer columns or rows"),
    ],
)
def test_what_cannot_be_answered_is_an_error_that_says_why(
    warehouse: str, tool: str, arguments: dict[str, Any], message: str
) -> None:
    [result] = ask(warehouse, (tool, arguments))
    assert (result.is_error, message in text_of(result)) == (True, True), text_of(result)


def test_the_server_follows_the_live_release(warehouse: str, tmp_path: Path) -> None:
    folder = publish_pages(tmp_path / "w")
    later = "20260609T235900Z"

    async def session() -> list[str]:
        async with Client(build_server(folder)) as client:
            before = await client.call_tool("list_gaps", {})
            store = open_store(folder)
            folders = Path(folder) / "releases"
            copytree(folders / RUN, folders / later, ignore=ignore_patterns("manifest.json"))
            write_manifest(store, later, manifest_of(store, later, RUN))
            publish(store, later)
            return [json.loads(text_of(each))["release"] for each in (before, await client.call_tool("list_gaps", {}))]

    assert asyncio.run(session()) == [RUN, later]
    with pytest.raises(ReleaseError, match="is not a warehouse"):
        build_server(str(tmp_path / "nothing"))
