"""The card's side of EMV for M/Chip with common session keys (cryptogram version 20): makes DE 55, checks an issuer's answer.

Source: EMV Book 2, annex A1 (option A master keys, session keys, ARPC method 1) and ISO 9797-1 algorithm 3. The simulator's
own: the issuer's cryptography is judged by it. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes

# The published test key of the development set-up; never a production key.
TEST_MASTER_KEY = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
APPROVED, DECLINED = "0012", "0000"
"""ARPC response codes."""
SIGNED_TAGS = ("9F02", "9F03", "9F1A", "95", "5F2A", "9A", "9C", "9F37", "82", "9F36")
VERIFICATION_RESULTS = bytes.fromhex("A00003220000")
_COUNTERS = bytes.fromhex("00000000000000FF")


@dataclass(frozen=True, slots=True)
class Chip:
    """A card's chip by its number and sequence number (DE 23)."""

    pan: str = field(repr=False)
    psn: str = "00"
    master_key: bytes = field(default=TEST_MASTER_KEY, repr=False)

    def signed(self, tags: Mapping[str, bytes], *, is_genuine: bool = True) -> bytes:
        """DE 55: the tags that a terminal gave, with cryptogram and issuer application data."""
        cryptogram = self.cryptogram(tags, VERIFICATION_RESULTS)
        if not is_genuine:
            cryptogram = bytes([cryptogram[0] ^ 1]) + cryptogram[1:]
        application_data = b"\x01\x14" + VERIFICATION_RESULTS + bytes(2) + _COUNTERS
        return built({**tags, "9F26": cryptogram, "9F27": b"\x80", "9F10": application_data})

    def has_signed(self, icc: Mapping[str, bytes]) -> bool:
        """Whether DE 55 of a request carries this chip's cryptogram."""
        try:
            return self.cryptogram(icc, icc["9F10"][2:8]) == icc["9F26"]
        except KeyError:
            return False

    def cryptogram(self, tags: Mapping[str, bytes], verification_results: bytes) -> bytes:
        """The ARQC over the tags of a payment. Raises KeyError where one is missing."""
        signed = b"".join(tags[tag] for tag in SIGNED_TAGS) + verification_results
        return _retail_mac(self._session_key(tags["9F36"]), signed)

    def answer(self, cryptogram: bytes, counter: bytes, response_code: str) -> bytes:
        """Tag 91 of the issuer that this chip believes: ARPC and its response code."""
        code = bytes.fromhex(response_code)
        clear = bytes(left ^ right for left, right in zip(cryptogram, code.ljust(8, b"\0"), strict=True))
        return _encrypted(self._session_key(counter), clear) + code

    def _session_key(self, counter: bytes) -> bytes:
        return _pair(self._card_key(), counter.ljust(8, b"\0"))

    def _card_key(self) -> bytes:
        left = bytes.fromhex((self.pan + self.psn)[-16:].rjust(16, "0"))
        right = bytes(byte ^ 0xFF for byte in left)
        return _with_parity(_encrypted(self.master_key, left) + _encrypted(self.master_key, right))


def read(data: bytes) -> dict[str, bytes]:
    """BER-TLV of one or two byte tags, as far as it can be read; the first of each tag."""
    found: dict[str, bytes] = {}
    at = 0
    while at < len(data):
        size = 2 if data[at] & 0x1F == 0x1F else 1
        tag, length = data[at : at + size].hex().upper(), data[at + size : at + size + 1]
        value = data[at + size + 1 : at + size + 1 + length[0]] if length else b""
        if not length or len(value) < length[0]:
            break
        found.setdefault(tag, value)
        at += size + 1 + length[0]
    return found


def built(tags: Mapping[str, bytes]) -> bytes:
    """DE 55 of these tags."""
    return b"".join(bytes.fromhex(tag) + bytes([len(value)]) + value for tag, value in tags.items())


def _pair(key: bytes, diversifier: bytes) -> bytes:
    halves = (diversifier[:2] + marker + diversifier[3:] for marker in (b"\xf0", b"\x0f"))
    return b"".join(_encrypted(key, half) for half in halves)


def _with_parity(key: bytes) -> bytes:
    return bytes(byte if byte.bit_count() % 2 else byte ^ 1 for byte in key)


def _retail_mac(key: bytes, data: bytes) -> bytes:
    """ISO 9797-1 algorithm 3 with padding method 2, eight bytes."""
    padded = data + b"\x80" + bytes(-(len(data) + 1) % 8)
    left, right = key[:8], key[8:]
    block = bytes(8)
    for at in range(0, len(padded), 8):
        block = _single(left, bytes(a ^ b for a, b in zip(block, padded[at : at + 8], strict=True)))
    return _single(left, _single(right, block, decrypts=True))


def _single(key: bytes, block: bytes, *, decrypts: bool = False) -> bytes:
    cipher = Cipher(TripleDES(key * 3), modes.ECB())  # noqa: S305 - the card's own format
    worker = cipher.decryptor() if decrypts else cipher.encryptor()
    return worker.update(block) + worker.finalize()


def _encrypted(key: bytes, block: bytes) -> bytes:
    encryptor = Cipher(TripleDES(key + key[:8]), modes.ECB()).encryptor()  # noqa: S305 - the card's own format
    return encryptor.update(block) + encryptor.finalize()
