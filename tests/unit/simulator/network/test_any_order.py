"""Whatever an issuer does, in whatever order: the core does not raise, answers every acquirer once and never spins."""

import random
from datetime import timedelta
from typing import Any

import pytest

from simulator.cards import Card
from simulator.network.core import NetworkCore
from simulator.network.events import EventKind
from simulator.network.intents import Intent
from simulator.network.plan import NetworkPlan, SignsOn, StandInLimits
from simulator.network.presence import Presence
from switch.iso8583 import Codec, Message

CODEC = Codec("cp037")
MTIS = ("0100", "0200", "0120", "0220")
CODES = ("00", "05", "10", "51", "91", "96", "", "0")


class AnyIssuer:
    """Answers, forgets, repeats, answers late, sends garbage, signs on and off, and drops its connections, by chance."""

    def __init__(self, played: Any, rng: random.Random, card: Card) -> None:
        self.played, self.rng, self.card = played, rng, card
        self.links: list[int] = []
        self.unanswered: list[tuple[int, Message]] = []
        self.numbered = 0
        self.tickets: list[int] = []
        self.taken = 0

    def step(self) -> None:
        acts = (self.connect, self.disconnect, self.buy, self.buy, self.reverse, self.answer, self.answer, self.answer)
        self.rng.choice((*acts, self.answer, self.garbage, self.ask, self.time, self.time, self.repeat, self.management))()
        self.settle()

    def settle(self) -> None:
        core: NetworkCore = self.played.core
        frames = core.frames_to_send()
        assert all(outgoing.link in self.links for outgoing in frames), "sent over a connection that is not there"
        self.unanswered += [(outgoing.link, outgoing.message) for outgoing in frames]
        self.played.events += core.take_events()

    def connect(self) -> None:
        if len(self.links) < 3:
            self.numbered += 1
            self.links.append(self.numbered)
            self.played.core.connected(self.numbered, self.played.now)

    def disconnect(self) -> None:
        if self.links and self.rng.random() < 0.1:
            link = self.links.pop(self.rng.randrange(len(self.links)))
            self.played.core.disconnected(link, "by chance", self.played.now)

    def buy(self) -> None:
        intent = Intent(self.card, self.rng.randint(1, 90_000), mti=self.rng.choice(MTIS))
        self.tickets.append(self.played.core.submit(intent, self.played.now))

    def reverse(self) -> None:
        if self.tickets:
            self.tickets.append(self.played.core.reverse(self.rng.choice(self.tickets), self.played.now))

    def repeat(self) -> None:
        if self.tickets:
            self.tickets.append(self.played.core.repeat(self.rng.choice(self.tickets), self.played.now))

    def answer(self) -> None:
        if self.unanswered and self.links:
            link, request = self.rng.choice(self.unanswered[-5:])
            reply = self.reply(request)
            if reply is not None:
                self.played.core.received(link if link in self.links else self.links[0], CODEC.encode(reply), self.played.now)

    def reply(self, request: Message) -> Message | None:
        if request.mti[2] not in "024" or request.mti in {"0820", "0180", "0190"}:
            return None
        kept = {n: value for n, value in request.elements.items() if n in (2, 7, 11, 32, 33, 70)}
        code = "00" if request.mti == "0800" and self.rng.random() < 0.9 else self.rng.choice(CODES)
        mti = f"{request.mti[:2]}{int(request.mti[2]) + 1}0"
        return Message(mti, kept | ({39: code} if len(code) == 2 else {}))

    def garbage(self) -> None:
        if self.links:
            self.played.core.received(self.links[0], self.rng.randbytes(self.rng.randrange(1, 60)), self.played.now)

    def ask(self) -> None:
        if self.links:
            code = self.rng.choice(("061", "061", "061", "061", "062", "060", "270", "162", "999"))
            request = Message("0800", {7: "1121120000", 11: f"{self.rng.randrange(10**6):06d}", 33: "541333", 70: code})
            self.played.core.received(self.links[0], CODEC.encode(request), self.played.now)

    def management(self) -> None:
        core: NetworkCore = self.played.core
        self.rng.choice((core.sign_on, core.sign_on, core.sign_on, core.sign_off, core.echo))(self.played.now)

    def time(self, seconds: float | None = None) -> None:
        until = self.played.now + timedelta(seconds=self.rng.choice((1.0, 1.0, 5.0, 9.0, 40.0)) if seconds is None else seconds)
        for _ in range(10_000):
            due = self.played.core.next_timer()
            if due is None or due > until:
                break
            self.played.now = max(self.played.now, due)
            self.played.core.expire(self.played.now)
            self.settle()
            following = self.played.core.next_timer()
            assert following is None or following > self.played.now, "a timer that is due again at once"
        self.played.now = until


@pytest.mark.parametrize("signs_on", SignsOn)
@pytest.mark.parametrize("seed", range(12))
def test_every_acquirer_is_answered_once_and_no_timer_spins(play: Any, card: Card, signs_on: SignsOn, seed: int) -> None:
    rng = random.Random(seed)
    plan = NetworkPlan(
        seed=seed,
        signs_on=signs_on,
        misses=rng.randint(1, 3),
        advice_attempts=3,
        stand_in=StandInLimits(is_on=rng.random() < 0.8),
        waits_for_saf_request=rng.random() < 0.3,
        acknowledges=rng.random() < 0.5,
    )
    issuer = AnyIssuer(play(plan), rng, card)
    for _ in range(120):
        issuer.step()
    issuer.time(60)
    requests = [t for t in issuer.tickets if issuer.played.core.exchanges[t].request.mti[1:3] in {"10", "20", "40"}]
    answers = [e.ticket for e in issuer.played.events if e.kind in {EventKind.ANSWERED, EventKind.STOOD_IN}]
    assert sorted(answers) == sorted(requests)


@pytest.mark.parametrize("seed", range(8))
def test_once_the_issuer_does_its_part_everything_stored_is_delivered(play: Any, card: Card, seed: int) -> None:
    rng = random.Random(1_000 + seed)
    issuer = AnyIssuer(play(NetworkPlan(seed=seed, advice_attempts=99)), rng, card)
    for _ in range(80):
        issuer.step()
    issuer.connect()
    issuer.unanswered.clear()
    issuer.played.core.sign_on(issuer.played.now)
    issuer.settle()
    for _ in range(2_000):
        if not issuer.unanswered:
            if issuer.played.core.presence is Presence.ON and not issuer.played.core.stored:
                break
            issuer.time(31)
            continue
        link, request = issuer.unanswered.pop(0)
        kept = {n: value for n, value in request.elements.items() if n in (2, 7, 11, 32, 33, 70)}
        if request.mti[2] in "024" and request.mti not in {"0820", "0180", "0190"} and link in issuer.links:
            reply = Message(f"{request.mti[:2]}{int(request.mti[2]) + 1}0", kept | {39: "00"})
            issuer.played.core.received(link, CODEC.encode(reply), issuer.played.now)
            issuer.settle()
    assert not issuer.played.core.stored
    assert not issuer.played.core.stored.abandoned
