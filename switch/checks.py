"""What a message proves about card and cardholder: codes, cryptogram, PIN, address, 3-D Secure, wallet token. Pure.

What a message carries is checked, and what it does not carry costs nothing; nothing is demanded here, and nothing judged
(see `authorizer.security_rules`). Clear card data goes into the HSM and does not come out; results are values.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from authorizer.avs import AddressOnFile, AvsResult, avs_result, read_address
from authorizer.card_checks import NOTHING_CHECKED, CardChecks, Check
from authorizer.crypto.dynamic_track import DynamicTrackLayout, full_counter, read_dynamic_track
from authorizer.facts import CardFacts
from authorizer.hsm import (
    ArqcVerdict,
    CardReference,
    CvcCheck,
    CvcKind,
    Hsm,
    OffsetReference,
    OffsetRule,
    PinBlock,
    PinBlockFormat,
    PinCheck,
    PvvReference,
)
from authorizer.three_d_secure import ThreeDSecure, classify
from authorizer.wallet_token import TOKENS, WalletToken, read_wallet_token
from ledger.card_counters import LEFT_BEHIND
from switch.iso8583 import Message
from switch.tlv import IccData
from switch.track2 import Track2, read_track2
from switch.translate import Financial

CARRIED_BY_ELEMENTS = frozenset({35, 52, 53, 55})
CARRIED_BY_SUBELEMENTS = frozenset({"33", "42", "43", "66", "82", "92"})
AUTHENTICATION = frozenset({"42", "43", "66"})
CHIP_ENTRY, CONTACTLESS_STRIPE = frozenset({"05", "07"}), "91"
"""DE 22 SF1: a chip's track 2 has the chip's own code, a contactless stripe a dynamic one, every other one the stripe's."""
AVS_AND_AUTHORIZE = "52"
PIN_FORMATS = {"10": PinBlockFormat.ISO_0, "11": PinBlockFormat.ISO_1, "13": PinBlockFormat.ISO_3, "14": PinBlockFormat.ISO_4}
"""DE 53 SF3."""
LONG_BLOCK = 32
"""Hexadecimal digits of a format 4 block, which does not fit into DE 52 and stands in DE 110."""
_CVC_DIGITS = 3
_OFFSET_RULE = OffsetRule()
_CHECKS = {CvcCheck.MATCH: Check.MATCH, CvcCheck.NO_MATCH: Check.NO_MATCH, CvcCheck.NOT_PROCESSED: Check.NOT_PROCESSED}


