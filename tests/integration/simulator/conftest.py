"""A stub issuer on a real loopback socket: each test says how it answers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from simulator.client import Target
from switch.framing import FrameReader, Framing
from switch.iso8583 import Codec, Malformed, Message

Answer = Callable[[Message | Malformed], Message | list[Message] | bytes | None]
CODEC = Codec("cp037")


@asynccontextmanager
async def _stub_issuer(answer: Answer) -> AsyncIterator[Target]:
    """Listens, answers each frame as told, closes where the framing is lost; b"" from `answer` closes too."""
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        frames = FrameReader(Framing())
        while (data := await _read(reader)) and not writer.is_closing():
            for payload in frames.feed(data):
                answered = answer(CODEC.decode(payload))
                for reply in answered if isinstance(answered, list) else [answered]:
                    if reply == b"":
                        writer.close()
                    elif reply is not None:
                        writer.write(Framing().wrap(CODEC.encode(reply) if isinstance(reply, Message) else reply))
            if frames.lost is not None:
                writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield Target("127.0.0.1", server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for writer in writers:
            writer.close()


async def _read(reader: asyncio.StreamReader) -> bytes:
    """b"" where the other side has ended, in whatever way."""
    try:
        return await reader.read(65_536)
    except ConnectionError:
        return b""


@pytest.fixture
async def stub_issuer() -> AsyncIterator[Callable[[Answer], Awaitable[Target]]]:
    async with AsyncExitStack() as stack:

        async def start(answer: Answer) -> Target:
            return await stack.enter_async_context(_stub_issuer(answer))

        yield start
