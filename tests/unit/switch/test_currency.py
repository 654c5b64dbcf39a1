"""Conversion in whole numbers: exponents, rounding, markup; and rates that contradict each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.currency import Rates, parse_rates


def rates(markup: str = "0", **pairs: str) -> Rates:
    found, mistakes = parse_rates(markup, {name.replace("_", "/"): rate for name, rate in pairs.items()})
    assert mistakes == []
    return found


@pytest.mark.parametrize(
    ("amount", "pair", "rate", "converted"),
    [(4592, "EUR/USD", "1.103192", 5066), (1000, "JPY/EUR", "0.006159", 616), (1000, "EUR/JPY", "161.2", 1612),
     (1000, "KWD/EUR", "2.9954", 300), (1000, "EUR/KWD", "0.3338", 3338), (1000, "KWD/JPY", "483", 483)],
)  # fmt: skip
def test_minor_units_of_one_currency_become_those_of_the_other(amount: int, pair: str, rate: str, converted: int) -> None:
    sold, bought = pair.split("/")
    assert rates(**{f"{sold}_{bought}": rate}).convert(amount, sold, bought, is_spend=True) == converted


def test_the_half_is_rounded_up_and_something_never_becomes_nothing() -> None:
    half = rates(EUR_USD="0.5")
    assert [half.convert(amount, "EUR", "USD", is_spend=True) for amount in (0, 1, 2, 3)] == [0, 1, 1, 2]
    tiny = rates(EUR_USD="0.0001")
    assert (tiny.convert(1, "EUR", "USD", is_spend=True), tiny.convert(1, "EUR", "USD", is_spend=False)) == (1, 0)


def test_a_spend_costs_the_markup_and_a_credit_does_not() -> None:
    found = rates("1.50", USD_EUR="0.9217")
    assert found.convert(100_00, "USD", "EUR", is_spend=True) == 93_55
    assert found.convert(100_00, "USD", "EUR", is_spend=False) == 92_17


def test_nothing_is_converted_without_a_rate_or_beyond_any_amount() -> None:
    found = rates(USD_EUR="0.9")
    assert found.convert(100, "EUR", "USD", is_spend=True) is None
    assert rates(KWD_JPY="100000").convert(10**15, "KWD", "JPY", is_spend=True) is None


@given(st.integers(0, 10**12), st.integers(0, 10**12), st.integers(1, 10**7))
def test_more_never_costs_less(one: int, other: int, rate: int) -> None:
    found = rates("2.25", USD_EUR=f"0.{rate:07d}")
    costs = [found.convert(amount, "USD", "EUR", is_spend=True) for amount in sorted((one, other))]
    assert costs == sorted(costs)  # type: ignore[type-var]


@pytest.mark.parametrize(
    ("markup", "pairs", "mistake"),
    [("x", {}, "markup_percent"), ("100", {}, "markup_percent"), ("0.001", {}, "markup_percent"),
     ("0", {"USD/XXX": "1"}, "pairs.USD/XXX"), ("0", {"USDEUR": "1"}, "pairs.USDEUR"), ("0", {"EUR/EUR": "1"}, "pairs.EUR/EUR"),
     ("0", {"USD/EUR": "0"}, "pairs.USD/EUR"), ("0", {"USD/EUR": "-1"}, "pairs.USD/EUR"), ("0", {"USD/EUR": "NaN"}, "pairs.USD/EUR"),
     ("0", {"USD/EUR": "0.92", "EUR/USD": "0.92"}, "pairs.EUR/USD: contradicts USD/EUR")],
)  # fmt: skip
def test_what_is_no_rate_or_contradicts_another_is_named(markup: str, pairs: dict[str, str], mistake: str) -> None:
    _, mistakes = parse_rates(markup, pairs)
    assert [found.startswith(mistake) for found in mistakes] == [True]


def test_purchase_and_sale_may_lie_a_spread_apart() -> None:
    assert parse_rates("0", {"USD/EUR": "0.92", "EUR/USD": "1.05"})[1] == []
