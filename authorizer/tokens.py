"""Card numbers become keyed tokens at the door: one card, one token, and no way back without the key.

Pure. Where tokens are stored or looked up is not known here.
"""

import hmac

from authorizer.pan import Pan, luhn_check_digit

TOKEN_BYTES = 16
MIN_KEY_BYTES = 32
CHECK_BYTES = 8
_CHECKED = b"cardline token key check 1"
"""No number, so nobody's token."""
_SHOWN_AT_THE_END = 4


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

    @property
    def check_value(self) -> bytes:
        """Tells one key from another and says nothing of it."""
        mac = self._keyed.copy()
        mac.update(_CHECKED)
        return mac.digest()[:CHECK_BYTES]

    def makes(self, token: bytes, masked: str) -> bool:
        """Whether the token is, under this key, that of some number masked so. Each is tried: 100,000 for six hidden digits."""
        hidden = masked.count("*")
        first, last = masked[: -hidden - _SHOWN_AT_THE_END], masked[-_SHOWN_AT_THE_END:]
        return any(self.token(Pan(_whole(f"{first}{tried:0{hidden - 1}}", last))) == token for tried in range(10 ** (hidden - 1)))

    def __repr__(self) -> str:
        return "Tokenizer(key hidden)"


def _whole(first: str, last: str) -> str:
    """The digit between is the one with which the number's check digit is right."""
    assert len(last) == _SHOWN_AT_THE_END  # an even number of digits: the one before them counts once, as it is
    wanted = int(luhn_check_digit(f"{first}0{last[:-1]}")) - int(last[-1])
    return f"{first}{wanted % 10}{last}"
