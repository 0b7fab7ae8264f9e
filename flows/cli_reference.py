"""The reference of the command line, computed from the commands: `docs/CLI.md`.

`python -m llmpairs.flows.cli_reference` prints it, `--write` writes it, `--check` fails when the file differs.
"""

import inspect
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from typer.models import ArgumentInfo, OptionInfo

from llmpairs.flows.cli import FORMER_NAMES, GROUPS, TOP_LEVEL
from llmpairs.flows.commands.output import Command
from llmpairs.warehouse.generated_docs import run_document_command

DOCUMENT = Path("docs/CLI.md")
MODULE = "llmpairs.flows.cli_reference"
EXAMPLE = "Example: "
HEAD = f"""# Command line

Computed by `python -m {MODULE} --write`; do not edit. Every command has `--help` and `-h`. `llmpairs --version` prints
the version, `llmpairs --install-completion` installs completion for the shell.

Exit codes: 0 done, 1 failed, 2 usage or unknown name, 3 blocked by the quality gate, 4 published although a configured
source failed (`refresh --strict`), 5 something that `watch` waits for changed, 130 interrupted, 143 ended by SIGTERM. A
closed pipe is no error.

| command | purpose |
| --- | --- |"""


@dataclass(frozen=True)
class CommandParameter:
    """An option or argument of a command."""

    label: str
    """As it is typed: `--format`, or the name of an argument."""
    values: str
    """Type, or the choices."""
    default: str
    help: str


def list_commands() -> Iterator[tuple[str, Command]]:
    """Full name and function of every command, in the order of the help."""
    yield from ((f"llmpairs {name}", command) for name, (_, command) in TOP_LEVEL.items())
    for group, (_, _, members) in GROUPS.items():
        yield from ((f"llmpairs {group} {name}", command) for name, command in members.items())


def list_examples(command: Command) -> list[str]:
    """The command lines of a docstring's examples."""
    return [text.removeprefix(EXAMPLE) for text in split_help(command) if text.startswith(EXAMPLE)]


def split_help(command: Command) -> list[str]:
    """The paragraphs of a docstring, each in one line."""
    return [" ".join(text.split()) for text in inspect.cleandoc(command.__doc__ or "").split("\n\n")]


def list_parameters(command: Command) -> Iterator[CommandParameter]:
    """The visible parameters of a command, in the order of its signature."""
    hints = get_type_hints(command, include_extras=True)
    for name, parameter in inspect.signature(command).parameters.items():
        type_, info = get_args(hints[name])[:2] if get_origin(hints[name]) is Annotated else (hints[name], None)
        if not isinstance(info, OptionInfo | ArgumentInfo) or info.hidden:
            continue
        if isinstance(info, ArgumentInfo):
            label = info.metavar or name.upper()
        else:
            label = ", ".join(info.param_decls or [f"--{name.rstrip('_').replace('_', '-')}"])
        default = parameter.default
        yield CommandParameter(
            label=label,
            values=describe_type(type_),
            default="required" if default is parameter.empty else describe_default(default),
            help=info.help or "",
        )


def describe_type(type_: Any) -> str:
    """Choices of a Literal, else the name of the type; empty for a flag."""
    if get_origin(type_) in (Union, UnionType):
        (type_,) = (each for each in get_args(type_) if each is not NoneType)
    if get_origin(type_) is Literal:
        return ", ".join(f"`{choice}`" for choice in get_args(type_))
    if get_origin(type_) is list:
        return f"{describe_type(get_args(type_)[0])}, repeatable"
    return {bool: "", str: "text", int: "number", float: "number", Path: "path"}[type_]


def describe_default(default: object) -> str:
    """Default of a parameter; empty where it has none."""
    return "" if default in (None, False, "") else f"`{default}`"


def render_command(name: str, command: Command) -> Iterator[str]:
    """Section of a command: help text, examples and parameters."""
    yield f"\n## {name}\n"
    yield from (text + "\n" for text in split_help(command) if not text.startswith(EXAMPLE))
    yield from ("```console", *(f"$ {example}" for example in list_examples(command)), "```", "")
    yield from ("| parameter | values | default | meaning |", "| --- | --- | --- | --- |")
    for each in list_parameters(command):
        label = each.label.replace("|", "\\|")
        yield f"| `{label}` | {each.values} | {each.default} | {each.help} |"


def render_reference() -> str:
    """The whole document as Markdown."""
    commands = list(list_commands())
    lines = [HEAD]
    lines += [f"| [`{name}`](#{name.replace(' ', '-')}) | {split_help(each)[0]} |" for name, each in commands]
    lines += [line for name, each in commands for line in render_command(name, each)]
    lines += ["\n## Former names\n", "They still work and print the present name.\n"]
    lines += ["| former | present |", "| --- | --- |"]
    lines += [f"| `llmpairs {former}` | `llmpairs {present}` |" for former, present in FORMER_NAMES.items()]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print, write or check the document."""
    return run_document_command(MODULE, "The reference of the command line.", DOCUMENT, render_reference, arguments)


if __name__ == "__main__":
    sys.exit(main())
