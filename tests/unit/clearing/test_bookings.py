"""What matched records book: which command, under which key, with which lines."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from clearing_samples import AT, FACTS, record
from hypothesis import given
from hypothesis import strategies as st

from clearing.bookings import Journal, conversion, difference, interchange, main_command, release
from clearing.matches import Match, Rule
from clearing.records import Fee, RecordKind, Sum
from ledger.commands import Book, Capture, Refund, ReverseCapture

MATCH = Match(2, Rule.TRACE, "same trace id", 50, 1250, "EUR", 900, 900)
SUSPENDED = replace(MATCH, account_id=None, chain_id=None)


def lines(command: object) -> list[tuple[object, str, int]]:
    assert isinstance(command, Book)
    return [(line.account, line.asset, line.amount) for line in command.lines]


def test_a_presentment_is_a_capture_of_its_chain_and_the_last_one_says_so() -> None:
    found = main_command(record(), MATCH, FACTS)
    assert isinstance(found, Capture)
    assert (found.account_id, found.amount, found.chain_id, found.is_last) == (50, 1250, 900, True)
    more_to_come = main_command(record(reason="1403"), MATCH, FACTS)
    assert isinstance(more_to_come, Capture)
    assert not more_to_come.is_last


def test_the_same_record_of_the_same_file_has_the_same_key_and_another_has_another() -> None:
    first, again = main_command(record(), MATCH, FACTS), main_command(record(), MATCH, FACTS)
    assert first == again
    keys = {
        command.key.digest
        for command in (first, main_command(record(3), MATCH, FACTS), main_command(record(), MATCH, FACTS, attempt=1),
                        main_command(record(), MATCH, replace(FACTS, sha256=b"x" * 32)))
        if command is not None
    }  # fmt: skip
    assert len(keys) == 4


def test_a_credit_is_a_refund() -> None:
    assert isinstance(main_command(record(is_debit=False), MATCH, FACTS), Refund)


@pytest.mark.parametrize(("is_debit", "sign"), [(True, 1), (False, -1)])
def test_what_has_no_account_waits_in_suspense(is_debit: bool, sign: int) -> None:
    found = lines(main_command(record(is_debit=is_debit), SUSPENDED, FACTS))
    assert sorted(found, key=str) == sorted(
        [("suspense", "EUR", 1250 * sign), ("network_settlement", "EUR", -1250 * sign)], key=str
    )


@pytest.mark.parametrize(("kind", "is_debit"), [("capture", False), ("refund", True)])
def test_a_reversal_takes_back_the_journal_of_its_presentment_or_refund(*, kind: str, is_debit: bool) -> None:
    reversal = record(is_reversal=True, is_debit=is_debit)
    found = main_command(reversal, MATCH, FACTS, Journal(77, date(2026, 11, 25), kind))
    assert isinstance(found, ReverseCapture)
    assert (found.journal_id, found.booking_date) == (77, date(2026, 11, 25))


def test_a_reversal_of_what_waits_in_suspense_takes_it_out_again() -> None:
    reversal = record(is_reversal=True, is_debit=False)
    found = main_command(reversal, SUSPENDED, FACTS, Journal(77, date(2026, 11, 25), "unmatched"))
    assert ("suspense", "EUR", -1250) in lines(found)


@pytest.mark.parametrize(
    ("kind", "is_debit", "expected"),
    [
        (RecordKind.CHARGEBACK, False, {("network_settlement", 1250), ("disputes_payable", -1250)}),
        (RecordKind.CHARGEBACK, True, {("network_settlement", -1250), ("disputes_payable", 1250)}),
        (RecordKind.SECOND_PRESENTMENT, True, {("disputes_receivable", 1250), ("network_settlement", -1250)}),
        (RecordKind.SECOND_PRESENTMENT, False, {("disputes_receivable", -1250), ("network_settlement", 1250)}),
        (RecordKind.FEE_COLLECTION, True, {("network_fees", 1250), ("network_settlement", -1250)}),
        (RecordKind.FEE_COLLECTION, False, {("network_fees", -1250), ("network_settlement", 1250)}),
    ],
)
def test_disputes_and_fees_are_between_us_and_the_network(
    kind: RecordKind, is_debit: bool, expected: set[tuple[str, int]]
) -> None:
    found = lines(main_command(record(kind=kind, is_debit=is_debit), SUSPENDED, FACTS))
    assert {(account, amount) for account, _, amount in found} == expected


def test_nothing_is_booked_for_no_amount() -> None:
    assert main_command(record(amount=0), replace(MATCH, amount=0), FACTS) is None


def test_what_is_settled_in_another_asset_moves_between_the_two() -> None:
    dollars = record(settled=Sum(1300, "USD"))
    assert lines(conversion(dollars, MATCH, FACTS)) == [
        ("network_settlement", "EUR", 1250), ("fx_position", "EUR", -1250),
        ("fx_position", "USD", 1300), ("network_settlement", "USD", -1300),
    ]  # fmt: skip
    back = lines(conversion(replace(dollars, is_debit=False), MATCH, FACTS))
    assert ("network_settlement", "USD", 1300) in back
    assert ("network_settlement", "EUR", -1250) in back
    assert conversion(record(), MATCH, FACTS) is None


def test_what_is_settled_as_it_is_billed_moves_from_the_accounts_asset_to_that() -> None:
    billed_in_pounds = record(amount=1_100, asset="GBP", settled=None)
    assert lines(conversion(billed_in_pounds, MATCH, FACTS)) == [
        ("network_settlement", "EUR", 1250), ("fx_position", "EUR", -1250),
        ("fx_position", "GBP", 1100), ("network_settlement", "GBP", -1100),
    ]  # fmt: skip
    assert conversion(record(settled=None), MATCH, FACTS) is None


FOREIGN = {"transaction": Sum(1400, "USD")}
"""Paid in another currency than it is settled and billed in."""


@pytest.mark.parametrize(
    ("settled", "changes", "place", "amount"),
    [
        (1251, {}, "rounding", 1),
        (1249, {}, "rounding", -1),
        (1225, FOREIGN, "fx_margin", -25),
        (1260, FOREIGN, "fx_margin", 10),
        (1000, FOREIGN, "suspense", -250),
        (1225, {}, "suspense", -25),
        (1300, {}, "suspense", 50),
        (0, {}, "suspense", -1250),
    ],
)
def test_the_network_is_credited_what_it_settles_and_the_cardholder_pays_what_is_billed(
    settled: int, changes: dict[str, Any], place: str, amount: int
) -> None:
    """Debits are positive: what is settled beyond what is billed is ours to bear, or a question."""
    found = difference(record(settled=Sum(settled, "EUR"), **changes), MATCH, FACTS, margin_percent=10)
    assert sorted(lines(found)) == sorted([(place, "EUR", amount), ("network_settlement", "EUR", -amount)])
    back = record(settled=Sum(settled, "EUR"), is_debit=False, **changes)
    assert sorted(lines(difference(back, MATCH, FACTS, margin_percent=10))) == sorted(
        [(place, "EUR", -amount), ("network_settlement", "EUR", amount)]
    )


def test_our_own_conversion_of_what_is_settled_in_the_accounts_currency_is_a_margin_too() -> None:
    billed = record(amount=1400, asset="USD", settled=Sum(1230, "EUR"))
    assert ("fx_margin", "EUR", -20) in lines(difference(billed, MATCH, FACTS, margin_percent=10))


def test_what_is_settled_as_billed_or_in_another_asset_has_no_difference() -> None:
    for settled in (Sum(1250, "EUR"), Sum(1300, "USD"), None):
        assert difference(record(settled=settled), MATCH, FACTS, margin_percent=10) is None


def test_what_is_settled_of_a_record_that_bills_nothing_is_in_question() -> None:
    nothing = record(amount=0, settled=Sum(40, "EUR"))
    assert ("suspense", "EUR", 40) in lines(difference(nothing, replace(MATCH, amount=0), FACTS, margin_percent=10))


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.booleans(), st.booleans())
def test_all_that_a_record_books_credits_the_network_exactly_what_it_settles(
    billed: int, settled: int, is_debit: bool, is_foreign: bool
) -> None:
    one = record(amount=billed, settled=Sum(settled, "EUR"), is_debit=is_debit, **(FOREIGN if is_foreign else {}))
    waiting = replace(SUSPENDED, amount=billed)
    booked = [
        command for command in (main_command(one, waiting, FACTS), difference(one, waiting, FACTS, margin_percent=10)) if command
    ]
    owed = -sum(amount for book in booked for account, _, amount in lines(book) if account == "network_settlement")
    assert owed == (settled if is_debit else -settled)


def test_the_last_presentment_in_suspense_ends_the_hold_of_its_authorization() -> None:
    waiting = replace(MATCH, account_id=None)
    found = release(record(), waiting, 50, FACTS)
    assert found is not None
    assert (found.account_id, found.chain_id, found.is_presented) == (50, 900, True)
    assert found.key != main_command(record(), waiting, FACTS).key  # type: ignore[union-attr]


def test_the_last_presentment_of_nothing_books_nothing_and_ends_the_hold() -> None:
    nothing = replace(MATCH, amount=0)
    assert main_command(record(amount=0), nothing, FACTS) is None
    found = release(record(amount=0), nothing, 50, FACTS)
    assert found is not None
    assert (found.chain_id, found.is_presented) == (900, True)
    assert release(record(amount=0, reason="1403"), nothing, 50, FACTS) is None


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"reason": "1403"}, {"account_id": None}), ({"is_debit": False}, {"account_id": None}), ({}, {}),
        ({}, {"account_id": None, "chain_id": None}), ({"is_reversal": True}, {"account_id": None}),
    ],
)  # fmt: skip
def test_nothing_else_ends_a_hold(changes: dict[str, Any], match: dict[str, Any]) -> None:
    assert release(record(**changes), replace(MATCH, **match), 50, FACTS) is None


def test_a_presentment_without_a_hold_leaves_its_names_for_the_advice_that_may_come_later() -> None:
    alone, matched = main_command(record(), replace(MATCH, chain_id=None), FACTS), main_command(record(), MATCH, FACTS)
    assert isinstance(alone, Capture)
    assert isinstance(matched, Capture)
    assert (alone.names, matched.names) == (("MCCABC1231126", "633010000001|A12345"), ())


def test_interchange_of_a_chunk_is_one_journal_per_asset_and_side() -> None:
    earned, paid = Fee("00", Sum(25, "EUR"), is_earned=True), Fee("00", Sum(7, "EUR"), is_earned=False)
    found = interchange([record(2, fees=(earned,)), record(3, fees=(earned, paid)), record(4)], 1, FACTS)
    assert sorted(line for book in found for line in lines(book)) == sorted([
        ("network_settlement", "EUR", 50), ("interchange_income", "EUR", -50),
        ("interchange_expense", "EUR", 7), ("network_settlement", "EUR", -7),
    ])  # fmt: skip


def test_a_business_date_ahead_of_the_file_is_not_booked_ahead() -> None:
    found = main_command(record(business_date=date(2027, 1, 10)), MATCH, FACTS)
    assert found is not None
    assert found.value_date == AT.date()  # type: ignore[union-attr]
