"""The bank against what the network nets: each difference once, at the place that explains it."""

from dataclasses import replace
from datetime import date

from clearing.settlement.bank_statements import BankEntry
from clearing.settlement.comparing import Difference, compare_bank, unknown_entries
from clearing.settlement.positions import Key, Position, Totals

DAY, NEXT = date(2026, 11, 26), date(2026, 11, 27)
SERVICE = Key("EUR0000001", "EUR", DAY, 1)
NET = Position(3, SERVICE, Totals(1000, 0, 2, 0, 10), -990)


def entry(minor: int, details: int | None = None, said: str = "EUR0000001/26112601") -> BankEntry:
    return BankEntry(1, "R", minor, DAY, DAY, details=details, said=(said,))


def kinds(found: list) -> list[tuple[Difference, int]]:
    return [(one.kind, one.amount) for one in found]


def bank(*entries: BankEntry, net: Position | None = NET, closed: date = DAY) -> list[tuple[Difference, int]]:
    return kinds(compare_bank([net] if net else [], [("EUR", one) for one in entries], {"EUR": closed}))


def test_an_entry_of_what_is_netted_differs_in_nothing() -> None:
    assert bank(entry(-990, -990)) == []


def test_a_bank_that_took_a_charge_without_a_word_is_one_difference_and_not_two() -> None:
    (found,) = compare_bank([NET], [("EUR", entry(-1990, -990))], {"EUR": DAY})
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
    (found,) = compare_bank([NET], [], {"EUR": date(2026, 11, 25)})
    assert (found.is_timing, found.said) == (True, "no statement of that day has come yet")


def test_what_the_network_pays_the_next_day_is_not_due_before_and_missed_then() -> None:
    net = replace(NET, pays_on=NEXT)
    (early,), (late,) = (compare_bank([net], [], {"EUR": closed}) for closed in (DAY, NEXT))
    assert (early.kind, early.amount, early.is_timing) == (Difference.BANK_MISSING, 990, True)
    assert early.said == "not due yet: it is paid on 2026-11-27"
    assert (late.kind, late.amount, late.is_timing) == (Difference.BANK_MISSING, 990, False)
    assert late.said == "was due on 2026-11-27, and the bank's statement does not have it"
    assert compare_bank([net], [("EUR", entry(-990))], {"EUR": DAY}) == []


def test_an_entry_that_names_no_settlement_is_unknown() -> None:
    found = unknown_entries([("entry 1", "EUR", entry(-5, said="MONTHLY CHARGE")), ("entry 2", "EUR", entry(-6))])
    assert kinds(found) == [(Difference.BANK_UNKNOWN, -5)]
