"""What somebody wants the network to play, and how that becomes a message with all of the network's stamps. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from simulator.cards import Card
from simulator.messages import PURCHASE, Extras, Header, Merchant, advice, altered, authorization, reversal, trace_id
from simulator.network.conversion import RateTable
from simulator.network.parties import ACQUIRERS, GROCER, Acquirer
from simulator.network.references import References
from switch.iso8583 import Message

ADVICES = frozenset({"0120", "0220"})
Overrides = Mapping[int, str | bytes | None]


@dataclass(frozen=True, slots=True)
class Intent:
    """A transaction at a merchant. Amount in minor units of `currency`, which is the merchant's where it is "".

    `mti`: 0100, 0200, 0120 or 0220. `overrides` replaces any element, or leaves it out where it is None; `subelements` go
    into DE 48. `code` is DE 39 of an advice. `follows` is the first message of the same payment (DE 48.63 names it).
    `transmitted` is DE 7 where that shall not be the time of sending: another clock's.
    """

    card: Card
    amount_minor: int
    merchant: Merchant = GROCER
    acquirer: Acquirer = ACQUIRERS[0]
    mti: str = "0100"
    currency: str = ""
    processing_code: str = PURCHASE
    subelements: Mapping[str, str] = field(default_factory=dict)
    overrides: Overrides = field(default_factory=dict)
    code: str = "00"
    follows: Message | None = None
    transmitted: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReversalIntent:
    """A reversal of `original`, a request as it was sent; `approval_code` is DE 38 of its answer where there was one.

    `remaining` is what stays, in minor units of transaction and billing currency (DE 95); None reverses all of it.
    """

    original: Message
    mti: str = "0400"
    remaining: tuple[int, int] | None = None
    approval_code: str = ""
    subelements: Mapping[str, str] = field(default_factory=dict)
    overrides: Overrides = field(default_factory=dict)
    transmitted: datetime | None = None


class Writer:
    """Stamps intents with one network's references and rates."""

    def __init__(self, references: References, rates: RateTable, settlement_currency: str | None, character_set: str) -> None:
        self._references = references
        self._rates = rates
        self._settlement = settlement_currency
        self._character_set = character_set

    def written(self, intent: Intent | ReversalIntent, now: datetime) -> Message:
        """Raises PlanError for a currency without a rate."""
        at = intent.transmitted or now
        message = self._reversal(intent, at) if isinstance(intent, ReversalIntent) else self._transaction(intent, at)
        return altered(message, intent.overrides)

    def own_reversal(self, original: Message, code: str, reason: str, now: datetime) -> Message:
        """The network's 0420 about an issuer's answer that nobody got: DE 39 and DE 60 say why."""
        message = self.written(ReversalIntent(original, "0420"), now)
        return altered(message, {39: code, 60: reason + "0000"})

    def header_like(self, message: Message, now: datetime) -> Header:
        """A header of its own for a message of the same acquirer."""
        return self._references.header(Acquirer(message.text(32), message.text(33) or None), now)

    def _transaction(self, intent: Intent, at: datetime) -> Message:
        currency = intent.currency or intent.merchant.currency
        amounts = self._rates.amounts(intent.amount_minor, currency, intent.card.currency, self._settlement)
        header = self._references.header(intent.acquirer, at)
        subelements = dict(intent.subelements)
        if intent.follows is not None:
            subelements["63"] = trace_id(intent.follows)
        if intent.mti not in ADVICES:
            return authorization(
                header,
                intent.card,
                amounts,
                intent.merchant,
                character_set=self._character_set,
                mti=intent.mti,
                processing_code=intent.processing_code,
                extras=Extras(subelements),
            )
        message = advice(
            header,
            intent.card,
            amounts,
            intent.merchant,
            character_set=self._character_set,
            code=intent.code,
            extras=Extras(subelements, {3: intent.processing_code}),
        )
        return Message(intent.mti, message.elements)

    def _reversal(self, intent: ReversalIntent, at: datetime) -> Message:
        message = reversal(
            self.header_like(intent.original, at),
            intent.original,
            character_set=self._character_set,
            mti=intent.mti,
            remaining=intent.remaining,
            subelements=intent.subelements,
        )
        return altered(message, {38: intent.approval_code}) if intent.approval_code else message
