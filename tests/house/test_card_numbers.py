"""No number in the project can be taken for somebody's card: only the public test range, and named vectors."""

import re
from collections.abc import Iterator

from house.tracked import ROOT, text_of, tracked_files

TEST_RANGE = "541333"

ALLOWED = {
    "1111222233334444": "the made-up number of published PVV and PIN block vectors",
    "9701100001000000": "DE 53, security related control information: no card number starts with 9",
}
"""Number to reason: a vector that public documents use, or a field that only looks like a card."""

_DIGITS = re.compile(r"(?<![0-9A-Fa-f])[0-9]{13,19}(?![0-9A-Fa-f])")


def passes_luhn(digits: str) -> bool:
    doubled = (int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits)))
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0


def card_like(text: str) -> Iterator[str]:
    """Also written in groups of four."""
    joined = re.sub(r"(?<=[0-9]{4})[ -](?=[0-9]{4}\b)", "", text)
    for candidate in {*_DIGITS.findall(text), *_DIGITS.findall(joined)}:
        if passes_luhn(candidate) and not candidate.startswith(TEST_RANGE) and int(candidate) > 0:
            yield candidate


def test_the_search_itself_finds_cards() -> None:
    number = "4" + "1" * 15
    assert list(card_like(f"pan={number},")) == [number]
    assert list(card_like(" ".join(["4111", *["1" * 4] * 3]))) == [number]
    assert list(card_like(TEST_RANGE + "0000000001")) == []


def test_no_file_holds_a_number_that_could_be_somebodys_card() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {number[:6]}...{number[-4:]}"
        for path in tracked_files()
        if (text := text_of(path)) is not None
        for number in card_like(text)
        if number not in ALLOWED
    ]
    assert found == []


def test_every_exception_is_still_needed() -> None:
    texts = "".join(text for path in tracked_files() if path.name != "test_card_numbers.py" and (text := text_of(path)))
    assert [number for number in ALLOWED if number not in texts] == []
