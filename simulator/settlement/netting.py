"""Nets one business date: positions as the network reports them, and the settlement bank's statement of them. Pure.

Where the network counts too much or the bank books too little, on purpose, it is noted with both figures.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from clearing.ipm.messages import IpmMessage
from clearing.ipm.recognition import FileForm
from simulator.settlement.bank_statement import AccountDay, Entry, bank_statement, settlement_entry
from simulator.settlement.clearing_file import CLEARING, POSITIONS, assembled, file_id, written
from simulator.settlement.disagreements import Disagreement
from simulator.settlement.manifest import Noted
from simulator.settlement.played import Money, PlayedTransaction
from simulator.settlement.positions import Movement, by_currency, movements, position_messages, single_movement, totals
from simulator.settlement.presenting import Sitting

# What every settlement account has on its first day.
OPENING_MINOR = 50_000_000
# What a wrong total is wrong by.
OFF_BY_MINOR = 1_000


@dataclass(frozen=True, slots=True)
class Day:
    """What is netted: a clearing file's messages and the payments settled without one, `wrong` in what is named."""

    sitting: Sitting
    clearing: Sequence[IpmMessage]
    singles: Sequence[PlayedTransaction]
    wrong: Sequence[Disagreement]


@dataclass(frozen=True, slots=True)
class Netted:
    """Files by name, and by currency the closing balance on which the next day opens."""

    files: Mapping[str, bytes]
    noted: Sequence[Noted]
    closing: Mapping[str, int]


def net(day: Day, opening: Mapping[str, int], sequence: int, *, form: FileForm, is_test: bool) -> Netted:
    """Positions, then the statement of what the bank booked for them."""
    sitting = day.sitting
    positions, statement = f"positions-{sitting.in_names}.ipm", f"statement-{sitting.in_names}.camt053.xml"
    found, wrong_position = _counted(day, positions)
    lines = totals(found)
    reported = position_messages(lines, file_id(CLEARING, sitting, sitting.cycle), sitting)
    in_file = assembled(file_id(POSITIONS, sitting, sitting.cycle), reported, is_test=is_test)
    entries = {
        currency: settlement_entry(currency, total.amount, total.fee, sitting) for currency, total in by_currency(lines).items()
    }
    booked, wrong_entry = _booked(day, entries, statement)
    accounts = [
        AccountDay(currency, opening.get(currency, OPENING_MINOR), [entry] if entry.minor else [])
        for currency, entry in booked.items()
    ]
    return Netted(
        {positions: written(in_file, form), statement: bank_statement(accounts, sitting, sequence)},
        [*wrong_position, *wrong_entry],
        {account.currency: account.closing_minor for account in accounts},
    )


def _counted(day: Day, name: str) -> tuple[list[Movement], list[Noted]]:
    """All movements; one more, where wanted, that nobody presented."""
    found = [*movements(day.clearing), *map(single_movement, day.singles)]
    like = next((movement.line for movement in found if movement.settled < 0), None)
    if Disagreement.POSITION_DIFFERS not in day.wrong or like is None:
        return found, []
    more = [*found, Movement(like, -OFF_BY_MINOR, -OFF_BY_MINOR)]
    expected, stated = (by_currency(totals(counted))[like.currency].net for counted in (found, more))
    return more, [_noted(Disagreement.POSITION_DIFFERS, name, like.currency, expected, stated)]


def _booked(day: Day, entries: Mapping[str, Entry], name: str) -> tuple[dict[str, Entry], list[Noted]]:
    """Entries by currency; one, where wanted, from which the bank took a charge without a word: its details no longer add up."""
    if Disagreement.BANK_DIFFERS not in day.wrong or not entries:
        return dict(entries), []
    currency = max(entries)
    true = entries[currency]
    short = replace(true, minor=true.minor - OFF_BY_MINOR)
    return {**entries, currency: short}, [_noted(Disagreement.BANK_DIFFERS, name, currency, true.minor, short.minor)]


def _noted(kind: Disagreement, file: str, currency: str, expected: int, stated: int) -> Noted:
    return Noted(kind, file, expected=Money(expected, currency), stated=Money(stated, currency))
