"""Expected against stated: each difference once, at the place that explains it."""

from dataclasses import replace
from datetime import date

from clearing.settlement.bank_statements import BankEntry
from clearing.settlement.comparing import Difference, compare_bank, compare_positions, unknown_entries
from clearing.settlement.positions import Key, Position, Totals

DAY = date(2026, 11, 26)
SERVICE = Key("EUR0000001", "EUR", DAY, 1)
FIRST = replace(SERVICE, function="1240200", processing="00")
CASH = replace(FIRST, processing="01")
TOTALS = Totals(1000, 0, 2, 0, 10)
EXPECTED = {replace(FIRST, cycle=0, processing=""): TOTALS}
DETAIL, NET = Position(2, FIRST, TOTALS), Position(3, SERVICE, TOTALS, -990)


def entry(minor: int, details: int | None = None, said: str = "EUR0000001/26112601") -> BankEntry:
    return BankEntry(1, "R", minor, DAY, DAY, details=details, said=(said,))


def kinds(found: list) -> list[tuple[Difference, int]]:
    return [(one.kind, one.amount) for one in found]


def positions(expected: dict, *stated: Position, latest: date | None = DAY) -> list[tuple[Difference, int]]:
    return kinds(compare_positions(expected, stated, latest=latest, day=DAY))


def bank(*entries: BankEntry, net: Position | None = NET, closed: date = DAY) -> list[tuple[Difference, int]]:
    return kinds(compare_bank([net] if net else [], [("EUR", one) for one in entries], {"EUR": closed}, day=DAY))


def test_equal_sides_differ_in_nothing() -> None:
    assert positions(EXPECTED, DETAIL, NET) == []
    assert positions(EXPECTED, NET) == []
    assert bank(entry(-990, -990)) == []


def test_processing_codes_and_cycles_are_summed_before_they_are_compared() -> None:
    half = Totals(500, 0, 1, 0, 5)
    parts = (Position(2, FIRST, half), Position(3, replace(CASH, cycle=2), half))
    assert positions(EXPECTED, *parts, NET) == []


def test_a_position_that_counts_one_more_is_named_once_at_its_function() -> None:
    more = Totals(1700, 0, 3, 0, 10)
    (found,) = compare_positions(EXPECTED, [Position(2, FIRST, more), Position(3, SERVICE, more, -1690)], latest=DAY, day=DAY)
    assert (found.kind, found.expected, found.stated, found.amount) == (Difference.POSITION_DIFFERS, -990, -1690, -700)
    assert found.said == "debits 17.00 EUR instead of 10.00 EUR, number of debits 3 instead of 2"
    assert found.subject == "settlement EUR0000001 EUR of 2026-11-26 function 1240/200"


def test_the_same_amount_in_another_number_of_payments_differs() -> None:
    assert positions(EXPECTED, Position(3, SERVICE, replace(TOTALS, debit_count=1), -990)) == [(Difference.POSITION_DIFFERS, 0)]


def test_a_settlement_position_beside_its_details_is_a_difference_of_its_own() -> None:
    assert positions(EXPECTED, DETAIL, Position(3, SERVICE, replace(TOTALS, fee=0), -1000)) == [
        (Difference.POSITIONS_DISAGREE, -10)
    ]


def test_a_position_of_nothing_we_know_differs_by_all_of_it() -> None:
    assert positions({}, DETAIL, NET) == [(Difference.POSITION_DIFFERS, -990)]


def test_a_position_is_awaited_until_one_so_late_has_come() -> None:
    for latest, is_awaited in ((None, True), (date(2026, 11, 25), True), (DAY, False)):
        (found,) = compare_positions(EXPECTED, [], latest=latest, day=DAY)
        assert (found.kind, found.is_awaited) == (Difference.POSITION_MISSING, is_awaited)


def test_a_bank_that_took_a_charge_without_a_word_is_one_difference_and_not_two() -> None:
    (found,) = compare_bank([NET], [("EUR", entry(-1990, -990))], {"EUR": DAY}, day=DAY)
    assert (found.kind, found.amount) == (Difference.BANK_DIFFERS, -1000)
    assert "something was taken from it" in found.said


def test_parts_that_do_not_add_up_are_told_also_where_the_entry_is_right() -> None:
    assert bank(entry(-990, -980)) == [(Difference.BANK_DETAILS, -10)]


def test_a_settlement_paid_in_two_entries_is_their_sum() -> None:
    assert bank(entry(-900), entry(-90)) == []


def test_what_the_bank_has_and_the_network_has_not_and_the_other_way_round() -> None:
    assert bank(entry(-990), net=None) == [(Difference.BANK_UNEXPECTED, -990)]
    assert bank() == [(Difference.BANK_MISSING, 990)]
    assert bank(net=Position(3, SERVICE, Totals(), 0)) == []


def test_an_entry_is_awaited_until_a_statement_of_the_day_has_come() -> None:
    (found,) = compare_bank([NET], [], {"EUR": date(2026, 11, 25)}, day=DAY)
    assert found.is_awaited


def test_an_entry_that_names_no_settlement_is_unknown() -> None:
    found = unknown_entries([("entry 1", "EUR", entry(-5, said="MONTHLY CHARGE")), ("entry 2", "EUR", entry(-6))])
    assert kinds(found) == [(Difference.BANK_UNKNOWN, -5)]
