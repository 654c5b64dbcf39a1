"""A card's number as it may lie in a database: AES-256-GCM under a key that is not there, bound to the card's id.

Pure. Shape: format (1 byte), check value of the key (3), nonce (12), ciphertext and tag. Where a number has to be kept
at all is decided elsewhere.
"""

import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from authorizer.errors import SealedPanError
from authorizer.pan import Pan

KEY_BYTES = 32
_FORMAT = b"\x01"
_CHECK_BYTES, _NONCE_BYTES = 3, 12


class PanCipher:
    """Seals numbers and opens them again."""

    __slots__ = ("_aes", "_head")

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"the key for card numbers has {KEY_BYTES} bytes")
        self._aes = AESGCM(key)
        self._head = _FORMAT + hmac.digest(key, b"cardline pan key check", "sha256")[:_CHECK_BYTES]

    def seal(self, pan: Pan, card_id: int) -> bytes:
        """Different each time, because every nonce is drawn anew."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return self._head + nonce + self._aes.encrypt(nonce, pan.clear.encode("ascii"), self._bound(card_id))

    def open(self, sealed: bytes, card_id: int) -> Pan:
        """Raises SealedPanError, without the content: another key, another card's, or changed."""
        head, nonce, rest = (
            sealed[: len(self._head)],
            sealed[len(self._head) :][:_NONCE_BYTES],
            sealed[len(self._head) + _NONCE_BYTES :],
        )
        if not hmac.compare_digest(head, self._head):
            raise SealedPanError(f"the number of card {card_id} is sealed under another key")
        try:
            return Pan(self._aes.decrypt(nonce, rest, self._bound(card_id)).decode("ascii"))
        except (InvalidTag, ValueError):
            raise SealedPanError(f"the sealed number of card {card_id} was changed or belongs to another card") from None

    def _bound(self, card_id: int) -> bytes:
        return self._head + f"|{card_id}".encode()

    def __repr__(self) -> str:
        return "PanCipher(key hidden)"
