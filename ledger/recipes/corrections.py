"""What was booked wrongly is reversed, and booked anew where that is needed; nothing is ever changed. Pure."""

from ledger.commands import Layer, Line
from ledger.recipes.entry import Entry


def correct(lines: tuple[Line, ...], reason: str = "correction") -> Entry:
    """The booked lines of a journal with their sides exchanged. Its holds stay released: only the posted layer is mirrored.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | whoever was credited | whoever was debited | as booked |
    """
    return Entry("correction", reason, mirrored(lines), is_forced=True)


def rebook(entry: Entry) -> Entry:
    """The journal as it should have been, after `correct`. By force: the money has moved long since.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | as the other recipe says | as the other recipe says | amount |
    """
    return Entry(entry.kind, entry.reason, entry.lines, is_forced=True)


def mirrored(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    return tuple(Line(line.account, line.asset, line.layer, -line.amount) for line in lines if line.layer == Layer.POSTED)


RECIPES = (correct, rebook)
