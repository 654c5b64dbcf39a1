"""Card numbers in text where none belongs: found by their form, shown as first six and last four. Pure.

The rule, beside elements that are secret as a whole (masking): a message's own numbers are hidden wherever they stand.
Others are hidden in free text where a run of 13 to 19 digits begins as payment cards do (2 to 6) and its check digit
fits; grouped writing (four by four, four-six-five) counts as one run. In a run of more than 16 digits every 16 that
begin as a card of a known scheme are tried too, since a length may stand glued to the number. Numbers with a place and
form of their own (RRN, STAN, terminal and merchant id, amounts, trace ids) are no free text and stay readable.
"""

import re
from collections.abc import Iterator

SHORTEST, LONGEST, USUAL = 13, 19, 16

_PERHAPS = re.compile(r"[0-9](?:[ -]?[0-9]){12}")
_RUN = re.compile(r"[0-9]{13,}")
_GROUPED = re.compile(r"(?<![0-9])[0-9]{4}(?:[ -][0-9]{1,6}){2,}(?![0-9])")
_GROUPS = re.compile(r"[0-9]{4}[ -](?:[0-9]{4}[ -][0-9]{4}(?:[ -][0-9]{1,4}){1,2}|[0-9]{6}[ -][0-9]{4,5})")
_SCHEME = re.compile(r"4|5[1-5]|2(?:2[2-9]|[3-6]|7[01]|720)|35|60|62|65")


def masked_pan(pan: str) -> str:
    """First 6 and last 4; nothing of a number too short to hide in between."""
    return pan[:6] + "*" * (len(pan) - 10) + pan[-4:] if len(pan) >= SHORTEST else "*" * len(pan)


def hide_card_numbers(text: str) -> str:
    """The text with every card number in it masked."""
    if len(text) < SHORTEST or _PERHAPS.search(text) is None:
        return text
    return _GROUPED.sub(_grouped, _RUN.sub(_run, text))


def is_card_number(digits: str) -> bool:
    """13 to 19 digits that begin as a payment card does, with a check digit that fits (ISO 7812)."""
    return SHORTEST <= len(digits) <= LONGEST and "2" <= digits[0] <= "6" and _passes_luhn(digits)


def _run(match: re.Match[str]) -> str:
    run = match[0]
    if is_card_number(run):
        return masked_pan(run)
    digits = list(run)
    for start in range(len(run) - USUAL + 1) if len(run) > USUAL else ():
        window = run[start : start + USUAL]
        if _SCHEME.match(window) and _passes_luhn(window):
            digits[start + 6 : start + USUAL - 4] = "*" * (USUAL - 10)
    return "".join(digits)


def _grouped(match: re.Match[str]) -> str:
    """The longest card number that a few of the groups make together; what stands around it stays."""
    text = match[0]
    for piece in _pieces(text):
        digits = piece.replace(" ", "").replace("-", "")
        if is_card_number(digits):
            return text.replace(piece, masked_pan(digits), 1)
    return text


def _pieces(text: str) -> Iterator[str]:
    starts = [0, *(found.end() for found in re.finditer(r"[ -]", text))]
    ends = [*(found.start() for found in re.finditer(r"[ -]", text)), len(text)]
    for place, start in enumerate(starts):
        for end in reversed(ends[place:]):
            piece = text[start:end]
            if end - start <= LONGEST + 4 and _GROUPS.fullmatch(piece):
                yield piece


_DOUBLED = {"0": 0, "1": 2, "2": 4, "3": 6, "4": 8, "5": 1, "6": 3, "7": 5, "8": 7, "9": 9}


def _passes_luhn(digits: str) -> bool:
    return (sum(map(int, digits[-1::-2])) + sum(_DOUBLED[digit] for digit in digits[-2::-2])) % 10 == 0
