"""A network core at a fixed hour with an issuer that the test plays by hand; nothing here touches a socket."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from simulator.messages import reply_mti
from simulator.network.core import NetworkCore
from simulator.network.events import Event, EventKind
from simulator.network.plan import NetworkPlan
from switch.iso8583 import Codec, Message

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
CODEC = Codec("cp037")


@dataclass
class Played:
    """The core with a clock and both sides' transcripts."""

    core: NetworkCore
    now: datetime = NOON
    sent: list[Message] = field(default_factory=list)
    payloads: list[bytes] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def settle(self) -> None:
        for outgoing in self.core.frames_to_send():
            self.sent.append(outgoing.message)
            self.payloads.append(outgoing.payload)
        self.events += self.core.take_events()

    def wait(self, seconds: float) -> None:
        """Time passes; every timer goes off at its own time."""
        until = self.now + timedelta(seconds=seconds)
        while (due := self.core.next_timer()) is not None and due <= until:
            self.now = max(self.now, due)
            self.core.expire(self.now)
            self.settle()
        self.now = until

    def reply(self, request: Message, code: str = "00", changes: dict[int, str | None] | None = None) -> None:
        """The issuer answers that request."""
        elements = {number: request.elements[number] for number in (2, 7, 11, 15, 32, 33, 63, 70) if number in request.elements}
        merged = elements | {39: code} | (changes or {})
        known = {number: value for number, value in merged.items() if value is not None}
        self.hear(Message(reply_mti(request.mti), known))

    def hear(self, message: Message, link: int = 1) -> None:
        self.core.received(link, CODEC.encode(message), self.now)
        self.settle()

    def signed_on(self) -> "Played":
        self.core.connected(1, self.now)
        self.settle()
        self.reply(self.sent[-1])
        return self

    def mtis(self, since: int = 0) -> list[str]:
        return [message.mti for message in self.sent[since:]]

    def kinds(self, ticket: int | None = None) -> list[EventKind]:
        return [event.kind for event in self.events if ticket in (None, event.ticket)]

    def last(self, kind: EventKind) -> Event:
        return [event for event in self.events if event.kind is kind][-1]


@pytest.fixture
def play() -> Callable[[NetworkPlan], Played]:
    return lambda plan: Played(NetworkCore(plan))


@pytest.fixture
def on(play: Callable[[NetworkPlan], Played]) -> Played:
    """Signed on, everything else as shipped."""
    return play(NetworkPlan(seed=7)).signed_on()
