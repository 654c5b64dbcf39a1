"""ISO 9797-1 message authentication: the three paddings, algorithm 3 (the "retail MAC"), and CMAC.

The last block of algorithm 3 is single DES under the left half, deciphered with the right, enciphered with the left:
that is one 3DES, which saves two contexts.
"""

from enum import Enum

from cryptography.hazmat.primitives.ciphers import BlockCipherAlgorithm
from cryptography.hazmat.primitives.cmac import CMAC

from authorizer.crypto.des import BLOCK, Tdes, single_des_chain, xor


class Padding(Enum):
    """ISO 9797-1. Method 2 is the one of EMV (80 00..)."""

    METHOD_1 = 1
    METHOD_2 = 2
    METHOD_3 = 3


def padded(data: bytes, padding: Padding) -> bytes:
    """A whole number of blocks, at least one. Method 3 puts the length in bits before the data."""
    if padding is Padding.METHOD_2:
        return data + b"\x80" + bytes(-(len(data) + 1) % BLOCK)
    body = data + bytes(-len(data) % BLOCK) or bytes(BLOCK)
    return (8 * len(data)).to_bytes(BLOCK, "big") + body if padding is Padding.METHOD_3 else body


def retail_mac(key: bytes, data: bytes, padding: Padding = Padding.METHOD_2) -> bytes:
    """Eight bytes under a double-length key."""
    return retail_mac_of_blocks(key[:BLOCK], Tdes(key), padded(data, padding))


def retail_mac_of_blocks(left: bytes, whole: Tdes, blocks: bytes) -> bytes:
    """The same of padded data, for who has the context of the whole key already; `left` is its first half."""
    last = blocks[-BLOCK:]
    if len(blocks) > BLOCK:
        last = xor(single_des_chain(left, blocks[:-BLOCK]), last)
    return whole.encrypt(last)


def cmac(algorithm: BlockCipherAlgorithm, data: bytes) -> bytes:
    """NIST SP 800-38B, as many bytes as the cipher's block."""
    mac = CMAC(algorithm)
    mac.update(data)
    return mac.finalize()
