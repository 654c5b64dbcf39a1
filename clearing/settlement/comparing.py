"""Holds what the network and the bank state against what we expect, exactly: counts and amounts, nothing is adjusted. Pure.

Our own records know the business date and not the cycle, so they are compared with the positions of the whole date; the
bank pays cycle by cycle and is compared so. Each difference is named once, at the place that explains it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from clearing.settlement.bank_statements import BankEntry
from clearing.settlement.positions import Key, Position, Totals
from ledger.money import ASSETS


class Difference(StrEnum):
    """How two sides of a settlement may differ."""

    POSITION_DIFFERS = "position_differs"
    """The network counts or sums otherwise than our records do."""
    POSITION_MISSING = "position_missing"
    """We have records that the network states no position for."""
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
    is_awaited: bool = False
    """Nothing so late has come yet: time may settle it."""

    @property
    def amount(self) -> int:
        """By how much what is stated exceeds what is expected."""
        return (self.stated or 0) - (self.expected or 0)


def compare_positions(
    expected: Mapping[Key, Totals], stated: Sequence[Position], *, latest: date | None, day: date
) -> list[Unequal]:
    """`expected` by service, asset and function, over the whole date (cycle 0, no processing code); `stated` of that date.

    `latest`: the last business date that any position is of. Positions that have not come that far are awaited.
    """
    ours: dict[Key, Totals] = defaultdict(Totals)
    for key, totals in expected.items():
        ours[_coarse(key)] += totals
    details, nets = _summed(p for p in stated if not p.is_settlement), _summed(p for p in stated if p.is_settlement)
    found: list[Unequal] = []
    for service in sorted({_service(key) for key in (*ours, *details, *nets)}):
        mine, theirs = _of(ours, service), _of(details, service)
        net = nets.get(service)
        if not theirs and net is None:
            found.append(_missing(service, _total(mine), is_awaited=latest is None or latest < day))
            continue
        if theirs and net is not None and _total(theirs) != net:
            found.append(_unequal(Difference.POSITIONS_DISAGREE, service, _total(theirs), net))
        if not theirs and net is not None:
            mine, theirs = {service: _total(mine)}, {service: net}
        found += [
            _unequal(Difference.POSITION_DIFFERS, key, mine.get(key, Totals()), theirs.get(key, Totals()))
            for key in sorted({*mine, *theirs})
            if mine.get(key, Totals()) != theirs.get(key, Totals())
        ]
    return found


def compare_bank(
    positions: Sequence[Position], entries: Sequence[tuple[str, BankEntry]], closed: Mapping[str, date], *, day: date
) -> list[Unequal]:
    """Settlement positions of one date against the entries that name that date, by service and cycle.

    `entries` with their asset; `closed`: the last day that a statement in an asset closed.
    """
    nets = _by_cycle(positions)
    booked: dict[Key, list[BankEntry]] = defaultdict(list)
    for asset, entry in entries:
        if (settlement := entry.settlement) is not None:
            booked[Key(settlement.service, asset, settlement.business_date, settlement.cycle)].append(entry)
    found = [one for key in sorted({*nets, *booked}) if (one := _bank(key, nets.get(key), booked.get(key, []), closed, day))]
    named = {one.subject for one in found}
    unexplained = [
        _details(key, entry)
        for key, group in sorted(booked.items())
        if _subject(key) not in named
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


def _bank(key: Key, net: int | None, entries: list[BankEntry], closed: Mapping[str, date], day: date) -> Unequal | None:
    stated = sum(entry.minor for entry in entries) if entries else None
    subject = _subject(key)
    if net is None:
        return Unequal(Difference.BANK_UNEXPECTED, subject, key.asset, None, stated, "the network states no such position")
    if stated is None:
        if net == 0:
            return None
        is_awaited = key.asset not in closed or closed[key.asset] < day
        said = "no statement of that day has come yet" if is_awaited else "the bank's statement does not have it"
        return Unequal(Difference.BANK_MISSING, subject, key.asset, net, None, said, is_awaited)
    if stated == net:
        return None
    parts = [entry.details for entry in entries]
    explains = all(part is not None for part in parts) and sum(part or 0 for part in parts) == net
    said = (
        "the entry's own parts make the position: something was taken from it" if explains else "another amount than the position"
    )
    return Unequal(Difference.BANK_DIFFERS, subject, key.asset, net, stated, said)


def _details(key: Key, entry: BankEntry) -> Unequal:
    said = "the parts of the entry do not add up to it"
    return Unequal(Difference.BANK_DETAILS, _subject(key), key.asset, entry.details, entry.minor, said)


def _missing(service: Key, totals: Totals, *, is_awaited: bool) -> Unequal:
    said = "no position of that day has come yet" if is_awaited else "the network states no position"
    return Unequal(Difference.POSITION_MISSING, _subject(service), service.asset, totals.net, None, said, is_awaited)


def _unequal(kind: Difference, key: Key, expected: Totals, stated: Totals) -> Unequal:
    money = ASSETS[key.asset].format if key.asset in ASSETS else str
    parts = (
        ("debits", money(expected.debits), money(stated.debits)), ("credits", money(expected.credits), money(stated.credits)),
        ("number of debits", expected.debit_count, stated.debit_count),
        ("number of credits", expected.credit_count, stated.credit_count), ("fees", money(expected.fee), money(stated.fee)),
    )  # fmt: skip
    said = ", ".join(f"{name} {theirs} instead of {ours}" for name, ours, theirs in parts if ours != theirs)
    return Unequal(kind, _subject(key), key.asset, expected.net, stated.net, said)


def _summed(positions: Iterable[Position]) -> dict[Key, Totals]:
    sums: dict[Key, Totals] = defaultdict(Totals)
    for position in positions:
        sums[_coarse(position.key)] += position.totals
    return sums


def _by_cycle(positions: Sequence[Position]) -> dict[Key, int]:
    nets: dict[Key, int] = defaultdict(int)
    for position in positions:
        if position.is_settlement:
            nets[position.key] += position.totals.net
    return nets


def _coarse(key: Key) -> Key:
    return replace(key, cycle=0, processing="")


def _service(key: Key) -> Key:
    return replace(key, cycle=0, function="", processing="", is_reversal=False)


def _of(sums: Mapping[Key, Totals], service: Key) -> dict[Key, Totals]:
    return {key: totals for key, totals in sums.items() if _service(key) == service}


def _total(sums: Mapping[Key, Totals]) -> Totals:
    return sum(sums.values(), Totals())


def _subject(key: Key) -> str:
    """One name for one thing over all runs."""
    cycle = f" cycle {key.cycle}" if key.cycle else ""
    function = f" function {key.function[:4]}/{key.function[4:]}{' reversals' if key.is_reversal else ''}" if key.function else ""
    return f"settlement {key.service} {key.asset} of {key.business_date}{cycle}{function}"
