"""Holds the network's positions against our records, exactly: counts and amounts, nothing is adjusted. Pure.

Both name the settlement service, the function and the cycle (PDS 0159 and 0359), so they are compared cycle by cycle. Where one
side names no cycle (single messages, records without PDS 0158 and 0159) the sums over the date are. What only stands in another
cycle is timing: over the date nothing is missing.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import combinations

from clearing.settlement.comparing import Difference, Unequal, subject_of
from clearing.settlement.positions import Key, Position, Totals
from ledger.money import ASSETS

Cycles = Mapping[int, Totals]
"""Of one service, or one function of it. Cycle 0 is what names none."""


def compare_positions(
    expected: Mapping[Key, Totals], stated: Sequence[Position], *, latest: tuple[date, int] | None, day: date
) -> list[Unequal]:
    """`expected` without processing codes; `stated` of that date.

    `latest`: the last business date and cycle that any position is of. Positions that have not come that far are awaited.
    """
    ours = _summed(expected.items())
    details = _summed((one.key, one.totals) for one in stated if not one.is_settlement)
    nets = _summed((one.key, one.totals) for one in stated if one.is_settlement)
    found: list[Unequal] = []
    for service in sorted({_service(key) for key in (*ours, *details, *nets)}):
        mine, theirs, net = _of(ours, service), _of(details, service), _cycles(_of(nets, service))
        if theirs and net:
            found += _disagreeing(service, _cycles(theirs), net)
        if net.keys() - _cycles(theirs).keys():
            # What is only netted is compared in sum.
            mine, theirs = _netted(service, _cycles(mine)), _netted(service, net | _cycles(theirs))
        found += _of_service(service, mine, theirs, latest or (date.min, 0), day)
    return found


def _disagreeing(service: Key, details: Cycles, nets: Cycles) -> Iterator[Unequal]:
    """Of cycles that are netted alone there are no details to disagree with."""
    for cycle in sorted(details):
        if details[cycle] != nets.get(cycle, Totals()):
            key = replace(service, cycle=cycle)
            yield _unequal(Difference.POSITIONS_DISAGREE, key, details[cycle], nets.get(cycle, Totals()))


def _of_service(
    service: Key, mine: Mapping[Key, Totals], theirs: Mapping[Key, Totals], latest: tuple[date, int], day: date
) -> Iterator[Unequal]:
    """By function; cycles that the network states nothing at all for are told once, with all of their functions."""
    stated = {key.cycle for key in theirs}
    missing: dict[int, Totals] = defaultdict(Totals)
    for function in sorted({replace(key, cycle=0) for key in (*mine, *theirs)}):
        ours, of_network = (
            _cycles({key: t for key, t in side.items() if replace(key, cycle=0) == function}) for side in (mine, theirs)
        )
        if stated and 0 in {*ours, *of_network}:
            ours, of_network = {0: _sum(ours)}, {0: _sum(of_network)}
        differing = [
            cycle for cycle in sorted({*ours, *of_network}) if ours.get(cycle, Totals()) != of_network.get(cycle, Totals())
        ]
        moved = _moved(differing, ours, of_network)
        if moved:
            yield _elsewhen(function, moved, ours, of_network)
        for cycle in (one for one in differing if one not in moved):
            if cycle not in stated and not (stated and cycle == 0):
                missing[cycle] += ours[cycle]
            else:
                key = replace(function, cycle=cycle)
                yield _unequal(
                    Difference.POSITION_DIFFERS, key, ours.get(cycle, Totals()), of_network.get(cycle, Totals())
                )  # fmt: skip
    for cycle, totals in sorted(missing.items()):
        # Of a day without cycles nothing is awaited once a position of that day is there.
        is_awaited = latest < (day, cycle) if cycle else latest[0] < day
        yield _missing(replace(service, cycle=cycle), totals, is_awaited=is_awaited)


def _moved(differing: Sequence[int], mine: Cycles, theirs: Cycles) -> tuple[int, ...]:
    """Cycles that agree together and not apart: all that differ, else two of them."""
    for cycles in (tuple(differing), *combinations(differing, 2)):
        if len(cycles) > 1 and _sum(mine, cycles) == _sum(theirs, cycles):
            return cycles
    return ()


def _elsewhen(function: Key, cycles: Sequence[int], mine: Cycles, theirs: Cycles) -> Unequal:
    total = _sum(mine, cycles).net
    parts = [f"in cycle {cycle} {_said(function, mine.get(cycle, Totals()), theirs.get(cycle, Totals()))}" for cycle in cycles]
    said = f"the network settles records in another cycle than they name: {'; '.join(parts)}"
    return Unequal(Difference.POSITION_MOVED, subject_of(function), function.asset, total, total, said, is_timing=True)


def _missing(service: Key, totals: Totals, *, is_awaited: bool) -> Unequal:
    when = "cycle" if service.cycle else "day"
    said = f"no position of that {when} has come yet" if is_awaited else "the network states no position"
    return Unequal(Difference.POSITION_MISSING, subject_of(service), service.asset, totals.net, None, said, is_awaited)


def _unequal(kind: Difference, key: Key, expected: Totals, stated: Totals) -> Unequal:
    return Unequal(kind, subject_of(key), key.asset, expected.net, stated.net, _said(key, expected, stated))


def _said(key: Key, expected: Totals, stated: Totals) -> str:
    money = ASSETS[key.asset].format if key.asset in ASSETS else str
    parts = (
        ("debits", money(expected.debits), money(stated.debits)), ("credits", money(expected.credits), money(stated.credits)),
        ("number of debits", expected.debit_count, stated.debit_count),
        ("number of credits", expected.credit_count, stated.credit_count), ("fees", money(expected.fee), money(stated.fee)),
    )  # fmt: skip
    return ", ".join(f"{name} {theirs} instead of {ours}" for name, ours, theirs in parts if ours != theirs)


def _summed(found: Iterable[tuple[Key, Totals]]) -> dict[Key, Totals]:
    """Over processing codes, which our records do not keep."""
    sums: dict[Key, Totals] = defaultdict(Totals)
    for key, totals in found:
        sums[replace(key, processing="")] += totals
    return dict(sums)


def _service(key: Key) -> Key:
    return replace(key, cycle=0, function="", processing="", is_reversal=False)


def _of(sums: Mapping[Key, Totals], service: Key) -> dict[Key, Totals]:
    return {key: totals for key, totals in sums.items() if _service(key) == service}


def _cycles(sums: Mapping[Key, Totals]) -> dict[int, Totals]:
    cycles: dict[int, Totals] = defaultdict(Totals)
    for key, totals in sums.items():
        cycles[key.cycle] += totals
    return dict(cycles)


def _netted(service: Key, cycles: Cycles) -> dict[Key, Totals]:
    return {replace(service, cycle=cycle): totals for cycle, totals in cycles.items()}


def _sum(cycles: Cycles, which: Iterable[int] | None = None) -> Totals:
    return sum((cycles.get(cycle, Totals()) for cycle in (cycles if which is None else which)), Totals())
