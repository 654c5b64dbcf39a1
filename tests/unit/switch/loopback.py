"""A server on loopback sockets, its peers, and handlers that the tests hold in their hands."""

import asyncio
import struct
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

from switch.framing import Framing
from switch.instructions import Obeyed, obey
from switch.iso8583 import Codec, Malformed, Message
from switch.link import LinkState
from switch.profile import NetworkProfile
from switch.responses import is_response, reply
from switch.server import Connection, Handler, SwitchServer

Play = Callable[[Coroutine[Any, Any, None]], None]
PROFILE = NetworkProfile("test", max_connections=8, max_inflight_per_connection=4)


class Meter:
    """Counts, and can be waited on."""

    def __init__(self) -> None:
        self.links: Counter[LinkState] = Counter()
        self.counts: Counter[str] = Counter()
        self.changed = asyncio.Event()

    def link_state(self, link: str, state: LinkState, change: int) -> None:
        self.links[state] += change
        self.changed.set()

    def malformed(self, link: str) -> None:
        self._count("malformed", 1)

    def inflight(self, change: int) -> None:
        self._count("inflight", change)
        self.counts["most"] = max(self.counts["most"], self.counts["inflight"])

    def connection_refused(self, link: str) -> None:
        self._count("refused", 1)

    def handler_failed(self, link: str) -> None:
        self._count("failed", 1)

    def replies_lost(self, link: str, count: int) -> None:
        self._count("replies_lost", count)

    def reply(self, link: str, outcome: str) -> None:
        self._count(outcome, 1)

    def round_trip(self, link: str, seconds: float) -> None:
        self._count("round_trip", 1)

    def link_down(self, link: str, reason: str) -> None:
        self._count(reason, 1)

    async def until(self, condition: Callable[["Meter"], bool]) -> None:
        while not condition(self):
            self.changed.clear()
            await self.changed.wait()

    def _count(self, name: str, change: int) -> None:
        self.counts[name] += change
        self.changed.set()


class Peer:
    """The network's side of one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def connect(cls, server: SwitchServer) -> "Peer":
        return cls(*await asyncio.open_connection(*server.address))

    def send(self, *payloads: bytes) -> None:
        self.writer.write(b"".join(map(Framing().wrap, payloads)))

    async def receive(self) -> bytes:
        (length,) = struct.unpack(">H", await self.reader.readexactly(2))
        return await self.reader.readexactly(length)

    async def rest(self) -> bytes:
        """Everything up to the end of the stream; raises where the connection is reset."""
        return await self.reader.read()

    def close(self) -> None:
        self.writer.close()


async def started(handler: Handler, profile: NetworkProfile = PROFILE) -> tuple[SwitchServer, Meter]:
    meter = Meter()
    server = SwitchServer("test", profile, handler, meter)
    await server.start()
    return server, meter


async def managed(connection: Connection, payload: bytes, received_at: float) -> bytes | None:
    """The part of flow that is about the link: replies go to whoever waits, 0800 is obeyed, all else comes back."""
    message = connection.codec.decode(payload)
    if isinstance(message, Malformed):
        return payload
    if is_response(message.mti):
        connection.settle(message)
        return None
    if message.mti[:2] != "08":
        return payload
    done = obey(message, connection.link, connection.profile.management, connection.codec.character_set, connection.now())
    assert isinstance(done, Obeyed)
    answered = reply(message, done.response_code)
    return connection.codec.encode(answered) if answered is not None else None


class Network:
    """A network that listens: each connection to it is a Peer that speaks ISO 8583."""

    def __init__(self) -> None:
        self.joined: asyncio.Queue[NetworkPeer] = asyncio.Queue()
        self._server: asyncio.Server | None = None

    async def listen(self, port: int = 0) -> tuple[str, int]:
        self._server = await asyncio.start_server(self._join, "127.0.0.1", port)
        host, port = self._server.sockets[0].getsockname()
        return host, port

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.joined.put_nowait(NetworkPeer(reader, writer))

    def close(self) -> None:
        assert self._server is not None
        self._server.close()


class NetworkPeer(Peer):
    """One connection of the network, in whole messages."""

    codec = Codec("cp037")

    def say(self, message: Message) -> None:
        self.send(self.codec.encode(message))

    async def hear(self) -> Message:
        found = self.codec.decode(await self.receive())
        assert isinstance(found, Message)
        return found

    def answer(self, request: Message, response_code: str = "00") -> None:
        answered = reply(request, response_code)
        assert answered is not None
        self.say(answered)


async def echo(connection: Connection, payload: bytes, received_at: float) -> bytes | None:
    return payload


class Gate:
    """A handler that answers each payload only when it is let go."""

    def __init__(self) -> None:
        self.gates: dict[bytes, asyncio.Event] = {}
        self.began: asyncio.Queue[bytes] = asyncio.Queue()

    async def __call__(self, connection: Connection, payload: bytes, received_at: float) -> bytes | None:
        gate = self.gates.setdefault(payload, asyncio.Event())
        self.began.put_nowait(payload)
        await gate.wait()
        return payload.upper()

    def let_go(self, payload: bytes) -> None:
        self.gates.setdefault(payload, asyncio.Event()).set()

    async def until_began(self, count: int) -> list[bytes]:
        return [await self.began.get() for _ in range(count)]
