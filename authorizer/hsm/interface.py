"""The operations of a hardware security module in the words of an issuer. Results are values; nothing here is secret.

Keys are never arguments: a card names its key set, a message the index within it, and a link its PIN zone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from authorizer.crypto.cryptogram import CryptogramKind, CryptogramVersion, UnreadableCryptogram
from authorizer.crypto.cvc import CvcKind
from authorizer.crypto.key_block import KeyBlockFault
from authorizer.crypto.key_exchange import KeyExchangeFault
from authorizer.crypto.pin_block import PinBlockFormat
from authorizer.crypto.pin_reference import OffsetRule
from authorizer.keyring import DEFAULT_SET
from authorizer.pan import Pan

DEFAULT_ZONE = "default"


@dataclass(frozen=True, slots=True)
class CardReference:
    """What a check must know of a card. Expiry is YYMM; `psn` two digits, the last of DE 23; `key_set` the product's."""

    pan: Pan
    expiry: str = ""
    psn: str = "00"
    key_set: str = DEFAULT_SET


class CvcCheck(Enum):
    """NOT_PROCESSED: no key, or nothing that could be a code or an expiry."""

    MATCH = "match"
    NO_MATCH = "no_match"
    NOT_PROCESSED = "not_processed"


class PinCheck(Enum):
    """UNREADABLE: the block holds no PIN for this card under the zone's key. NO_KEY: nothing was compared."""

    MATCH = "match"
    NO_MATCH = "no_match"
    UNREADABLE = "unreadable"
    NO_KEY = "no_key"


@dataclass(frozen=True, slots=True)
class PinBlock:
    """As it came: enciphered under the PIN key of a zone (DE 52, format from DE 53 SF3)."""

    block: bytes = field(repr=False)
    form: PinBlockFormat = PinBlockFormat.ISO_0
    zone: str = DEFAULT_ZONE


@dataclass(frozen=True, slots=True)
class PvvReference:
    """The card's PVV and the index of the key that it was made with; None: the key set's first."""

    pvv: str = field(repr=False)
    index: int | None = None


@dataclass(frozen=True, slots=True)
class OffsetReference:
    """The card's IBM 3624 offset, as long as its PIN, and how it was made."""

    offset: str = field(repr=False)
    index: int
    rule: OffsetRule


class ArqcVerdict(Enum):
    MATCH = "match"
    NO_MATCH = "no_match"
    UNREADABLE = "unreadable"
    NO_KEY = "no_key"


class Arpc(Protocol):
    """Authorization response cryptograms for one message."""

    def method_1(self, response_code: bytes) -> bytes: ...

    def method_2(self, status_update: bytes, proprietary: bytes) -> bytes: ...


@dataclass(frozen=True, slots=True)
class ArqcCheck:
    """The verdict on a cryptogram and, where it is genuine, the means to answer the card.

    `fault` names the tag that could not be read (5F34 stands for DE 23); then the other values are those of an empty message.
    """

    verdict: ArqcVerdict
    fault: UnreadableCryptogram | None = None
    atc: int = 0
    version: CryptogramVersion | None = None
    kind: CryptogramKind | None = None
    _answer: Arpc | None = field(default=None, repr=False, compare=False)

    def issuer_authentication(self, response_code: bytes) -> bytes:
        """The value of tag 91 by method 1: ARPC and the two-byte ARPC response code. Only after a match."""
        assert self._answer is not None
        return self._answer.method_1(response_code) + response_code

    def issuer_authentication_with_status(self, status_update: bytes, proprietary: bytes = b"") -> bytes:
        """The value of tag 91 by method 2: four bytes of ARPC, the card status update, proprietary data."""
        assert self._answer is not None
        return self._answer.method_2(status_update, proprietary) + status_update + proprietary


@dataclass(frozen=True, slots=True)
class WorkingKey:
    """A PIN key that a zone holds now or will hold; of the key itself only the check value."""

    zone: str
    index: str
    cycle: str
    check_value: str


KeyImport = WorkingKey | KeyExchangeFault | KeyBlockFault
"""The key that was received, or why it was not taken."""


class Hsm(Protocol):
    """Those without `card` work on the default key set and zone, and raise KeyAbsentError where it has no such key."""

    def cvc(self, pan: Pan, expiry: str, service_code: str) -> str: ...

    def verify_cvc2(self, pan: Pan, expiry: str, cvc2: str) -> bool: ...

    def pvv(self, pan: Pan, pin: str) -> str: ...

    def pin_block_pvv(self, block: bytes, pan: Pan) -> str | None:
        """The PVV of the PIN inside an encrypted block; None when the block holds no PIN for this PAN."""

    def encrypt_pin_block(self, pin: str, pan: Pan) -> bytes: ...

    def verify_cvc(self, kind: CvcKind, card: CardReference, sent: str, *, service_code: str = "", index: int = 1) -> CvcCheck:
        """CVC1 needs the service code of the track; one of 000 or 999, which no stripe has, never matches."""

    def verify_cvc3(self, card: CardReference, sent: str, *, track: bytes, atc: int, unpredictable_number: int) -> CvcCheck:
        """`sent`: the last three to five digits. `track`: the template as personalised (see crypto.cvc3)."""

    def verify_pin(self, card: CardReference, block: PinBlock, reference: PvvReference | OffsetReference) -> PinCheck: ...

    def pin_block_offset(self, card: CardReference, block: PinBlock, *, index: int, rule: OffsetRule) -> str | PinCheck:
        """The offset that the PIN inside would have, to be compared by who knows the card's; else why there is none."""

    def verify_arqc(self, card: CardReference, tags: Mapping[str, bytes]) -> ArqcCheck:
        """`tags` of DE 55 by upper-case hexadecimal name. The master key is the one of the key derivation index."""

    def script_command(
        self, card: CardReference, header: bytes, *, atc: bytes, arqc: bytes, index: int, data: bytes = b""
    ) -> bytes:
        """A command for the chip, with its MAC. `data` must be enciphered where the card asks for it."""

    def pin_change_command(self, card: CardReference, pin: str, *, atc: bytes, arqc: bytes, index: int) -> bytes: ...

    def import_working_key(self, zone: str, key_exchange: str) -> KeyImport:
        """DE 48 SE 11 of an 0800/161. Not in use before `activate_working_key`; a refused key leaves nothing behind."""

    def import_working_key_block(
        self, zone: str, key_block: str, check_value: str
    ) -> WorkingKey | KeyExchangeFault | KeyBlockFault:
        """TR-31 of an 0800/161 and its six-digit check value."""

    def activate_working_key(self, zone: str, cycle: str | None = None) -> WorkingKey | None:
        """After the 0820/161, which names the cycle. None: no such key was received."""

    def restore_working_key(self, zone: str) -> WorkingKey | None:
        """Back to the key before the present one (0800/167). None: there is none."""
