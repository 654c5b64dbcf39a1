"""The character sets of clearing files. All have one character per byte and give every byte back: text is lossless."""

import enum

from clearing.errors import EncodeError

# IBM-1047 is IBM-037 with three pairs of characters exchanged: ^ and ¬, [ and Ý, ] and ¨. Python has no codec for it.
_EXCHANGED = ((0x5F, 0xB0), (0xAD, 0xBA), (0xBB, 0xBD))
_BETWEEN_037_AND_1047 = bytes.maketrans(
    bytes(byte for pair in _EXCHANGED for byte in pair), bytes(byte for pair in _EXCHANGED for byte in reversed(pair))
)


class CharacterSet(enum.Enum):
    """What MTI, elements, lengths and PDS are written in; bit maps and DE 55 are binary in every file."""

    CP500 = "cp500"
    CP037 = "cp037"
    CP1047 = "cp1047"
    LATIN_1 = "latin-1"

    @property
    def is_ebcdic(self) -> bool:
        return self is not CharacterSet.LATIN_1

    def decode(self, data: bytes) -> str:
        """Total: every byte is a character."""
        if self is CharacterSet.CP1047:
            return data.translate(_BETWEEN_037_AND_1047).decode("cp037")
        return data.decode(self.value)

    def encode(self, text: str) -> bytes:
        """Raises EncodeError where the set lacks a character."""
        try:
            if self is CharacterSet.CP1047:
                return text.encode("cp037").translate(_BETWEEN_037_AND_1047)
            return text.encode(self.value)
        except UnicodeEncodeError:
            raise EncodeError(None, f"a character that {self.value} does not have") from None
