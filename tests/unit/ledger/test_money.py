"""Assets and amounts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.money import ASSETS, BY_NUMERIC


@pytest.mark.parametrize(
    ("code", "text", "minor"),
    [("EUR", "12.34", 1234), ("EUR", "12", 1200), ("JPY", "1234", 1234), ("KWD", "1.234", 1234), ("EUR", "-0.01", -1)],
)
def test_an_amount_is_read_in_minor_units(code: str, text: str, minor: int) -> None:
    assert ASSETS[code].parse(text) == minor


@pytest.mark.parametrize(
    ("code", "text"), [("EUR", "1.234"), ("JPY", "0.5"), ("EUR", "NaN"), ("EUR", "1e20"), ("EUR", "ten"), ("EUR", "")]
)
def test_what_is_no_amount_of_the_asset_is_refused(code: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"amount|decimals"):
        ASSETS[code].parse(text)


@given(st.sampled_from(sorted(ASSETS)), st.integers(-(10**14), 10**14))
def test_what_is_written_is_read_back(code: str, minor: int) -> None:
    assert ASSETS[code].parse(ASSETS[code].format(minor).removesuffix(f" {code}")) == minor


def test_numeric_codes_are_unique() -> None:
    assert len(BY_NUMERIC) == len(ASSETS)
