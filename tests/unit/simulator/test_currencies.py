import pytest

from simulator.currencies import CURRENCIES, Currency, by_alpha, by_numeric, converted, worth

EUR, JPY, KWD = by_alpha("EUR"), by_alpha("JPY"), by_alpha("KWD")


@pytest.mark.parametrize(("minor", "rate", "billed"), [(4592, "61103192", 5066), (7000, "70155570", 109), (1, "61000000", 1)])
def test_the_rate_is_a_number_of_decimals_and_a_mantissa(minor: int, rate: str, billed: int) -> None:
    assert converted(minor, Currency("XXX", "999", 2, rate), EUR) == billed


def test_exponents_are_aligned() -> None:
    assert converted(1_000, JPY, EUR) == 610
    assert converted(1_000, KWD, EUR) == 302


@pytest.mark.parametrize("foreign", CURRENCIES)
def test_what_an_amount_is_worth_never_costs_more_than_it(foreign: Currency) -> None:
    for minor in (400, 999, 8_000):
        assert 0 < converted(worth(minor, EUR, foreign), foreign, EUR) <= minor


def test_currencies_are_found_by_number() -> None:
    assert by_numeric("392") is JPY
