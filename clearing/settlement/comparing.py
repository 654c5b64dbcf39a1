"""Holds what the bank has booked against what the network nets, service by service and cycle by cycle, exactly. Pure.

What may differ in a settlement at all stands here too; how our records and positions do is in `position_comparing`. Each
difference is named once, at the place that explains it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from clearing.settlement.bank_statements import BankEntry
from clearing.settlement.positions import Key, Position


class Difference(StrEnum):
    """How two sides of a settlement may differ."""

    POSITION_DIFFERS = "position_differs"
    """The network counts or sums otherwise than our records do."""
    POSITION_MISSING = "position_missing"
    """We have records that the network states no position for."""
    POSITION_MOVED = "position_moved"
    """The network counts records in another cycle than they name; together the cycles agree."""
    POSITIONS_DISAGREE = "positions_disagree"
    """The settlement position (688) is not the sum of its details (685)."""
    BANK_DIFFERS = "bank_differs"
    """The bank has booked another amount than the network's position."""
    BANK_MISSING = "bank_entry_missing"
    """A position that the bank has not booked."""
    BANK_UNEXPECTED = "bank_entry_unexpected"
    """The bank has booked a settlement that the network states no position for."""
    BANK_UNKNOWN = "bank_entry_unknown"
    """A movement on the settlement account that names no settlement."""
    BANK_DETAILS = "bank_details_differ"
    """The parts of an entry do not add up to it."""
    STATEMENT_GAP = "statement_gap"
    """A statement does not open with what the one before it closed with."""


BY_BANK = frozenset({Difference.BANK_DIFFERS.value, Difference.BANK_MISSING.value, Difference.BANK_UNEXPECTED.value})
"""What the bank pays otherwise than the network states, for a business date and cycle."""


@dataclass(frozen=True, slots=True)
class Unequal:
    """One difference. `expected` and `stated` are net, positive where we get it; None: that side is not there."""

    kind: Difference
    subject: str
    asset: str
    expected: int | None
    stated: int | None
    said: str
    is_timing: bool = False
    """Nothing so late has come yet, or it has come at another time: nobody need look at it."""

    @property
    def amount(self) -> int:
        """By how much what is stated exceeds what is expected."""
        return (self.stated or 0) - (self.expected or 0)


def compare_bank(
    positions: Sequence[Position], entries: Sequence[tuple[str, BankEntry]], closed: Mapping[str, date]
) -> list[Unequal]:
    """Settlement positions against the entries that name their date, by service and cycle.

    `entries` with their asset; `closed`: the last day that a statement in an asset closed.
    """
    nets = _by_cycle(positions)
    booked: dict[Key, list[BankEntry]] = defaultdict(list)
    for asset, entry in entries:
        if (settlement := entry.settlement) is not None:
            booked[Key(settlement.service, asset, settlement.business_date, settlement.cycle)].append(entry)
    found = [
        one for key in sorted({*nets, *booked}) if (one := _bank(key, nets.get(key), booked.get(key, []), closed.get(key.asset)))
    ]
    named = {one.subject for one in found}
    unexplained = [
        _details(key, entry)
        for key, group in sorted(booked.items())
        if subject_of(key) not in named
        for entry in group
        if not entry.is_explained
    ]  # fmt: skip
    return found + unexplained


def unknown_entries(entries: Iterable[tuple[str, str, BankEntry]]) -> list[Unequal]:
    """`entries` as (where it stands, asset, entry): those that name no settlement."""
    return [
        Unequal(Difference.BANK_UNKNOWN, where, asset, None, entry.minor, "no settlement service is named; booked to suspense")
        for where, asset, entry in entries
        if entry.settlement is None
    ]


def _bank(key: Key, owed: tuple[int, date] | None, entries: list[BankEntry], closed: date | None) -> Unequal | None:
    stated = sum(entry.minor for entry in entries) if entries else None
    subject = subject_of(key)
    if owed is None:
        return Unequal(Difference.BANK_UNEXPECTED, subject, key.asset, None, stated, "the network states no such position")
    net, due = owed
    if stated is None:
        return _unpaid(key, net, due, closed) if net else None
    if stated == net:
        return None
    parts = [entry.details for entry in entries]
    explains = all(part is not None for part in parts) and sum(part or 0 for part in parts) == net
    said = (
        "the entry's own parts make the position: something was taken from it" if explains else "another amount than the position"
    )
    return Unequal(Difference.BANK_DIFFERS, subject, key.asset, net, stated, said)


def _unpaid(key: Key, net: int, due: date, closed: date | None) -> Unequal:
    is_awaited = closed is None or closed < due
    if due > key.business_date:
        said = (
            f"not due yet: it is paid on {due}" if is_awaited else f"was due on {due}, and the bank's statement does not have it"
        )
    else:
        said = "no statement of that day has come yet" if is_awaited else "the bank's statement does not have it"
    return Unequal(Difference.BANK_MISSING, subject_of(key), key.asset, net, None, said, is_awaited)


def _details(key: Key, entry: BankEntry) -> Unequal:
    said = "the parts of the entry do not add up to it"
    return Unequal(Difference.BANK_DETAILS, subject_of(key), key.asset, entry.details, entry.minor, said)


def _by_cycle(positions: Sequence[Position]) -> dict[Key, tuple[int, date]]:
    """What is netted, and when it is paid: on the business date where the network does not say."""
    nets: dict[Key, tuple[int, date]] = {}
    for position in positions:
        if position.is_settlement:
            net, due = nets.get(position.key, (0, position.key.business_date))
            nets[position.key] = net + position.totals.net, max(due, position.pays_on or due)
    return nets


def subject_of(key: Key) -> str:
    """One name for one thing over all runs."""
    cycle = f" cycle {key.cycle}" if key.cycle else ""
    function = f" function {key.function[:4]}/{key.function[4:]}{' reversals' if key.is_reversal else ''}" if key.function else ""
    return f"settlement {key.service} {key.asset} of {key.business_date}{cycle}{function}"
