"""An increment is not counted as a payment of its own, but only the ledger knows whether what it claims to add to is there."""

import pytest
from ledger_samples import NOW, advise, authorize, books

from ledger.batch import decide
from ledger.card_counters import Objection
from ledger.commands import Answer
from ledger.verdicts import Verdict

USED_UP = Objection(Answer("62", "card_used_up"), "within_count_limit")


def test_more_of_a_payment_is_approved_although_its_count_is_used_up() -> None:
    locked = books()
    _, more = decide(
        [authorize("a", 100, trace_id="T"), authorize("b", 50, chain_trace="T", alone=USED_UP)], locked, NOW
    )  # fmt: skip
    assert (more.verdict, more.is_added) == (Verdict.APPROVED, True)


@pytest.mark.parametrize("named", ["UNKNOWN", "T"])
def test_what_adds_to_nothing_is_refused_by_the_limit_that_it_breaks_by_itself(named: str) -> None:
    locked = books()
    _, claimed = decide(
        [authorize("a", 5000, trace_id="T"), authorize("b", 50, chain_trace=named, alone=USED_UP)], locked, NOW
    )  # fmt: skip
    assert (claimed.verdict, claimed.response_code, claimed.reason) == (Verdict.DECLINED, "62", "card_used_up")
    assert locked.accounts[7_000_000].holds == 0
    assert "within_count_limit" in locked.rows.authorizations[-1]


def test_a_payment_of_its_own_says_so() -> None:
    locked = books()
    plain, claimed = decide([authorize("a", 100), authorize("b", 100, chain_trace="UNKNOWN")], locked, NOW)
    assert (plain.is_added, claimed.is_added, claimed.verdict) == (False, False, Verdict.APPROVED)


def test_what_the_network_approved_in_our_stead_stays_approved() -> None:
    locked = books()
    _, ours = decide(
        [advise("x", 100, trace_id="P"), authorize("b", 100, trace_id="P", chain_trace="UNKNOWN", alone=USED_UP)], locked, NOW
    )  # fmt: skip
    assert ours.verdict is Verdict.APPROVED
