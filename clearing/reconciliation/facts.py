"""What a run looks at, as values: everything that its findings depend on, and nothing else. Amounts are minor units."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from clearing.settlement.bank_statements import BankEntry
from clearing.settlement.positions import Key, Position, Totals


@dataclass(frozen=True, slots=True)
class Input:
    """One thing that was read, with its hash."""

    kind: str
    name: str
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Item:
    """A clearing record that matching had something against, or that is not booked. `amount` is what is at stake."""

    file_id: str
    position: int
    kind: str
    is_debit: bool
    amount: int | None
    asset: str | None
    account_id: int | None
    reason: str
    """DE 25."""
    said: str
    function_code: str = ""
    business_date: date | None = None
    """The clock's start; None where the record does not say it: it is of the date of its file."""

    @property
    def subject(self) -> str:
        return f"clearing {self.file_id}/{self.position}"


@dataclass(frozen=True, slots=True)
class Booked:
    """A record whose journal does not say what its match says. Signed, positive where the network is owed less."""

    file_id: str
    position: int
    asset: str
    matched: int
    journal: int


@dataclass(frozen=True, slots=True)
class Settled:
    """A record that is settled by another amount than is booked, in the same asset. Signed as for the network's claim.

    `is_booked`: as a rounding, with its record; else the books did not take the difference.
    """

    file_id: str
    position: int
    asset: str
    booked: int
    settled: int
    is_booked: bool = False


@dataclass(frozen=True, slots=True)
class Unpresented:
    """An authorization whose time is over without a presentment."""

    authorization_id: int
    asset: str
    left: int
    expired_on: date


@dataclass(frozen=True, slots=True)
class Waiting:
    """Authorizations of an asset that are still in their time."""

    asset: str
    count: int
    left: int


@dataclass(frozen=True, slots=True)
class Later:
    """Records booked by the date that the network settles on a later one; `net` is positive where we get it."""

    service: str
    asset: str
    settles_on: date
    count: int
    net: int


@dataclass(frozen=True, slots=True)
class Gap:
    """A statement that opens with something else than the one before it closed with."""

    reference: str
    asset: str
    closed_before: int
    opening: int


@dataclass(frozen=True, slots=True)
class Movement:
    """What a clearing account moved by under one value date, debit positive."""

    role: str
    asset: str
    on: date
    amount: int


@dataclass(frozen=True, slots=True)
class OpenItem:
    """What differs, or is late, in the totals of an earlier date, which explains a part of what a clearing account has."""

    kind: str
    subject: str
    asset: str
    amount: int


@dataclass(frozen=True, slots=True)
class Facts:
    """Of one business date, in one snapshot."""

    day: date
    inputs: tuple[Input, ...]
    records: int
    """How many clearing records are of it."""
    items: tuple[Item, ...]
    differing_journals: tuple[Booked, ...]
    settled_otherwise: tuple[Settled, ...]
    unpresented: tuple[Unpresented, ...]
    waiting: tuple[Waiting, ...]
    expected: Mapping[Key, Totals]
    later: tuple[Later, ...]
    positions: tuple[Position, ...]
    due: tuple[Position, ...]
    """Of earlier dates, to be paid on this one, and no entry of a bank names them."""
    bad_positions: tuple[tuple[str, int, str], ...]
    """File, number, why."""
    latest_position: tuple[date, int] | None
    """With its cycle."""
    entries: tuple[tuple[str, BankEntry], ...]
    """With their asset: those that name this date."""
    unknown_entries: tuple[tuple[str, str, BankEntry], ...]
    """Where it stands, asset, entry: booked on this date and naming none."""
    closed: Mapping[str, date]
    gaps: tuple[Gap, ...]
    balances: Mapping[tuple[str, str], int]
    """By role and asset, of everything with a value date up to this one; debit positive. What a bank paid counts for the date
    that it settles."""
    open_items: tuple[OpenItem, ...]
    resolved: frozenset[tuple[str, str]]
    """Kind and subject of items that are worked off: what they were about is booked, or nets to nothing."""
