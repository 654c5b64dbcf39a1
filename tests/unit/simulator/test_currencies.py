import pytest

from simulator.currencies import at_rate, by_alpha, by_numeric, exponent_of

EUR, JPY, KWD = (by_alpha(alpha).numeric for alpha in ("EUR", "JPY", "KWD"))


@pytest.mark.parametrize(("minor", "rate", "billed"), [(4592, "61103192", 5066), (7000, "70155570", 109), (1, "61000000", 1)])
def test_the_rate_is_a_number_of_decimals_and_a_mantissa(minor: int, rate: str, billed: int) -> None:
    assert at_rate(minor, rate, "840", EUR) == billed


def test_exponents_are_aligned() -> None:
    assert [exponent_of(code) for code in (JPY, EUR, KWD)] == [0, 2, 3]
    assert at_rate(1_000, "70061000", JPY, EUR) == 610
    assert at_rate(1_000, "63020000", KWD, EUR) == 302


def test_the_half_is_rounded_up() -> None:
    assert [at_rate(minor, "10000005", EUR, EUR) for minor in (1, 2, 3)] == [1, 1, 2]


def test_currencies_are_found_by_number_and_know_their_exponent() -> None:
    assert [(by_numeric(code).alpha, by_numeric(code).exponent) for code in (JPY, EUR, KWD)] == [
        ("JPY", 0),
        ("EUR", 2),
        ("KWD", 3),
    ]
