"""The command `mcp`: a server of tools for agents."""

from typing import Annotated

import typer

from llmpairs.flows.commands.output import Release, Warehouse, one_line_errors
from llmpairs.flows.runtime.settings import warehouse_uri

LOOPBACK = "127.0.0.1"


def mcp(
    http: Annotated[
        bool, typer.Option("--http", help="Serve streamable HTTP on loopback, at /mcp; default: standard input.")
    ] = False,
    port: Annotated[int, typer.Option(help="Port of --http.", min=1, max=65535)] = 8765,
    warehouse: Warehouse = None,
    release: Release = None,
) -> None:
    """Serve the questions of a release to agents, by the Model Context Protocol, read-only.

    Tools: resolve, compare, cheapest for a workload, cost of traffic, price history, changes, gaps, SQL.

    Example: llmpairs mcp --warehouse ./data

    Example: llmpairs mcp --http --port 8765
    """
    from llmpairs.mcp_server import build_server

    with one_line_errors():
        server = build_server(warehouse_uri(warehouse), release)
        if http:
            server.run("streamable-http", host=LOOPBACK, port=port, stateless_http=True, json_response=True)
        else:
            server.run("stdio")
