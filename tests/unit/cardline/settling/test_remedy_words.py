"""What resolving an item would do, as people read it before they do it."""

from datetime import date

import pytest

from cardline.settling.remedy_words import said
from clearing.reconciliation.remedies import NoRemedy, Remedy, merged
from ledger.recipes import RECIPES

DUE = date(2027, 2, 24)
CLAIMED = merged([RECIPES["open_dispute"]("EUR", 300), RECIPES["credit_provisionally"](42, "EUR", 300)])


@pytest.mark.parametrize(
    ("remedy", "words"),
    [
        (
            CLAIMED,
            "books debit disputes_receivable 3.00 EUR, credit the cardholder's account 42 3.00 EUR: claimed back from the network, "
            "and credited to the cardholder at once; the chargeback itself is to be sent to the network by other means until 2027-02-24",
        ),
        (RECIPES["bear_suspense"]("EUR", 300), "books debit write_offs 3.00 EUR, credit suspense 3.00 EUR: a loss of ours"),
        (
            RECIPES["keep_difference"]("EUR", 300),
            "books debit network_settlement 3.00 EUR, credit write_offs 3.00 EUR: a gain of ours",
        ),
        (NoRemedy("use --write-off"), "books nothing: use --write-off"),
        (None, "books nothing: no money lies anywhere; the item ends with the reason"),
    ],
)
def test_a_way_to_end_an_item_is_said_with_its_accounts_and_what_it_means(remedy: Remedy, words: str) -> None:
    assert said(remedy, due=DUE) == words
