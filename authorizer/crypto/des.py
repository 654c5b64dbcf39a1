"""Triple and single DES on whole blocks. Building a context costs ten times a block, so a `Tdes` is kept and reused.

DES ignores the parity bits of a key; `with_odd_parity` sets them where a key is shown, sent or compared.
"""

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, modes

BLOCK = 8
DOUBLE_LENGTH, TRIPLE_LENGTH = 16, 24

_NOUGHT = bytes(BLOCK)
_NO_CHAIN = modes.ECB()  # noqa: S305  the card schemes prescribe single blocks
_ODD_PARITY = bytes(byte & 0xFE | ((byte >> 1).bit_count() + 1) % 2 for byte in range(256))


class Tdes:
    """3DES without chaining. Raises ValueError, without content, for a key that is not double or triple length.

    ECB keeps no state between blocks, so one context serves for ever. The deciphering one is built when first asked for.
    """

    __slots__ = ("_cipher", "_deciphering", "_enciphering")

    def __init__(self, key: bytes) -> None:
        self._cipher = Cipher(_algorithm(key), _NO_CHAIN)
        self._enciphering = self._cipher.encryptor()
        self._deciphering: CipherContext | None = None

    def encrypt(self, blocks: bytes) -> bytes:
        return self._enciphering.update(blocks)

    def decrypt(self, blocks: bytes) -> bytes:
        if self._deciphering is None:
            self._deciphering = self._cipher.decryptor()
        return self._deciphering.update(blocks)

    def __repr__(self) -> str:
        return "Tdes(key hidden)"


def single_des_chain(key: bytes, blocks: bytes) -> bytes:
    """The last block of single DES in CBC mode from a nought vector: the inner part of the retail MAC."""
    chain = Cipher(TripleDES(key * 3), modes.CBC(_NOUGHT)).encryptor()
    return chain.update(blocks)[-BLOCK:]


def tdes_cbc_encrypt(key: bytes, vector: bytes, blocks: bytes) -> bytes:
    return Cipher(_algorithm(key), modes.CBC(vector)).encryptor().update(blocks)


def tdes_cbc_decrypt(key: bytes, vector: bytes, blocks: bytes) -> bytes:
    return Cipher(_algorithm(key), modes.CBC(vector)).decryptor().update(blocks)


def tdes_algorithm(key: bytes) -> TripleDES:
    """For a CMAC over 3DES. Raises as `Tdes` does."""
    return _algorithm(key)


def with_odd_parity(key: bytes) -> bytes:
    return key.translate(_ODD_PARITY)


def xor(left: bytes, right: bytes) -> bytes:
    """Two strings of the same length."""
    return (int.from_bytes(left, "big") ^ int.from_bytes(right, "big")).to_bytes(len(left), "big")


def _algorithm(key: bytes) -> TripleDES:
    if len(key) == DOUBLE_LENGTH:
        key += key[:BLOCK]
    if len(key) != TRIPLE_LENGTH:
        raise ValueError("a 3DES key has 16 bytes (double length) or 24 bytes (triple length)")
    return TripleDES(key)
