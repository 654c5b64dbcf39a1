"""How the lines of an entry are written, which entries are forced, and how one is booked. Pure."""

from datetime import date, datetime
from hashlib import sha256

from ledger.commands import Book, Disputed, Entry, Layer, Line, RepeatKey

__all__ = ["FORCED_KINDS", "NEGATIVE", "Entry", "Party", "book_of", "is_reserved", "kind_of", "pending", "posted"]

NEGATIVE = "a recipe's amounts are not negative"
Party = int | str
"""An account by id, or a system account by its role; the writer puts in the stripe."""

FORCED_KINDS = frozenset({"capture", "refund_reversal", "dispute_lost", "correction"})
"""Kinds that always post, also below a floor. Any other journal posted by force has `forced_` before its kind, so what an
excess stands on (and a replay of it) can be read from the journals alone."""


def book_of(
    entry: Entry, *, key: RepeatKey, actor: str, at: datetime, value_date: date | None = None, disputes: Disputed | None = None
) -> Book:
    """The command that books an entry once: the same key with the same journal is a repeat, with another a conflict."""
    day = value_date or at.date()
    content = sha256(repr((entry.kind, entry.reason, entry.lines, entry.is_forced, day)).encode()).digest()[:16]
    return Book(key, content, entry.kind, entry.reason, actor, day, at, entry.lines, entry.is_forced, disputes=disputes)


def kind_of(kind: str, *, is_forced: bool) -> str:
    """The kind as it stands in the journal (see FORCED_KINDS)."""
    return kind if not is_forced or kind in FORCED_KINDS else f"forced_{kind}"


def is_reserved(kind: str) -> bool:
    """Whether a journal of this kind is taken to be forced, or to belong to an authorization."""
    return kind in FORCED_KINDS or kind in ("hold", "release") or kind.startswith("forced_")


def posted(debit: Party, credit: Party, asset: str, amount: int) -> tuple[Line, ...]:
    """One booked movement, or none when the amount is nothing. Raises ValueError for a negative amount."""
    return _pair(debit, credit, asset, Layer.POSTED, amount)


def pending(debit: Party, credit: Party, asset: str, amount: int) -> tuple[Line, ...]:
    """The same in the layer of holds."""
    return _pair(debit, credit, asset, Layer.PENDING, amount)


def _pair(debit: Party, credit: Party, asset: str, layer: Layer, amount: int) -> tuple[Line, ...]:
    if amount < 0:
        raise ValueError(NEGATIVE)
    return (Line(debit, asset, layer, amount), Line(credit, asset, layer, -amount)) if amount else ()
