"""Messages for the tests of the wire: test cards only."""

from typing import Any

from hypothesis import strategies as st

from switch.elements import BITMAPS, Element, all_elements
from switch.iso8583 import Message

PAN = "5413330000000021"
CHARACTERS = st.characters(min_codepoint=0x20, max_codepoint=0x7E)


def purchase(**changed: Any) -> Message:
    """A 0100 with 22 elements; changed as de4="..."; None leaves one out."""
    elements: dict[int, Any] = {
        2: PAN,
        3: "000000",
        4: "000000001000",
        6: "000000001000",
        7: "1121101112",
        11: "000001",
        12: "111112",
        13: "1121",
        14: "2912",
        18: "5411",
        22: "051",
        32: "012345",
        33: "012345",
        37: "632510000001",
        41: "TERM0001",
        42: "MERCHANT0000001",
        43: "EXAMPLE SHOP           ROMA          ITA",
        48: "R61050000192031".encode("cp037"),
        49: "978",
        51: "978",
        61: "102510000600084063368",
        63: "MCC123456",
    }
    elements |= {int(key.removeprefix("de")): value for key, value in changed.items()}
    return Message("0100", {number: value for number, value in elements.items() if value is not None})


def values(element: Element) -> st.SearchStrategy[str] | st.SearchStrategy[bytes]:
    """Any value that the element can carry in ASCII and in EBCDIC."""
    longest = min(element.max_length, 40)
    shortest = element.max_length if element.is_fixed else 1 if element.is_numeric else 0
    size = {"min_size": shortest, "max_size": element.max_length if element.is_fixed else longest}
    if element.is_binary:
        return st.binary(**size)
    return st.text("0123456789" if element.is_numeric else CHARACTERS, **size)


CARRIED = [element for number, element in all_elements().items() if number not in BITMAPS]
MESSAGES = st.builds(
    Message,
    st.text("0123456789", min_size=4, max_size=4),
    st.lists(st.sampled_from(CARRIED), max_size=25, unique_by=lambda element: element.number).flatmap(
        lambda chosen: st.fixed_dictionaries({element.number: values(element) for element in chosen})
    ),
)
