"""Another card's number is found in every writing; test numbers, dates and random bytes are none."""

import random

import pytest
from wire_samples import PAN

from cardline.network import stray_numbers

FOREIGN = "4" + "1" * 15


@pytest.mark.parametrize("sign", ["", " ", "-", ".", "/", " / ", "\n", "_"])
def test_signs_between_the_groups_hide_no_number(sign: str) -> None:
    assert stray_numbers.in_text(f"no. 12 {sign.join(FOREIGN[at : at + 4] for at in range(0, 16, 4))} of 2911")


@pytest.mark.parametrize(
    "text",
    [PAN, f"{PAN}2911", f"{PAN[:4]} {PAN[4:8]}-{PAN[8:12]}.{PAN[12:]} 4111", "2026-11-26 12:30", f"{FOREIGN[:6]}******1111"],
)
def test_test_numbers_dates_and_what_is_starred_are_no_strays(text: str) -> None:
    assert not stray_numbers.in_text(text)


@pytest.mark.parametrize("packed", [FOREIGN, f"0{FOREIGN}F", f"00{FOREIGN}00", f"F{FOREIGN}F", f"AB{FOREIGN}29"])
def test_packed_digits_are_found_with_whatever_fills_them_up(packed: str) -> None:
    assert stray_numbers.in_bytes(bytes.fromhex(packed))
    assert not stray_numbers.in_bytes(bytes.fromhex(packed.replace(FOREIGN, PAN)))


def test_random_bytes_are_rarely_taken_for_a_number() -> None:
    rng = random.Random(5)
    assert sum(stray_numbers.in_bytes(rng.randbytes(20)) for _ in range(2000)) < 20
