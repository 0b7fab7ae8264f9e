"""The command line: every command by name, grouped by audience."""

import atexit
import functools
import sys
from importlib.metadata import version
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from llmpairs.flows.commands import (
    aliases,
    archive,
    backfill,
    charts,
    compare,
    correct,
    cost,
    demo,
    explain,
    export,
    gaps,
    history,
    mcp,
    new_source,
    operate,
    refresh,
    release,
    report,
    review,
    set_fact,
    sources,
    sql,
    watch,
)
from llmpairs.flows.commands.output import DONE, FAILED, Command, Format, Warehouse, exit_with
from llmpairs.flows.runtime.extras import find_extra, name_install
from llmpairs.logs import set_up_logging, silence_teardown

HELP_NAMES = {"help_option_names": ["-h", "--help"]}

READ = "Compare models"
DATA = "Data quality"
OPERATE = "Operate"
TOP_LEVEL: dict[str, tuple[str, Command]] = {
    "demo": (READ, demo.demo),
    "compare": (READ, compare.compare),
    "cost": (READ, cost.cost),
    "explain": (READ, explain.explain),
    "history": (READ, history.history),
    "watch": (READ, watch.watch),
    "front": (READ, charts.front),
    "sql": (READ, sql.sql),
    "mcp": (READ, mcp.mcp),
    "report": (DATA, report.report),
    "gaps": (DATA, gaps.gaps),
    "coverage": (DATA, charts.coverage),
    "sources": (DATA, sources.sources),
    "changes": (DATA, gaps.changes),
    "refresh": (OPERATE, refresh.refresh),
    "schedule": (OPERATE, operate.schedule),
    "status": (OPERATE, operate.status),
    "backfill": (OPERATE, backfill.backfill),
    "new-source": (OPERATE, new_source.new_source),
}
GROUPS: dict[str, tuple[str, str, dict[str, Command]]] = {
    "review": (
        DATA,
        "Decide held values, disagreements and names without a model; alone: list what is open.",
        {
            "list": review.review_list,
            "decide": review.review_decide,
            "set": set_fact.set_fact,
            "correct": correct.correct,
            "override": review.review_override,
            "aliases": aliases.review_aliases,
        },
    ),
    "release": (OPERATE, "List, compare, verify, roll back and prune releases.", release.COMMANDS),
    "export": (READ, "Write a data package, pairs for publishers, a static site or a site map.", export.COMMANDS),
    "archive": (
        OPERATE,
        "Inspect archived responses: of the warehouse, or any WARC file.",
        {"ls": archive.archive_ls, "verify": archive.archive_verify, "parse": archive.archive_parse},
    ),
}
FORMER_NAMES = {
    "inbox": "review list",
    "decide": "review decide",
    "correct": "review correct",
    "publish": "review override",
    "diff": "release diff",
    "releases": "release list",
    "rollback": "release rollback",
    "prune": "release prune",
    "site": "export site",
    "sitemap": "export sitemap",
    "export release": "export package",
    "rebuild": "backfill",
    "serve": "schedule",
}
"""Names of version 0.1; they work until 0.3 and print a line on standard error."""


class PipeSafeGroup(TyperGroup):
    """A group of commands for which a closed pipe (`llmpairs sql ... | head`) is no error, a missing extra one line."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; exit 0 when the reader of standard output is gone, 1 where an extra is missing."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except ModuleNotFoundError as error:
            extra = find_extra(error.name)
            if extra is None:
                raise
            raise exit_with(
                FAILED, f"this command needs the extra `{extra}` ({error.name} is not installed): {name_install(extra)}"
            ) from None
        except BrokenPipeError:
            sys.stdout = None  # nothing is flushed into the closed pipe at exit
            raise typer.Exit(DONE) from None
        return result


def build_app() -> typer.Typer:
    """The application with every command, and the former names hidden."""
    application = typer.Typer(
        name="llmpairs",
        cls=PipeSafeGroup,
        no_args_is_help=True,
        context_settings=HELP_NAMES,
        pretty_exceptions_enable=False,
        help="LLM models, offers and prices as Parquet, with one comparison record for every pair of models.",
    )
    application.callback()(root)
    commands: dict[str, Command] = {}
    for name, (panel, command) in TOP_LEVEL.items():
        application.command(name, rich_help_panel=panel)(command)
        commands[name] = command
    for name, (panel, text, members) in GROUPS.items():
        group = typer.Typer(help=text, context_settings=HELP_NAMES, no_args_is_help=name != "review")
        if name == "review":
            group.callback(invoke_without_command=True)(list_when_alone)
        for member, command in members.items():
            group.command(member)(command)
            commands[f"{name} {member}"] = command
        if name == "export":
            group.command("release", hidden=True)(
                announce_new_name("export release", "export package", commands["export package"])
            )
        application.add_typer(group, name=name, rich_help_panel=panel)
    for former, present in FORMER_NAMES.items():
        if " " not in former:
            application.command(former, hidden=True)(announce_new_name(former, present, commands[present]))
    return application


def print_version(show: bool) -> None:
    """Print the version and exit."""
    if show:
        print(f"llmpairs {version('llmpairs')}")
        raise typer.Exit(DONE)


def root(
    _version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=print_version, is_eager=True)
    ] = False,
) -> None:
    """LLM models, offers and prices as Parquet, with one comparison record for every pair of models."""


def list_when_alone(
    context: typer.Context,
    reason: Annotated[str | None, typer.Option(hidden=True)] = None,
    name: Annotated[str | None, typer.Option(hidden=True)] = None,
    limit: Annotated[int, typer.Option(help="Cases to show.", min=1)] = 20,
    format_: Format = "text",
    warehouse: Warehouse = None,
) -> None:
    """Decide held values, disagreements and names without a model; alone: list what is open."""
    if context.invoked_subcommand is not None:
        return
    if reason or name:  # options of the former `review`
        aliases_command = announce_new_name("review", "review aliases", aliases.review_aliases)
        aliases_command(reason=reason, name=name, limit=limit, format_=format_, warehouse=warehouse)
        return
    review.review_list(limit=limit, format_=format_, warehouse=warehouse)


def announce_new_name(former: str, present: str, command: Command) -> Command:
    """The command under a former name: prints the present name first."""

    @functools.wraps(command)
    def renamed(*arguments: Any, **options: Any) -> None:
        print(f"deprecated: `llmpairs {former}` is now `llmpairs {present}`", file=sys.stderr)
        command(*arguments, **options)

    return renamed


app = build_app()


def main() -> None:
    """Run the command line."""
    atexit.register(silence_teardown)
    set_up_logging()
    app(prog_name="llmpairs")
