from fractions import Fraction

import pytest

from simulator.currencies import CURRENCIES
from simulator.errors import PlanError
from simulator.network.conversion import RateTable, rate_digits


@pytest.mark.parametrize(
    ("ratio", "digits"),
    [("1.103192", "61103192"), ("1", "61000000"), ("0.015557", "81555700"), ("1500.5", "31500500"), ("9999999", "09999999")],
)
def test_a_rate_is_written_as_precisely_as_seven_digits_allow(ratio: str, digits: str) -> None:
    assert rate_digits(Fraction(ratio)) == digits


@pytest.mark.parametrize("ratio", ["99999999", "0.0000000001"])
def test_a_rate_that_seven_digits_cannot_hold_is_refused(ratio: str) -> None:
    with pytest.raises(PlanError):
        rate_digits(Fraction(ratio))


def test_a_currency_without_a_rate_is_named() -> None:
    with pytest.raises(PlanError, match="986"):
        RateTable().rate("986", "978")


def test_exponents_of_0_2_and_3_are_aligned() -> None:
    rates = RateTable()
    assert rates.amounts(10_000, "392", "978").billing_minor == 61_00  # JPY 10000 are EUR 61.00
    assert rates.amounts(1_000, "414", "978").billing_minor == 3_02  # KWD 1.000 is EUR 3.02
    assert rates.amounts(3_02, "978", "414").billing_minor == 1_000


@pytest.mark.parametrize("foreign", [currency.numeric for currency in CURRENCIES])
def test_what_an_amount_buys_never_costs_more_than_it(foreign: str) -> None:
    rates = RateTable()
    for minor in (400, 999, 8_000):
        bought = rates.amounts(rates.bought(minor, "978", foreign), foreign, "978")
        assert 0 < (bought.billing_minor or bought.minor) <= minor


def test_amounts_in_the_cards_currency_are_not_converted() -> None:
    assert RateTable().amounts(500, "978", "978").elements("1121") == {4: "000000000500", 49: "978"}


def test_billing_and_settlement_are_each_converted_from_the_transaction() -> None:
    elements = RateTable().amounts(1_000, "826", "978", "840").elements("1121")
    assert {number: elements[number] for number in (4, 49, 6, 10, 51, 16)} == {
        4: "000000001000",
        49: "826",
        6: "000000001171",
        10: "61171200",
        51: "978",
        16: "1121",
    }
    assert (elements[5], elements[9], elements[50]) == ("000000001269", "61268768", "840")
