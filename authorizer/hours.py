"""Times of day on some days of the week, in a time zone. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_SEASONS = (datetime(2026, 1, 12, tzinfo=UTC), datetime(2026, 7, 13, tzinfo=UTC))
"""Mondays of two weeks in which no clock changes: zones are compared in both."""


@dataclass(frozen=True, slots=True)
class Hours:
    """From `start` to before `end` on some days; over midnight where `end` is not later, the days being those of the start."""

    start: time
    end: time
    zone: str
    days: frozenset[int] = frozenset(range(7))
    """0 is Monday."""


def is_within(hours: Hours, now: datetime) -> bool:
    local = now.astimezone(_zone(hours.zone))
    clock, day = local.time(), local.weekday()
    if hours.start < hours.end:
        return hours.start <= clock < hours.end and day in hours.days
    if clock >= hours.start:
        return day in hours.days
    return clock < hours.end and (day - 1) % 7 in hours.days


def is_covered(hours: Hours, others: Sequence[Hours]) -> bool:
    """Whether there is no moment of `hours` that is in none of `others`."""
    for monday in _SEASONS:
        moments = {moment for one in (hours, *others) for moment in _turns(one, monday)}
        if any(is_within(hours, at) and not any(is_within(other, at) for other in others) for at in moments):
            return False
    return True


def _turns(hours: Hours, monday: datetime) -> list[datetime]:
    """When it may begin or end in the week after this Monday: between two such moments of all concerned nothing changes."""
    zone, days = _zone(hours.zone), [monday.date() + timedelta(days=day) for day in range(-1, 9)]
    return [datetime.combine(day, clock, zone).astimezone(UTC) for day in days for clock in (hours.start, hours.end)]


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
