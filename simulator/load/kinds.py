"""The messages of a load as templates: what each kind carries, and where it differs from sending to sending. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from simulator.cards import Card
from simulator.load.mix import Kind
from simulator.load.templates import HOLES, Place, template
from simulator.messages import (
    CASH,
    REFUND,
    Amounts,
    Extras,
    Header,
    Merchant,
    altered,
    authorization,
    repeated,
    reversal,
    trace_id,
)
from simulator.network.parties import CASH_MACHINE
from switch.framing import Framing
from switch.iso8583 import Codec, Message

INQUIRY = "300000"
PREAUTHORIZED, STATUS_INQUIRY = "4", "8"
ACQUIRER, FORWARDER = "200001", "200900"
_HEADER = Header(datetime(2000, 1, 1, tzinfo=UTC), "000000", ACQUIRER, FORWARDER, "000000000000", "MCC000000")
_FIRST_TRACE: Mapping[Place, str] = {"48.63": "original_trace"}
_ORIGINAL: Mapping[Place, str] = {**_FIRST_TRACE, "90:4:10": "original_stan", "90:10:20": "original_stamp"}


class TemplateMaker:
    """For one link and one shape of card: cards differ in their bytes, but all of a shape in the same places."""

    def __init__(self, card: Card, codec: Codec, framing: Framing) -> None:
        self._card, self._codec, self._framing = card, codec, framing

    def template(self, kind: Kind, merchant: Merchant, original: Kind | None = None) -> bytes:
        """`original`: what a repeat or a reversal is about."""
        holes = dict(HOLES)
        match kind:
            case Kind.REVERSAL:
                holes |= _ORIGINAL
            case Kind.INCREMENT:
                holes |= _FIRST_TRACE
            case Kind.WRONG_EXPIRY:
                holes[14] = "wrong_expiry"
        holes["48.92"] = "wrong_cvc2" if kind is Kind.WRONG_CVC2 else "cvc2"
        return template(self._message(kind, merchant, original), self._codec, self._framing, holes)

    def _message(self, kind: Kind, merchant: Merchant, original: Kind | None) -> Message:
        if original is not None and kind is Kind.REPEAT:
            return repeated(self._message(original, merchant, None))
        if original is not None and kind is Kind.REVERSAL:
            first = self._message(original, merchant, None)
            return reversal(_HEADER, first, character_set=self._codec.character_set)
        match kind:
            case Kind.CASH_WITH_PIN:
                secret: dict[int, str | bytes] = {26: "12", 52: bytes(8), 53: "9701100001000000"}
                return self._request(CASH_MACHINE, processing_code=CASH, extras=Extras(elements=secret))
            case Kind.ECOMMERCE | Kind.WRONG_CVC2:
                online = Extras({"42": "0103210", "92": "000"}, {22: "810"})
                return self._request(replace(merchant, terminal_id=None, category="T"), extras=online)
            case Kind.PREAUTHORIZATION:
                return _with_status(self._request(merchant), PREAUTHORIZED)
            case Kind.INCREMENT:
                first = self._request(merchant)
                return _with_status(self._request(merchant, extras=Extras({"63": trace_id(first)})), PREAUTHORIZED)
            case Kind.REFUND:
                return self._request(merchant, processing_code=REFUND)
            case Kind.BALANCE_INQUIRY:
                return self._request(CASH_MACHINE, processing_code=INQUIRY)
            case Kind.STATUS_INQUIRY:
                return _with_status(self._request(merchant), STATUS_INQUIRY)
            case Kind.SINGLE_MESSAGE:
                return self._request(merchant, mti="0200")
            case _:
                return self._request(merchant)

    def _request(
        self, merchant: Merchant, *, mti: str = "0100", processing_code: str = "000000", extras: Extras | None = None
    ) -> Message:
        return authorization(
            _HEADER, self._card, Amounts(0, self._card.currency), merchant, character_set=self._codec.character_set,
            mti=mti, processing_code=processing_code, extras=extras,
        )  # fmt: skip


def _with_status(message: Message, status: str) -> Message:
    """DE 61 SF7, the transaction's status."""
    terminal = message.text(61)
    return altered(message, {61: terminal[:6] + status + terminal[7:]})
