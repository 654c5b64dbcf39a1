"""Card numbers in text where none belongs: found by their form, shown as first six and last four. Pure.

The rule, beside elements that are secret as a whole (masking): a message's own numbers are hidden wherever they stand,
whatever lies between their digits. Others are hidden in free text where 13 to 19 digits begin as payment cards do (2 to 6)
and the check digit fits: in one run, in groups of at least four (the last may be shorter) with a sign or a letter between
them, or in ones, twos or threes behind one and the same sign. In more than 16 digits every 16 that begin as a card of a known
scheme are tried too, since a length may stand glued to the number. Numbers with a place and form of their own (RRN, STAN,
terminal and merchant id, amounts, trace ids) are no free text and stay readable.
"""

import re
from collections.abc import Iterator

SHORTEST, LONGEST, USUAL = 13, 19, 16

_BETWEEN = r"(?:[^0-9*]|[^0-9A-Za-z*]{2,3})"
"""What may stand between two groups. A star is no sign: it stands where digits were taken away."""
_PERHAPS = re.compile(r"[0-9](?:[^0-9*]{0,3}+[0-9]){12}")
_GROUPS = re.compile(rf"[0-9]{{4,}}+(?:{_BETWEEN}[0-9]{{4,}}+)*+(?:{_BETWEEN}[0-9]{{1,3}}(?![0-9]))?")
_EVEN = (
    re.compile(r"(?<![0-9])[0-9]([^0-9*])[0-9](?:\1[0-9]){11,}(?![0-9])"),
    re.compile(r"(?<![0-9])[0-9]{2}([^0-9*])[0-9]{2}(?:\1[0-9]{2}){4,}(?:\1[0-9])?(?![0-9])"),
    re.compile(r"(?<![0-9])[0-9]{3}([^0-9*])[0-9]{3}(?:\1[0-9]{3}){2,}(?:\1[0-9]{1,2})?(?![0-9])"),
)
_SCHEME = re.compile(r"4|5[1-5]|2(?:2[2-9]|[3-6]|7[01]|720)|35|60|62|65")
_DIGITS = re.compile(r"[0-9]+")
_NO_DIGITS = re.compile(r"[^0-9]+")
_ENOUGH = re.compile(r"(?:[^0-9]*+[0-9]){12}")


def masked_pan(pan: str) -> str:
    """First 6 and last 4; nothing of a number too short to hide in between."""
    return pan[:6] + "*" * (len(pan) - 10) + pan[-4:] if len(pan) >= SHORTEST else "*" * len(pan)


def hide_own_number(text: str, pan: str) -> str:
    """The text without this very number, of 12 digits or more, however its digits are written."""
    if len(text) < len(pan) or _ENOUGH.match(text) is None:
        return text
    digits = _NO_DIGITS.sub("", text)
    if pan not in digits:
        return text
    places = _places(text)
    shown = list(text)
    start = digits.find(pan)
    while start >= 0:
        _star(shown, places[start : start + len(pan)])
        start = digits.find(pan, start + 1)
    return "".join(shown)


def hide_card_numbers(text: str) -> str:
    """The text, as long as it was, with every card number in it masked."""
    if len(text) < SHORTEST or _PERHAPS.search(text) is None:
        return text
    for form in (_GROUPS, *_EVEN):
        text = form.sub(_grouped, text)
    return text


def is_card_number(digits: str) -> bool:
    """13 to 19 digits that begin as a payment card does, with a check digit that fits (ISO 7812)."""
    return SHORTEST <= len(digits) <= LONGEST and "2" <= digits[0] <= "6" and _passes_luhn(digits)


def _grouped(match: re.Match[str]) -> str:
    text = match[0]
    places = _places(text)
    if len(places) < SHORTEST:
        return text
    digits = "".join(text[place] for place in places)
    shown = list(text)
    for start, end in list(_whole_groups(text, digits)) or _glued(digits):
        _star(shown, places[start:end])
    return "".join(shown)


def _whole_groups(text: str, digits: str) -> Iterator[tuple[int, int]]:
    """From each group on, the longest card number that it makes with those behind it, as positions among the digits."""
    ends = [0]
    for group in _DIGITS.findall(text):
        ends.append(ends[-1] + len(group))
    for place, start in enumerate(ends):
        for end in reversed(ends[place + 1 :]):
            if is_card_number(digits[start:end]):
                yield start, end
                break


def _glued(digits: str) -> Iterator[tuple[int, int]]:
    for start in range(len(digits) - USUAL + 1) if len(digits) > USUAL else ():
        window = digits[start : start + USUAL]
        if _SCHEME.match(window) and _passes_luhn(window):
            yield start, start + USUAL


def _places(text: str) -> list[int]:
    return [place for place, character in enumerate(text) if "0" <= character <= "9"]


def _star(shown: list[str], places: list[int]) -> None:
    """The digits at these places, as masked_pan shows them; what stands between them stays."""
    hidden = places[6:-4] if len(places) >= SHORTEST else places
    for place in hidden:
        shown[place] = "*"


_DOUBLED = {"0": 0, "1": 2, "2": 4, "3": 6, "4": 8, "5": 1, "6": 3, "7": 5, "8": 7, "9": 9}


def _passes_luhn(digits: str) -> bool:
    return (sum(map(int, digits[-1::-2])) + sum(_DOUBLED[digit] for digit in digits[-2::-2])) % 10 == 0
