"""Our records against the network's positions, cycle by cycle: each difference once, at the place that explains it."""

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from clearing.settlement.comparing import Difference
from clearing.settlement.position_comparing import compare_positions
from clearing.settlement.positions import Key, Position, Totals

DAY = date(2026, 11, 26)
SERVICE = Key("EUR0000001", "EUR", DAY, 1)
FIRST = replace(SERVICE, function="1240200", processing="00")
CASH = replace(FIRST, processing="01")
TOTALS = Totals(1000, 0, 2, 0, 10)
EXPECTED = {replace(FIRST, processing=""): TOTALS}
SECOND = replace(FIRST, cycle=2)
ONE = Totals(400, 0, 1, 0, 4)
BOTH = EXPECTED | {replace(SECOND, processing=""): TOTALS}
DETAIL, NET = Position(2, FIRST, TOTALS), Position(3, SERVICE, TOTALS, -990)


def kinds(found: list) -> list[tuple[Difference, int]]:
    return [(one.kind, one.amount) for one in found]


def positions(expected: dict, *stated: Position, latest: tuple[date, int] | None = (DAY, 1)) -> list[tuple[Difference, int]]:
    return kinds(compare_positions(expected, stated, latest=latest, day=DAY))


def test_equal_sides_differ_in_nothing() -> None:
    assert positions(EXPECTED, DETAIL, NET) == []
    assert positions(EXPECTED, NET) == []


def test_processing_codes_are_summed_before_they_are_compared() -> None:
    half = Totals(500, 0, 1, 0, 5)
    assert positions(EXPECTED, Position(2, FIRST, half), Position(3, CASH, half), NET) == []


def test_records_that_name_no_cycle_are_compared_with_the_sum_of_all() -> None:
    unnamed = {replace(FIRST, cycle=0, processing=""): TOTALS}
    assert positions(unnamed, DETAIL, NET) == []
    half = Totals(500, 0, 1, 0, 5)
    parts = [Position(2, FIRST, half), Position(3, replace(FIRST, cycle=2), half)]
    assert positions(unnamed, *parts) == []
    (found,) = compare_positions(unnamed, parts[:1], latest=(DAY, 1), day=DAY)
    assert (found.kind, found.subject) == (
        Difference.POSITION_DIFFERS, "settlement EUR0000001 EUR of 2026-11-26 function 1240/200",
    )  # fmt: skip


def test_a_difference_names_its_cycle() -> None:
    more = TOTALS + ONE
    (found,) = compare_positions(BOTH, [DETAIL, Position(4, SECOND, more)], latest=(DAY, 2), day=DAY)
    assert (found.kind, found.amount, found.is_timing) == (Difference.POSITION_DIFFERS, -396, False)
    assert found.subject == "settlement EUR0000001 EUR of 2026-11-26 cycle 2 function 1240/200"


def test_a_record_that_the_network_counts_in_the_next_cycle_is_timing_and_no_difference() -> None:
    moved = [Position(2, FIRST, Totals(600, 0, 1, 0, 6)), Position(4, SECOND, TOTALS + ONE)]
    (found,) = compare_positions(BOTH, moved, latest=(DAY, 2), day=DAY)
    assert (found.kind, found.amount, found.is_timing) == (Difference.POSITION_MOVED, 0, True)
    assert found.subject == "settlement EUR0000001 EUR of 2026-11-26 function 1240/200"
    assert "in cycle 1 debits 6.00 EUR instead of 10.00 EUR" in found.said
    assert "in cycle 2 debits 14.00 EUR instead of 10.00 EUR" in found.said


def test_what_moved_leaves_another_difference_beside_it_as_it_is() -> None:
    third = replace(FIRST, cycle=3)
    stated = [
        Position(2, FIRST, Totals(600, 0, 1, 0, 6)), Position(4, SECOND, TOTALS + ONE), Position(5, third, ONE),
    ]  # fmt: skip
    found = compare_positions(BOTH, stated, latest=(DAY, 3), day=DAY)
    assert kinds(found) == [(Difference.POSITION_MOVED, 0), (Difference.POSITION_DIFFERS, -396)]
    assert "cycle 3" in found[1].subject


