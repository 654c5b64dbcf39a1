"""A clearing message as a value, and what remains of one that cannot be read.

Representations and reasons name elements, tags and offsets only, never content.
"""

from dataclasses import dataclass, field

Value = str | bytes


@dataclass(slots=True, repr=False)  # not frozen: made for every record of a file
class IpmMessage:
    """One message. Elements are str as written (padding kept), DE 55 is bytes.

    `pds` has what the carriers (DE 48, 62, 123-125) held, by four-digit tag, known and unknown alike, exactly as written;
    the carriers themselves are not among the elements.
    """

    mti: str
    elements: dict[int, Value]
    pds: dict[str, str] = field(default_factory=dict)

    @property
    def function_code(self) -> str:
        """DE 24, which with the message type says what this is."""
        return self.text(24)

    def text(self, element: int, default: str = "") -> str:
        """A character element, or the default where it is absent."""
        value = self.elements.get(element, default)
        return value if isinstance(value, str) else default

    def raw(self, element: int) -> bytes:
        """A binary element, b"" where it is absent."""
        value = self.elements.get(element, b"")
        return value if isinstance(value, bytes) else b""

    def __repr__(self) -> str:
        elements, tags = " ".join(map(str, sorted(self.elements))), " ".join(sorted(self.pds))
        return f"IpmMessage({self.mti}, DE {elements}, PDS {tags})"


@dataclass(slots=True, repr=False)
class BadMessage:
    """Bytes that are no message: what could be read all the same, and where and why reading failed.

    `element` is None where the failure is in no element (message type, bit maps), `tag` names the PDS inside a carrier;
    `offset` counts from the message's first byte.
    """

    mti: str | None
    elements: dict[int, Value]
    pds: dict[str, str]
    element: int | None
    tag: str | None
    offset: int
    reason: str

    def __repr__(self) -> str:
        return f"BadMessage({self.mti}, {place(self.element, self.tag)} at {self.offset}: {self.reason})"


def place(element: int | None, tag: str | None) -> str:
    """Where in a message, in words."""
    if element is None:
        return "message type or bit map"
    return f"DE {element}" if tag is None else f"DE {element} PDS {tag}"
