"""How much and how often may be spent: limits by amount and count over sliding and calendar windows, as data. Pure.

What was spent comes as `Spending`s, from the cache or from the ledger; the arithmetic of `reserve.lua` is the same as
here, because with Redis away it is made here. Limits are in minor units of the account's asset.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from authorizer.control_rules import Groups
from authorizer.controls import ControlError, Scope, Vocabulary, name_of, zone_of
from authorizer.payment_kinds import Kind, Traits, is_of, kind_document, parse_kind

SHORTEST_SECONDS, LONGEST_SECONDS = 10, 31 * 86_400
CALENDAR = ("day", "week", "month")
PAYMENT, LIFETIME = "payment", "lifetime"
SINGLE_USE = "single-use"
"""The limit of this name (count 1, lifetime) has a reason of its own; only `single_use` makes it."""
MAX_LIMITS = 20
"""Per scope: each is computed for every payment of the card."""
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_KEYS = frozenset({"name", "amount", "currency", "count", "window", "zone", "where"})
_NEVER_MS = 2**53
"""Nothing was spent since: the window of a single payment."""


@dataclass(frozen=True, slots=True)
class Limit:
    """`window`: payment, lifetime, day, week, month, or a sliding span such as 10s, 15m, 24h, 31d.

    `since_ms` and `until_ms` are the bounds of a calendar window at the time of reading (see `resolved`). A card's limit
    counts what the card and its predecessors spent; an account's and a program's what all cards of the account did.
    """

    name: str
    window: str
    max_amount: int | None = None
    max_count: int | None = None
    zone: str = "UTC"
    currency: str = ""
    """Of the amount; an account in another one is not limited by it."""
    scope: Scope = Scope.CARD
    version: int = 0
    since_ms: int = 0
    until_ms: int = 0
    where: Kind = ()
    """Which payments count and are limited: all where it is empty."""

    @property
    def title(self) -> str:
        """Names it among all limits of a card, in what is recorded of a decision."""
        return f"{self.scope.value}/{self.name}"

    @property
    def span_ms(self) -> int:
        """0 where the window does not slide."""
        return 0 if self.window.isalpha() else seconds_of(self.window) * 1000

    @property
    def start_ms(self) -> int:
        """Where a window that does not slide begins."""
        return _NEVER_MS if self.window == PAYMENT else self.since_ms

    def document(self) -> dict[str, Any]:
        said: dict[str, Any] = {"name": self.name, "window": self.window, "zone": self.zone}
        if self.max_amount is not None:
            said |= {"amount": self.max_amount, "currency": self.currency}
        if self.where:
            said["where"] = kind_document(self.where)
        return said if self.max_count is None else said | {"count": self.max_count}


class Spending(NamedTuple):
    """One approved authorization, net of what was reversed. `card`: the lineage. `times` is 0 for what only adds to another."""

    id: str
    card: int
    at_ms: int
    amount: int
    times: int
    traits: Traits = frozenset()


class Used(NamedTuple):
    amount: int
    times: int


class Budget(NamedTuple):
    """What is left of a limit. None: not limited that way."""

    amount: int | None
    times: int | None


def seconds_of(window: str) -> int:
    """Of a sliding span. Raises ValueError for what is none."""
    match = re.fullmatch(r"([0-9]{1,7})([smhd])", window)
    if match is None:
        raise ValueError(window)
    return int(match[1]) * _UNITS[match[2]]


def parse_limits(said: object, key: str, words: Vocabulary | None = None, groups: Groups | None = None) -> tuple[Limit, ...]:
    """As stored, amounts in minor units. Raises ControlError for the first mistake; `words`, `groups` as in `parse_kind`."""
    if not isinstance(said, list) or not all(isinstance(one, Mapping) for one in said):
        raise ControlError(key, "must be a list of tables")
    if len(said) > MAX_LIMITS:
        raise ControlError(key, f"more than {MAX_LIMITS} limits")
    parsed = tuple(parse_limit(one, f"{key}[{number}]", words, groups) for number, one in enumerate(said))
    if len({limit.name for limit in parsed}) < len(parsed):
        raise ControlError(key, "two limits have the same name")
    return parsed


def refuse_reserved(name: str, key: str) -> None:
    """Raises ControlError for a name that people may not give."""
    if name == SINGLE_USE:
        raise ControlError(key, f"{SINGLE_USE} is what single_use = true in a file of controls makes; give yours another name")


def parse_limit(said: Mapping[str, Any], key: str, words: Vocabulary | None = None, groups: Groups | None = None) -> Limit:
    for unknown in sorted(said.keys() - _KEYS):
        raise ControlError(f"{key}.{unknown}", f"is not a key of a limit; there are {', '.join(sorted(_KEYS))}")
    window = said.get("window")
    if not isinstance(window, str) or not _is_window(window):
        raise ControlError(f"{key}.window", "must be payment, day, week, month, lifetime, or a span from 10s to 31d")
    amount, count = _figure(said, key, "amount"), _figure(said, key, "count")
    if amount is None and count is None:
        raise ControlError(key, "limits neither amount nor count")
    currency = said.get("currency", "")
    if not isinstance(currency, str) or (amount is not None and not currency):
        raise ControlError(f"{key}.currency", "an amount needs its currency")
    if window == PAYMENT and count is not None:
        raise ControlError(f"{key}.count", "a single payment has no count")
    where = parse_kind(said.get("where", {}), f"{key}.where", words, groups)
    return Limit(name_of(said, key), window, amount, count, zone_of(said, key), currency, where=where)


def _is_window(window: str) -> bool:
    if window in (*CALENDAR, PAYMENT, LIFETIME):
        return True
    try:
        return SHORTEST_SECONDS <= seconds_of(window) <= LONGEST_SECONDS
    except ValueError:
        return False


def _figure(said: Mapping[str, Any], key: str, name: str) -> int | None:
    figure = said.get(name)
    if figure is not None and (type(figure) is not int or not 0 <= figure < 10**15):
        raise ControlError(f"{key}.{name}", "must be a whole number, and not negative")
    return figure


def resolved(limit: Limit, now: datetime) -> Limit:
    """With the bounds of its calendar window around `now`, as instants: days have 23 to 25 hours."""
    if limit.window not in CALENDAR:
        return limit
    zone = _zone(limit.zone)
    day = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    if limit.window == "day":
        first, last = day, day + timedelta(days=1)
    elif limit.window == "week":
        first = day - timedelta(days=day.weekday())
        last = first + timedelta(days=7)
    else:
        first = day.replace(day=1)
        last = (first + timedelta(days=32)).replace(day=1)
    return replace(limit, since_ms=_ms(first, zone), until_ms=_ms(last, zone))


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _ms(local: datetime, zone: ZoneInfo) -> int:
    return int(local.replace(tzinfo=zone).astimezone(UTC).timestamp() * 1000)


def counted_since(limits: Iterable[Limit], now_ms: int) -> int | None:
    """From when on single spendings must be known (ms); before it a sum will do, which says nothing of the kinds of payments.

    None: nothing needs to be known.
    """
    starts = [now_ms - limit.span_ms if limit.span_ms else limit.since_ms for limit in limits
              if limit.window not in (PAYMENT, LIFETIME)]  # fmt: skip
    lifetime = [0 if limit.where else now_ms for limit in limits if limit.window == LIFETIME]
    return min(starts + lifetime, default=None)


def used(limits: Sequence[Limit], spent: Sequence[Spending], card: int, now_ms: int) -> tuple[Used, ...]:
    """What of each limit is used up."""
    return tuple(_used(limit, spent, card, now_ms) for limit in limits)


def _used(limit: Limit, spent: Sequence[Spending], card: int, now_ms: int) -> Used:
    start = now_ms - limit.span_ms + 1 if limit.span_ms else limit.start_ms
    counted = [
        one
        for one in spent
        if one.at_ms >= start and (limit.scope is not Scope.CARD or one.card == card) and is_of(limit.where, one.traits)
    ]
    return Used(sum(one.amount for one in counted), sum(one.times for one in counted))


def left(limit: Limit, use: Used) -> Budget:
    """The remaining budget, never below nought."""
    amount = None if limit.max_amount is None else max(0, limit.max_amount - use.amount)
    return Budget(amount, None if limit.max_count is None else max(0, limit.max_count - use.times))
