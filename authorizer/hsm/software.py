"""`SoftwareHsm`: the operations of `Hsm` over a key ring in memory. For those who have no hardware module.

Whoever can read the memory of the process has its keys; hardware takes its place behind the same interface. Keys and
clear PINs never leave by repr, exception or log, and what is secret is compared in constant time.
"""

import hmac
from collections.abc import Mapping
from typing import TypeVar

from authorizer.crypto.aes import Aes
from authorizer.crypto.check_value import aes_key_check_value, key_check_value
from authorizer.crypto.cryptogram import (
    Answer,
    Cryptogram,
    CryptogramFault,
    UnreadableCryptogram,
    application_cryptogram,
    card_keys,
    read_cryptogram,
)
from authorizer.crypto.cvc import CvcKind, Cvk, cvc
from authorizer.crypto.cvc3 import LEAST_DIGITS, MOST_DIGITS, cvc3
from authorizer.crypto.des import Tdes
from authorizer.crypto.emv_keys import Derivation, icc_master_key
from authorizer.crypto.issuer_script import pin_change_command, script_command
from authorizer.crypto.key_block import KeyBlock, KeyBlockFault, unwrap
from authorizer.crypto.key_exchange import KeyExchangeFault, key_of, read_key_exchange
from authorizer.crypto.pin_block import PinBlockFormat, clear_pin_block
from authorizer.crypto.pin_reference import OffsetRule, pin_offset, pvv
from authorizer.errors import KeyAbsentError
from authorizer.hsm.interface import (
    DEFAULT_ZONE,
    ArqcCheck,
    ArqcVerdict,
    CardReference,
    CvcCheck,
    KeyImport,
    OffsetReference,
    PinBlock,
    PinCheck,
    PvvReference,
    WorkingKey,
)
from authorizer.hsm.working_keys import Context, WorkingKeys
from authorizer.keyring import ANY_INDEX, DEFAULT_SET, KeyName, KeyRing, KeyUse
from authorizer.pan import Pan

_PIN_USAGE, _PIN_CLASS = "P0", "PK"
_NEVER_ON_A_STRIPE = {CvcKind.CVC2.value, CvcKind.CHIP.value}
"""A track that somebody wrote with another code's service code would turn a CVC2 or a chip's code into a CVC1."""
_PSN_DIGITS = 2
_UNREADABLE_PSN = UnreadableCryptogram("5F34", CryptogramFault.LENGTH)
_Found = TypeVar("_Found")


