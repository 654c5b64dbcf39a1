"""An hour in which the network has trouble with an issuer: late answers, lost links, sign-off, advices without an answer.

Each episode is played with a card of its own through the fault proxy, and says what that card must hold afterwards. The
network's clock is moved on by hand, so nobody waits for a timer. What the issuer's books say is compared by the caller.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

from simulator.auditor.accounts import Balance
from simulator.cards import Card, Condition
from simulator.client import Target
from simulator.errors import EventMissing, HostSilent, HostUnreachable
from simulator.faults.chooser import Direction
from simulator.faults.plan import FaultPlan, Phase, Rules, Unit
from simulator.faults.proxy import FaultProxy
from simulator.network.clock import Clock
from simulator.network.events import EventKind
from simulator.network.intents import Intent
from simulator.network.parties import GROCER
from simulator.network.plan import NetworkPlan
from simulator.network.presence import Presence
from simulator.network.service import Network

EURO, FUNDED_FROM_MINOR = "978", 100_000
# Of a NetworkPlan as shipped: the response timer, the advice timer, and an amount above the stand-in limit.
RESPONSE_SECONDS, ADVICE_SECONDS, ABOVE_STAND_IN_MINOR = 8.0, 30.0, 60_000
POLL_SECONDS = 0.01
NO_REPLIES = FaultPlan((Phase("no replies", to_client=Rules(Unit.FRAME, drop=1.0)),))
TORN = FaultPlan((Phase("every byte by itself", Rules(split=1), Rules(split=1)),))


@dataclass(frozen=True, slots=True)
class Episode:
    """`holds_minor` is what the card must hold more afterwards; `failed` says what did not happen, "" where all did."""

    name: str
    pan: str = field(repr=False)
    holds_minor: int
    failed: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """Where one episode is played."""

    network: Network
    proxy: FaultProxy
    card: Card
    patience_seconds: float

    def buy(self, minor: int, mti: str = "0100") -> int:
        merchant = replace(GROCER, currency=self.card.currency)
        return self.network.submit(Intent(self.card, minor, merchant, mti=mti))

    async def until(self, condition: Callable[[], bool], what: str) -> None:
        """For what is no event of the network's. Raises EventMissing."""
        try:
            async with asyncio.timeout(self.patience_seconds):
                while not condition():  # noqa: ASYNC110 - nothing tells
                    await asyncio.sleep(POLL_SECONDS)
        except TimeoutError:
            raise EventMissing(f"not within {self.patience_seconds:g} s: {what}") from None

    async def expect(self, *kinds: EventKind, ticket: int | None = None, since: int = 0) -> None:
        """These events, in this order, from `history[since]` on. Raises EventMissing."""
        at = since
        for kind in kinds:
            found = await self.network.wait_for(kind, timeout_seconds=self.patience_seconds, ticket=ticket, since=at)
            if found is None:
                raise EventMissing(f"not within {self.patience_seconds:g} s: {kind}")
            at = self.network.history.index(found, at) + 1


async def split_at_every_byte(stage: Stage) -> int:
    stage.proxy.use(TORN)
    ticket = stage.buy(11_00)
    await stage.expect(EventKind.ANSWERED, ticket=ticket)
    return 11_00


async def answered_too_late(stage: Stage) -> int:
    """Approved in stand-in and, too late, by the issuer: held once."""
    ticket = await _timed_out(stage, 30_00)
    await stage.expect(EventKind.STOOD_IN, EventKind.LATE_REPLY, EventKind.ACKNOWLEDGED, ticket=ticket)
    await stage.expect(EventKind.ADVICE_ANSWERED, ticket=ticket)
    return 30_00


async def refused_in_stand_in_and_approved_too_late(stage: Stage) -> int:
    """The 0190 and a 0420 give back what the issuer held."""
    ticket = await _timed_out(stage, ABOVE_STAND_IN_MINOR)
    await stage.expect(EventKind.LATE_REPLY, EventKind.ACKNOWLEDGED, EventKind.ADVICE_STORED, ticket=ticket)
    await stage.expect(EventKind.ADVICE_ANSWERED, EventKind.ADVICE_ANSWERED, ticket=ticket)
    return 0


async def signed_off_for_a_while(stage: Stage) -> int:
    """What was approved meanwhile is drained after the sign-on."""
    stage.network.sign_off()
    tickets = [stage.buy(minor) for minor in (12_00, 13_00)]
    since = len(stage.network.history)
    stage.network.sign_on()
    await stage.expect(EventKind.SIGNED_ON, EventKind.DRAINED, since=since)
    for ticket in tickets:
        await stage.expect(EventKind.STOOD_IN, EventKind.ADVICE_ANSWERED, ticket=ticket)
    return 25_00


