"""The command that lays out a new source."""

from typing import Annotated

import typer

from llmpairs.flows.commands.console import USAGE, leave

KINDS = ("provider", "catalogue", "benchmark")
SHAPES = ("markdown", "html", "json")


def new_source(
    name: Annotated[str, typer.Argument(help="Id of the source: lower-case letters, digits and _.")],
    url: Annotated[str | None, typer.Option(help="Address of its page.")] = None,
    kind: Annotated[str, typer.Option(help="provider, catalogue or benchmark.")] = "provider",
    shape: Annotated[
        str | None, typer.Option(help="markdown, html or json; else as the address says.")
    ] = None,
    title: Annotated[str | None, typer.Option(help="Name for people; else made of the id.")] = None,
    expect: Annotated[
        bool, typer.Option("--expect", help="Only write expected.json anew, as the parser reads the sample.")
    ] = False,
) -> None:
    """Lay out a new source: spider, registry entry, sample, expected items and a failing test; say what is next.

    Example: llmpairs new-source acme --kind provider --url https://docs.acme.example/pricing.md
    """
    from llmpairs.spiders.devtools.scaffold import (
        NewSource,
        ScaffoldError,
        checkout,
        lay_out,
        tell_next_steps,
        write_expected,
    )
    from llmpairs.spiders.registry import SOURCES

    if expect:
        if name not in SOURCES:
            raise leave(USAGE, f"there is no source {name}; `llmpairs sources` lists them")
        print(f"{write_expected(checkout(), name)}: read it against the page")
        return
    if kind not in KINDS or shape not in (None, *SHAPES):
        raise leave(USAGE, f"--kind is one of {', '.join(KINDS)} and --shape one of {', '.join(SHAPES)}")
    if url is None:
        raise leave(USAGE, "--url is missing: the address of the page that the source is read from")
    new = NewSource(name=name, kind=kind, url=url, shape=shape, title=title)  # type: ignore[arg-type]
    try:
        written = lay_out(checkout(), new)
    except ScaffoldError as error:
        raise leave(USAGE, str(error)) from None
    for path in written:
        print(f"wrote {path.relative_to(checkout())}")
    print(tell_next_steps(new))
