"""Limits are counted outside the ledger, which tells whether more has been spent since than the count knew of."""

import pytest
from ledger_samples import CUSTOMER, NOW, account, advise, authorize, books

from ledger.batch import decide
from ledger.commands import STALE_COUNTERS, Counted
from ledger.verdicts import Verdict

FRESH = Counted(version=1, available=1000, times=0, amount=0)


def test_a_payment_that_was_counted_on_what_the_account_still_is_goes_through() -> None:
    locked = books()
    (outcome,) = decide([authorize("a", 100, counted=FRESH)], locked, NOW)
    assert outcome.verdict is Verdict.APPROVED


def test_one_that_the_count_did_not_know_of_sends_the_next_back_to_count_again() -> None:
    locked = books()
    first, second = decide([authorize("a", 100, counted=FRESH), authorize("b", 100, counted=FRESH)], locked, NOW)
    assert first.verdict is Verdict.APPROVED
    assert (second.verdict, second.reason, second.mark) == (Verdict.STALE_FACTS, STALE_COUNTERS, locked.accounts[CUSTOMER].mark())
    assert locked.accounts[CUSTOMER].holds == 100


def test_those_that_were_under_way_and_counted_do_not() -> None:
    known = FRESH._replace(times=1, amount=100)
    outcomes = decide([authorize("a", 100, counted=FRESH), authorize("b", 100, counted=known)], books(), NOW)
    assert [outcome.verdict for outcome in outcomes] == [Verdict.APPROVED, Verdict.APPROVED]


def test_more_than_was_under_way_counts_as_unknown() -> None:
    known = FRESH._replace(times=1, amount=99)
    _, second = decide([authorize("a", 100, counted=FRESH), authorize("b", 100, counted=known)], books(), NOW)
    assert second.reason == STALE_COUNTERS


@pytest.mark.parametrize("lie", [FRESH._replace(version=2), FRESH._replace(version=9, times=99)])
def test_a_count_of_a_version_that_the_account_never_had_is_none(lie: Counted) -> None:
    (outcome,) = decide([authorize("a", 100, counted=lie)], books(), NOW)
    assert outcome.reason == STALE_COUNTERS


def test_an_account_without_a_floor_is_known_by_its_version() -> None:
    boundless = FRESH._replace(available=None)
    outcomes = decide([advise("x", 50), authorize("a", 100, counted=boundless)], books(account(floor=None)), NOW)
    assert outcomes[1].reason == STALE_COUNTERS
