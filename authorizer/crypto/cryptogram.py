"""The chip's application cryptogram (ARQC, TC or AAC) of M/Chip and the issuer's answer to it (ARPC).

What the card has authenticated is read from the tags of DE 55; what is missing or misshapen is a value that names the
tag. EMV Book 2, section 8; the cryptogram version number is the second byte of tag 9F10.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from operator import itemgetter
from typing import NamedTuple

from authorizer.crypto.des import BLOCK, Tdes, xor
from authorizer.crypto.emv_keys import session_key
from authorizer.crypto.mac import Padding, padded, retail_mac_of_blocks

AUTHENTICATED_TAGS: Mapping[str, int] = {
    "9F02": 6, "9F03": 6, "9F1A": 2, "95": 5, "5F2A": 2, "9A": 3, "9C": 1, "9F37": 4, "82": 2, "9F36": 2,
}  # fmt: skip
"""Tag to length in bytes, in the order in which the card authenticates them; the CVR of 9F10 follows."""

CRYPTOGRAM, ATC, UNPREDICTABLE_NUMBER, ISSUER_DATA, INFORMATION = "9F26", "9F36", "9F37", "9F10", "9F27"
_VALUES = itemgetter(*AUTHENTICATED_TAGS)
_LENGTHS = tuple(AUTHENTICATED_TAGS.values())
_ISSUER_DATA_LENGTH = 18
_CVR, _COUNTERS = slice(2, 8), slice(10, 18)


class CryptogramKind(Enum):
    """The two high bits of tag 9F27."""

    AAC = 0x00
    TC = 0x40
    ARQC = 0x80
    RESERVED = 0xC0


class CryptogramVersion(Enum):
    """The cryptogram versions of M/Chip: bit 3 says which session key, bit 1 whether counters are authenticated."""

    CVN_10 = 0x10
    CVN_11 = 0x11
    CVN_14 = 0x14
    CVN_15 = 0x15

    @property
    def has_emv_session_key(self) -> bool:
        """EMV's common session key (ATC alone); otherwise Mastercard's (ATC and unpredictable number)."""
        return self in (CryptogramVersion.CVN_14, CryptogramVersion.CVN_15)

    @property
    def covers_counters(self) -> bool:
        return self in (CryptogramVersion.CVN_11, CryptogramVersion.CVN_15)


_VERSIONS = {version.value: version for version in CryptogramVersion}
_KINDS = {kind.value: kind for kind in CryptogramKind}


class CryptogramFault(Enum):
    MISSING = "missing"
    LENGTH = "length"
    VERSION = "version"


@dataclass(frozen=True, slots=True)
class UnreadableCryptogram:
    """The tag that is missing, has another length than it must, or names a version that no key was made for."""

    tag: str
    fault: CryptogramFault


class Cryptogram(NamedTuple):
    """What DE 55 says, ready to be recomputed. Nothing in it is secret. A tuple: made in a third of the time."""

    sent: bytes
    version: CryptogramVersion
    key_index: int
    """Key derivation index: which of the issuer's master keys the card was made with."""
    atc: bytes
    diversifier: bytes
    blocks: bytes
    kind: CryptogramKind | None
    """None without tag 9F27."""


@dataclass(slots=True)
class CardKeys:
    """Contexts of one message: the card's key and, once it is needed, the key of this transaction."""

    icc: Tdes
    session_bytes: bytes = field(repr=False)
    session: Tdes


def read_cryptogram(tags: Mapping[str, bytes]) -> Cryptogram | UnreadableCryptogram:
    """`tags`: upper-case hex to value, as DE 55 gives them."""
    issuer_data = tags.get(ISSUER_DATA)
    sent = tags.get(CRYPTOGRAM)
    if sent is None or issuer_data is None:
        return UnreadableCryptogram(CRYPTOGRAM if sent is None else ISSUER_DATA, CryptogramFault.MISSING)
    if len(sent) != BLOCK:
        return UnreadableCryptogram(CRYPTOGRAM, CryptogramFault.LENGTH)
    if len(issuer_data) < _ISSUER_DATA_LENGTH:
        return UnreadableCryptogram(ISSUER_DATA, CryptogramFault.LENGTH)
    version = _VERSIONS.get(issuer_data[1])
    if version is None:
        return UnreadableCryptogram(ISSUER_DATA, CryptogramFault.VERSION)
    try:
        values = _VALUES(tags)
    except KeyError as error:
        return UnreadableCryptogram(error.args[0], CryptogramFault.MISSING)
    if (lengths := tuple(map(len, values))) != _LENGTHS:
        wrong = (tag for tag, ours, theirs in zip(AUTHENTICATED_TAGS, _LENGTHS, lengths, strict=True) if ours != theirs)
        return UnreadableCryptogram(next(wrong), CryptogramFault.LENGTH)
    parts = [*values, issuer_data[_CVR]]
    if version.covers_counters:
        parts.append(issuer_data[_COUNTERS])
    atc = tags[ATC]
    diversifier = atc + (bytes(6) if version.has_emv_session_key else b"\x00\x00" + tags[UNPREDICTABLE_NUMBER])
    blocks = padded(b"".join(parts), Padding.METHOD_2)
    information = tags.get(INFORMATION)
    kind = _KINDS[information[0] & 0xC0] if information else None
    return Cryptogram(sent, version, issuer_data[0], atc, diversifier, blocks, kind)


def card_keys(icc: Tdes, cryptogram: Cryptogram) -> CardKeys:
    key = session_key(icc, cryptogram.diversifier)
    return CardKeys(icc, key, Tdes(key))


def application_cryptogram(keys: CardKeys, cryptogram: Cryptogram) -> bytes:
    """The eight bytes that a genuine card would have sent."""
    return retail_mac_of_blocks(keys.session_bytes[:BLOCK], keys.session, cryptogram.blocks)


class Answer(NamedTuple):
    """What the issuer needs to answer a genuine cryptogram."""

    keys: CardKeys
    cryptogram: Cryptogram

    def method_1(self, response_code: bytes) -> bytes:
        key = arpc_key(self.keys, self.cryptogram.version)
        return arpc_method_1(key, self.cryptogram.sent, response_code)

    def method_2(self, status_update: bytes, proprietary: bytes) -> bytes:
        left = self.keys.session_bytes[:BLOCK]
        return arpc_method_2(self.keys.session, left, self.cryptogram.sent, status_update, proprietary)


def arpc_key(keys: CardKeys, version: CryptogramVersion) -> Tdes:
    """The card's own key with Mastercard's session keys, the transaction's with EMV's."""
    return keys.session if version.has_emv_session_key else keys.icc


def arpc_method_1(key: Tdes, arqc: bytes, response_code: bytes) -> bytes:
    """Eight bytes. Tag 91 is this and the two-byte response code."""
    return key.encrypt(xor(arqc, response_code + bytes(6)))


def arpc_method_2(key: Tdes, left: bytes, arqc: bytes, status_update: bytes, proprietary: bytes = b"") -> bytes:
    """Four bytes. Tag 91 is this, the four-byte card status update and up to eight proprietary bytes. Not M/Chip 2."""
    return retail_mac_of_blocks(left, key, padded(arqc + status_update + proprietary, Padding.METHOD_2))[:4]
