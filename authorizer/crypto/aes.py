"""AES on whole blocks: for PIN block format 4 and key blocks of version D."""

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 16


class Aes:
    """AES without chaining. Raises ValueError, without content, for a key that has not 16, 24 or 32 bytes."""

    __slots__ = ("_deciphering", "_enciphering")

    def __init__(self, key: bytes) -> None:
        cipher = Cipher(aes_algorithm(key), modes.ECB())  # noqa: S305  ISO 9564-1 format 4 chains by itself
        self._enciphering = cipher.encryptor()
        self._deciphering = cipher.decryptor()

    def encrypt(self, blocks: bytes) -> bytes:
        return self._enciphering.update(blocks)

    def decrypt(self, blocks: bytes) -> bytes:
        return self._deciphering.update(blocks)

    def __repr__(self) -> str:
        return "Aes(key hidden)"


def aes_cbc_encrypt(key: bytes, vector: bytes, blocks: bytes) -> bytes:
    return Cipher(aes_algorithm(key), modes.CBC(vector)).encryptor().update(blocks)


def aes_cbc_decrypt(key: bytes, vector: bytes, blocks: bytes) -> bytes:
    return Cipher(aes_algorithm(key), modes.CBC(vector)).decryptor().update(blocks)


def aes_algorithm(key: bytes) -> algorithms.AES:
    if len(key) not in (16, 24, 32):
        raise ValueError("an AES key has 16, 24 or 32 bytes")
    return algorithms.AES(key)
