"""Card numbers are found where nobody expects them, and other numbers stay readable."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from authorizer.card_numbers import hide_card_numbers, hide_own_number, is_card_number, masked_pan
from authorizer.pan import luhn_check_digit

NUMBER = "5413330000000027"
AROUND = st.text(st.characters(exclude_categories=["Nd", "Cs"], exclude_characters=" -"), max_size=12)


def card(body: str) -> str:
    return body + luhn_check_digit(body)


CARDS = st.text("0123456789", min_size=6, max_size=12).map(lambda middle: card("541333" + middle))


@given(AROUND, CARDS, AROUND)
def test_a_card_number_of_any_length_is_hidden_in_any_text(before: str, number: str, after: str) -> None:
    assert hide_card_numbers(before + number + after) == before + masked_pan(number) + after


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("5413 3300 0000 0027", "5413 33** **** 0027"),
        ("5413-3300-0000-0027", "5413-33**-****-0027"),
        ("5413.3300.0000.0027", "5413.33**.****.0027"),
        ("5413/3300/0000/0027", "5413/33**/****/0027"),
        ("5413 / 3300 / 0000 / 0027", "5413 / 33** / **** / 0027"),
        ("54133300A00000027", "541333**A****0027"),
        ("5413x330000000027", "5413x33******0027"),
        ("5 4 1 3 3 3 0 0 0 0 0 0 0 0 2 7", "5 4 1 3 3 3 * * * * * * 0 0 2 7"),
        ("54.13.33.00.00.00.00.27", "54.13.33.**.**.**.00.27"),
        ("541-333-000-000-002-7", "541-333-***-***-002-7"),
    ],
)
@pytest.mark.parametrize("around", ["{}", "CARD {} OK", "2029 {} 12/29", "{} 12", "12 {}", "0021 0021 {} 99 7"])
def test_a_number_written_in_groups_is_hidden(written: str, shown: str, around: str) -> None:
    assert shown in hide_card_numbers(around.format(written))


@pytest.mark.parametrize("head", ["16", "0016", "0216", "001016", "9" * 30])
def test_a_number_with_its_length_glued_in_front_is_hidden(head: str) -> None:
    assert hide_card_numbers(f"X{head}{NUMBER}Y") == f"X{head}{masked_pan(NUMBER)}Y"


@pytest.mark.parametrize(
    "text",
    [
        "632510000001",  # RRN: twelve digits
        "5413330000000028",  # the check digit does not fit
        "9701100001000000",  # begins as no payment card does
        "1234567890123",
        "MCC123456789",
        "2026-11-25 22:17:40",
        "+39 06 1234 5678",
        "4e3f1c2a-5b6d-4f70-8a91-b2c3d4e5f607",
        "5413-33-00 00:00:00.027",  # groups as dates and times have them
        "EXAMPLE SHOP           ROMA          ITA",
    ],
)
def test_other_numbers_stay_readable(text: str) -> None:
    assert hide_card_numbers(text) == text


@given(st.lists(st.text(st.characters(exclude_categories=["Nd", "Cs"]), max_size=5), min_size=15, max_size=15), AROUND)
def test_a_messages_own_number_is_hidden_whatever_lies_between_its_digits(between: list[str], around: str) -> None:
    written = "".join(map(str.__add__, NUMBER, [*between, ""]))
    hidden = hide_own_number(around + written + around, NUMBER)
    assert re.sub("[^0-9]", "", hidden) == "5413330027"
    assert len(hidden) == len(around + written + around)


@pytest.mark.parametrize("text", [NUMBER[:-1], "9" * 40, "SHOP 12 ROMA ITA", ""])
def test_a_text_without_the_own_number_stays(text: str) -> None:
    assert hide_own_number(text, NUMBER) == text


def test_an_own_number_of_twelve_digits_is_hidden_whole_wherever_it_stands_and_however_often() -> None:
    assert hide_own_number("a541333000002b5413.3300.0002", "541333000002") == "a************b****.****.****"


@given(st.text())
@example("5413330000000001")
def test_any_text_keeps_its_length_and_loses_digits_only(text: str) -> None:
    hidden = hide_card_numbers(text)
    assert len(hidden) == len(text)
    assert not any(is_card_number(run) for run in re.findall(r"[0-9]{13,}", hidden))


def test_digits_of_other_scripts_are_no_card_number() -> None:
    assert hide_card_numbers("\u0661" * 16) == "\u0661" * 16
