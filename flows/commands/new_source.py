"""The command `new-source`: files of a new source, ready to be filled in."""

from typing import Annotated, Literal

import typer

from llmpairs.flows.commands.output import USAGE, exit_with


def new_source(
    name: Annotated[str, typer.Argument(help="Id of the source: lower-case letters, digits and _.")],
    url: Annotated[str | None, typer.Option(help="Address of its page.")] = None,
    kind: Annotated[Literal["provider", "catalogue", "benchmark"], typer.Option(help="Kind of source.")] = "provider",
    shape: Annotated[Literal["markdown", "html", "json"] | None, typer.Option(help="Default: by the address.")] = None,
    title: Annotated[str | None, typer.Option(help="Name for people; default: from the id.")] = None,
    expect: Annotated[
        bool, typer.Option("--expect", help="Only rewrite expected.json with what the parser reads from the sample.")
    ] = False,
) -> None:
    """Create a new source: spider, registry entry, sample, expected items and a failing test; print the next steps.

    Example: llmpairs new-source acme --kind provider --url https://docs.acme.example/pricing.md
    """
    from llmpairs.spiders.devtools.scaffold import (
        NewSource,
        ScaffoldError,
        checkout_root,
        create_source,
        describe_next_steps,
        write_expected,
    )
    from llmpairs.spiders.registry import SOURCES

    if expect:
        if name not in SOURCES:
            raise exit_with(USAGE, f"NAME: {name!r} is unknown; `llmpairs sources` lists the sources")
        print(f"{write_expected(checkout_root(), name)}: read it against the page")
        return
    if url is None:
        raise exit_with(USAGE, "--url is required: the address of the source's page")
    new = NewSource(name=name, kind=kind, url=url, shape=shape, title=title)
    try:
        written = create_source(checkout_root(), new)
    except ScaffoldError as error:
        raise exit_with(USAGE, str(error)) from None
    for path in written:
        print(f"wrote {path.relative_to(checkout_root())}")
    print(describe_next_steps(new))
