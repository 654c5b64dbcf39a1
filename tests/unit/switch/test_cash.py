"""What is cash and what is goods of a purchase with cash from the till (DE 54)."""

import pytest
from wire_samples import purchase

from switch.cash import cash_part
from switch.translate import FormatError

OURS, THEIRS = "0040978D000000000400", "0040840D000000000440"


@pytest.mark.parametrize("amounts", [OURS, OURS + THEIRS, THEIRS + OURS], ids=["alone", "then another", "another first"])
def test_cash_is_told_in_the_currency_of_the_transaction(amounts: str) -> None:
    assert cash_part(purchase(de3="090000", de54=amounts)) == 400


def test_cash_that_is_told_in_another_currency_only_is_not_understood() -> None:
    assert cash_part(purchase(de3="090000", de54=THEIRS)) == FormatError(54, "no cash in the currency of the transaction")


def test_more_cash_than_the_whole_amount_is_not_understood() -> None:
    assert cash_part(purchase(de3="090000", de54=OURS, de4="000000000399")) == FormatError(54, "more cash than the whole amount")


@pytest.mark.parametrize("changes", [{"de3": "000000", "de54": OURS}, {"de3": "090000"}])
def test_without_cashback_or_its_amount_there_is_no_cash_part(changes: dict[str, str]) -> None:
    assert cash_part(purchase(**changes)) is None
