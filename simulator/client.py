"""One TCP connection to an issuer: sends frames, hands each reply to whoever waits for it. Every wait has a limit.

Replies may come in any order; they are matched by MTI, DE 7, 11, 32 and 33. Nothing is judged here.
"""

import asyncio
from collections import defaultdict, deque
from dataclasses import dataclass

from simulator.errors import HostSilent
from simulator.messages import ReplyKey, reply_key
from simulator.network.transport import Transport, dialed
from simulator.wire import codec_of
from switch.framing import Framing
from switch.iso8583 import Message


@dataclass(frozen=True, slots=True)
class Target:
    """Where the issuer listens and how it frames and spells."""

    host: str
    port: int
    character_set: str = "cp037"
    framing: Framing = Framing()  # noqa: RUF009 - a frozen value

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply with the time from the request's hand-over to the socket."""

    message: Message
    latency_seconds: float


class NetworkConnection:
    """A connection with several requests in flight. Make it with `connected`."""

    def __init__(self, target: Target, transport: Transport) -> None:
        self.unmatched_replies = 0
        self._target = target
        self._codec = codec_of(target.character_set)
        self._transport = transport
        self._waiting: dict[ReplyKey, deque[asyncio.Future[tuple[Message, float]]]] = defaultdict(deque)
        self._closed = asyncio.Event()
        self._receiving = asyncio.create_task(self._receive())

    @property
    def character_set(self) -> str:
        return self._target.character_set

    @property
    def is_closed(self) -> bool:
        return self._closed.is_set()

    async def exchange(self, message: Message, timeout_seconds: float) -> Reply | None:
        """Sends a request; its reply, or None where none came in time. Raises HostSilent on a dead connection."""
        return await self.exchange_frame(
            self._target.framing.wrap(self._codec.encode(message)), reply_key(message), timeout_seconds
        )

    async def exchange_frame(self, frame: bytes, key: ReplyKey, timeout_seconds: float) -> Reply | None:
        """Sends bytes as they are and waits for the reply with that key; None and HostSilent as in `exchange`."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[tuple[Message, float]] = loop.create_future()
        self._waiting[key].append(future)
        started = loop.time()
        try:
            async with asyncio.timeout(timeout_seconds):
                await self.send_frame(frame)
                message, arrived = await future
        except TimeoutError:
            return None
        finally:
            self._forget(key, future)
        return Reply(message, arrived - started)

    async def send_frame(self, frame: bytes) -> None:
        """Hands bytes to the socket. Raises HostSilent where the connection is gone."""
        self._transport.send(frame)
        await self._transport.drain()

    async def is_closed_within(self, timeout_seconds: float) -> bool:
        """Whether the host closes the connection in that time."""
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._closed.wait()
        except TimeoutError:
            return False
        return True

    async def close(self, timeout_seconds: float = 2.0) -> None:
        """Closes this side and waits for the reading task, at most that long."""
        self._transport.close()
        self._receiving.cancel()
        await asyncio.wait([self._receiving], timeout=timeout_seconds)
        self._end()

    async def _receive(self) -> None:
        try:
            async for payload in self._transport.payloads():
                self._hand_over(payload, asyncio.get_running_loop().time())
        finally:
            self._end()

    def _hand_over(self, payload: bytes, arrived: float) -> None:
        decoded = self._codec.decode(payload)
        waiting = self._waiting.get(reply_key(decoded, decoded.mti)) if isinstance(decoded, Message) else None
        future = next((future for future in waiting or () if not future.done()), None)
        if future is None or not isinstance(decoded, Message):
            self.unmatched_replies += 1
        else:
            future.set_result((decoded, arrived))

    def _forget(self, key: ReplyKey, future: asyncio.Future[tuple[Message, float]]) -> None:
        self._waiting[key].remove(future)
        if not self._waiting[key]:
            del self._waiting[key]

    def _end(self) -> None:
        self._closed.set()
        for futures in self._waiting.values():
            for future in futures:
                if not future.done():
                    future.set_exception(HostSilent(self._transport.lost or f"{self._target} has closed the connection"))


async def connected(target: Target, timeout_seconds: float) -> NetworkConnection:
    """Opens a connection. Raises HostUnreachable with the reason, at the latest after `timeout_seconds`."""
    return NetworkConnection(target, await dialed(target.host, target.port, target.framing, timeout_seconds))
