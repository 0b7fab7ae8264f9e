"""The command line: every command by name."""

import typer

from flows.commands import archive, keep, look, night, source, watch
from flows.logs import set_up_logging

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Public LLM model cards and prices as Parquet, with one comparison record for every pair of models.",
)
archive_app = typer.Typer(
    no_args_is_help=True, help="Archived responses of the warehouse, or of any WARC file."
)
app.add_typer(archive_app, name="archive")
for command in (
    night.demo, night.refresh, look.compare, look.gaps, look.sources, look.changes, look.sql, keep.releases,
    keep.rollback, keep.prune, watch.status, watch.serve, source.new_source,
):  # fmt: skip
    app.command()(command)
archive_app.command("ls")(archive.archive_ls)
archive_app.command("verify")(archive.archive_verify)


def main() -> None:
    """Run the command line and leave with its exit code."""
    set_up_logging()
    app()
