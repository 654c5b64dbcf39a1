"""What a matched record books: the commands for the journal, with keys from the file's content and the record's place. Pure.

The same record of the same file always gives the same command, so a posting that was cut off is told "already recorded".
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from hashlib import sha256

from clearing.matches import Concern, Match
from clearing.records import ClearingRecord, RecordKind
from ledger.commands import Book, Booking, Capture, Disputed, Entry, Expire, Refund, RepeatKey, ReverseCapture
from ledger.money import ASSETS
from ledger.recipes import RECIPES
from ledger.recipes.conversions import Leg, convert
from ledger.recipes.entry import book_of
from ledger.relations import presented_names

ACTOR = "clearing"
PRESENTMENTS = frozenset({"capture", "refund"})
"""Kinds of journals that a reversal may take back as such; what else a presentment booked is booked the other way round."""
ROUNDING_MINOR = 1
"""What one record may be settled off by without anybody asking why."""


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What keys and dates are made from: they never change, however often posting begins again."""

    file_id: str
    sha256: bytes
    received_at: datetime

    def key(self, position: int, what: str) -> RepeatKey:
        text = f"clearing|{self.sha256.hex()}|{position}|{what}"
        return RepeatKey(sha256(text.encode()).digest()[:16], self.received_at.astimezone(UTC).date())

    def value_date(self, record: ClearingRecord) -> date:
        """The business date that the network gave, unless it lies ahead of the day on which the file came."""
        received = self.received_at.astimezone(UTC).date()
        return min(record.business_date or received, received)


@dataclass(frozen=True, slots=True)
class Journal:
    """A journal of before that a reversal takes back."""

    journal_id: int
    booking_date: date
    kind: str


def main_command(
    record: ClearingRecord, match: Match, file: FileFacts, original: Journal | None = None, *, attempt: int = 0
) -> Booking | None:
    """What books the record's own amount; None for nothing. `original`: of a reversal, what it takes back.

    `attempt` is the sequence of the match: what one match could not book, the next one books under another key.
    """
    if match.amount == 0:
        return None
    key = file.key(record.number, f"main {attempt}" if attempt else "main")
    at, day = record.at or file.received_at, file.value_date(record)
    if original is not None and original.kind in PRESENTMENTS and match.concern is not Concern.CREDITED_BEFORE:
        content = _content("reverse", original.journal_id)
        names = _names(record) if match.chain_id is None and not record.is_debit else ()
        return ReverseCapture(key, content, original.journal_id, original.booking_date, at, day, ACTOR, names=names)
    is_presented = record.kind is RecordKind.PRESENTMENT and not record.is_reversal
    if not is_presented or match.account_id is None:
        return book_of(_entry(record, match), key=key, actor=ACTOR, at=at, value_date=day, disputes=_disputed(record, match))
    chain, account = match.chain_id, match.account_id
    content = _content("present", account, match.asset, match.amount, chain, record.is_last, record.is_debit)
    if record.is_debit:
        names = _names(record) if chain is None else ()
        return Capture(key, content, account, match.asset, match.amount, at, day, chain, record.is_last, ACTOR, names=names)
    return Refund(key, content, account, match.asset, match.amount, at, day, chain, ACTOR)


def _names(record: ClearingRecord) -> tuple[str, ...]:
    """By which a payment that was presented without it is known."""
    references = record.references
    return presented_names(references.trace_id, references.rrn, references.approval_code)


def _entry(record: ClearingRecord, match: Match) -> Entry:
    """What no account of a cardholder is part of. `is_debit` has a reversal's direction already."""
    recipes = {
        RecordKind.FEE_COLLECTION: ("earn_network_fee", "pay_network_fee"),
        RecordKind.CHARGEBACK: ("clear_chargeback", None),
        RecordKind.SECOND_PRESENTMENT: (None, "present_again"),
        RecordKind.PRESENTMENT: ("unmatched_credit", "unmatched"),
    }
    name = recipes[record.kind][record.is_debit]
    if name is not None:
        return RECIPES[name](match.asset, match.amount)
    other = next(name for name in recipes[record.kind] if name)
    entry = RECIPES[other](match.asset, match.amount)
    turned = tuple(line._replace(amount=-line.amount) for line in entry.lines)
    return Entry(entry.kind, "taken_back", turned)


def _disputed(record: ClearingRecord, match: Match) -> Disputed | None:
    if record.dispute is None or match.chain_id is None or match.disputed_account_id is None:
        return None
    return Disputed(match.disputed_account_id, match.chain_id, match.amount, record.is_reversal)


