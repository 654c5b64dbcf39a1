"""The vector of pyemv's CVC3, put into a track as a card and a terminal do, and taken out again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authorizer.crypto.cvc3 import cvc3
from authorizer.crypto.des import Tdes
from authorizer.crypto.dynamic_track import DynamicTrackLayout, full_counter, read_dynamic_track
from authorizer.crypto.emv_keys import icc_master_key
from authorizer.pan import Pan

STATIC = "5123456789012345D3512101"
LAYOUT = DynamicTrackLayout(code_map=0b0000_0000_0000_1110, number_map=0b0000_0111_1110_0000, counter_digits=3)
"""Discretionary data of thirteen digits, from the left: 00 ATC ATC ATC UN UN UN 0 CVC3 CVC3 CVC3 and the number of UN digits."""


def track(*, counter: str = "094", number: str = "899", code: str = "488") -> str:
    return f"{STATIC}00{counter}{number}0{code}3"


def test_what_the_card_put_in_is_taken_out_and_verifies() -> None:
    found = read_dynamic_track(track(), LAYOUT)
    assert found is not None
    assert (found.code, found.unpredictable_number, found.counter) == ("488", 0x899, "094")
    assert found.template.hex().upper() == "5123456789012345D35121010000000000000F"
    icc_key = icc_master_key(Tdes(bytes.fromhex("01234567899876543210012345678998")), Pan("5123456789012345"), "00")
    atc = full_counter(93, found.counter)
    assert atc == 0x5E
    assert cvc3(icc_key, found.template, atc.to_bytes(2, "big"), found.unpredictable_number.to_bytes(4, "big")).endswith(
        found.code
    )


@pytest.mark.parametrize("text", [track().replace("D", "="), track() + "F"])
def test_both_separators_and_the_filler_are_understood(text: str) -> None:
    assert read_dynamic_track(text, LAYOUT) == read_dynamic_track(track(), LAYOUT)


@pytest.mark.parametrize(
    "text", ["", STATIC, STATIC + "123", "5123456789012345", track()[:-3] + "AB3", "51X3456789012345D3512101" + "0" * 13]
)
def test_a_track_without_room_for_the_digits_holds_none(text: str) -> None:
    assert read_dynamic_track(text, LAYOUT) is None


@given(st.text(max_size=45), st.integers(0, 3))
def test_any_text_is_read_or_holds_none(text: str, counter_digits: int) -> None:
    read_dynamic_track(text, DynamicTrackLayout(0b1110, 0b111_0000, counter_digits))


@pytest.mark.parametrize(
    ("last_seen", "digits", "counter"),
    [
        (None, "094", 94),
        (93, "094", 94),
        (94, "094", 1094),
        (1500, "094", 2094),
        (7, "", 8),
        (None, "", 0),
        (65_535, "", None),
        (65_100, "094", None),
    ],
)
def test_a_counter_is_completed_from_the_last_one_seen(last_seen: int | None, digits: str, counter: int | None) -> None:
    assert full_counter(last_seen, digits) == counter


@pytest.mark.parametrize(
    "layout",
    [
        (0b1110, 0b1110_0100, 1),
        (0b111, 0b111_0000, 1),
        (0b110, 0b111_0000, 1),
        (0b1110, 0b111_0000, 4),
        (0, 0, 0),
        (0b1110, 1 << 16, 0),
    ],
)
def test_what_is_no_layout_is_refused(layout: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="dynamic track"):
        DynamicTrackLayout(*layout)


def test_the_code_does_not_show() -> None:
    assert "488" not in repr(read_dynamic_track(track(), LAYOUT))
