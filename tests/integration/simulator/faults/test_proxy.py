"""The proxy over real loopback sockets. Waits end by what happens, not by time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from simulator.client import Target, connected
from simulator.faults.chooser import Direction
from simulator.faults.plan import FaultPlan, Phase, Rules, Unit
from simulator.faults.proxy import FaultProxy
from switch.iso8583 import Malformed, Message

Start = Callable[[Callable[[Message | Malformed], Message | list[Message] | bytes | None]], Awaitable[Target]]
PATIENCE = 10.0
REQUEST = Message("0100", {7: "1121120000", 11: "000001", 32: "200001"})


def approve(message: Message | Malformed) -> Message:
    return Message("0110", message.elements | {39: "00"})


def both(rules: Rules) -> FaultPlan:
    return FaultPlan((Phase("", rules, rules),))


@asynccontextmanager
async def echo() -> AsyncIterator[int]:
    """A server that sends back what it gets, and ends when the other side does."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@asynccontextmanager
async def through(plan: FaultPlan | None = None) -> AsyncIterator[tuple[FaultProxy, asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection through the proxy to an echo; every wait of the test is limited."""
    async with asyncio.timeout(PATIENCE), echo() as port, FaultProxy("127.0.0.1", port, plan, seed=1) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", await proxy.start())
        try:
            yield proxy, reader, writer
        finally:
            writer.close()


@pytest.mark.parametrize("rules", [Rules(split=1), Rules(join=3, join_seconds=0.01), Rules(unit=Unit.FRAME, delay_seconds=0.01)])
async def test_messages_split_at_every_byte_joined_or_late_are_still_understood(stub_issuer: Start, rules: Rules) -> None:
    target = await stub_issuer(approve)
    async with FaultProxy(target.host, target.port, both(rules)) as proxy:
        link = await connected(Target("127.0.0.1", await proxy.start()), PATIENCE)
        reply = await link.exchange(REQUEST, PATIENCE)
        await link.close()
    assert reply is not None
    assert reply.message.text(39) == "00"


async def test_what_is_sent_into_a_partition_arrives_when_it_heals() -> None:
    async with through() as (proxy, reader, writer):
        writer.write(b"before")
        assert await reader.readexactly(6) == b"before"
        proxy.partition(Direction.TO_CLIENT)
        writer.write(b"during")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await reader.readexactly(1)
        proxy.heal()
        assert await reader.readexactly(6) == b"during"


async def test_a_cut_is_a_reset_to_both_sides() -> None:
    async with through() as (proxy, reader, writer):
        writer.write(b"alive")
        assert await reader.readexactly(5) == b"alive"
        proxy.cut()
        with pytest.raises(ConnectionResetError):
            await reader.read(1)


async def test_a_half_close_lets_the_answer_through() -> None:
    plan = FaultPlan((Phase("", Rules(half_close_after_bytes=4)),))
    async with through(plan) as (_, reader, writer):
        writer.write(b"abcdef")
        assert await reader.read() == b"abcd"


async def test_the_end_of_one_side_is_passed_on_to_the_other() -> None:
    async with through() as (_, reader, writer):
        writer.write(b"last words")
        writer.write_eof()
        assert await reader.read() == b"last words"


async def test_whoever_sends_to_a_slow_reader_has_to_wait_and_loses_nothing() -> None:
    sent = bytes(range(256)) * 2_000
    async with through(FaultPlan((Phase("", Rules(bytes_per_second=1_000_000)),))) as (_, reader, writer):
        started = asyncio.get_running_loop().time()
        writer.write(sent)
        writer.write_eof()
        assert await reader.read() == sent
        assert asyncio.get_running_loop().time() - started > 0.4


async def test_the_plan_can_be_changed_while_connections_are_open() -> None:
    async with through(both(Rules(drop=1.0))) as (proxy, reader, writer):
        writer.write(b"lost")
        while not proxy.counts["dropped"]:
            await asyncio.sleep(0)
        proxy.use(FaultPlan())
        writer.write(b"kept")
        assert await reader.readexactly(4) == b"kept"


async def test_phases_follow_one_another() -> None:
    plan = FaultPlan((Phase("away", Rules(is_partitioned=True), seconds=0.05), Phase("back")))
    async with through(plan) as (proxy, reader, writer):
        writer.write(b"late")
        assert await reader.readexactly(4) == b"late"
        assert proxy.phase.name == "back"


async def test_a_server_that_is_not_there_ends_the_connection_is_counted_and_told_once(unused_tcp_port: int) -> None:
    told: list[str] = []
    async with asyncio.timeout(PATIENCE), FaultProxy("127.0.0.1", unused_tcp_port, tell=told.append) as proxy:
        port = await proxy.start()
        for _ in range(2):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            assert await reader.read(1) == b""
            writer.close()
        assert proxy.counts["not connected"] == 2
    assert told == [
        "phase without a name begins, until the end",
        f"127.0.0.1:{unused_tcp_port} cannot be reached: Connection refused",
    ]
