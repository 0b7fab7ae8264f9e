"""The command `review set`: a reviewer records the true value of a field, with its evidence."""

import re
from typing import Annotated

import typer

from llmpairs.flows.commands.output import USAGE, DecidedBy, Warehouse, exit_with, one_line_errors
from llmpairs.flows.commands.review import current_user, open_live_release, parse_expiry, record_decisions

ADDRESS = re.compile(r"https?://[^\s/]+\S*")


def set_fact(
    subject: Annotated[str, typer.Argument(help="A model by any name, or an offer id.")],
    field: Annotated[str, typer.Argument(help="Column or capability, such as context_tokens or vision.")],
    value: Annotated[str, typer.Argument(help="The true present value; yes or no for a capability.")],
    evidence: Annotated[str, typer.Option(help="Address of the page that states it.")],
    quote: Annotated[str, typer.Option(help="The passage of that page that states it.")],
    reason: Annotated[str, typer.Option(help="Why the published value is wrong or missing, in a sentence.")],
    expires: Annotated[str | None, typer.Option(help="Last day on which it counts, YYYY-MM-DD.")] = None,
    by: DecidedBy = None,
    warehouse: Warehouse = None,
) -> None:
    """Record the true value of a field with its evidence, whether or not any source states it.

    The next run publishes it. It counts until it expires, or a source group that it was recorded against states another
    value. Prices have commands of their own: `review decide` for the present one, `review correct` for a past one.

    Example: llmpairs review set openai/gpt-oss-120b context_tokens 131072 --evidence https://example.org/card
    --quote "context length of 131,072 tokens" --reason "a catalogue lists the limit of one host"
    """
    from llmpairs.fact_drafts import draft_fact
    from llmpairs.transforms.normalise.entered_values import InvalidValueError
    from llmpairs.warehouse.query import connect

    if not ADDRESS.fullmatch(evidence.strip()):
        raise exit_with(USAGE, f"--evidence: {evidence!r} is no address; write https://... of the page that states it")
    if not reason.strip() or not quote.strip():
        raise exit_with(USAGE, "a fact needs --reason, and --quote: the passage that states the value")
    with one_line_errors():
        store, run_id, as_of = open_live_release(warehouse)
        expires_on, decided_by = parse_expiry(expires, as_of), by or current_user()
        with connect(store.name, run_id) as con:
            try:
                draft = draft_fact(con, subject, field, value, quote.strip())
            except (LookupError, InvalidValueError) as error:
                raise exit_with(USAGE, str(error)) from None
        common = {"reason": reason.strip(), "evidence": evidence.strip(), "decided_by": decided_by}
        record_decisions(store, [draft], as_of, expires_on, common)
    until = f" and counts up to {expires_on}" if expires_on else ""
    print(f"takes effect with the next run after {as_of:%Y-%m-%d %H:%M} UTC{until}; replays up to it ignore it")
