"""Static card verification codes: CVC1 of the stripe, CVC2 of the panel, the chip's own. Expiry is YYMM."""

from enum import Enum

from authorizer.crypto.des import BLOCK, Tdes, xor
from authorizer.pan import Pan

_LETTERS_TO_DIGITS = str.maketrans("abcdef", "012345", "0123456789")
_DIGITS_ONLY = str.maketrans("", "", "abcdef")


class CvcKind(Enum):
    """Which code; the value is the service code it is made with, None for the card's own."""

    CVC1 = None
    CVC2 = "000"
    CHIP = "999"


class Cvk:
    """The two contexts of a card verification key. Raises ValueError for a key that is not double length."""

    __slots__ = ("left", "whole")

    def __init__(self, key: bytes) -> None:
        if len(key) != 2 * BLOCK:
            raise ValueError("a card verification key has 16 bytes (double-length 3DES)")
        self.left = Tdes(key[:BLOCK] * 2)
        self.whole = Tdes(key)

    def __repr__(self) -> str:
        return "Cvk(key hidden)"


def cvc(key: Cvk, pan: Pan, expiry: str, service_code: str) -> str:
    """Three digits. Expiry and service code must be digits, 4 and 3."""
    data = bytes.fromhex(f"{pan.clear}{expiry}{service_code}".ljust(32, "0"))
    first = key.left.encrypt(data[:BLOCK])
    return decimal_digits(key.whole.encrypt(xor(first, data[BLOCK:])), 3)


def decimal_digits(block: bytes, count: int) -> str:
    """Digits from left to right; if too few, a second pass takes A to F as 0 to 5."""
    text = block.hex()
    digits = text.translate(_DIGITS_ONLY)
    return digits[:count] if len(digits) >= count else (digits + text.translate(_LETTERS_TO_DIGITS))[:count]