@dataclass(frozen=True, slots=True)
class Checker:
    """How this issuer's cards are made, as far as no message says it, and the HSM that has their keys.

    `track_cvc_at`: how many digits stand before the code in the discretionary data of track 2 (5: behind key index and
    PVV); None: the cards carry no code there. `dynamic_track`: the same for contactless stripes.
    """

    hsm: Hsm
    track_cvc_at: int | None = None
    dynamic_track: DynamicTrackLayout | None = None
    offset_rule: OffsetRule = _OFFSET_RULE

    def checked(
        self, message: Message, parts: Financial, facts: CardFacts | None, zone: str, address: AddressOnFile | AvsResult | None
    ) -> CardChecks:
        """`zone`: the link, whose PIN key enciphers DE 52. `address`: on file, or why it cannot be had."""
        carried = parts.additional.subelements
        if facts is None or (_is_none(CARRIED_BY_ELEMENTS, message.elements) and _is_none(CARRIED_BY_SUBELEMENTS, carried)):
            return NOTHING_CHECKED
        token = read_wallet_token(parts.additional.text("33"), parts.additional.text("26")) if "33" in carried else None
        kind = token.kind if isinstance(token, WalletToken) else token
        asked = CardReference(parts.pan, message.text(14), message.text(23).strip()[-2:] or "00")
        # What a wallet's token has signed, it has signed with keys of its own; the network has checked it.
        own = {} if kind in TOKENS else self._by_the_cards_keys(asked, message, parts, facts)
        return CardChecks(
            cvc2=self._cvc2(asked, parts) if "92" in carried else Check.NOT_PRESENT,
            pin=self._pin(asked, message, facts, zone),
            avs=_avs(message, parts, address) if "82" in carried else None,
            three_d_secure=_three_d_secure(parts) if not _is_none(AUTHENTICATION, carried) else None,
            wallet=kind,
            **own,
        )

    def _by_the_cards_keys(self, card: CardReference, message: Message, parts: Financial, facts: CardFacts) -> dict[str, Any]:
        """Fields of CardChecks: cryptogram and track. A contactless stripe has no cryptogram, so each gives `atc` alone."""
        found = self._cryptogram(card, parts.icc) if parts.icc is not None else {}
        return found | self._track(card, message, parts, facts) if 35 in message.elements else found

    def _cvc2(self, card: CardReference, parts: Financial) -> Check:
        sent = parts.additional.text("92").strip()
        return _CHECKS[self.hsm.verify_cvc(CvcKind.CVC2, card, sent)] if sent else Check.NOT_PRESENT

    def _cryptogram(self, card: CardReference, icc: IccData) -> dict[str, Any]:
        tags = dict(reversed(icc.items))  # the first of each, as everywhere
        if "9F26" not in tags:
            return {}
        checked = self.hsm.verify_arqc(card, tags)
        return {"cryptogram": checked, "atc": checked.atc if checked.verdict is ArqcVerdict.MATCH else None}

    def _track(self, card: CardReference, message: Message, parts: Financial, facts: CardFacts) -> dict[str, Any]:
        entry = message.text(22)[:2]
        if entry == CONTACTLESS_STRIPE:
            return self._cvc3(card, message, parts, facts)
        track = read_track2(message.text(35))
        if self.track_cvc_at is None or track is None:
            return {}
        sent = track.discretionary[self.track_cvc_at : self.track_cvc_at + _CVC_DIGITS]
        if entry in CHIP_ENTRY:
            return {"chip_cvc": self._cvc(CvcKind.CHIP, card, track, sent)}
        return {"cvc1": self._cvc(CvcKind.CVC1, card, track, sent)}

    def _cvc(self, kind: CvcKind, card: CardReference, track: Track2, sent: str) -> Check:
        if track.pan != card.pan.clear:
            return Check.NO_MATCH  # the stripe of another card
        made_for = CardReference(card.pan, track.expiry, card.psn, card.key_set)
        return _CHECKS[self.hsm.verify_cvc(kind, made_for, sent, service_code=track.service_code)]

    def _cvc3(self, card: CardReference, message: Message, parts: Financial, facts: CardFacts) -> dict[str, Any]:
        digits = read_dynamic_track(message.text(35), self.dynamic_track) if self.dynamic_track else None
        if digits is None:
            return {}
        told = parts.additional.text("34")[:5]  # the network's own count, where it gives it: the track may hold its end only
        is_told = len(told) == 5 and told.isascii() and told.isdigit()
        atc = int(told) if is_told else _nearest_counter(facts.atc, digits.counter)
        if atc is None:
            return {"cvc3": Check.NO_MATCH}
        verdict = self.hsm.verify_cvc3(
            card, digits.code, track=digits.template, atc=atc, unpredictable_number=digits.unpredictable_number
        )
        return {"cvc3": _CHECKS[verdict]} | ({"atc": atc} if verdict is CvcCheck.MATCH else {})

    def _pin(self, card: CardReference, message: Message, facts: CardFacts, zone: str) -> PinCheck | None:
        form = PIN_FORMATS.get(message.text(53)[4:6] or "10")
        block = _long_block(message) if form is PinBlockFormat.ISO_4 else message.raw(52)
        if not block:
            return None
        if form is None or not (facts.pvv or facts.pin_offset):
            return PinCheck.NO_KEY
        reference = PvvReference(facts.pvv) if facts.pvv else OffsetReference(facts.pin_offset, 0, self.offset_rule)
        return self.hsm.verify_pin(card, PinBlock(block, form, zone), reference)


def _nearest_counter(last_seen: int, digits: str) -> int | None:
    """The counter that ends in these digits: a little behind the last one seen, where terminals send late, or the next after."""
    from_here = last_seen - min(LEFT_BEHIND, 10 ** len(digits) // 2)
    return full_counter(from_here if from_here >= 0 else None, digits)


def _is_none(names: frozenset[Any], carried: Mapping[Any, object]) -> bool:
    """None of them is carried. Asked of every payment, so a look for few names and not at all that is there."""
    return carried.keys().isdisjoint(names)


def asks_for_address(parts: Financial) -> bool:
    """Whether the address on file is needed to answer."""
    return parts.additional.text("82").strip() == AVS_AND_AUTHORIZE


def _avs(message: Message, parts: Financial, address: AddressOnFile | AvsResult | None) -> AvsResult:
    if not asks_for_address(parts):
        return AvsResult.NOT_SUPPORTED
    if isinstance(address, AvsResult):
        return address
    return avs_result(address, read_address(message.text(120)))


def _three_d_secure(parts: Financial) -> ThreeDSecure:
    additional = parts.additional
    return classify(additional.text("42"), additional.text("43"), additional.text("66"))


def _long_block(message: Message) -> bytes:
    """A format 4 block, as hexadecimal digits in DE 110; none where there is none."""
    text = message.text(110).strip()
    try:
        return bytes.fromhex(text) if len(text) == LONG_BLOCK else b""
    except ValueError:
        return b""
