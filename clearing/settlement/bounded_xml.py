"""Reads XML that comes from outside into a tree, as far as it stays within bounds. Pure.

Document types and entities are refused, nothing outside the text is followed. A small text can make a large tree (an element
of four bytes is a hundred in memory), so elements and attributes are counted while they come, and none is waited for to its
end that is larger than anything a statement says.
"""

from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import TreeBuilder  # builds; what is parsed goes through defusedxml

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, XMLParser

MOST_PARTS = 2_000_000
"""Elements and attributes: some 50,000 entries, and less than 300 MB of memory."""
DEEPEST = 100
"""A camt.053 has about fifteen."""
LONGEST_PART = 1024 * 1024
"""Bytes of one tag with its attributes, or of one comment: these are held until their end has come."""
_PIECE = 64 * 1024


@dataclass(frozen=True, slots=True)
class BadXml:
    """Why there is no tree, and where, if there is a place. No content."""

    reason: str
    place: str = ""


class _Beyond(Exception):
    """Ends the reading at a bound; never leaves this file."""


def read_tree(document: bytes) -> Any:
    """The root element, or BadXml."""
    parser = XMLParser(target=_Counting(), forbid_dtd=True)
    try:
        for start in range(0, len(document), _PIECE):
            parser.feed(document[start : start + _PIECE])
            if start + _PIECE - parser.parser.CurrentByteIndex > LONGEST_PART:
                return BadXml(f"a tag or comment of more than {LONGEST_PART // 1024} KiB")
        return parser.close()
    except ParseError as error:
        line, column = error.position
        return BadXml("no well-formed XML, or cut off", f"line {line}, column {column}")
    except _Beyond as beyond:
        return BadXml(str(beyond))
    except (DefusedXmlException, ValueError, LookupError):
        return BadXml("XML with a document type, entities or an encoding that is not taken")


class _Counting:
    """What the parser tells, on its way to the tree."""

    def __init__(self) -> None:
        builder = TreeBuilder()
        self.data, self.close = builder.data, builder.close
        self._start, self._end = builder.start, builder.end
        self._parts = self._depth = 0

    def start(self, tag: str, attributes: dict[str, str]) -> Any:
        self._parts += 1 + len(attributes)
        self._depth += 1
        if self._depth > DEEPEST:
            raise _Beyond(f"elements nested deeper than {DEEPEST}")
        if self._parts > MOST_PARTS:
            raise _Beyond(f"more than {MOST_PARTS:,} elements and attributes")
        return self._start(tag, attributes)

    def end(self, tag: str) -> Any:
        self._depth -= 1
        return self._end(tag)
