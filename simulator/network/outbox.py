"""Where the parts of the core put frames and events, and what they know together: links, open requests, presence. No I/O."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from simulator.network.events import Event, EventKind, Outgoing
from simulator.network.open_requests import Open, OpenRequests, Purpose
from simulator.network.presence import IssuerPresence, Step
from switch.iso8583 import Codec, Message

STEP_EVENTS = {
    Step.SIGN_ON: EventKind.SIGNED_ON,
    Step.SIGN_OFF: EventKind.SIGNED_OFF,
    Step.SILENCE: EventKind.SIGNED_OFF,
    Step.LINKS_LOST: EventKind.SIGNED_OFF,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a message that waits for its reply is sent: for what, how long, and about which payment."""

    purpose: Purpose
    timeout_seconds: float
    ticket: int | None = None
    link: int | None = None
    """None: the next in turn."""


@dataclass(slots=True)
class Outbox:
    """Shared by the core's parts; the core alone hands it out."""

    codec: Codec
    open: OpenRequests
    presence: IssuerPresence
    links: list[int] = field(default_factory=list)
    frames: list[Outgoing] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    turn: int = 0

    def ask(self, message: Message, wanted: Wanted, now: datetime) -> int:
        """Sends what is answered; the link it left by. Call with a link up."""
        link = self._next_link() if wanted.link is None else wanted.link
        until = now + timedelta(seconds=wanted.timeout_seconds)
        self.open.add(Open(wanted.purpose, message, link, now, until, wanted.ticket))
        self.say(message, link)
        return link

    def say(self, message: Message, link: int | None = None) -> None:
        """Sends what is not answered, or is an answer itself."""
        chosen = self._next_link() if link is None else link
        self.frames.append(Outgoing(chosen, self.codec.encode(message), message))

    def note(self, event: Event) -> None:
        self.events.append(event)

    def step(self, step: Step, why: str, now: datetime) -> bool:
        """Changes the issuer's presence and reports it; whether it changed."""
        is_change = self.presence.step(step, now)
        if is_change:
            self.note(Event(STEP_EVENTS[step], now, detail=why))
        return is_change

    def _next_link(self) -> int:
        self.turn += 1
        return self.links[self.turn % len(self.links)]
