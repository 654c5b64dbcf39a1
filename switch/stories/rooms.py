"""What the stories are told with, and what they all do with it: record a command, keep the cache true. No story here."""

import time
from dataclasses import dataclass, field, replace
from typing import Protocol

from authorizer.decide import Policy
from authorizer.facts import CardFacts
from authorizer.request import AuthorizationRequest
from authorizer.store import Store
from authorizer.tokens import Tokenizer
from authorizer.validity import HoldValidity
from ledger.commands import Advise, Authorize, Outcome, Reverse, Undo
from ledger.journal import Journal
from switch import translate
from switch.addresses import Addresses
from switch.arrival import Arrival
from switch.checks import Checker, asks_for_address
from switch.currency import Rates
from switch.translate import Financial, FormatError


class StoryMeter(Protocol):
    """How long the rooms take, and what a draft policy would have decided otherwise."""

    def stage(self, stage: str, seconds: float) -> None: ...
    def shadow_difference(self, change: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Rooms:
    """`validity`: how long holds stand; `rates`: for what is billed in another currency than the account's."""

    store: Store
    journal: Journal
    checker: Checker
    addresses: Addresses
    tokenizer: Tokenizer
    policy: Policy
    shadow: Policy | None
    """A draft that is asked too, without effect."""
    validity: HoldValidity
    meter: StoryMeter
    rates: Rates = field(default_factory=Rates)

    def financial(self, arrival: Arrival) -> Financial | FormatError:
        return translate.financial(arrival.message, arrival.charset, self.tokenizer, arrival.at)

    def billed(self, arrival: Arrival, parts: Financial, facts: CardFacts | None, *, is_spend: bool) -> Financial:
        """The same in the account's currency, where the network did not bill in it and we can convert. Nought needs no rate."""
        if facts is None or facts.asset == parts.asset:
            return parts
        amount: int | None = 0
        if parts.amount_minor:
            if not arrival.connection.profile.converts_currency:
                return parts
            amount = self.rates.convert(parts.amount_minor, parts.asset, facts.asset, is_spend=is_spend)
        if amount is None:
            return parts
        details = f'{parts.details[:-1]},"billed_minor":{parts.amount_minor},"billed_in":"{parts.asset}"}}'
        return replace(parts, amount_minor=amount, asset=facts.asset, details=details)

    async def check(self, arrival: Arrival, parts: Financial, request: AuthorizationRequest, facts: CardFacts | None) -> None:
        """What the message itself proves, now that the card is known. Awaits only where the address is asked for."""
        address = None
        if facts is not None and asks_for_address(parts):
            address = await self.addresses.of_card(facts.card_id)
        request.checks = self.checker.checked(arrival.message, parts, facts, arrival.connection.link_name, address)

    async def record(self, command: Authorize | Advise | Reverse | Undo) -> Outcome:
        started = time.perf_counter()
        outcome = await self.journal.record(command)
        self.meter.stage("record", time.perf_counter() - started)
        return outcome

    def refresh_cache(self, facts: CardFacts | None, outcome: Outcome) -> None:
        mark = outcome.mark
        if facts is not None and mark is not None:
            version, available = mark.version, mark.available
            self.store.observe(facts.account_id, version=version, available=available, facts_version=mark.facts_version)
