"""One TCP connection: bytes to the link and replies back, with back-pressure and an orderly end.

I/O without decisions: what arrives is for link to say, who answers for server. Handlers see link_name, link, profile,
codec and peer; all else is between this file and server.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol, cast

import structlog

from switch.framing import FramingLost
from switch.iso8583 import Codec, Message
from switch.key_exchange import KeyExchange
from switch.link import Ask, Event, FrameReceived, IdleTimeout, Link, LinkDown, LinkState
from switch.profile import NetworkProfile
from switch.stored_advices import StoredAdvices

WRITE_BUFFER_BYTES = 64 * 1024
"""Replies waiting for a peer that does not read; beyond it nothing more is read from that peer."""
LINGER_SECONDS = 1.0
"""After the last reply the peer's bytes are read and dropped: closing over unread bytes would reset the connection
and could take the last replies with it."""
ABORT_SECONDS = 5.0
"""After the last reply; a peer that has not taken it by then never will."""

log = structlog.get_logger(__name__)


class SwitchMeter(Protocol):
    """What the server counts. Every call is synchronous and cheap."""

    def link_state(self, link: str, state: LinkState, change: int) -> None:
        """One connection more (+1) or fewer (-1) is in this state."""

    def malformed(self, link: str) -> None:
        """An empty frame, or framing lost."""

    def inflight(self, change: int) -> None:
        """Requests handed to the handler (+1) and done (-1)."""

    def connection_refused(self, link: str) -> None:
        """More connections than the profile allows."""

    def handler_failed(self, link: str) -> None:
        """A handler raised; its request has no reply."""

    def replies_lost(self, link: str, count: int) -> None:
        """So many replies could not be written: the connection had gone before them."""

    def reply(self, link: str, outcome: str) -> None:
        """What became of a request of ours or of a reply to one: matched, late, unmatched, unanswered."""

    def round_trip(self, link: str, seconds: float) -> None:
        """From a request of ours to its reply."""

    def link_down(self, link: str, reason: str) -> None:
        """A connection is closed because its peer does not do its part (DownReason)."""


class Host(Protocol):
    """What a connection needs of its server."""

    @property
    def link_name(self) -> str:
        """The link's name in the settings."""

    @property
    def profile(self) -> NetworkProfile:
        """The network."""

    @property
    def codec(self) -> Codec:
        """Shared by all connections."""

    def dial_failed(self, why: str) -> None:
        """An attempt to connect was in vain."""

    @property
    def meter(self) -> SwitchMeter:
        """Where to count."""

    @property
    def keys(self) -> KeyExchange:
        """The link's, shared by its connections."""

    @property
    def advices(self) -> StoredAdvices:
        """The link's, shared by its connections."""

    def admit(self, connection: "Connection") -> bool:
        """Take a new connection in, or not."""

    def begin(self, connection: "Connection", payload: bytes, received_at: float) -> None:
        """Start answering one request; connection.done() follows, whatever happens."""

    def ask(self, connection: "Connection", ask: Ask) -> None:
        """Send a request of the link's own; connection.answered() follows."""

    def settle(self, reply: Message) -> tuple[str, str]:
        """Hand a reply to whoever waits for it: decision and reason, for the log."""

    def forget(self, connection: "Connection") -> None:
        """The connection is gone."""


