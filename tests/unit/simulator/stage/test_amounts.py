import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.stage.amounts import minor_of, text_of


@given(st.integers(-(10**12), 10**12), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_minor_units_survive_being_written(minor: int, currency: str) -> None:
    assert minor_of(text_of(minor, currency), currency) == minor


@pytest.mark.parametrize(
    ("text", "currency", "minor"), [("12.5", "EUR", 1250), ("-0.01", "EUR", -1), ("7", "JPY", 7), ("1.2", "KWD", 1200)]
)
def test_major_units_follow_the_currency(text: str, currency: str, minor: int) -> None:
    assert minor_of(text, currency) == minor
