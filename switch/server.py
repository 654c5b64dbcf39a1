"""Listens for a link's connections and gives each request a task; ends them in order.

With connection the only I/O of the switch. A handler's exception stops here. No message is understood here (see flow).
"""

import asyncio
import socket
import traceback
from collections.abc import Awaitable, Callable
from pathlib import PurePath

import structlog

from switch.connection import Connection, SwitchMeter
from switch.iso8583 import Codec
from switch.profile import NetworkProfile

__all__ = ["Connection", "Handler", "SwitchMeter", "SwitchServer"]

Handler = Callable[[Connection, bytes, float], Awaitable[bytes | None]]
"""Payload and receipt (time.perf_counter) to the reply's payload, or None for no reply."""

BACKLOG = 1024
"""Connections that wait to be accepted: a network reconnects all its sockets at once."""

log = structlog.get_logger(__name__)


class SwitchServer:
    """Listens for one link and hands its frames to the handler, one task each."""

    def __init__(self, link_name: str, profile: NetworkProfile, handler: Handler, meter: SwitchMeter) -> None:
        self.link_name = link_name
        self.profile = profile
        self.codec = Codec(profile.character_set)
        self.meter = meter
        self._handler = handler
        self._connections: set[Connection] = set()
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

    async def start(self, *, sock: socket.socket | None = None, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen on a socket that is bound already, or on host and port (0: any). OSError where that cannot be."""
        loop = asyncio.get_running_loop()
        running = asyncio.Event()
        self._runner = loop.create_task(self._run(running), name=f"switch {self.link_name}")
        await running.wait()
        try:
            if sock is not None:
                self._listener = await loop.create_server(lambda: Connection(self), sock=sock, backlog=BACKLOG)
            else:
                self._listener = await loop.create_server(lambda: Connection(self), host, port, backlog=BACKLOG)
        except OSError:
            self._stop.set()
            await self._runner
            raise

    async def drain(self, grace_seconds: float) -> int:
        """Stop accepting and reading, answer all that was read, close. Returns what was left unanswered after grace."""
        deadline = asyncio.get_running_loop().time() + grace_seconds
        self._is_draining = True
        if self._listener is not None:
            self._listener.close()
        for connection in tuple(self._connections):
            connection.drain()
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

    def forget(self, connection: Connection) -> None:
        """The connection is gone."""
        self._connections.discard(connection)
        if self._is_draining and not self._connections:
            self._all_gone.set()

    def begin(self, connection: Connection, payload: bytes, received_at: float) -> None:
        """One task for one request."""
        assert self._group is not None, "not started"
        self.meter.inflight(1)
        self._group.create_task(self._answer(connection, payload, received_at))

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
