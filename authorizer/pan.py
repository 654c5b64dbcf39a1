"""A card number that does not show itself: masked in every repr, str and format.

The clear digits leave only through `.clear`, and only `switch/translate.py`, the tokenizer and the HSM ask for them.
No storage, no keys here.
"""

import re
from typing import NoReturn

_PAN = re.compile(r"[0-9]{12,19}", re.ASCII)


class Pan:
    """A primary account number of 12 to 19 digits (ISO 7812). Raises ValueError, without the content, for others."""

    __slots__ = ("_digits",)

    def __init__(self, digits: str) -> None:
        if not _PAN.fullmatch(digits):
            raise ValueError("a PAN has 12 to 19 digits")
        self._digits = digits

    @property
    def clear(self) -> str:
        """The digits themselves. Never to be logged, stored or put into an exception."""
        return self._digits

    @property
    def masked(self) -> str:
        """The first six and the last four digits, the rest as asterisks."""
        digits = self._digits
        return digits[:6] + "*" * (len(digits) - 10) + digits[-4:]

    @property
    def is_luhn_valid(self) -> bool:
        return luhn_check_digit(self._digits[:-1]) == self._digits[-1]

    def __str__(self) -> str:
        return self.masked

    def __repr__(self) -> str:
        return f"Pan({self.masked})"

    def __format__(self, spec: str) -> str:
        return format(self.masked, spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pan) and other._digits == self._digits

    def __hash__(self) -> int:
        return hash(self._digits)

    def __copy__(self) -> "Pan":
        return self

    def __deepcopy__(self, memo: object) -> "Pan":
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a PAN is not pickled")


def luhn_check_digit(payload: str) -> str:
    """The digit that makes `payload` + digit a valid number (ISO 7812-1, annex B)."""
    total = 0
    for position, digit in enumerate(reversed(payload)):
        value = int(digit) * (2 if position % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)
