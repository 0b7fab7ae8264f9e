"""The command line: every command by name."""

import typer

from llmpairs.flows.commands import (
    archive,
    correct,
    decide,
    demo,
    explain,
    export,
    history,
    pages,
    review,
    sources,
)
from llmpairs.flows.commands import (
    backfill as rebuild,
)
from llmpairs.flows.commands import (
    new_source as source,
)
from llmpairs.flows.commands import (
    operate as watch,
)
from llmpairs.flows.commands import (
    query as look,
)
from llmpairs.flows.commands import (
    refresh as night,
)
from llmpairs.flows.commands import (
    releases as keep,
)
from llmpairs.flows.commands import (
    report as morning,
)
from llmpairs.logs import set_up_logging

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Public LLM model cards and prices as Parquet, with one comparison record for every pair of models.",
)
for command in (
    demo.demo,
    night.refresh,
    pages.compare,
    explain.explain,
    history.history,
    morning.report,
    look.gaps,
    sources.sources,
    look.changes,
    morning.diff,
    look.sql,
    decide.inbox,
    decide.decide,
    morning.publish,
    correct.correct,
    review.review,
    pages.site,
    export.sitemap,
    keep.releases,
    keep.rollback,
    keep.prune,
    rebuild.rebuild,
    watch.status,
    watch.serve,
    source.new_source,
):
    app.command()(command)

archive_app = typer.Typer(
    no_args_is_help=True, help="Archived responses of the warehouse, or of any WARC file."
)
archive_app.command("ls")(archive.archive_ls)
archive_app.command("verify")(archive.archive_verify)
app.add_typer(archive_app, name="archive")

export_app = typer.Typer(no_args_is_help=True, help="Hand a release on: as a data package, or pair by pair.")
export_app.command("pairs")(export.export_pairs)
export_app.command("release")(export.export_release)
app.add_typer(export_app, name="export")


def main() -> None:
    """Run the command line and leave with its exit code."""
    set_up_logging()
    app()
