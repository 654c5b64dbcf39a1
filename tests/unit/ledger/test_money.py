"""Assets and amounts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.money import ASSETS, BY_NUMERIC, AssetKind, rescale


@pytest.mark.parametrize(
    ("code", "text", "minor"),
    [("EUR", "12.34", 1234), ("EUR", "12", 1200), ("JPY", "1234", 1234), ("KWD", "1.234", 1234), ("EUR", "-0.01", -1)],
)
def test_an_amount_is_read_in_minor_units(code: str, text: str, minor: int) -> None:
    assert ASSETS[code].parse(text) == minor


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("EUR", "1.234"),
        ("JPY", "0.5"),
        ("EUR", "NaN"),
        ("EUR", "1e20"),
        ("EUR", "1e3"),
        ("EUR", "\u0663"),
        ("EUR", "ten"),
        ("EUR", ""),
    ],
)
def test_what_is_no_amount_of_the_asset_is_refused(code: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"amount|decimals"):
        ASSETS[code].parse(text)


@given(st.sampled_from(sorted(ASSETS)), st.integers(-(10**14), 10**14))
def test_what_is_written_is_read_back(code: str, minor: int) -> None:
    assert ASSETS[code].parse(ASSETS[code].format(minor).removesuffix(f" {code}")) == minor


def test_numeric_codes_are_unique() -> None:
    assert len(BY_NUMERIC) == sum(asset.kind is AssetKind.FIAT for asset in ASSETS.values())


@pytest.mark.parametrize(
    ("amount", "decimals", "expected"),
    [
        (1_234_567, (6, 2), (123, 4567)),
        (-1_234_567, (6, 2), (-123, -4567)),
        (123, (2, 6), (1_230_000, 0)),
        (5, (0, 3), (5000, 0)),
        (9, (18, 6), (0, 9)),
        (77, (2, 2), (77, 0)),
    ],
)
def test_an_amount_of_other_decimals_is_rescaled_towards_zero(
    amount: int, decimals: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert rescale(amount, *decimals) == expected


@given(st.integers(-(10**30), 10**30), st.integers(0, 18), st.integers(0, 18))
def test_rescaling_loses_nothing(amount: int, from_exponent: int, to_exponent: int) -> None:
    minor, remainder = rescale(amount, from_exponent, to_exponent)
    assert minor * 10**from_exponent + remainder * 10**to_exponent == amount * 10**to_exponent
