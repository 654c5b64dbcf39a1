"""One connection with a slow reader at its other end."""

import asyncio

from simulator.load.channel import Channel
from switch.framing import Framing


async def test_what_a_slow_reader_has_not_taken_waits_and_arrives_whole() -> None:
    ready, size = asyncio.Event(), 12_000_000

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await ready.wait()
        received.append(len(await reader.readexactly(size)))
        writer.write(Framing().wrap(b"all"))
        await writer.drain()

    received: list[int] = []
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        channel = Channel("127.0.0.1", server.sockets[0].getsockname()[1], Framing(), 5.0)
        channel.send(bytes(size))
        assert channel.output
        ready.set()
        async with asyncio.timeout(30):
            while channel.output:
                channel.send()
                await asyncio.sleep(0)
            while not (payloads := channel.receive()):
                await asyncio.sleep(0)
        channel.close()
    assert (payloads, received) == ([b"all"], [size])
