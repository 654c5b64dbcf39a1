"""The data elements of a clearing message: name, attribute and length, read from elements.tsv.

They differ from those of an authorization (DE 12, 22, 25, 26, 30, 31, 43, 63, 71, 93-95 and others have other forms).
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

MESSAGE_TYPES = {
    "1240": "Presentment",
    "1442": "Chargeback",
    "1644": "Administrative",
    "1740": "Fee collection",
}
CARRIERS = (48, 62, 123, 124, 125)
"""Elements that hold nothing but PDS, filled in this order; a PDS is never split between two."""

_LENGTH_DIGITS = {"fixed": 0, "LL": 2, "LLL": 3}


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


@cache
def all_elements() -> dict[int, Element]:
    """The elements that a clearing file may carry, by number; bit maps are not among them."""
    lines = files("clearing.ipm").joinpath("elements.tsv").read_text("ascii").splitlines()
    return {element.number: element for element in map(_element, lines[1:])}


def _element(line: str) -> Element:
    number, name, attribute, kind, max_length, binary = line.split("\t")
    return Element(int(number), name, attribute, _LENGTH_DIGITS[kind], int(max_length), binary == "yes")
