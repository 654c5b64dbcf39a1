"""What is booked for an item as one journal."""

import pytest

from clearing.reconciliation.remedies import NoRemedy, given_up, merged, proposed
from ledger.recipes import RECIPES


def test_a_claim_and_the_credit_from_it_are_one_journal_in_which_what_passes_through_is_left_out() -> None:
    entry = merged([RECIPES["open_dispute"]("EUR", 300), RECIPES["credit_provisionally"](42, "EUR", 300)])
    assert (entry.kind, entry.is_forced) == ("provisional_credit", False)
    assert [(line.account, line.amount) for line in entry.lines] == [("disputes_receivable", 300), (42, -300)]


def test_what_takes_money_back_by_force_stays_forced() -> None:
    assert merged([RECIPES["lose_dispute"](42, "EUR", 300)]).is_forced


@pytest.mark.parametrize("kind", ["unbookable_record", "unknown_currency", "flawed_record"])
def test_what_has_no_journal_says_what_to_do_instead_and_ends_with_its_reason_alone(kind: str) -> None:
    item = {
        "kind": kind, "amount": 1250, "asset": "EUR", "proposal": "[]", "account_id": 42, "account_status": "open",
        "is_withdrawn": False, "standing": None,
    }  # fmt: skip
    way = proposed(item)
    assert isinstance(way, NoRemedy)
    assert "--write-off, which books nothing" in way.reason
    assert given_up(item) is None
