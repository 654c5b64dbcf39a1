"""Keys of a chip: from the issuer's master key to the card's, from the card's to the one of a transaction.

EMV Book 2, annexes A1.3 and A1.4. A card's keys are never stored: they are derived when a message needs them.
"""

import hashlib
from enum import Enum

from authorizer.crypto.cvc import decimal_digits
from authorizer.crypto.des import Tdes, with_odd_parity, xor
from authorizer.pan import Pan

_ONES = b"\xff" * 8
_OPTION_B_ABOVE = 16


class Derivation(Enum):
    """How a card's key comes from the issuer's. They differ for PANs above 16 digits only."""

    OPTION_A = "A"
    OPTION_B = "B"


def icc_master_key(issuer_key: Tdes, pan: Pan, psn: str, derivation: Derivation = Derivation.OPTION_A) -> bytes:
    """The card's double-length key. `psn` is the sequence number of DE 23, two digits."""
    digits = pan.clear + psn
    if derivation is Derivation.OPTION_B and len(pan.clear) > _OPTION_B_ABOVE:
        left = _hashed(digits)
    else:
        left = bytes.fromhex(digits[-16:].rjust(16, "0"))
    return with_odd_parity(issuer_key.encrypt(left + xor(left, _ONES)))


def _hashed(digits: str) -> bytes:
    """Sixteen decimal digits of SHA-1 over PAN and sequence number."""
    packed = bytes.fromhex(digits if len(digits) % 2 == 0 else f"0{digits}")
    return bytes.fromhex(decimal_digits(hashlib.sha1(packed).digest(), 16))  # noqa: S324  EMV prescribes it


def session_key(icc_key: Tdes, diversifier: bytes) -> bytes:
    """A double-length key from eight bytes R: ATC | 0000 | UN (Mastercard), ATC | 00.. (EMV), or the ARQC (scripts)."""
    head, tail = diversifier[:2], diversifier[3:]
    return with_odd_parity(icc_key.encrypt(b"".join((head, b"\xf0", tail, head, b"\x0f", tail))))
