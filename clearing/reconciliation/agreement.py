"""How far the three sides of a date agree: how many records, and each settlement as records, network and bank state it. Pure.

It judges nothing: what differs is a finding, and a total is as good as the findings about it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from clearing.reconciliation.facts import Facts
from clearing.reconciliation.findings import Finding


class State(StrEnum):
    """What the findings say of a total."""

    AGREES = "agrees"
    TIMING = "timing"
    DIFFERS = "differs"


@dataclass(frozen=True, slots=True)
class Total:
    """One settlement service, asset and cycle; cycle 0 is the whole date. Nets, positive where we get it; None: not there."""

    service: str
    asset: str
    cycle: int
    records: int
    expected: int | None
    stated: int | None
    paid: int | None
    state: State


@dataclass(frozen=True, slots=True)
class Agreement:
    """`agreeing` of `records` are authorized, presented and booked alike."""

    records: int
    agreeing: int
    totals: tuple[Total, ...]


def agreement_of(facts: Facts, findings: Sequence[Finding]) -> Agreement:
    """Of a date as it was judged."""
    off = {(item.file_id, item.position) for item in facts.items if item.business_date == facts.day}
    off |= {(one.file_id, one.position) for one in facts.differing_journals}
    off |= {(one.file_id, one.position) for one in facts.settled_otherwise if not one.is_booked}
    return Agreement(facts.records, facts.records - len(off), tuple(_totals(facts, findings)))


def _totals(facts: Facts, findings: Sequence[Finding]) -> Iterable[Total]:
    expected, stated, paid = _sides(facts)
    for service, asset in sorted({(service, asset) for side in (expected, stated, paid) for service, asset, _ in side}):
        cycles = {place[2] for side in (expected, stated, paid) for place in side if place[:2] == (service, asset)}
        # Where something names no cycle, only the whole date can be told.
        for cycle in sorted(cycles) if 0 not in cycles else [0]:
            of = [place for place in ((service, asset, c) for c in cycles) if cycle in (0, place[2])]
            records = sum(count for place in of for count, _ in expected.get(place, ()))
            yield Total(
                service, asset, cycle, records,
                _net([net for place in of for _, net in expected.get(place, ())]),
                _net([net for place in of for net in stated.get(place, ())]),
                _net([net for place in of for net in paid.get(place, ())]),
                _state(service, asset, cycle, facts.day, findings),
            )  # fmt: skip


_Place = tuple[str, str, int]


def _sides(facts: Facts) -> tuple[dict[_Place, list[tuple[int, int]]], dict[_Place, list[int]], dict[_Place, list[int]]]:
    """By service, asset and cycle: our records with their count, the network's positions, the bank's entries."""
    expected: dict[_Place, list[tuple[int, int]]] = defaultdict(list)
    stated: dict[_Place, list[int]] = defaultdict(list)
    paid: dict[_Place, list[int]] = defaultdict(list)
    for key, totals in facts.expected.items():
        expected[key.service, key.asset, key.cycle].append((totals.debit_count + totals.credit_count, totals.net))
    for position in facts.positions:
        if position.is_settlement:
            stated[position.key.service, position.key.asset, position.key.cycle].append(position.totals.net)
    for asset, entry in facts.entries:
        if (settlement := entry.settlement) is not None:
            paid[settlement.service, asset, settlement.cycle].append(entry.minor)
    return expected, stated, paid


def _net(found: Sequence[int]) -> int | None:
    return sum(found) if found else None


def _state(service: str, asset: str, cycle: int, day: date, findings: Sequence[Finding]) -> State:
    """The worst of what is found about the total, its functions, or the whole date."""
    about = f"settlement {service} {asset} of {day}"
    rules = [one.rule for one in findings if _is_about(one.subject, about, cycle)]
    if not rules:
        return State.AGREES
    return State.TIMING if all(rules) else State.DIFFERS


def _is_about(subject: str, about: str, cycle: int) -> bool:
    rest = subject.removeprefix(about)
    if rest == subject or (rest and not rest.startswith(" ")):
        return False
    return cycle == 0 or not rest.startswith(" cycle ") or rest.split()[1] == str(cycle)
