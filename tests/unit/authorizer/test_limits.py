from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from authorizer.controls import ControlError, Scope
from authorizer.facts import CardFacts
from authorizer.limits import Budget, Limit, Spending, Used, counted_since, left, parse_limit, parse_limits, resolved, used

NOW = datetime(2027, 1, 15, 12, tzinfo=UTC)  # a Friday
NOW_MS = int(NOW.timestamp() * 1000)
HOUR = 3_600_000


def _at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def _limit(window: str, **more: Any) -> Limit:
    return resolved(Limit("limit", window, 500_00, currency="EUR", **more), NOW)


@pytest.mark.parametrize(
    ("window", "zone", "since", "until"),
    [
        ("day", "UTC", "2027-01-15T00:00Z", "2027-01-16T00:00Z"),
        ("day", "Europe/Rome", "2027-01-15T00:00+01:00", "2027-01-16T00:00+01:00"),
        ("day", "Pacific/Kiritimati", "2027-01-16T00:00+14:00", "2027-01-17T00:00+14:00"),
        ("week", "UTC", "2027-01-11T00:00Z", "2027-01-18T00:00Z"),
        ("month", "UTC", "2027-01-01T00:00Z", "2027-02-01T00:00Z"),
    ],
)
def test_calendar_windows_begin_where_the_holder_is(window: str, zone: str, since: str, until: str) -> None:
    limit = _limit(window, zone=zone)
    assert (limit.since_ms, limit.until_ms) == (_at(since), _at(until))


def test_the_day_on_which_the_clocks_change_has_23_hours() -> None:
    limit = resolved(Limit("a", "day", 1, currency="EUR", zone="Europe/Rome"), datetime(2027, 3, 28, 12, tzinfo=UTC))
    assert limit.until_ms - limit.since_ms == 23 * HOUR


def test_the_last_month_of_a_year_ends_with_it() -> None:
    limit = resolved(Limit("a", "month", 1, currency="EUR"), datetime(2027, 12, 31, tzinfo=UTC))
    assert limit.until_ms == _at("2028-01-01T00:00Z")


SPENT = (
    Spending("before-7", 7, 0, 1_00, 1),
    Spending("1", 7, NOW_MS - 25 * HOUR, 10_00, 1),
    Spending("2", 7, NOW_MS - HOUR, 20_00, 1),
    Spending("3", 7, NOW_MS - HOUR + 1, 40_00, 1),
    Spending("4", 8, NOW_MS - 1, 80_00, 0),
)


@pytest.mark.parametrize(
    ("limit", "use"),
    [
        (_limit("1h"), Used(40_00, 1)),  # what is exactly an hour old is out
        (_limit("1h", scope=Scope.ACCOUNT), Used(120_00, 1)),
        (_limit("2h"), Used(60_00, 2)),
        (_limit("day"), Used(60_00, 2)),
        (_limit("month", scope=Scope.PROGRAM), Used(150_00, 3)),
        (_limit("lifetime"), Used(71_00, 4)),
        (_limit("payment"), Used(0, 0)),
    ],
    ids=lambda value: value.window if isinstance(value, Limit) else None,
)
def test_what_is_used_of_a_limit(limit: Limit, use: Used) -> None:
    assert used([limit], SPENT, 7, NOW_MS) == (use,)


def test_what_is_left_is_never_negative() -> None:
    assert left(replace(_limit("day"), max_count=3), Used(600_00, 2)) == Budget(0, 1)


def test_how_far_back_single_payments_count() -> None:
    assert counted_since([_limit("payment")], NOW_MS) is None
    assert counted_since([_limit("1h"), _limit("day")], NOW_MS) == _limit("day").since_ms
    assert counted_since([_limit("31d"), _limit("day")], NOW_MS) == NOW_MS - 31 * 24 * HOUR
    assert counted_since([_limit("lifetime")], NOW_MS) == NOW_MS


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ({"window": "9s"}, "limit.window"),
        ({"window": "32d"}, "limit.window"),
        ({"window": "year"}, "limit.window"),
        ({"window": "payment", "count": 3}, "limit.count"),
        ({"amount": -1}, "limit.amount"),
        ({"amount": 1.5}, "limit.amount"),
        ({"amount": True}, "limit.amount"),
        ({"currency": ""}, "limit.currency"),
        ({"amount": None}, "limit"),
        ({"zone": "Moon"}, "limit.zone"),
        ({"name": 'x"'}, "limit.name"),
        ({"every": 3}, "limit.every"),
    ],
)
def test_a_mistake_is_named_by_its_key(said: dict[str, Any], key: str) -> None:
    good = {"name": "a", "window": "day", "amount": 100, "currency": "EUR"}
    with pytest.raises(ControlError) as refused:
        parse_limit(good | said, "limit")
    assert str(refused.value).startswith(f"{key}: ")


def test_two_limits_of_one_name_are_refused() -> None:
    one = {"name": "a", "window": "day", "count": 1}
    with pytest.raises(ControlError, match="same name"):
        parse_limits([one, one], "limits")


def test_what_is_stored_of_a_limit_is_read_again() -> None:
    limit = Limit("a", "24h", 100, 3, "Europe/Rome", "EUR")
    assert parse_limit(orjson.loads(orjson.dumps(limit.document())), "x") == limit


def test_facts_with_limits_are_read_as_they_were_written(facts: CardFacts) -> None:
    limited = replace(facts, lineage=7, limits=(_limit("day"), _limit("1h", scope=Scope.ACCOUNT)))
    raw = limited.to_bytes()
    start = f"3|L7;c,0,{_limit('day').since_ms},{_limit('day').until_ms},50000,-1;a,3600000,0,0,50000,-1|[".encode()
    assert raw.startswith(start)
    assert CardFacts.from_bytes(raw) == limited


def test_facts_without_any_take_no_more_room_than_before(facts: CardFacts) -> None:
    assert facts.to_bytes().endswith(b'"1234","",-1]')  # the PVV, no offset and no counter