class SoftwareHsm:
    """`derivation`: how the cards' keys were made. They are derived anew for each message and kept nowhere."""

    __slots__ = ("_cvks", "_derivation", "_kbpks", "_pvk_indexes", "_tdes", "_working")

    def __init__(self, keys: KeyRing, *, derivation: Derivation = Derivation.OPTION_A) -> None:
        ring = keys.items()
        self._cvks = {_place(name): Cvk(key) for name, key in ring if name.use is KeyUse.CVK}
        self._tdes = {(name.use, *_place(name)): Tdes(key) for name, key in ring if not name.use.is_aes}
        self._kbpks = [(name.use, key) for name, key in ring if name.use in (KeyUse.KBPK, KeyUse.KBPK_AES)]
        self._pvk_indexes = {name.key_set: name.index for name in reversed(keys.names) if name.use is KeyUse.PVK}
        fixed = [Tdes(key) if name.use is KeyUse.PIN else Aes(key) for name, key in ring if _is_pin_key(name.use)]
        self._working = WorkingKeys(tuple(fixed))
        self._derivation = derivation

    def cvc(self, pan: Pan, expiry: str, service_code: str) -> str:
        """CVC1 (card's service code), CVC2 (000) or chip CVC (999): three digits. The key is the default set's."""
        return cvc(_present(self._cvk(DEFAULT_SET, 1), DEFAULT_SET, KeyUse.CVK), pan, expiry, service_code)

    def verify_cvc2(self, pan: Pan, expiry: str, cvc2: str) -> bool:
        return self.verify_cvc(CvcKind.CVC2, CardReference(pan, expiry), cvc2) is CvcCheck.MATCH

    def verify_cvc(self, kind: CvcKind, card: CardReference, sent: str, *, service_code: str = "", index: int = 1) -> CvcCheck:
        key = self._cvk(card.key_set, index)
        service_code = kind.value or service_code
        if key is None or not (_is_digits(card.expiry, 4) and _is_digits(service_code, 3)):
            return CvcCheck.NOT_PROCESSED
        if kind is CvcKind.CVC1 and service_code in _NEVER_ON_A_STRIPE:
            return CvcCheck.NO_MATCH
        return _matches(cvc(key, card.pan, card.expiry, service_code), sent)

    def verify_cvc3(self, card: CardReference, sent: str, *, track: bytes, atc: int, unpredictable_number: int) -> CvcCheck:
        key = self._key(KeyUse.CVC3, card.key_set, ANY_INDEX)
        if key is None or not (0 <= atc < 1 << 16 and 0 <= unpredictable_number < 1 << 32 and _is_digits(card.psn, _PSN_DIGITS)):
            return CvcCheck.NOT_PROCESSED
        if not LEAST_DIGITS <= len(sent) <= MOST_DIGITS:
            return CvcCheck.NO_MATCH
        icc_key = icc_master_key(key, card.pan, card.psn, self._derivation)
        code = cvc3(icc_key, track, atc.to_bytes(2, "big"), unpredictable_number.to_bytes(4, "big"))
        return _matches(code[-len(sent) :], sent)

    def pvv(self, pan: Pan, pin: str) -> str:
        """Under the default set's first index."""
        index = self._pvk_indexes.get(DEFAULT_SET, ANY_INDEX)
        return pvv(_present(self._key(KeyUse.PVK, DEFAULT_SET, index), DEFAULT_SET, KeyUse.PVK), index, pan, pin)

    def pin_block_pvv(self, block: bytes, pan: Pan) -> str | None:
        pin = self._working.pin_in(PinBlock(block), pan)
        return self.pvv(pan, pin) if isinstance(pin, str) else None

    def encrypt_pin_block(self, pin: str, pan: Pan) -> bytes:
        key = _present(self._working.tdes(DEFAULT_ZONE), DEFAULT_SET, KeyUse.PIN)
        return key.encrypt(clear_pin_block(PinBlockFormat.ISO_0, pin, pan))

    def verify_pin(self, card: CardReference, block: PinBlock, reference: PvvReference | OffsetReference) -> PinCheck:
        use = KeyUse.PVK if isinstance(reference, PvvReference) else KeyUse.OFFSET
        index = self._pvk_indexes.get(card.key_set, ANY_INDEX) if reference.index is None else reference.index
        key = self._key(use, card.key_set, index)
        pin = self._working.pin_in(block, card.pan)
        if key is None or pin is None:
            return PinCheck.NO_KEY
        if not isinstance(pin, str):
            return PinCheck.UNREADABLE
        if isinstance(reference, PvvReference):
            ours, kept = pvv(key, index, card.pan, pin), reference.pvv
        else:
            ours, kept = pin_offset(key, reference.rule, card.pan, pin), reference.offset
        return PinCheck.MATCH if _same(ours, kept) else PinCheck.NO_MATCH

    def pin_block_offset(self, card: CardReference, block: PinBlock, *, index: int, rule: OffsetRule) -> str | PinCheck:
        key = self._key(KeyUse.OFFSET, card.key_set, index)
        pin = self._working.pin_in(block, card.pan)
        if key is None or pin is None:
            return PinCheck.NO_KEY
        return pin_offset(key, rule, card.pan, pin) if isinstance(pin, str) else PinCheck.UNREADABLE

    def verify_arqc(self, card: CardReference, tags: Mapping[str, bytes]) -> ArqcCheck:
        cryptogram = read_cryptogram(tags)
        if not _is_digits(card.psn, _PSN_DIGITS):
            cryptogram = _UNREADABLE_PSN
        if not isinstance(cryptogram, Cryptogram):
            return ArqcCheck(ArqcVerdict.UNREADABLE, cryptogram)
        seen = (None, int.from_bytes(cryptogram.atc, "big"), cryptogram.version, cryptogram.kind)
        issuer_key = self._key(KeyUse.IMK_AC, card.key_set, cryptogram.key_index)
        if issuer_key is None:
            return ArqcCheck(ArqcVerdict.NO_KEY, *seen)
        keys = card_keys(Tdes(icc_master_key(issuer_key, card.pan, card.psn, self._derivation)), cryptogram)
        if not hmac.compare_digest(application_cryptogram(keys, cryptogram), cryptogram.sent):
            return ArqcCheck(ArqcVerdict.NO_MATCH, *seen)
        return ArqcCheck(ArqcVerdict.MATCH, *seen, Answer(keys, cryptogram))

    def script_command(
        self, card: CardReference, header: bytes, *, atc: bytes, arqc: bytes, index: int, data: bytes = b""
    ) -> bytes:
        return script_command(self._icc(KeyUse.IMK_SMI, card, index), header, atc, arqc, data)

    def pin_change_command(self, card: CardReference, pin: str, *, atc: bytes, arqc: bytes, index: int) -> bytes:
        smi, smc = self._icc(KeyUse.IMK_SMI, card, index), self._icc(KeyUse.IMK_SMC, card, index)
        return pin_change_command(smi, smc, pin, card.pan, atc, arqc)

    def import_working_key(self, zone: str, key_exchange: str) -> KeyImport:
        exchange = read_key_exchange(key_exchange)
        if isinstance(exchange, KeyExchangeFault):
            return exchange
        if exchange.key_class != _PIN_CLASS:
            return KeyExchangeFault.KEY_CLASS
        transport_key = self._key(KeyUse.ZMK, DEFAULT_SET, ANY_INDEX)
        if transport_key is None:
            return KeyExchangeFault.NO_TRANSPORT_KEY
        key = key_of(exchange, transport_key)
        if isinstance(key, KeyExchangeFault):
            return key
        named = WorkingKey(zone, exchange.index, exchange.cycle, key_check_value(key))
        return self._working.receive(named, Tdes(key))

    def import_working_key_block(
        self, zone: str, key_block: str, check_value: str
    ) -> WorkingKey | KeyExchangeFault | KeyBlockFault:
        block = self._unwrapped(key_block)
        if not isinstance(block, KeyBlock):
            return block
        is_aes = block.header.algorithm == "A"
        if block.header.usage != _PIN_USAGE or block.header.algorithm not in ("T", "A"):
            return KeyBlockFault.USAGE
        if len(block.key) not in (KeyUse.PIN_AES if is_aes else KeyUse.PIN).lengths:
            return KeyBlockFault.KEY_LENGTH
        ours = aes_key_check_value(block.key) if is_aes else key_check_value(block.key)
        if not _same(ours, check_value.upper()):
            return KeyExchangeFault.WRONG_CHECK_VALUE
        context: Context = Aes(block.key) if is_aes else Tdes(block.key)
        return self._working.receive(WorkingKey(zone, "00", block.header.key_version, ours), context)

    def activate_working_key(self, zone: str, cycle: str | None = None) -> WorkingKey | None:
        return self._working.activate(zone, cycle)

    def restore_working_key(self, zone: str) -> WorkingKey | None:
        return self._working.restore(zone)

    def __repr__(self) -> str:
        return "SoftwareHsm(keys hidden)"

    def _cvk(self, key_set: str, index: int) -> Cvk | None:
        return self._cvks.get((key_set, index)) or self._cvks.get((key_set, ANY_INDEX))

    def _key(self, use: KeyUse, key_set: str, index: int) -> Tdes | None:
        return self._tdes.get((use, key_set, index)) or self._tdes.get((use, key_set, ANY_INDEX))

    def _icc(self, use: KeyUse, card: CardReference, index: int) -> Tdes:
        issuer_key = _present(self._key(use, card.key_set, index), card.key_set, use)
        return Tdes(icc_master_key(issuer_key, card.pan, card.psn, self._derivation))

    def _unwrapped(self, key_block: str) -> KeyBlock | KeyExchangeFault | KeyBlockFault:
        """Under the protection key of the block's version."""
        use = KeyUse.KBPK_AES if key_block.startswith("D") else KeyUse.KBPK
        found: KeyBlock | KeyExchangeFault | KeyBlockFault = KeyExchangeFault.NO_TRANSPORT_KEY
        for key_use, key in self._kbpks:
            if key_use is use and isinstance(found := unwrap(key, key_block), KeyBlock):
                return found
        return found


def _place(name: KeyName) -> tuple[str, int]:
    return name.key_set, name.index


def _is_pin_key(use: KeyUse) -> bool:
    return use in (KeyUse.PIN, KeyUse.PIN_AES)


def _present(found: _Found | None, key_set: str, use: KeyUse) -> _Found:
    if found is None:
        raise KeyAbsentError(f"the key ring has no {key_set}/{use.value}")
    return found


def _is_digits(text: str, count: int) -> bool:
    return len(text) == count and text.isascii() and text.isdigit()


def _matches(ours: str, sent: str) -> CvcCheck:
    return CvcCheck.MATCH if _same(ours, sent) else CvcCheck.NO_MATCH


def _same(ours: str, theirs: str) -> bool:
    """In constant time; as bytes, because text that is not ASCII cannot be compared so."""
    return hmac.compare_digest(ours.encode(), theirs.encode())
