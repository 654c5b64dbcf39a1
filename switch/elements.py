"""The data elements of an online message: name, attribute and length of DE 1-128, read from elements.tsv.

Only the auth (not clearing) forms. How an element is coded on the wire is in iso8583, what lies inside it in
subelements.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

BITMAPS = frozenset({1, 65})
"""Positions that announce further bit maps and carry no value."""


@dataclass(frozen=True, slots=True)
class Element:
    """One data element. max_length is in characters, or bytes where is_binary; the exact length where is_fixed."""

    number: int
    name: str
    attribute: str
    length_digits: int
    max_length: int
    is_binary: bool

    @property
    def is_numeric(self) -> bool:
        """Digits only ("n")."""
        return self.attribute == "n"

    @property
    def is_fixed(self) -> bool:
        """No length in front."""
        return self.length_digits == 0


_LENGTH_DIGITS = {"fixed": 0, "LL": 2, "LLL": 3}


@cache
def all_elements() -> dict[int, Element]:
    """DE 1-128 by number; bit maps included, for their names."""
    lines = files("switch").joinpath("elements.tsv").read_text("ascii").splitlines()
    return {element.number: element for element in map(_element, lines[1:])}


def _element(line: str) -> Element:
    number, name, attribute, kind, max_length, binary = line.split("\t")
    return Element(
        number=int(number),
        name=name,
        attribute=attribute,
        length_digits=_LENGTH_DIGITS[kind],
        max_length=int(max_length),
        is_binary=binary == "yes",
    )
