"""A counter follows the last one seen, within a window."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authorizer.crypto.atc import MOST, AtcVerdict, atc_verdict


@pytest.mark.parametrize(
    ("last_seen", "atc", "verdict"),
    [
        (None, 0, AtcVerdict.IN_ORDER),
        (None, MOST, AtcVerdict.IN_ORDER),
        (10, 11, AtcVerdict.IN_ORDER),
        (10, 30, AtcVerdict.IN_ORDER),
        (10, 31, AtcVerdict.TOO_FAR),
        (10, 10, AtcVerdict.REPLAYED),
        (10, 9, AtcVerdict.REPLAYED),
        (MOST, 0, AtcVerdict.REPLAYED),
    ],
)
def test_a_counter_is_judged_by_the_last_one_seen(last_seen: int | None, atc: int, verdict: AtcVerdict) -> None:
    assert atc_verdict(last_seen, atc, window=20) is verdict


@given(st.integers(0, MOST), st.integers(0, MOST), st.integers(1, 1000))
def test_no_counter_is_accepted_twice(last_seen: int, atc: int, window: int) -> None:
    if atc_verdict(last_seen, atc, window=window) is AtcVerdict.IN_ORDER:
        assert atc_verdict(atc, atc, window=window) is AtcVerdict.REPLAYED
        assert atc_verdict(atc, last_seen, window=window) is AtcVerdict.REPLAYED
