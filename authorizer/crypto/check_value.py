"""Key check values: show that two sides hold the same key, and no more."""

from authorizer.crypto.aes import BLOCK as AES_BLOCK
from authorizer.crypto.aes import aes_algorithm
from authorizer.crypto.des import BLOCK, Tdes
from authorizer.crypto.mac import cmac


def key_check_value(key: bytes) -> str:
    """The first three bytes of 3DES(key, nought), in hex."""
    return Tdes(key).encrypt(bytes(BLOCK))[:3].hex().upper()


def aes_key_check_value(key: bytes) -> str:
    """The first three bytes of CMAC(key, nought), in hex (ANSI X9.24-1:2017, annex A)."""
    return cmac(aes_algorithm(key), bytes(AES_BLOCK))[:3].hex().upper()
