"""Clearing messages to test with, made by hand and by hypothesis; the card numbers are of the test range."""

import io
from collections.abc import Iterable

from hypothesis import strategies as st

from clearing.ipm.characters import CharacterSet
from clearing.ipm.elements import CARRIERS, Element, all_elements
from clearing.ipm.framing import Framing
from clearing.ipm.messages import IpmMessage, Value
from clearing.ipm.recognition import FileForm
from clearing.ipm.writer import IpmWriter

PAN = "5413330000000019"
# Letters, digits and signs that all four character sets have at the same or at another place.
TEXT = st.characters(min_codepoint=0x20, max_codepoint=0x7E)
FRAMINGS = st.sampled_from(Framing)
CHARACTER_SETS = st.sampled_from(CharacterSet)


def presentment(number: int = 2, amount: int = 1250, **pds: str) -> IpmMessage:
    """A first presentment as a network writes it; `pds` as P0146="..."."""
    elements: dict[int, Value] = {
        2: PAN, 3: "000000", 4: f"{amount:012d}", 12: "261126101112", 22: "C10101C13144", 24: "200", 26: "5411",
        31: "1" * 23, 33: "200900", 38: "A12345", 42: "SHOP00000000001", 43: r"EXAMPLE GROCER\VIA 1\ROMA\00100     ITAITA",
        49: "978", 55: bytes(range(200)), 63: " MCCABC1231126  ", 71: f"{number:08d}", 94: "200001",
    }  # fmt: skip
    return IpmMessage("1240", elements, {"0023": "POI", "0148": "9782", **{tag[1:]: value for tag, value in pds.items()}})


def written(messages: Iterable[IpmMessage], form: FileForm) -> bytes:
    """The whole file."""
    out = io.BytesIO()
    with IpmWriter(out, form) as writer:
        writer.write_all(messages)
    return out.getvalue()


def _value(element: Element) -> st.SearchStrategy[Value]:
    shortest = element.max_length if element.is_fixed else 1
    longest = min(element.max_length, 60)
    if element.is_binary:
        return st.binary(min_size=shortest, max_size=longest)
    characters = st.characters(min_codepoint=0x30, max_codepoint=0x39) if element.is_numeric else TEXT
    return st.text(characters, min_size=shortest, max_size=longest)


_OPTIONAL = {number: _value(element) for number, element in all_elements().items() if number not in CARRIERS}
TAGS = st.integers(0, 9999).map("{:04d}".format)
PDS = st.dictionaries(TAGS, st.text(TEXT, min_size=1, max_size=60) | st.text(TEXT, min_size=480, max_size=992), max_size=5)
MESSAGES = st.builds(
    IpmMessage, st.sampled_from(["1240", "1442", "1644", "1740"]), st.fixed_dictionaries({}, optional=_OPTIONAL), PDS
)


def day_file(middle: Iterable[IpmMessage], form: FileForm, file_id: str = "0022611260000020090000001") -> bytes:
    """A whole file: header, the messages (numbered from 2), trailer."""
    messages = list(middle)
    header = IpmMessage("1644", {24: "697", 71: f"{1:08d}"}, {"0105": file_id, "0122": "T"})
    count, amount = len(messages) + 2, sum(int(message.text(4, "0")) for message in messages)
    sums = {"0105": file_id, "0301": f"{amount:016d}", "0306": f"{count:08d}"}
    return written([header, *messages, IpmMessage("1644", {24: "695", 71: f"{count:08d}"}, sums)], form)