async def link_lost_in_mid_flight(stage: Stage) -> int:
    """The request never arrives; the network stands in and tells the issuer over the next connection."""
    stage.proxy.partition(Direction.TO_SERVER)
    ticket = stage.buy(14_00)
    stage.proxy.cut()
    await stage.expect(EventKind.TIMED_OUT, EventKind.STOOD_IN, ticket=ticket)
    stage.proxy.heal()
    await stage.expect(EventKind.ADVICE_ANSWERED, ticket=ticket)
    return 14_00


async def advice_without_an_answer(stage: Stage) -> int:
    """The answer is lost, the advice is repeated, and held once."""
    stage.proxy.use(NO_REPLIES)
    ticket = stage.buy(15_00, "0120")
    await stage.until(lambda: stage.proxy.counts["dropped"] > 0, "the issuer answers the advice")
    stage.network.advance(ADVICE_SECONDS)
    stage.proxy.use(FaultPlan())
    stage.network.advance(ADVICE_SECONDS)
    await stage.expect(EventKind.ADVICE_UNANSWERED, EventKind.ADVICE_ANSWERED, ticket=ticket)
    return 15_00


EPISODES: Sequence[tuple[str, Callable[[Stage], Awaitable[int]]]] = (
    ("split at every byte", split_at_every_byte),
    ("answered too late", answered_too_late),
    ("refused in stand-in, approved too late", refused_in_stand_in_and_approved_too_late),
    ("signed off for a while", signed_off_for_a_while),
    ("link lost in mid-flight", link_lost_in_mid_flight),
    ("advice without an answer", advice_without_an_answer),
)


def chosen(cards: Sequence[Card]) -> list[Card]:
    """The first cards that episodes can be played with; nothing else may use them. Fewer than EPISODES: play those."""
    suits = [card for card in cards if _is_suited(card)]
    return suits[: len(EPISODES)]


async def play_troubles(cards: Sequence[Card], target: Target, *, seed: int, patience_seconds: float = 20.0) -> list[Episode]:
    """One episode per card; always returns, with what failed where the host is away or does not do its part."""
    return [
        await _played(episode, card, target, seed=seed + number, patience_seconds=patience_seconds)
        for number, (card, episode) in enumerate(zip(cards, EPISODES, strict=False))
    ]


def balances_afterwards(cards: Sequence[Card], episodes: Sequence[Episode]) -> dict[str, Balance]:
    """By PAN what the books must show; of an episode that failed nothing can be said."""
    by_pan = {card.pan: card for card in cards}
    return {
        episode.pan: Balance(by_pan[episode.pan].posted_minor, episode.holds_minor, by_pan[episode.pan].floor_minor)
        for episode in episodes
        if not episode.failed
    }


async def _played(
    episode: tuple[str, Callable[[Stage], Awaitable[int]]], card: Card, target: Target, *, seed: int, patience_seconds: float
) -> Episode:
    name, play = episode
    plan = NetworkPlan(seed=seed, character_set=target.character_set)
    network = Network(plan, clock=Clock(flows=False), framing=target.framing)
    async with FaultProxy(target.host, target.port, seed=seed) as proxy, network:
        try:
            await network.connect("127.0.0.1", await proxy.start(), redials=True)
            stage = Stage(network, proxy, card, patience_seconds)
            await stage.expect(EventKind.SIGNED_ON)
            holds_minor = await play(stage)
        except (EventMissing, HostUnreachable, HostSilent) as error:
            return Episode(name, card.pan, 0, str(error))
        failed = "" if network.presence is Presence.ON else "the issuer is not signed on any more"
        return Episode(name, card.pan, holds_minor, failed)


async def _timed_out(stage: Stage, minor: int) -> int:
    """A payment whose reply is held up on its way until the network's time is over."""
    stage.proxy.partition(Direction.TO_CLIENT)
    ticket = stage.buy(minor)
    await stage.until(lambda: stage.proxy.counts["held"] > 0, "the issuer answers the request")
    stage.network.advance(RESPONSE_SECONDS)
    stage.proxy.heal()
    return ticket


def _is_suited(card: Card) -> bool:
    is_funded = card.posted_minor >= FUNDED_FROM_MINOR and card.currency == EURO
    return is_funded and card.condition is Condition.ACTIVE
