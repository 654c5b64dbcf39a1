"""Card numbers outside the test range, however they are written: signs between the digits, packed decimals, both alphabets. Pure.

Stricter than authorizer.card_numbers, which keeps logs readable: a recording is handed on, so a doubtful number counts as one.
Numbers of the test range are none.
"""

import re
from collections.abc import Iterator

from authorizer.card_numbers import LONGEST, SHORTEST, is_card_number

TEST_BIN = "541333"

_SIGNS = r"[^0-9A-Za-z*]{0,3}"
"""Between two digits. A star is no sign: it stands where digits were taken away."""
_WRITTEN = re.compile(rf"[0-9](?:{_SIGNS}[0-9]){{{SHORTEST - 1},}}")
_TEST_NUMBER = re.compile(_SIGNS.join(TEST_BIN) + rf"(?:{_SIGNS}[0-9]){{10}}")
_PACKED = re.compile(rf"[0-9]{{{SHORTEST},}}")
_GLUED = (re.compile(r"(?=([2-6][0-9]{15}))"), re.compile(r"(?=(3[47][0-9]{13}))"))
"""Numbers that stand glued to other digits have the usual sixteen, or fifteen of the scheme that has those."""
_SCHEME = re.compile(r"4|5[0-8]|2[2-7]|3[4-7]|6")


def in_text(text: str) -> bool:
    """Whether digits of the text, taken with or without the signs between them, make another card's number."""
    if len(text) < SHORTEST:
        return False
    others = _TEST_NUMBER.sub("x", text)
    return any(map(_is_stray, (digits for found in _WRITTEN.finditer(others) for digits in _candidates(found[0]))))


def in_bytes(value: bytes) -> bool:
    """Whether another card's number stands anywhere among the bytes, as packed decimals or characters."""
    if in_text(value.decode("latin-1")) or in_text(value.decode("cp037")):
        return True
    if value.isdigit():
        return False  # digits in ASCII are packed decimals by chance only
    return any(
        map(
            _is_stray,
            (digits for found in _PACKED.finditer(_TEST_NUMBER.sub("x", value.hex())) for digits in _candidates(found[0])),
        )
    )


def is_spelled_by(value: bytes) -> bool:
    """Whether the whole of it is another card's number in packed decimals, or one stands in its characters."""
    return _is_stray(value.hex().rstrip("f").lstrip("0")) or in_text(value.decode("latin-1")) or in_text(value.decode("cp037"))


def _is_stray(digits: str) -> bool:
    return digits.isdecimal() and is_card_number(digits) and not digits.startswith(TEST_BIN)


def _candidates(written: str) -> Iterator[str]:
    """Each row of neighbouring groups that may be a number, and what may stand glued within all of them."""
    groups = re.findall(r"[0-9]+", written)
    for start in range(len(groups)):
        digits = ""
        for group in groups[start:]:
            digits += group
            if len(digits) > LONGEST:
                break
            yield digits
            yield digits.lstrip("0")
    joined = "".join(groups)
    for glued in _GLUED:
        yield from (found[1] for found in glued.finditer(joined) if _SCHEME.match(found[1]))
