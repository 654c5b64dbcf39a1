"""How old is what a clearing account holds: what came last is taken to be what is left. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from clearing.reconciliation.facts import Movement

BUCKETS = (1, 7, 30)
"""Up to so many days, the rest is older."""


@dataclass(frozen=True, slots=True)
class Aged:
    """A balance, debit positive, by age: one part per bucket and one for what is older."""

    role: str
    asset: str
    balance: int
    parts: tuple[int, ...]
    oldest_on: date | None
    """None: nothing is left, or it is older than what was read."""


def aged(balances: Mapping[tuple[str, str], int], movements: Iterable[Movement], day: date) -> list[Aged]:
    """`movements` by value date, the latest first. Accounts that hold nothing are left out: they have returned to zero."""
    by_account: dict[tuple[str, str], list[Movement]] = {}
    for movement in movements:
        by_account.setdefault((movement.role, movement.asset), []).append(movement)
    return [
        _aged(role, asset, balance, by_account.get((role, asset), []), day)
        for (role, asset), balance in sorted(balances.items())
        if balance
    ]


def _aged(role: str, asset: str, balance: int, movements: Sequence[Movement], day: date) -> Aged:
    """Walks back from the latest movement until the balance is explained; movements of the other side do not explain it."""
    parts = [0] * (len(BUCKETS) + 1)
    left, oldest_on = balance, None
    for movement in movements:
        if left == 0:
            break
        if (movement.amount > 0) is not (balance > 0):
            continue
        part = min(left, movement.amount, key=abs)
        parts[_bucket((day - movement.on).days)] += part
        left, oldest_on = left - part, movement.on
    if left:
        parts[-1] += left
        oldest_on = None
    return Aged(role, asset, balance, tuple(parts), oldest_on)


def _bucket(days: int) -> int:
    return next((at for at, most in enumerate(BUCKETS) if days <= most), len(BUCKETS))
