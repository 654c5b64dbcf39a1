"""Listens for a link's connections or opens them, gives each request a task, and ends them in order.

With connection the only I/O of the switch. A handler's exception stops here. No message is understood here (see flow).
"""

import asyncio
import socket
import traceback
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any

import structlog

from switch.connection import Connection, SwitchMeter
from switch.dialing import Dialed, FirstFailure, keep_connected
from switch.errors import ConfigurationError
from switch.iso8583 import Codec, Message
from switch.key_exchange import KeyExchange, KeyImporter
from switch.link import Ask, LinkState
from switch.management import SignOnWhen
from switch.profile import NetworkProfile
from switch.requests import NoReply, OnSent, Requests
from switch.stored_advices import StoredAdvices
from switch.tls import TlsFiles, connecting_context, listening_context

__all__ = ["Connection", "Handler", "NoReply", "SwitchMeter", "SwitchServer"]

Handler = Callable[[Connection, bytes, float], Awaitable[bytes | None]]
"""Payload and receipt (time.perf_counter) to the reply's payload, or None for no reply."""

BACKLOG = 1024
"""Connections that wait to be accepted: a network reconnects all its sockets at once."""

log = structlog.get_logger(__name__)


class SwitchServer:
    """Listens for one link and hands its frames to the handler, one task each."""

    def __init__(
        self,
        link_name: str,
        profile: NetworkProfile,
        handler: Handler,
        meter: SwitchMeter,
        *,
        key_importer: KeyImporter | None = None,
        on_sent: OnSent | None = None,
    ) -> None:
        self.link_name = link_name
        self.profile = profile
        self.codec = Codec(profile.character_set)
        self.meter = meter
        self.keys = KeyExchange(link_name, key_importer, lifetime_seconds=profile.key_lifetime_seconds)
        self.advices = StoredAdvices()
        self._requests = Requests(link_name, profile, meter, on_sent)
        self._turn = 0
        self._handler = handler
        self._connections: set[Connection] = set()
        self._target: Dialed | None = None
        self._last_failure = FirstFailure("not tried yet", datetime.now(UTC))
        self._is_draining = False
        self._stop = asyncio.Event()
        self._all_gone = asyncio.Event()
        self._listener: asyncio.Server | None = None
        self._runner: asyncio.Task[None] | None = None
        self._group: asyncio.TaskGroup | None = None

    @property
    def address(self) -> tuple[str, int]:
        """Host and port it listens on."""
        assert self._listener is not None, "not started"
        host, port = self._listener.sockets[0].getsockname()[:2]
        return host, port

    async def start(
        self, *, sock: socket.socket | None = None, host: str = "127.0.0.1", port: int = 0, tls: TlsFiles | None = None
    ) -> None:
        """Listen on a socket that is bound already, or on host and port (0: any). OSError where that cannot be,
        ConfigurationError where the TLS files are no use."""
        secured: dict[str, Any] = {}
        if tls is not None:
            secured = {"ssl": listening_context(tls), "ssl_handshake_timeout": self.profile.connect_seconds}
        loop = asyncio.get_running_loop()
        runner = await self._started()
        try:
            if sock is not None:
                self._listener = await loop.create_server(lambda: Connection(self), sock=sock, backlog=BACKLOG, **secured)
            else:
                self._listener = await loop.create_server(lambda: Connection(self), host, port, backlog=BACKLOG, **secured)
        except OSError:
            self._stop.set()
            await runner
            raise

    async def connect(self, host: str, port: int, *, connections: int = 1, tls: TlsFiles | None = None) -> None:
        """Keep so many connections to host and port, from now until drain. Returns at once, connected or not.

        ConfigurationError where the profile has us sign on and does not say as whom, or the TLS files are no use.
        """
        management = self.profile.management
        if management.sign_on is not SignOnWhen.NEVER and not management.forwarder:
            raise ConfigurationError(f"profile {self.profile.name}: management.forwarder: has to be given to sign on")
        target = Dialed(host, port)
        if tls is not None:
            target = Dialed(host, port, connecting_context(tls), tls.server_name or host)
        self._target = target
        await self._started()
        assert self._group is not None
        for _ in range(connections):
            self._group.create_task(self._at_the_edge(keep_connected(self, target, self._stop)))

    @property
    def is_signed_on(self) -> bool:
        """Whether a connection of the link is, so that the network takes requests of ours."""
        return any(one.link.state is LinkState.SIGNED_ON for one in self._connections)

    async def request(self, message: Message, *, timeout_seconds: float, signed_on: bool = False) -> Message | NoReply:
        """Ask the network something (0302, 0800...) on one of the connections in turn; with `signed_on` only on those that are.

        EncodeError where it cannot be written.
        """
        if self._is_draining:
            return NoReply.DRAINING
        connection = self._next_connection((LinkState.SIGNED_ON,) if signed_on else (LinkState.SIGNED_ON, LinkState.CONNECTED))
        if connection is None:
            return NoReply.NOT_CONNECTED
        return await self._requests.exchange(message, connection, timeout_seconds)

    def stan(self) -> str:
        """DE 11 for a request of ours."""
        return self._requests.stan()

    async def drain(self, grace_seconds: float) -> int:
        """Stop accepting and reading, answer all that was read, close. Returns what was left unanswered after grace."""
        deadline = asyncio.get_running_loop().time() + grace_seconds
        self._is_draining = True
        if self._listener is not None:
            self._listener.close()
        for connection in tuple(self._connections):
            connection.leave()
        self._stop.set()
        unanswered = await self._end_tasks(deadline)
        await self._end_connections(deadline)
        return unanswered

    def admit(self, connection: Connection) -> bool:
        """Take a new connection in, unless draining or full."""
        if self._is_draining or len(self._connections) >= self.profile.max_connections:
            self.meter.connection_refused(self.link_name)
            log.warning("connection_refused", link=self.link_name, peer=connection.peer)
            return False
        self._connections.add(connection)
        return True

    def dial_failed(self, why: str) -> None:
        """An attempt to connect was in vain."""
        since = self._last_failure.since if self._last_failure.why == why else datetime.now(UTC)
        self._last_failure = FirstFailure(why, since)

    @property
    def trouble(self) -> str | None:
        """In words, while none of the connections that we should keep is there."""
        if self._target is None or self._connections or self._is_draining:
            return None
        failure = self._last_failure
        return f"link {self.link_name} is not connected to {self._target}: {failure.why}, since {failure.since:%H:%M:%S} UTC"

    def forget(self, connection: Connection) -> None:
        """The connection is gone."""
        self._connections.discard(connection)
        self._last_failure = FirstFailure("closed", datetime.now(UTC))
        self._requests.abandon(connection)
        if self._is_draining and not self._connections:
            self._all_gone.set()

    def begin(self, connection: Connection, payload: bytes, received_at: float) -> None:
        """One task for one request."""
        assert self._group is not None, "not started"
        self.meter.inflight(1)
        self._group.create_task(self._answer(connection, payload, received_at))

    def ask(self, connection: Connection, ask: Ask) -> None:
        """One task for one request of the link's own; it keeps the group open until the answer, also while draining."""
        assert self._group is not None, "not started"
        self._group.create_task(self._at_the_edge(self._ask(connection, ask)))

    def settle(self, reply: Message) -> tuple[str, str]:
        """Hand a reply to whoever waits for it."""
        return self._requests.settle(reply)

    def _next_connection(self, states: tuple[LinkState, ...]) -> Connection | None:
        """Those in the first of these states before those in the next, each in turn."""
        for state in states:
            ready = [one for one in self._connections if one.link.state is state and not one.is_write_blocked]
            if ready:
                self._turn += 1
                return ready[self._turn % len(ready)]
        return None

    async def _ask(self, connection: Connection, ask: Ask) -> None:
        found = await self._requests.exchange(self._requests.management(ask.code), connection, ask.timeout_seconds)
        response_code = found.text(39) if isinstance(found, Message) else None
        log.info("asked", link=self.link_name, code=ask.code, response_code=response_code,
                 no_reply=found.value if isinstance(found, NoReply) else None)  # fmt: skip
        connection.answered(ask.code, response_code)

    async def _at_the_edge(self, work: Coroutine[Any, Any, None]) -> None:
        """A fault in what the link does by itself must not end the group, and with it everybody's requests."""
        try:
            await work
        except Exception as error:  # noqa: BLE001 - the edge, as in _answer
            self.meter.handler_failed(self.link_name)
            log.error(  # noqa: TRY400 - as in _answer
                "link_task_failed", link=self.link_name, error=type(error).__name__, where=_where(error)
            )

    async def _started(self) -> "asyncio.Task[None]":
        if self._runner is None:
            running = asyncio.Event()
            self._runner = asyncio.get_running_loop().create_task(self._run(running), name=f"switch {self.link_name}")
            await running.wait()
        return self._runner

    async def _run(self, running: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as group:
            self._group = group
            running.set()
            await self._stop.wait()

    async def _answer(self, connection: Connection, payload: bytes, received_at: float) -> None:
        frame: bytes | None = None
        try:
            reply = await self._handler(connection, payload, received_at)
            frame = None if reply is None else connection.link.frame(reply)
        except Exception as error:  # noqa: BLE001 - the edge: one request's fault must not reach the others
            self.meter.handler_failed(self.link_name)
            log.error(  # noqa: TRY400 - a traceback carries the message, and that may quote card data
                "handler_failed", link=self.link_name, error=type(error).__name__, where=_where(error)
            )
        finally:
            self.meter.inflight(-1)
            connection.done(frame)

    async def _end_tasks(self, deadline: float) -> int:
        assert self._runner is not None, "not started"
        await asyncio.wait({self._runner}, timeout=max(0.0, deadline - asyncio.get_running_loop().time()))
        unanswered = 0
        if not self._runner.done():
            unanswered = sum(connection.unanswered for connection in self._connections)
            log.error("drain_incomplete", link=self.link_name, unanswered=unanswered)
            for connection in tuple(self._connections):
                connection.abort()
            self._runner.cancel()
            await asyncio.wait({self._runner})
        return unanswered

    async def _end_connections(self, deadline: float) -> None:
        if not self._connections:
            return
        try:
            async with asyncio.timeout_at(deadline):
                await self._all_gone.wait()
        except TimeoutError:
            for connection in tuple(self._connections):
                connection.abort()
            await self._all_gone.wait()


def _where(error: BaseException) -> list[str]:
    """The way to the fault without its message, which might quote a message element."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return [f"{'/'.join(PurePath(frame.filename).parts[-2:])}:{frame.lineno} {frame.name}" for frame in frames]
