"""TR-31 key blocks (ASC X9.143), versions B (3DES) and D (AES): header in clear, key enciphered, all authenticated.

Encryption and authentication keys are derived from the protection key by CMAC. Optional blocks are kept as text.
"""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from cryptography.hazmat.primitives.ciphers import BlockCipherAlgorithm

from authorizer.crypto import aes, des
from authorizer.crypto.mac import cmac

_HEADER = 16
_ENCRYPTION, _AUTHENTICATION = 0, 1


class KeyBlockFault(Enum):
    """Why a block gives no key. WRONG_MAC: another protection key, or a changed block. USAGE: not what the taker needs."""

    VERSION = "version"
    LAYOUT = "layout"
    PROTECTION_KEY = "protection_key"
    WRONG_MAC = "wrong_mac"
    KEY_LENGTH = "key_length"
    USAGE = "usage"


@dataclass(frozen=True, slots=True)
class KeyBlockHeader:
    """What may be done with the key, in the codes of the standard: usage P0 is a PIN key, mode E enciphers only..."""

    version: str
    usage: str
    algorithm: str
    mode_of_use: str
    key_version: str = "00"
    exportability: str = "E"
    optional_blocks: str = ""
    optional_count: int = 0
    reserved: str = "00"


@dataclass(frozen=True, slots=True)
class KeyBlock:
    header: KeyBlockHeader
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Scheme:
    """What differs between the two versions."""

    block: int
    algorithm: Callable[[bytes], BlockCipherAlgorithm]
    encrypt: Callable[[bytes, bytes, bytes], bytes]
    decrypt: Callable[[bytes, bytes, bytes], bytes]
    codes: dict[int, int]
    """Length of the protection key to its algorithm code in the derivation."""


_SCHEMES = {
    "B": _Scheme(des.BLOCK, des.tdes_algorithm, des.tdes_cbc_encrypt, des.tdes_cbc_decrypt, {16: 0, 24: 1}),
    "D": _Scheme(aes.BLOCK, aes.aes_algorithm, aes.aes_cbc_encrypt, aes.aes_cbc_decrypt, {16: 2, 24: 3, 32: 4}),
}


def unwrap(protection_key: bytes, text: str) -> KeyBlock | KeyBlockFault:
    scheme = _SCHEMES.get(text[:1])
    if scheme is None:
        return KeyBlockFault.VERSION
    if len(protection_key) not in scheme.codes:
        return KeyBlockFault.PROTECTION_KEY
    header = _header(text)
    if header is None:
        return KeyBlockFault.LAYOUT
    start = _HEADER + len(header.optional_blocks)
    try:
        body = bytes.fromhex(text[start:])
    except ValueError:
        return KeyBlockFault.LAYOUT
    enciphered, mac = body[: -scheme.block], body[-scheme.block :]
    if len(body) * 2 != len(text) - start or not enciphered or len(enciphered) % scheme.block or len(mac) != scheme.block:
        return KeyBlockFault.LAYOUT
    clear = scheme.decrypt(_derived(scheme, protection_key, _ENCRYPTION), mac, enciphered)
    if not hmac.compare_digest(_mac(scheme, protection_key, text[:start], clear), mac):
        return KeyBlockFault.WRONG_MAC
    bits = int.from_bytes(clear[:2], "big")
    key = clear[2 : 2 + bits // 8]
    return KeyBlock(header, key) if bits % 8 == 0 and 0 < len(key) == bits // 8 else KeyBlockFault.KEY_LENGTH


def wrap(protection_key: bytes, block: KeyBlock) -> str:
    """ValueError, without content, where header or protection key do not fit the version."""
    header, scheme = block.header, _SCHEMES.get(block.header.version)
    if scheme is None or len(protection_key) not in scheme.codes:
        raise ValueError("a key block is of version B under a 3DES key or D under an AES key")
    size = len(block.key) + 2
    clear = (8 * len(block.key)).to_bytes(2, "big") + block.key + secrets.token_bytes(-size % scheme.block)
    length = _HEADER + len(header.optional_blocks) + 2 * (len(clear) + scheme.block)
    text = (
        f"{header.version}{length:04}{header.usage}{header.algorithm}{header.mode_of_use}{header.key_version}"
        f"{header.exportability}{header.optional_count:02}{header.reserved}{header.optional_blocks}"
    )
    if _header(text.ljust(length, "0")) != header:
        raise ValueError("the header of a key block has fields of fixed length")
    mac = _mac(scheme, protection_key, text, clear)
    enciphered = scheme.encrypt(_derived(scheme, protection_key, _ENCRYPTION), mac, clear)
    return f"{text}{enciphered.hex()}{mac.hex()}".upper()


def _header(text: str) -> KeyBlockHeader | None:
    if len(text) < _HEADER or not text.isascii() or text[1:5] != f"{len(text):04}" or not text[12:14].isdigit():
        return None
    count, end = int(text[12:14]), _HEADER
    for _ in range(count):
        try:
            size = int(text[end + 2 : end + 4], 16)
        except ValueError:
            return None
        if size < 4 or end + size > len(text):  # 00, a length of its own length, is not in use for these blocks
            return None
        end += size
    fields = (text[0], text[5:7], text[7], text[8], text[9:11], text[11])
    return KeyBlockHeader(*fields, optional_blocks=text[_HEADER:end], optional_count=count, reserved=text[14:16])


def _mac(scheme: _Scheme, protection_key: bytes, header: str, clear: bytes) -> bytes:
    return cmac(scheme.algorithm(_derived(scheme, protection_key, _AUTHENTICATION)), header.encode() + clear)


def _derived(scheme: _Scheme, protection_key: bytes, purpose: int) -> bytes:
    """As long as the protection key: CMACs over counter, purpose, algorithm and length in bits."""
    length = len(protection_key)
    tail = b"".join(number.to_bytes(2, "big") for number in (scheme.codes[length], 8 * length))
    head = purpose.to_bytes(2, "big") + b"\x00"
    algorithm = scheme.algorithm(protection_key)
    parts = (cmac(algorithm, bytes([counter]) + head + tail) for counter in range(1, -(-length // scheme.block) + 1))
    return b"".join(parts)[:length]
