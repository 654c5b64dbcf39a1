"""Pieces of a clearing file as they may lie in a database: AES-256-GCM under a key that is not there. Pure.

A piece is bound to the content of its whole file, to its place and to the number of pieces: none can be moved, swapped,
dropped or taken from another file unnoticed. Shape: nonce (12 bytes), ciphertext and tag.
"""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from clearing.errors import SealedFileError

KEY_BYTES = 32
PIECE_BYTES = 1024 * 1024
_NONCE_BYTES = 12


def pieces_of(size: int) -> int:
    """How many pieces a file of so many bytes has."""
    return -(-size // PIECE_BYTES)


class FileSealer:
    """Seals and opens the pieces of one file."""

    __slots__ = ("_aes", "_bound")

    def __init__(self, key: bytes, sha256: bytes, pieces: int) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"the key for clearing files has {KEY_BYTES} bytes")
        self._aes = AESGCM(key)
        self._bound = b"cardline clearing file 1|%s|%d" % (sha256, pieces)

    def seal(self, number: int, piece: bytes) -> bytes:
        """Different each time, because every nonce is drawn anew."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._aes.encrypt(nonce, piece, self._place(number))

    def open(self, number: int, sealed: bytes) -> bytes:
        """Raises SealedFileError, without content: another key, another place, or changed."""
        try:
            return self._aes.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], self._place(number))
        except (InvalidTag, ValueError):
            raise SealedFileError(f"piece {number} was changed, or is sealed under another key") from None

    def _place(self, number: int) -> bytes:
        return self._bound + b"|%d" % number

    def __repr__(self) -> str:
        return "FileSealer(key hidden)"
