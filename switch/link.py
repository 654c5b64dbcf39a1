"""One connection to the network as a state machine without I/O: bytes and the time in, events and bytes out.

Time is an argument, the next timer a return value; sockets and tasks are in server and connection. Echo, sign-on, key
exchange and stored advices are machines of their own (echo, sign_on, key_exchange, stored_advices); here they meet.
"""

from dataclasses import dataclass
from enum import Enum

from switch.echo import EchoWatch, Verdict
from switch.framing import FrameReader, FramingLost
from switch.key_exchange import KeyExchange
from switch.management import Code, SignOnWhen
from switch.profile import NetworkProfile
from switch.sign_on import Progress, SignOn, SignOnPlan
from switch.stored_advices import StoredAdvices


class LinkState(Enum):
    """CONNECTING has no peer yet; CONNECTED may be sent to; SIGNED_ON has said so in an 0800, either side;
    DRAINING answers what was read; CLOSED is over."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    SIGNED_ON = "signed_on"
    DRAINING = "draining"
    CLOSED = "closed"


class LinkInput(Enum):
    """What can happen to a link."""

    CONNECT = "connect"
    SIGN_ON = "sign_on"
    SIGN_OFF = "sign_off"
    DRAIN = "drain"
    CLOSE = "close"


# Two laws: a link that drains never reads again, and nothing leaves CLOSED. A missing pair changes nothing.
NEXT_STATE: dict[tuple[LinkState, LinkInput], LinkState] = {
    (LinkState.CONNECTING, LinkInput.CONNECT): LinkState.CONNECTED,
    (LinkState.CONNECTING, LinkInput.CLOSE): LinkState.CLOSED,
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


@dataclass(frozen=True, slots=True)
class Ask:
    """An 0800 with this DE 70 has to be sent; answered() takes its reply, or None where none came in time."""

    code: str
    timeout_seconds: float


class DownReason(Enum):
    """Why a link is given up; a metric's label."""

    ECHO_UNANSWERED = "echo_unanswered"
    SIGN_ON_REFUSED = "sign_on_refused"


@dataclass(frozen=True, slots=True)
class LinkDown:
    """The peer does not do its part; the connection has to be closed."""

    reason: DownReason


Event = FrameReceived | FramingLost | IdleTimeout | Ask | LinkDown