def test_a_cycle_is_awaited_until_its_positions_or_later_ones_have_come() -> None:
    for latest, is_awaited in (((DAY, 1), True), ((DAY, 2), False), ((date(2026, 11, 27), 1), False)):
        (found,) = compare_positions(BOTH, [DETAIL, NET], latest=latest, day=DAY)
        assert (found.kind, found.amount, found.is_timing) == (Difference.POSITION_MISSING, 990, is_awaited)
        assert found.subject == "settlement EUR0000001 EUR of 2026-11-26 cycle 2"


def test_cycles_that_are_only_netted_are_compared_in_sum_by_cycle() -> None:
    nets = [NET, Position(5, replace(SERVICE, cycle=2), TOTALS + ONE, -1386)]
    (found,) = compare_positions(BOTH, nets, latest=(DAY, 2), day=DAY)
    assert (found.kind, found.amount, found.subject) == (
        Difference.POSITION_DIFFERS, -396, "settlement EUR0000001 EUR of 2026-11-26 cycle 2",
    )  # fmt: skip


def test_a_position_that_counts_one_more_is_named_once_at_its_function() -> None:
    more = Totals(1700, 0, 3, 0, 10)
    (found,) = compare_positions(
        EXPECTED, [Position(2, FIRST, more), Position(3, SERVICE, more, -1690)], latest=(DAY, 1), day=DAY
    )
    assert (found.kind, found.expected, found.stated, found.amount) == (Difference.POSITION_DIFFERS, -990, -1690, -700)
    assert found.said == "debits 17.00 EUR instead of 10.00 EUR, number of debits 3 instead of 2"
    assert found.subject == "settlement EUR0000001 EUR of 2026-11-26 cycle 1 function 1240/200"


def test_the_same_amount_in_another_number_of_payments_differs() -> None:
    assert positions(EXPECTED, Position(3, SERVICE, replace(TOTALS, debit_count=1), -990)) == [(Difference.POSITION_DIFFERS, 0)]


def test_a_settlement_position_beside_its_details_is_a_difference_of_its_own() -> None:
    assert positions(EXPECTED, DETAIL, Position(3, SERVICE, replace(TOTALS, fee=0), -1000)) == [
        (Difference.POSITIONS_DISAGREE, -10)
    ]


def test_a_position_of_nothing_we_know_differs_by_all_of_it() -> None:
    assert positions({}, DETAIL, NET) == [(Difference.POSITION_DIFFERS, -990)]


def test_a_position_is_awaited_until_one_so_late_has_come() -> None:
    for latest, is_awaited in ((None, True), ((date(2026, 11, 25), 6), True), ((DAY, 1), False)):
        (found,) = compare_positions(EXPECTED, [], latest=latest, day=DAY)
        assert (found.kind, found.is_timing) == (Difference.POSITION_MISSING, is_awaited)


AMOUNTS = st.builds(
    lambda count, minor, fee: Totals(count * minor, 0, count, 0, fee), st.integers(1, 3), st.integers(1, 3), st.integers(-1, 1)
)
KEYS = st.builds(
    lambda function, cycle: replace(SERVICE, function=function, cycle=cycle),
    st.sampled_from(["1240200", "1740700"]),
    st.integers(0, 3),
)
NETS = st.builds(lambda cycle: replace(SERVICE, cycle=cycle), st.integers(0, 3))


@given(
    st.dictionaries(KEYS, AMOUNTS, max_size=5),
    st.dictionaries(KEYS, AMOUNTS, max_size=5),
    st.dictionaries(NETS, AMOUNTS, max_size=3),
)
def test_whatever_the_cycles_are_the_differences_make_up_what_is_netted_less_what_is_expected(
    ours: dict[Key, Totals], details: dict[Key, Totals], nets: dict[Key, Totals]
) -> None:
    stated = [Position(1, key, totals) for side in (details, nets) for key, totals in side.items()]
    found = compare_positions(ours, stated, latest=(DAY, 3), day=DAY)
    mine, theirs = (sum(totals.net for totals in side.values()) for side in (ours, nets or details))
    assert sum(one.amount for one in found) == theirs - mine
    assert len({(one.kind, one.subject) for one in found}) == len(found)
    assert compare_positions(ours, [Position(1, key, totals) for key, totals in ours.items()], latest=None, day=DAY) == []
