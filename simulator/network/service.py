"""The network on real sockets: joins the core to connections and a clock, and hands its events to whoever waits. Thin.

As a client it dials the issuer, as a server it waits for an issuer that dials; both at once is fine. Every wait has a limit.

    async with Network(NetworkPlan(seed=7)) as network:
        await network.connect("127.0.0.1", 8583, connections=2)
        await network.wait_for(EventKind.SIGNED_ON, timeout_seconds=5)
        ticket = network.submit(Intent(card, 12_50))
        answer = await network.answer(ticket, timeout_seconds=10)   # ANSWERED or STOOD_IN, None where neither came
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from types import TracebackType
from typing import Self

from simulator.errors import HostSilent, HostUnreachable
from simulator.network.clock import Clock
from simulator.network.core import NetworkCore
from simulator.network.events import Event, EventKind
from simulator.network.intents import Intent, ReversalIntent
from simulator.network.plan import NetworkPlan
from simulator.network.presence import Presence
from simulator.network.transport import Transport, dialed
from switch.framing import Framing
from switch.iso8583 import Message

CONNECT_SECONDS, CLOSE_SECONDS, REDIAL_SECONDS = 5.0, 2.0, 0.5
# An issuer has a handful of connections; more than this is a mistake of somebody's.
MOST_LINKS = 64
ANSWERS = frozenset({EventKind.ANSWERED, EventKind.STOOD_IN})


class Network:
    """One network with its issuer. Use it as a context; `history` keeps every event of its life in order."""

    def __init__(self, plan: NetworkPlan, *, clock: Clock | None = None, framing: Framing | None = None) -> None:
        self.core = NetworkCore(plan)
        self.clock = clock or Clock()
        self.history: list[Event] = []
        self._framing = framing or Framing()
        self._transports: dict[int, Transport] = {}
        self._numbered = 0
        self._servers: list[asyncio.Server] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._news = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._is_closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    # Connections.

    async def connect(self, host: str, port: int, *, connections: int = 1, redials: bool = False) -> None:
        """Dials the issuer. Raises HostUnreachable. With `redials` a lost connection is dialled again until `close`."""
        for _ in range(connections):
            transport = await dialed(host, port, self._framing, CONNECT_SECONDS)
            link = self._opened(transport)
            self._start(self._kept(host, port, link) if redials else self._receive(link))

    async def listen(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Waits for issuers that dial, in the background; the port. Raises OSError where it is taken."""
        server = await asyncio.start_server(self._accepted, host, port)
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Ends connections, listeners and timers; waits for them, at most CLOSE_SECONDS."""
        self._is_closed = True
        for server in self._servers:
            server.close()
        if self._timer is not None:
            self._timer.cancel()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=CLOSE_SECONDS)

    @property
    def links(self) -> Sequence[int]:
        """The numbers of the connections that are up."""
        return tuple(self._transports)

    @property
    def presence(self) -> Presence:
        return self.core.presence

    # What to play. Each returns at once; what comes of it are events.

    def submit(self, intent: Intent | ReversalIntent) -> int:
        """The ticket. Raises PlanError and EncodeError as the core does."""
        return self._settled(self.core.submit(intent, self.clock.now()))

    def submit_message(self, message: Message) -> int:
        return self._settled(self.core.submit_message(message, self.clock.now()))

    def repeat(self, ticket: int) -> int:
        return self._settled(self.core.repeat(ticket, self.clock.now()))

    def reverse(self, ticket: int, *, remaining: tuple[int, int] | None = None) -> int:
        return self._settled(self.core.reverse(ticket, self.clock.now(), remaining=remaining))

    def undelivered(self, ticket: int, *, reason: str = "400") -> bool:
        was_approved = self.core.undelivered(ticket, self.clock.now(), reason=reason)
        self._settle()
        return was_approved

    def sign_on(self) -> None:
        self.core.sign_on(self.clock.now())
        self._settle()

    def sign_off(self) -> None:
        self.core.sign_off(self.clock.now())
        self._settle()

    def echo(self) -> None:
        self.core.echo(self.clock.now())
        self._settle()

    def send_bytes(self, data: bytes, link: int | None = None) -> None:
        """Bytes as they are, framing and all; the core does not know of them. Raises HostSilent on a dead connection."""
        chosen = next(iter(self._transports), None) if link is None else link
        if chosen is None or chosen not in self._transports:
            raise HostSilent("there is no connection to send over")
        self._transports[chosen].send(data)

    def cut(self, link: int) -> None:
        """Ends one connection from this side."""
        if link in self._transports:
            self._transports[link].close()

    def advance(self, seconds: float) -> None:
        """Moves the network's clock on; every timer that falls into that time goes off, in order, each at its own time."""
        until = self.clock.now().timestamp() + seconds
        while (due := self.core.next_timer()) is not None and due.timestamp() <= until:
            self.clock.advance(max(0.0, (due - self.clock.now()).total_seconds()))
            self.core.expire(self.clock.now())
            self._settle()
        self.clock.advance(max(0.0, until - self.clock.now().timestamp()))

    # What came of it.

    async def answer(self, ticket: int, *, timeout_seconds: float) -> Event | None:
        """What the acquirer was told: ANSWERED or STOOD_IN; None where neither came in that time."""
        return await self.wait_until(
            lambda event: event.ticket == ticket and event.kind in ANSWERS, timeout_seconds=timeout_seconds
        )

    async def wait_for(
        self, kind: EventKind, *, timeout_seconds: float, ticket: int | None = None, since: int = 0
    ) -> Event | None:
        """The first event of that kind (and ticket) from `history[since]` on, also one that has happened already."""
        return await self.wait_until(
            lambda event: event.kind is kind and ticket in (None, event.ticket), timeout_seconds=timeout_seconds, since=since
        )

    async def wait_until(self, is_it: Callable[[Event], bool], *, timeout_seconds: float, since: int = 0) -> Event | None:
        """The first event that it is, from `history[since]` on; None where there is none in that time."""
        async for event in self.events(timeout_seconds=timeout_seconds, since=since):
            if is_it(event):
                return event
        return None

    async def events(self, *, timeout_seconds: float, since: int = 0) -> AsyncIterator[Event]:
        """Every event from `history[since]` on, as it comes, until `timeout_seconds` from now are over."""
        loop, at = asyncio.get_running_loop(), since
        deadline = loop.time() + timeout_seconds
        while True:
            while at < len(self.history):
                at += 1
                yield self.history[at - 1]
            self._news.clear()
            try:
                async with asyncio.timeout_at(deadline):
                    await self._news.wait()
            except TimeoutError:
                return

    # Between core and sockets.

    def _settled(self, ticket: int) -> int:
        self._settle()
        return ticket

    def _settle(self) -> None:
        """After every call of the core: its frames leave, its events are told, its next timer is set."""
        for outgoing in self.core.frames_to_send():
            transport = self._transports.get(outgoing.link)
            if transport is not None:
                with contextlib.suppress(HostSilent):  # the reading task reports the loss
                    transport.send(self._framing.wrap(outgoing.payload))
        if events := self.core.take_events():
            self.history += events
            self._news.set()
        self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        due = self.core.next_timer()
        if due is None or self._is_closed or not self.clock.flows:
            return
        seconds = max(0.0, (due - self.clock.now()).total_seconds())
        self._timer = asyncio.get_running_loop().call_later(seconds, self._expire)

    def _expire(self) -> None:
        self.core.expire(self.clock.now())
        self._settle()

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_closed or len(self._transports) >= MOST_LINKS:
            writer.close()
            return
        host, port = writer.get_extra_info("peername")[:2]
        self._start(self._receive(self._opened(Transport(f"{host}:{port}", self._framing, reader, writer))))

    async def _kept(self, host: str, port: int, link: int) -> None:
        """A connection, and after it another one, until `close`."""
        await self._receive(link)
        while not self._is_closed:
            await asyncio.sleep(REDIAL_SECONDS)
            with contextlib.suppress(HostUnreachable):
                await self._receive(self._opened(await dialed(host, port, self._framing, CONNECT_SECONDS)))

    def _opened(self, transport: Transport) -> int:
        self._numbered += 1
        self._transports[self._numbered] = transport
        self.core.connected(self._numbered, self.clock.now())
        self._settle()
        return self._numbered

    async def _receive(self, link: int) -> None:
        """What comes over one connection, until it ends."""
        transport = self._transports[link]
        try:
            async for payload in transport.payloads():
                self.core.received(link, payload, self.clock.now())
                self._settle()
        finally:
            del self._transports[link]
            transport.close()
            self.core.disconnected(link, transport.lost or "", self.clock.now())
            self._settle()
