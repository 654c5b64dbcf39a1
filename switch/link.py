"""One connection to the network as a state machine without I/O: bytes and the time in, events and bytes out.

Time is an argument, the next timer a return value; sockets and tasks are in server, the answers to 0800 in flow.
"""

from dataclasses import dataclass
from enum import Enum

from switch.framing import FrameReader, FramingLost
from switch.profile import NetworkProfile


class LinkState(Enum):
    """CONNECTED may be sent to; SIGNED_ON has said so in an 0800; DRAINING answers what was read; CLOSED is over."""

    CONNECTED = "connected"
    SIGNED_ON = "signed_on"
    DRAINING = "draining"
    CLOSED = "closed"


class LinkInput(Enum):
    """What can happen to a link."""

    SIGN_ON = "sign_on"
    SIGN_OFF = "sign_off"
    DRAIN = "drain"
    CLOSE = "close"


# Two laws: a link that drains never reads again, and nothing leaves CLOSED. A missing pair changes nothing.
NEXT_STATE: dict[tuple[LinkState, LinkInput], LinkState] = {
    (LinkState.CONNECTED, LinkInput.SIGN_ON): LinkState.SIGNED_ON,
    (LinkState.CONNECTED, LinkInput.DRAIN): LinkState.DRAINING,
    (LinkState.CONNECTED, LinkInput.CLOSE): LinkState.CLOSED,
    (LinkState.SIGNED_ON, LinkInput.SIGN_OFF): LinkState.CONNECTED,
    (LinkState.SIGNED_ON, LinkInput.DRAIN): LinkState.DRAINING,
    (LinkState.SIGNED_ON, LinkInput.CLOSE): LinkState.CLOSED,
    (LinkState.DRAINING, LinkInput.CLOSE): LinkState.CLOSED,
}


@dataclass(frozen=True, slots=True, repr=False)
class FrameReceived:
    """One whole payload; b"" for a frame of length 0."""

    payload: bytes

    def __repr__(self) -> str:
        return f"FrameReceived({len(self.payload)} bytes)"


@dataclass(frozen=True, slots=True)
class IdleTimeout:
    """The peer has been silent for longer than the profile allows; the connection has to be closed."""

    silent_seconds: float


Event = FrameReceived | FramingLost | IdleTimeout


class Link:
    """The state of one connection."""

    __slots__ = ("_framing", "_heard_at", "_idle_timeout", "_reader", "_requires_sign_on", "is_signed_on", "state")

    def __init__(self, profile: NetworkProfile, now: float) -> None:
        self._framing = profile.framing
        self._reader = FrameReader(profile.framing)
        self._requires_sign_on = profile.require_sign_on
        self._idle_timeout = profile.idle_timeout_seconds
        self._heard_at = now
        self.state = LinkState.CONNECTED
        self.is_signed_on = False  # outlives SIGNED_ON: what was read before a drain was read signed on

    @property
    def may_authorize(self) -> bool:
        """Authorizations are welcome: signed on, or the profile does not ask for it."""
        return self.is_signed_on or not self._requires_sign_on

    @property
    def is_reading(self) -> bool:
        """Bytes that arrive now are still taken."""
        return self.state is LinkState.CONNECTED or self.state is LinkState.SIGNED_ON

    def receive(self, data: bytes, now: float) -> list[Event]:
        """What the bytes complete, in order. After a loss of framing the link drains: what came before is answered."""
        if not self.is_reading:
            return []
        self._heard_at = now
        events: list[Event] = [FrameReceived(payload) for payload in self._reader.feed(data)]
        if self._reader.lost is not None:
            events.append(self._reader.lost)
            self.drain()
        return events

    def frame(self, payload: bytes) -> bytes:
        """A reply as it goes on the wire. EncodeError where it is larger than a frame may be."""
        return self._framing.wrap(payload)

    def next_timer(self) -> float | None:
        """When timeout() has to be called, unless something arrives before."""
        if not self._idle_timeout or not self.is_reading:
            return None
        return self._heard_at + self._idle_timeout

    def timeout(self, now: float) -> list[Event]:
        """What the passing of time brings about; nothing when it is too early."""
        due = self.next_timer()
        if due is None or now < due:
            return []
        self.drain()
        return [IdleTimeout(now - self._heard_at)]

    def sign_on(self) -> None:
        """0800 with DE 70 = 001, 061... has been accepted."""
        self.is_signed_on = True
        self._step(LinkInput.SIGN_ON)

    def sign_off(self) -> None:
        """0800 with DE 70 = 002, 062... has been accepted."""
        self.is_signed_on = False
        self._step(LinkInput.SIGN_OFF)

    def drain(self) -> None:
        """Read no more, answer what was read, then close."""
        self._step(LinkInput.DRAIN)

    def close(self) -> None:
        """The connection is gone."""
        self._step(LinkInput.CLOSE)

    def _step(self, happened: LinkInput) -> None:
        self.state = NEXT_STATE.get((self.state, happened), self.state)
