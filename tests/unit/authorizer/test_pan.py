import copy
import logging
import pickle
from dataclasses import asdict, dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authorizer.pan import Pan, luhn_check_digit

CLEAR = "5413330000000001"
PAN = Pan(CLEAR)


@dataclass
class _Holder:
    pan: Pan


@pytest.mark.parametrize(
    "shown",
    [repr(PAN), str(PAN), f"{PAN}", f"{PAN:>20}", repr([PAN]), repr(_Holder(PAN)), str(asdict(_Holder(PAN)))],
)
def test_a_pan_never_shows_more_than_its_first_six_and_last_four(shown: str) -> None:
    assert CLEAR not in shown
    assert "541333******0001" in shown


def test_a_logged_pan_is_masked(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("test").warning("card %s %r", PAN, PAN)
    assert CLEAR not in caplog.text


def test_a_pan_is_not_pickled() -> None:
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(PAN)


def test_copies_are_the_pan_itself() -> None:
    assert copy.copy(PAN) is PAN
    assert copy.deepcopy([PAN])[0] is PAN


def test_equal_digits_make_equal_pans() -> None:
    assert Pan(CLEAR) == PAN
    assert len({PAN, Pan(CLEAR)}) == 1
    assert Pan("5413330000000019") != PAN
    assert PAN != CLEAR


@pytest.mark.parametrize("text", ["", "12345678901", "1" * 20, "541333000000000x", "٥٤١٣٣٣٠٠٠٠٠٠٠٠٠١", " 5413330000000001"])
def test_what_is_no_pan_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(ValueError, match="12 to 19 digits") as refusal:
        Pan(text)
    assert not text or text not in str(refusal.value)


@pytest.mark.parametrize("digits", ["541333000007", "5413330000000000000"])
def test_the_shortest_and_the_longest_pan_are_masked_too(digits: str) -> None:
    assert Pan(digits).masked == digits[:6] + "*" * (len(digits) - 10) + digits[-4:]


def test_luhn_tells_a_right_check_digit_from_a_wrong_one() -> None:
    assert PAN.is_luhn_valid
    assert not Pan("5413330000000008").is_luhn_valid


@given(st.text("0123456789", min_size=11, max_size=18), st.integers(0, 17), st.integers(1, 9))
def test_luhn_finds_every_single_wrong_digit(payload: str, position: int, shift: int) -> None:
    good = payload + luhn_check_digit(payload)
    at = position % len(good)
    bad = good[:at] + str((int(good[at]) + shift) % 10) + good[at + 1 :]
    assert Pan(good).is_luhn_valid
    assert not Pan(bad).is_luhn_valid
