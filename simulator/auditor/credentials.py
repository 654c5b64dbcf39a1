"""What a message proves of its card: the auditor's own look at cryptogram, counter, CVC2 and PIN, and what follows. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from simulator.auditor.accounts import Account
from simulator.auditor.reading import subelement
from simulator.chip import APPROVED, DECLINED, Chip, read
from simulator.pin import pin_block
from simulator.replies import Answer
from switch.iso8583 import Message

PIN_TRIES = 3
COUNTER_WINDOW = 10_000
"""How far a chip's counter may run ahead of the highest one seen."""
WALLET_TOKENS = frozenset({"C", "H", "F"})
"""DE 48.33 SF 01: what a wallet's token has signed, it has signed with keys of its own."""


@dataclass(frozen=True, slots=True)
class Proofs:
    """What the message carries of it. None: not carried."""

    chip: Chip | None = None
    cryptogram: bytes = b""
    counter: bytes = b""
    is_cryptogram_right: bool | None = None
    is_cvc2_right: bool | None = None
    is_pin_right: bool | None = None
    asks_for_address: bool = False
    """An address check (DE 48.82 = 52); these cards have none on file."""

    def told(self) -> dict[str, str]:
        """Subelements of DE 48 by which the answer tells what was found."""
        found = {} if self.is_cvc2_right is None else {"87": "M" if self.is_cvc2_right else "N"}
        return found | ({"83": "U"} if self.asks_for_address else {})

    def issuer_authentication(self, *, is_approved: bool) -> str:
        """Tag 91 in hexadecimal; empty where there was no genuine cryptogram to answer."""
        if not self.is_cryptogram_right or self.chip is None:
            return ""
        return self.chip.answer(self.cryptogram, self.counter, APPROVED if is_approved else DECLINED).hex().upper()


@dataclass(frozen=True, slots=True)
class Keys:
    """What the auditor checks with."""

    character_set: str
    pin_key: bytes = field(repr=False)


def proofs(message: Message, account: Account, keys: Keys) -> Proofs:
    card = account.card
    cvc2 = subelement(message, "92", keys.character_set)
    icc: Mapping[str, bytes] = read(message.raw(55)) if not _is_by_token(message, keys.character_set) else {}
    chip = Chip(card.pan, message.text(23)[-2:] or "00")
    return Proofs(
        chip=chip,
        cryptogram=icc.get("9F26", b""),
        counter=icc.get("9F36", b""),
        is_cryptogram_right=chip.has_signed(icc) if "9F26" in icc else None,
        is_cvc2_right=cvc2 == card.cvc2 if cvc2 else None,
        is_pin_right=message.raw(52) == pin_block(card.pin, card.pan, keys.pin_key) if 52 in message.elements else None,
        asks_for_address=subelement(message, "82", keys.character_set) == "52",
    )


def objection(found: Proofs, account: Account) -> Answer | None:
    """The first thing wrong, in the order in which an issuer explains it; counts tries and counters."""
    if found.is_pin_right is not None and account.pin_tries >= PIN_TRIES:
        return Answer("75", "PIN tries exceeded")
    if found.is_cryptogram_right is False:
        return Answer("88", "wrong cryptogram")
    if found.is_cryptogram_right and (refused := _counted(found, account)):
        return refused
    if found.is_cvc2_right is False:
        return Answer("05", "wrong CVC2")
    if found.is_pin_right is None:
        return None
    account.pin_tries = 0 if found.is_pin_right else account.pin_tries + 1
    return None if found.is_pin_right else Answer("55", "wrong PIN")


def _counted(found: Proofs, account: Account) -> Answer | None:
    counter, highest = int.from_bytes(found.counter), max(account.counters, default=None)
    if counter in account.counters:
        return Answer("88", "copied cryptogram")
    if highest is not None and counter - highest > COUNTER_WINDOW:
        return Answer("88", "counter too far ahead")
    account.counters.add(counter)
    return None


def _is_by_token(message: Message, character_set: str) -> bool:
    mapping = subelement(message, "33", character_set)
    return mapping[:4] == "0101" and mapping[4:5] in WALLET_TOKENS
