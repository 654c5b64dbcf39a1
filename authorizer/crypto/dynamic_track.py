"""Where a contactless stripe card puts its dynamic digits into track 2, and how the issuer takes them out again.

The layout is personalised with the card (EMV contactless book C-2, PCVC3, PUNATC and NATC of track 2): two bit maps over
the discretionary data, the last digit being bit 1. The unpredictable number takes the last positions of its map, the
counter the first; the very last digit says how many digits the unpredictable number has.
"""

from dataclasses import dataclass, field

from authorizer.crypto.atc import MOST
from authorizer.crypto.cvc3 import track2_template

_HEAD = 7
"""Expiry and service code stand between the separator and the discretionary data."""


@dataclass(frozen=True, slots=True)
class DynamicTrackLayout:
    """As the card's profile has it. Raises ValueError where that is no layout."""

    code_map: int
    number_map: int
    counter_digits: int

    def __post_init__(self) -> None:
        maps = self.code_map | self.number_map
        if not 0 < maps < 1 << 16 or self.code_map & self.number_map or maps & 1:
            raise ValueError("the maps of a dynamic track are two bytes each, do not overlap and leave the last digit free")
        if not 3 <= self.code_map.bit_count() <= 5 or not 0 <= self.counter_digits <= min(5, self.number_map.bit_count()):
            raise ValueError("a dynamic track has 3 to 5 digits of code, and no more of the counter than its map")


@dataclass(frozen=True, slots=True)
class DynamicDigits:
    """What the card and the terminal put in, and the track as it was personalised (with noughts in their places)."""

    code: str = field(repr=False)
    unpredictable_number: int
    counter: str
    template: bytes = field(repr=False)


def read_dynamic_track(track2: str, layout: DynamicTrackLayout) -> DynamicDigits | None:
    """None where the track has no room for the layout. The unpredictable number is packed as digits: 899 is 0x899."""
    text = track2.upper().replace("=", "D").rstrip("F")
    separator = text.find("D")
    start = separator + 1 + _HEAD
    digits, before = text[start:], text[:separator] + text[separator + 1 : start]
    needed = (layout.code_map | layout.number_map).bit_length()
    if separator < 0 or len(digits) < needed or not (text.isascii() and digits.isdigit() and before.isdigit()):
        return None
    places = _places(layout.number_map, len(digits))
    counter_places, number_places = places[: layout.counter_digits], places[layout.counter_digits :]
    code_places = _places(layout.code_map, len(digits))
    dynamic = {*places, *code_places, len(digits) - 1}
    static = "".join("0" if place in dynamic else digit for place, digit in enumerate(digits))
    return DynamicDigits(
        code=_at(digits, code_places),
        unpredictable_number=int(_at(digits, number_places) or "0", 16),
        counter=_at(digits, counter_places),
        template=track2_template(text[:start] + static),
    )


def full_counter(last_seen: int | None, digits: str) -> int | None:
    """The lowest counter after the last one seen that ends in these digits; None where there is none any more."""
    step = 10 ** len(digits)
    wanted, above = int(digits or "0"), 0 if last_seen is None else last_seen + 1
    found = above + (wanted - above) % step
    return found if found <= MOST else None


def _places(bit_map: int, length: int) -> list[int]:
    """Positions from the left in the discretionary data."""
    return [length - 1 - bit for bit in reversed(range(bit_map.bit_length())) if bit_map >> bit & 1]


def _at(digits: str, places: list[int]) -> str:
    return "".join(digits[place] for place in places)
