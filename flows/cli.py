"""The command line: every command by name."""

import logging

import typer

from flows.commands import archive, correct, history, keep, look, night, rebuild, source

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
    keep.rollback, keep.prune, night.status, source.new_source,
    history.history, correct.correct, rebuild.rebuild,
):  # fmt: skip
    app.command()(command)
archive_app.command("ls")(archive.archive_ls)
archive_app.command("verify")(archive.archive_verify)


def main() -> None:
    """Run the command line and leave with its exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    app()
