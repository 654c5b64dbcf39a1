import random
from datetime import UTC, date, datetime, time, timedelta, timezone

from simulator.network.parties import Acquirer
from simulator.network.references import References

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def references(seed: int = 1, cut_off: time = time(23, 0)) -> References:
    return References(random.Random(seed), cut_off)


def test_what_comes_at_the_cut_off_settles_on_the_next_day() -> None:
    found = references()
    assert found.settlement_day(NOON.replace(hour=22, minute=59)) == date(2026, 11, 21)
    assert found.settlement_day(NOON.replace(hour=23)) == date(2026, 11, 22)
    assert found.settlement_day(datetime(2026, 12, 31, 23, 30, tzinfo=UTC)) == date(2027, 1, 1)


def test_the_cut_off_is_utc_whatever_zone_a_time_is_given_in() -> None:
    assert references().settlement_day(datetime(2026, 11, 22, 0, 30, tzinfo=timezone(timedelta(hours=2)))) == date(2026, 11, 21)


def test_references_are_nine_characters_and_rrns_twelve_and_never_the_same_twice() -> None:
    found = references()
    headers = [found.header(Acquirer("200001"), NOON) for _ in range(1_000)]
    assert {(len(header.stan), len(header.rrn or ""), len(header.network_reference)) for header in headers} == {(6, 12, 9)}
    assert len({header.stan for header in headers}) == len({header.network_reference for header in headers}) == 1_000


def test_an_rrn_names_the_day_and_the_hour_and_the_stan() -> None:
    header = references().header(Acquirer("200001"), NOON)
    assert header.rrn == f"632512{header.stan}"


class _AtTheEnd(random.Random):
    """Starts every counter just before its end."""

    def randrange(self, start: int, *more: object, **named: object) -> int:  # type: ignore[override]
        return start - 2


def test_stans_go_from_999999_to_1_and_references_begin_anew() -> None:
    found = References(_AtTheEnd(), time(23, 0))
    assert [found.stan() for _ in range(3)] == ["999998", "999999", "000001"]
    assert [found.banknet() for _ in range(2)] == ["MCCZZZZZZ", "MCC000000"]
