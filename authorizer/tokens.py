"""Card numbers become keyed tokens at the door: one card, one token, and no way back without the key.

Pure. Where tokens are stored or looked up is not known here.
"""

import hmac

from authorizer.pan import Pan

TOKEN_BYTES = 16
MIN_KEY_BYTES = 32


class Tokenizer:
    """HMAC-SHA256 under one key, cut to 16 bytes: collisions stay out of reach for any number of cards ever issued."""

    __slots__ = ("_keyed",)

    def __init__(self, key: bytes) -> None:
        if len(key) < MIN_KEY_BYTES:
            raise ValueError(f"the token key needs at least {MIN_KEY_BYTES} bytes")
        self._keyed = hmac.new(key, digestmod="sha256")

    def token(self, pan: Pan) -> bytes:
        mac = self._keyed.copy()  # under the key already: less than half the cost of beginning anew
        mac.update(pan.clear.encode("ascii"))
        return mac.digest()[:TOKEN_BYTES]

    def __repr__(self) -> str:
        return "Tokenizer(key hidden)"