class Connection(asyncio.Protocol):
    """One connection of a link."""

    def __init__(self, host: Host, *, is_dialing: bool = False) -> None:
        self.link_name = host.link_name
        self.profile = host.profile
        self.codec = host.codec
        self.peer = ""
        self._host = host
        self._loop = asyncio.get_running_loop()
        self.link = Link(host.profile, self._loop.time(), is_dialing=is_dialing, keys=host.keys, advices=host.advices)
        self.awaits: set[asyncio.Future[Any]] = set()
        """Requests of ours whose replies are to come here."""
        self.closed = asyncio.Event()
        self._when_closed: Callable[[Connection], None] | None = None
        self._counted: LinkState | None = None
        self._transport: asyncio.Transport | None = None
        self._backlog: deque[tuple[bytes, float]] = deque()
        self._replies: list[bytes] = []
        self._inflight = 0
        self._is_paused = False
        self.is_write_blocked = False  # the peer does not take its replies
        self._is_finishing = False
        self._has_peer_finished = False
        self._timer: asyncio.TimerHandle | None = None
        self._timers: list[asyncio.TimerHandle] = []

    @property
    def unanswered(self) -> int:
        """Requests read and not done."""
        return self._inflight + len(self._backlog)

    @property
    def _owes_replies(self) -> bool:
        return self.unanswered > 0 or bool(self._replies)

    @property
    def _is_full(self) -> bool:
        return self._inflight >= self.profile.max_inflight_per_connection

    def now(self) -> float:
        """The clock that the link counts by."""
        return self._loop.time()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but name
        self.peer = _address(transport.get_extra_info("peername"))
        if not self._host.admit(self):
            transport.abort()
            return
        transport.set_write_buffer_limits(high=WRITE_BUFFER_BYTES)
        self._take_all(self.link.connected(self._loop.time()), time.perf_counter())
        self._count_state()
        log.info("link_connected", link=self.link_name, peer=self.peer)

    def data_received(self, data: bytes) -> None:
        # The loop's own clock stands still during an iteration and, in uvloop, counts whole milliseconds.
        received_at = time.perf_counter()
        self._take_all(self.link.receive(data, self._loop.time()), received_at)
        self._begin_waiting()
        self._settle()

    def eof_received(self) -> bool:
        """The peer sends no more but may still read: answer what it sent, then close."""
        self._has_peer_finished = True
        self.drain()
        return self._owes_replies and self._transport is not None and self._transport.can_write_eof()

    def pause_writing(self) -> None:
        self.is_write_blocked = True
        self._settle()

    def resume_writing(self) -> None:
        self.is_write_blocked = False
        self._begin_waiting()
        self._settle()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Requests in flight run on, for the ledger's sake; what had not begun is dropped, as if never read."""
        for timer in (self._timer, *self._timers):
            if timer is not None:
                timer.cancel()
        self._backlog.clear()
        self.link.close()
        if self._counted is not None:
            self._count_state()
            log.info("link_closed", link=self.link_name, peer=self.peer, unanswered=self._inflight)
        self._host.forget(self)
        self.closed.set()
        if self._when_closed is not None:
            self._when_closed(self)

    def when_closed(self, tell: "Callable[[Connection], None]") -> None:
        """Called once, when the connection is gone; at once where it already is."""
        if self.closed.is_set():
            tell(self)
        else:
            self._when_closed = tell

    def settle(self, reply: Message) -> tuple[str, str]:
        """A reply has arrived: whose it is, in words for the log."""
        return self._host.settle(reply)

    def answered(self, code: str, response_code: str | None) -> None:
        """What came of a request of the link's own: DE 39 of its 0810, or None."""
        self._take_all(self.link.answered(code, response_code, self._loop.time()), time.perf_counter())
        self._arm_timer()
        self._settle()

    def leave(self) -> None:
        """Sign off where we have signed on, then drain."""
        self._take_all(self.link.leave(), time.perf_counter())
        self._settle()

    def drain(self) -> None:
        """Read no more, answer what was read, then close."""
        self.link.drain()
        self._settle()

    def abort(self) -> None:
        """Close now, losing what is unsent."""
        if self._transport is not None:
            self._transport.abort()

    def done(self, frame: bytes | None) -> None:
        """One request is done; its reply leaves, and the next waiting one begins."""
        self._inflight -= 1
        if frame is not None:
            self.send(frame)
        self._begin_waiting()
        self._settle()

    def send(self, frame: bytes) -> None:
        """A frame leaves with the others of this turn of the loop."""
        if not self._replies:
            self._loop.call_soon(self._flush)
        self._replies.append(frame)

    def _flush(self) -> None:
        """The replies of one turn of the loop, in one write: a ledger batch ends many requests at once."""
        replies, self._replies = self._replies, []
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(b"".join(replies))
        else:
            self._host.meter.replies_lost(self.link_name, len(replies))
            log.warning("replies_lost", link=self.link_name, peer=self.peer, count=len(replies))
        self._settle()

    def _take_all(self, events: list[Event], received_at: float) -> None:
        for event in events:
            self._take(event, received_at)

    def _take(self, event: Event, received_at: float) -> None:
        match event:
            case FrameReceived(payload=b""):
                self._host.meter.malformed(self.link_name)
            case FrameReceived(payload=payload):
                self._backlog.append((payload, received_at))
            case FramingLost(reason=reason):
                self._host.meter.malformed(self.link_name)
                log.warning("framing_lost", link=self.link_name, peer=self.peer, reason=reason)
            case IdleTimeout(silent_seconds=silent):
                log.info("link_idle", link=self.link_name, peer=self.peer, silent_seconds=round(silent, 1))
            case Ask():
                self._host.ask(self, event)
            case LinkDown(reason=reason):
                self._host.meter.link_down(self.link_name, reason.value)
                log.warning("link_down", link=self.link_name, peer=self.peer, reason=reason.value)

    def _begin_waiting(self) -> None:
        """One read may bring far more frames than may be in flight; the rest waits here, and reading stops."""
        while self._backlog and not self._is_full and not self.is_write_blocked:
            payload, received_at = self._backlog.popleft()
            self._inflight += 1
            self._host.begin(self, payload, received_at)

    def _settle(self) -> None:
        """Bring reading, closing and the gauge in line with where things stand."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        self._count_state()
        if not self.link.is_reading and not self._owes_replies:
            self._finish(transport)
            return
        self._pause(transport, not self.link.is_reading or self.is_write_blocked or self._is_full)

    def _pause(self, transport: asyncio.Transport, should_pause: bool) -> None:
        if should_pause is self._is_paused or self._has_peer_finished:
            return
        self._is_paused = should_pause
        if should_pause:
            transport.pause_reading()
        else:
            transport.resume_reading()

    def _finish(self, transport: asyncio.Transport) -> None:
        """Everything is answered: say goodbye, let the peer take it, close."""
        if self._is_finishing:
            return
        self._is_finishing = True
        self._timers.append(self._loop.call_later(ABORT_SECONDS, transport.abort))
        if self._has_peer_finished or not transport.can_write_eof():  # TLS says goodbye in closing
            transport.close()
            return
        try:
            transport.write_eof()
        except OSError:  # reset by the peer, and asyncio has not noticed yet
            transport.abort()
            return
        self._pause(transport, should_pause=False)
        self._timers.append(self._loop.call_later(LINGER_SECONDS, transport.close))

    def _arm_timer(self) -> None:
        """One timer for all that the link waits for; bytes that arrive only put it off, which it finds out when it fires."""
        if self._timer is not None:
            self._timer.cancel()
        due = self.link.next_timer()
        self._timer = self._loop.call_at(due, self._on_timer) if due is not None else None

    def _on_timer(self) -> None:
        self._take_all(self.link.timeout(self._loop.time()), time.perf_counter())
        self._arm_timer()
        self._settle()

    def _count_state(self) -> None:
        state = self.link.state
        if state is self._counted:
            return
        if self._counted is not None:
            self._host.meter.link_state(self.link_name, self._counted, -1)
        if state is not LinkState.CLOSED:
            self._host.meter.link_state(self.link_name, state, 1)
            self._arm_timer()  # a sign-on brings echo tests, which are due sooner
        self._counted = state


def _address(name: object) -> str:
    return f"{name[0]}:{name[1]}" if isinstance(name, tuple) and len(name) >= 2 else str(name or "")