def conversion(record: ClearingRecord, match: Match, file: FileFacts) -> Book | None:
    """Where the network settles in another asset than we booked: what we owe it moves from one to the other.

    Where no reconciliation amount (DE 5) is said, it settles what it bills.
    """
    settled = record.settled or record.amount
    if settled.asset == match.asset or settled.asset not in ASSETS or not settled.minor or not match.amount:
        return None
    booked, netted = Leg("network_settlement", match.asset, match.amount), Leg("network_settlement", settled.asset, settled.minor)
    entry = convert(booked, netted) if record.is_debit else convert(netted, booked)
    key = file.key(record.number, "conversion")
    return book_of(entry, key=key, actor=ACTOR, at=record.at or file.received_at, value_date=file.value_date(record))


def difference(record: ClearingRecord, match: Match, file: FileFacts, *, margin_percent: int) -> Book | None:
    """Where the network settles another amount of the asset than we booked: it is credited what it settles, to the minor unit.

    What was paid abroad leaves a margin of up to `margin_percent`; a minor unit is a rounding; all else is in question.
    """
    settled = record.settled
    if settled is None or settled.asset != match.asset or settled.asset not in ASSETS or settled.minor == match.amount:
        return None
    more = (settled.minor - match.amount) * (1 if record.is_debit else -1)
    recipe = RECIPES[_DIFFERENCES[_place_of(record, match, abs(more), margin_percent)][more > 0]]
    key = file.key(record.number, "difference")
    at, day = record.at or file.received_at, file.value_date(record)
    return book_of(recipe(match.asset, abs(more)), key=key, actor=ACTOR, at=at, value_date=day)


def is_in_question(command: Book) -> bool:
    """Whether somebody has to look at this difference."""
    return command.kind == "difference"


_DIFFERENCES = {
    "rounding": ("round_down", "round_up"),
    "margin": ("earn_margin", "bear_margin"),
    "question": ("question_less", "question_more"),
}
"""Recipes for what is settled less, and more, than is booked."""


def _place_of(record: ClearingRecord, match: Match, amount: int, margin_percent: int) -> str:
    if amount <= ROUNDING_MINOR:
        return "rounding"
    return "margin" if record.is_foreign_to(match.asset) and amount * 100 <= match.amount * margin_percent else "question"


def release(record: ClearingRecord, match: Match, account_id: int, file: FileFacts) -> Expire | None:
    """Ends the hold of a payment whose last presentment takes nothing of it: booked to suspense, or of nothing.

    `account_id`: whose hold it is.
    """
    if not ends_hold_beside(record, match):
        return None
    assert match.chain_id is not None
    content = _content("release", account_id, match.chain_id)
    return Expire(
        file.key(record.number, "release"), content, account_id, match.chain_id, file.received_at, ACTOR, is_presented=True
    )  # fmt: skip


def ends_hold_beside(record: ClearingRecord, match: Match) -> bool:
    """Whether a hold ends with this record that its own booking does not end."""
    is_last_debit = record.is_last and record.is_debit and not record.is_reversal
    return is_last_debit and match.chain_id is not None and (match.account_id is None or match.amount == 0)


def interchange(records: Sequence[ClearingRecord], first: int, file: FileFacts) -> list[Book]:
    """The fees of a chunk's records, one journal per asset, side and business date: single ones would double the journals."""
    sums: dict[tuple[date, str, bool], int] = defaultdict(int)
    for record in records:
        for fee in record.fees:
            if fee.amount.minor:
                sums[file.value_date(record), fee.amount.asset, fee.is_earned] += fee.amount.minor
    books = []
    for (day, asset, is_earned), minor in sorted(sums.items()):
        entry = RECIPES["earn_interchange" if is_earned else "pay_interchange"](asset, minor)
        key = file.key(first, f"interchange {day} {asset} {is_earned}")
        at = datetime.combine(day, time(12), UTC)
        books.append(book_of(entry, key=key, actor=ACTOR, at=at, value_date=day))
    return books


def net_fee(record: ClearingRecord) -> tuple[int, str | None]:
    """A record's fees together, positive where we get them. All occurrences are in the reconciliation currency."""
    asset = record.fees[0].amount.asset if record.fees else None
    return sum(fee.amount.minor if fee.is_earned else -fee.amount.minor for fee in record.fees), asset


def _content(*parts: object) -> bytes:
    return sha256(repr(parts).encode()).digest()[:16]
