"""Writes scripts: stamps and numbers each message, asks the model for its reply, keeps the order within a card.

The desk holds the counters of one planned day and does no I/O. What is worth sending is decided in `stories`.
"""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from simulator.auditor.issuer import IssuerModel
from simulator.cards import Card
from simulator.currencies import CURRENCIES
from simulator.expectation import ApprovalCode
from simulator.messages import Amounts, Extras, Header, ReplyKey, altered, authorization, reply_key, reversal
from simulator.network.conversion import RateTable
from simulator.network.parties import ACQUIRERS, MERCHANTS
from simulator.network.references import CUT_OFF, References
from simulator.script import Kind, Script, Step
from switch.iso8583 import Message

# Keeps one second's worth of DE 7 well below the STAN's range and the whole day close to the clock.
MESSAGES_PER_SECOND = 50


class Desk:
    """One planned day in the making."""

    def __init__(self, rng: random.Random, model: IssuerModel, starts_at: datetime, *, character_set: str, links: int) -> None:
        self.rng = rng
        self.model = model
        self.character_set = character_set
        self.sent = 0
        self._starts_at = starts_at
        self._references = References(rng, CUT_OFF)
        self._rates = RateTable()
        self._links = links
        self._numbered = 0
        self._rounds: dict[str, list[tuple[Step, ...]]] = defaultdict(list)
        self._approved: set[ReplyKey] = set()

    def header(self) -> Header:
        """A new header; one request in five lacks its RRN, and not every acquirer has a forwarder."""
        transmitted = self._starts_at + timedelta(seconds=self._numbered // MESSAGES_PER_SECOND)
        self._numbered += 1
        header = self._references.header(self.rng.choice(ACQUIRERS), transmitted)
        return header if self.rng.random() < 0.8 else replace(header, rrn=None)

    def available(self, card: Card) -> int:
        return self.model.balance(card.pan).available_minor

    def affordable(self, card: Card) -> Amounts:
        """An everyday amount that leaves the card most of its money."""
        return Amounts(self.rng.randint(100, max(101, min(8_000, self.available(card) // 4))), card.currency)

    def abroad(self, amounts: Amounts) -> Amounts:
        """About half the amount in another currency, billed in the card's own (DE 6, 10, 51)."""
        own = amounts.currency
        foreign = self.rng.choice([currency.numeric for currency in CURRENCIES if currency.numeric != own])
        return self._rates.amounts(self._rates.bought(amounts.minor // 2, own, foreign), foreign, own)

    def purchase(self, card: Card, amounts: Amounts, extras: Extras | None = None) -> Message:
        """A 0100 at some merchant, dressed with elements that issuers must carry back."""
        extras = extras or Extras()
        dressed = Extras(extras.subelements, self._dressing(amounts) | dict(extras.elements))
        merchant = self.rng.choice(MERCHANTS)
        return authorization(self.header(), card, amounts, merchant, character_set=self.character_set, extras=dressed)

    def send(self, card: Card, kind: Kind, message: Message, *, link: int | None = None) -> Message:
        """Adds a round of one message to the card's script and returns the message."""
        self._add(card.pan, [self._step(kind, message, self.rng.randrange(self._links) if link is None else link)])
        return message

    def send_elsewhere(self, card: Card, kind: Kind, message: Message) -> None:
        """Sends over another connection than the card's last round."""
        last = self._rounds[card.pan][-1][-1].connection
        self.send(card, kind, message, link=(last + 1) % self._links)

    def send_at_once(self, card: Card, kind: Kind, messages: Sequence[Message]) -> None:
        """Adds one round of several messages, each on its own connection as far as there are enough."""
        first = self.rng.randrange(self._links)
        steps = [self._step(kind, message, (first + at) % self._links) for at, message in enumerate(messages)]
        self._add(card.pan, steps)

    def reverse(
        self, card: Card, kind: Kind, original: Message, *, mti: str = "0400", remaining: tuple[int, int] | None = None
    ) -> Message:
        """Sends a reversal of `original`."""
        return self.send_reversal(card, kind, original, self.written_reversal(original, mti=mti, remaining=remaining))

    def written_reversal(self, original: Message, *, mti: str = "0400", remaining: tuple[int, int] | None = None) -> Message:
        """A 0400 or 0420 of `original` with a header of its own, not yet sent."""
        return reversal(self.header(), original, character_set=self.character_set, mti=mti, remaining=remaining)

    def send_reversal(self, card: Card, kind: Kind, original: Message, message: Message) -> Message:
        """Sends a reversal already written; it carries the approval code once the network has seen one."""
        if (key := reply_key(original)) not in self._approved:
            return self.send(card, kind, message)
        message = altered(message, {38: "000000"})
        step = self._step(kind, message, self.rng.randrange(self._links))
        self._add(card.pan, [replace(step, approval_from=key)])
        return message

    def scripts(self) -> tuple[Script, ...]:
        """What has been written, one script per card, in the order in which cards were first used."""
        return tuple(Script(tuple(rounds), pan) for pan, rounds in self._rounds.items())

    def _step(self, kind: Kind, message: Message, link: int) -> Step:
        expected = self.model.expect(message)
        if expected.approval_code is ApprovalCode.PRESENT:
            self._approved.add(reply_key(message))
        return Step(kind, message, expected, link)

    def _add(self, pan: str, steps: Sequence[Step]) -> None:
        self._rounds[pan].append(tuple(steps))
        self.sent += len(steps)

    def _dressing(self, amounts: Amounts) -> dict[int, str | bytes]:
        dressing: dict[int, str | bytes] = {}
        if self.rng.random() < 0.3:
            dressing[62] = f"INF{self.rng.randrange(10**13):013d}"
        if self.rng.random() < 0.3:
            dressing |= {5: f"{amounts.minor:012d}", 9: "61000000", 50: amounts.currency}
        if self.rng.random() < 0.2:
            dressing[105] = f"001022TL{self._numbered:020d}"
        if self.rng.random() < 0.1:
            dressing[28] = "C00000050"
        return dressing
