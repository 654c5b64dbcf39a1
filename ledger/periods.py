"""Business days and months, who may close or reopen them when, and the text of a seal. Pure.

Balances are cumulative, so the books are closed up to a line: the latest end of a period that is closing or closed.
Nothing is booked on or before it. Closing moves the line forward, reopening moves it back.
"""

import calendar
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from ledger.canonical import EPOCH, EPOCH_DAY, MICROSECOND


class PeriodKind(StrEnum):
    DAY = "day"
    MONTH = "month"


class PeriodStatus(StrEnum):
    OPEN = "open"
    """Reopened; a period that was never closed has no row."""
    CLOSING = "closing"
    """Nothing is booked in it any more; its seal is still to come."""
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Period:
    kind: PeriodKind
    starts: date
    ends: date

    @classmethod
    def day(cls, day: date) -> "Period":
        return cls(PeriodKind.DAY, day, day)

    @classmethod
    def parse(cls, text: str) -> "Period":
        """`2026-11-24` or `2026-11`, from 1970 on. Raises ValueError."""
        try:
            period = cls._read(text)
        except ValueError:
            period = None
        if period is None:
            raise ValueError(f"{text!r} is no period: write a day as 2026-11-24 or a month as 2026-11")
        if period.starts < EPOCH.date():
            raise ValueError(f"{text!r} is before 1970: no books are so old")
        return period

    @classmethod
    def _read(cls, text: str) -> "Period | None":
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            return cls.day(date.fromisoformat(text))
        if re.fullmatch(r"\d{4}-\d{2}", text, re.ASCII):
            first = date.fromisoformat(f"{text}-01")
            return cls(PeriodKind.MONTH, first, first.replace(day=calendar.monthrange(first.year, first.month)[1]))
        return None

    def __str__(self) -> str:
        return self.starts.isoformat() if self.kind is PeriodKind.DAY else self.starts.isoformat()[:7]


@dataclass(frozen=True, slots=True)
class PeriodRow:
    period: Period
    status: PeriodStatus


Books = Mapping[tuple[str, str, str], int]
"""A closing trial balance: (account kind, asset, layer) to the sum of all postings, debit positive."""


@dataclass(frozen=True, slots=True)
class Seal:
    """What the books said at the end of a period. `hash` covers the seal before it, so none can be left out."""

    number: int
    period: Period
    supersedes: int | None
    closed_by: str
    at: datetime
    reason: str
    text: str
    hash: bytes


def line_of(rows: Iterable[PeriodRow]) -> date | None:
    """The last day on which nothing is booked any more; None while everything is open."""
    return max((row.period.ends for row in rows if row.status is not PeriodStatus.OPEN), default=None)


def covering(period: Period, rows: Iterable[PeriodRow]) -> Period | None:
    """The closed period that closes this one with it: the first that comes after it. None where it has a state of its own.

    A month whose last day is closed is not covered by that day: it has still to be sealed itself.
    """
    known = {row.period: row.status for row in rows}
    later = [other for other, status in known.items() if status is PeriodStatus.CLOSED and _by_end(other) > _by_end(period)]
    return None if period in known else min(later, key=_by_end, default=None)


def why_not_close(period: Period, rows: Iterable[PeriodRow], today: date) -> str | None:
    """The rule that forbids it. A day may be closed once it has begun, a month once its days are over or closed."""
    line = line_of(rows)
    if period.kind is PeriodKind.DAY and period.starts > today:
        return f"{period} has not begun; today is {today} UTC"
    if period.kind is PeriodKind.MONTH and period.ends >= today and (line is None or line < period.ends):
        first = max(period.starts, today if line is None else line + timedelta(days=1))
        return f"{period} is not over: its days from {first} on are open"
    return None


def why_not_reopen(period: Period, rows: Iterable[PeriodRow]) -> str | None:
    rows = list(rows)
    known = {row.period: row.status for row in rows}
    if cover := covering(period, rows):
        return f"{period} is closed with {cover}: reopen that"
    if known.get(period) is not PeriodStatus.CLOSED:
        return f"{period} is not closed"
    stuck = [str(other) for other, status in known.items() if status is PeriodStatus.CLOSING]
    return f"{stuck[0]} is being closed; close it first" if stuck else None


def closed_with(period: Period, rows: Iterable[PeriodRow]) -> list[Period]:
    """The period and those reopened or half closed before its end, in the order in which they are sealed."""
    waiting = {row.period for row in rows if row.status is not PeriodStatus.CLOSED and row.period.ends <= period.ends}
    return sorted({period, *waiting}, key=_by_end)


def reopened_with(period: Period, rows: Iterable[PeriodRow]) -> list[Period]:
    """The period and all that end in it or later: their seals sum up what may change now."""
    later = {row.period for row in rows if row.status is PeriodStatus.CLOSED and row.period.ends >= period.starts}
    return sorted(later, key=_by_end)


def _by_end(period: Period) -> tuple[date, bool]:
    return period.ends, period.kind is PeriodKind.MONTH


def seal_period(
    period: Period, balances: Books, *, number: int, previous: bytes, supersedes: int | None, closed_by: str, at: datetime,
    reason: str,
) -> Seal:  # fmt: skip
    """The canonical text, which SQL rebuilds in the proof `period_seals`, and its hash over the seal before."""
    assert (closed_by, reason) == (one_line(closed_by), one_line(reason)), "a seal's text is made of lines"
    head = (
        f"seal|{number}|{period.kind}|{_days(period.starts)}|{_days(period.ends)}|{'' if supersedes is None else supersedes}"
        f"|{(at - EPOCH) // MICROSECOND}|{_measured(closed_by)}|{_measured(reason)}"
    )
    lines = (f"balance|{'|'.join(map(_measured, name))}|{amount}" for name, amount in sorted(balances.items()))
    text = "\n".join([head, *lines])
    return Seal(number, period, supersedes, closed_by, at, reason, text, sha256(previous + text.encode()).digest())


def one_line(text: str) -> str:
    """A seal's text is made of lines: nobody may write one of them as a reason."""
    return " ".join(text.split())


_BALANCE = re.compile(r"balance\|\d+:(.*)\|\d+:(.*)\|\d+:(.*)\|(-?\d+)")


def balances_of(text: str) -> dict[tuple[str, str, str], int]:
    """The closing trial balance back out of a seal's text."""
    found = (_BALANCE.fullmatch(line) for line in text.split("\n"))
    return {(match[1], match[2], match[3]): int(match[4]) for match in found if match}


def _days(day: date) -> int:
    return day.toordinal() - EPOCH_DAY


def _measured(text: str) -> str:
    return f"{len(text)}:{text}"