class Link:
    """The state of one connection. `keys` and `advices` are shared by the connections of a link."""

    __slots__ = (
        "_echo",
        "_framing",
        "_heard_at",
        "_profile",
        "_reader",
        "_sign_on",
        "_signs_on",
        "advices",
        "is_signed_on",
        "keys",
        "state",
    )

    def __init__(
        self,
        profile: NetworkProfile,
        now: float,
        *,
        is_dialing: bool = False,
        keys: KeyExchange | None = None,
        advices: StoredAdvices | None = None,
    ) -> None:
        self._profile = profile
        self._framing = profile.framing
        self._reader = FrameReader(profile.framing)
        self._heard_at = now
        self._echo = EchoWatch(profile.echo_interval_seconds, profile.max_echo_misses, now)
        self._sign_on = SignOn(SignOnPlan(profile.max_sign_on_attempts, profile.sign_on_retry_seconds))
        when = profile.management.sign_on
        self._signs_on = when is SignOnWhen.ALWAYS or (when is SignOnWhen.CONNECTING and is_dialing)
        self.keys = keys or KeyExchange(profile.name, None, lifetime_seconds=profile.key_lifetime_seconds)
        self.advices = advices or StoredAdvices()
        self.state = LinkState.CONNECTING if is_dialing else LinkState.CONNECTED
        self.is_signed_on = False  # outlives SIGNED_ON: what was read before a drain was read signed on

    @property
    def may_authorize(self) -> bool:
        """Authorizations are welcome: signed on, or the profile does not ask for it."""
        return self.is_signed_on or not self._profile.require_sign_on

    @property
    def is_reading(self) -> bool:
        """Bytes that arrive now are still taken."""
        return self.state is LinkState.CONNECTED or self.state is LinkState.SIGNED_ON

    def connected(self, now: float) -> list[Event]:
        """The peer is there. Where it is ours to sign on, that comes first."""
        self._step(LinkInput.CONNECT)
        self._heard_at = now
        return self._ask_to_sign_on() if self._signs_on else []

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
        """A message as it goes on the wire. EncodeError where it is larger than a frame may be."""
        return self._framing.wrap(payload)

    def next_timer(self) -> float | None:
        """When timeout() has to be called, unless something arrives before."""
        if not self.is_reading:
            return None
        due = [self._idle_at(), self._echo_at(), self._sign_on.next_timer(), self._key_at()]
        return min((at for at in due if at is not None), default=None)

    def timeout(self, now: float) -> list[Event]:
        """What the passing of time brings about; nothing when it is too early."""
        if not self.is_reading:
            return []
        idle_at, echo_at, retry_at = self._idle_at(), self._echo_at(), self._sign_on.next_timer()
        if idle_at is not None and now >= idle_at:
            self.drain()
            return [IdleTimeout(now - self._heard_at)]
        events: list[Event] = []
        if retry_at is not None and now >= retry_at:
            events += self._ask_to_sign_on()
        if echo_at is not None and now >= echo_at:
            self._echo.asked(now)
            events.append(Ask(Code.ECHO.value, self._profile.response_seconds))
        return events + self._ask_for_a_key(now)

    def answered(self, code: str, response_code: str | None, now: float) -> list[Event]:
        """The 0810 to an Ask (its DE 39), or None where none came in time."""
        management = self._profile.management
        if not self.is_reading:
            return []
        if code == Code.ECHO.value:
            self._echo.heard_until(self._heard_at)
            if self._echo.ended(response_code is not None, now) is Verdict.DOWN:
                return self._give_up(DownReason.ECHO_UNANSWERED)
        elif code == Code.STORED_ADVICES.value:
            self.advices.answered(response_code == "00")
        elif code == management.sign_off_code:
            self._sign_on.answered(response_code == "00", now)
            self.drain()
        elif code == management.sign_on_code:
            return self._sign_on_answered(response_code == "00", now)
        return []

    def sign_on(self) -> None:
        """The peer's 0800 with DE 70 = 001, 061... has been accepted, or ours."""
        self.is_signed_on = True
        self._step(LinkInput.SIGN_ON)

    def sign_off(self) -> None:
        """0800 with DE 70 = 002, 062... has been accepted."""
        self.is_signed_on = False
        self._step(LinkInput.SIGN_OFF)

    def leave(self) -> list[Event]:
        """Drain in order: where we signed on, sign off first, and read on until that is answered or its time is over."""
        if self.is_reading and self._sign_on.leave():
            return [Ask(self._profile.management.sign_off_code, self._profile.sign_off_seconds)]
        if self._sign_on.progress is not Progress.LEAVING:
            self.drain()
        return []

    def drain(self) -> None:
        """Read no more, answer what was read, then close."""
        self._step(LinkInput.DRAIN)

    def close(self) -> None:
        """The connection is gone."""
        self._step(LinkInput.CLOSE)

    def _ask_to_sign_on(self) -> list[Event]:
        if not self._sign_on.ask():
            return []
        return [Ask(self._profile.management.sign_on_code, self._profile.response_seconds)]

    def _sign_on_answered(self, is_accepted: bool, now: float) -> list[Event]:
        if self._sign_on.answered(is_accepted, now) is Progress.FAILED:
            return self._give_up(DownReason.SIGN_ON_REFUSED)
        if self._sign_on.progress is not Progress.ON:
            return []
        self.sign_on()
        events: list[Event] = []
        if self._profile.management.request_stored_advices and self.advices.ask():
            events.append(Ask(Code.STORED_ADVICES.value, self._profile.response_seconds))
        return events + self._ask_for_a_key(now)

    def _ask_for_a_key(self, now: float) -> list[Event]:
        due_at = self._key_at()
        if due_at is None or now < due_at:
            return []
        self.keys.requested(now)
        return [Ask(self._profile.management.key_request_code, self._profile.response_seconds)]

    def _give_up(self, reason: DownReason) -> list[Event]:
        self.drain()
        return [LinkDown(reason)]

    def _idle_at(self) -> float | None:
        limit = self._profile.idle_timeout_seconds
        return self._heard_at + limit if limit else None

    def _echo_at(self) -> float | None:
        """Only a peer that has signed on is tested; bytes that have arrived since put it off."""
        if not (self.is_signed_on and self._profile.echo_interval_seconds):
            return None
        self._echo.heard_until(self._heard_at)
        return self._echo.next_timer()

    def _key_at(self) -> float | None:
        wants_keys = self._profile.management.request_keys and self._sign_on.progress is Progress.ON
        return self.keys.due_at() if wants_keys else None

    def _step(self, happened: LinkInput) -> None:
        self.state = NEXT_STATE.get((self.state, happened), self.state)
