"""The network on real loopback sockets against stub issuers. No test waits for a timer: the network's clock is moved on."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from simulator.cards import Card
from simulator.client import Target
from simulator.errors import HostSilent, HostUnreachable
from simulator.messages import reply_mti
from simulator.network.clock import Clock
from simulator.network.events import EventKind
from simulator.network.intents import Intent
from simulator.network.plan import NetworkPlan, SignsOn, Timers
from simulator.network.service import Network
from switch.framing import FrameReader, Framing
from switch.iso8583 import Codec, Malformed, Message

Start = Callable[[Callable[[Message | Malformed], Message | list[Message] | bytes | None]], Awaitable[Target]]
CARD = Card("5413330000000016", "2912", "123", "1234", "978", 10_000)
PATIENCE = 10.0
ECHOED = (2, 7, 11, 15, 32, 33, 63, 70)


def frozen() -> Clock:
    return Clock(datetime(2026, 11, 21, 12, 0, tzinfo=UTC), flows=False)


def approve(message: Message | Malformed) -> Message:
    echoed = {number: message.elements[number] for number in ECHOED if number in message.elements}
    return Message(reply_mti(message.mti or "0800"), echoed | {39: "00"})


def silent_to_payments(message: Message | Malformed) -> Message | None:
    return approve(message) if message.mti == "0800" else None


async def connected(network: Network, target: Target, connections: int = 1) -> None:
    await network.connect(target.host, target.port, connections=connections)
    assert await network.wait_for(EventKind.SIGNED_ON, timeout_seconds=PATIENCE) is not None


async def test_a_payment_is_answered_by_the_issuer(stub_issuer: Start) -> None:
    async with Network(NetworkPlan(), clock=frozen()) as network:
        await connected(network, await stub_issuer(approve), connections=2)
        answer = await network.answer(network.submit(Intent(CARD, 12_50)), timeout_seconds=PATIENCE)
    assert answer is not None
    assert (answer.kind, answer.code) == (EventKind.ANSWERED, "00")


async def test_an_issuer_that_says_nothing_is_stood_in_for(stub_issuer: Start) -> None:
    async with Network(NetworkPlan(), clock=frozen()) as network:
        await connected(network, await stub_issuer(silent_to_payments))
        ticket = network.submit(Intent(CARD, 12_50))
        network.advance(8.0)
        answer = await network.answer(ticket, timeout_seconds=PATIENCE)
    assert answer is not None
    assert (answer.kind, answer.detail) == (EventKind.STOOD_IN, "timed_out")


async def test_real_time_ends_a_wait_too(stub_issuer: Start) -> None:
    async with Network(NetworkPlan(timers=Timers(response_seconds=0.05))) as network:
        await connected(network, await stub_issuer(silent_to_payments))
        answer = await network.answer(network.submit(Intent(CARD, 12_50)), timeout_seconds=PATIENCE)
    assert answer is not None
    assert answer.kind is EventKind.STOOD_IN


async def test_a_host_that_sends_garbage_is_named_and_the_payment_is_stood_in_for(stub_issuer: Start) -> None:
    def garbage(message: Message | Malformed) -> Message | bytes | None:
        return approve(message) if message.mti == "0800" else b"\xff\x00garbage"

    async with Network(NetworkPlan(), clock=frozen()) as network:
        await connected(network, await stub_issuer(garbage))
        ticket = network.submit(Intent(CARD, 12_50))
        assert await network.wait_for(EventKind.UNREADABLE, timeout_seconds=PATIENCE) is not None
        network.advance(8.0)
        answer = await network.answer(ticket, timeout_seconds=PATIENCE)
    assert answer is not None
    assert answer.kind is EventKind.STOOD_IN


async def test_a_host_that_closes_is_signed_off_at_once_and_signed_on_when_it_is_dialled_again(stub_issuer: Start) -> None:
    left = iter([b""])

    def once_away(message: Message | Malformed) -> Message | bytes | None:
        return approve(message) if message.mti == "0800" else next(left, approve(message))

    target = await stub_issuer(once_away)
    async with Network(NetworkPlan(), clock=frozen()) as network:
        await network.connect(target.host, target.port, redials=True)
        assert await network.wait_for(EventKind.SIGNED_ON, timeout_seconds=PATIENCE) is not None
        ticket = network.submit(Intent(CARD, 12_50))
        answer = await network.answer(ticket, timeout_seconds=PATIENCE)
        assert answer is not None
        assert answer.kind is EventKind.STOOD_IN
        drained = await network.wait_for(EventKind.DRAINED, timeout_seconds=PATIENCE)
    assert drained is not None
    assert [event.kind for event in network.history].count(EventKind.SIGNED_ON) == 2


async def test_an_issuer_may_dial_the_network(stub_issuer: Start) -> None:
    async with Network(NetworkPlan(signs_on=SignsOn.ISSUER), clock=frozen()) as network:
        reader, writer = await asyncio.open_connection("127.0.0.1", await network.listen())
        codec, frames = Codec("cp037"), FrameReader(Framing())
        sign_on = Message("0800", {7: "1121120000", 11: "000001", 33: "541333", 70: "061"})
        writer.write(Framing().wrap(codec.encode(sign_on)))
        assert await network.wait_for(EventKind.SIGNED_ON, timeout_seconds=PATIENCE) is not None
        network.submit(Intent(CARD, 12_50))
        received: list[Message | Malformed] = []
        async with asyncio.timeout(PATIENCE):
            while len(received) < 2:
                received += [codec.decode(payload) for payload in frames.feed(await reader.read(65_536))]
        writer.close()
    assert [message.mti for message in received] == ["0810", "0100"]


async def test_a_host_that_is_not_there_is_named(unused_tcp_port: int) -> None:
    async with Network(NetworkPlan()) as network:
        with pytest.raises(HostUnreachable, match=f"127.0.0.1:{unused_tcp_port} cannot be reached"):
            await network.connect("127.0.0.1", unused_tcp_port)


async def test_waiting_for_what_does_not_happen_has_a_limit() -> None:
    async with Network(NetworkPlan()) as network:
        assert await network.wait_for(EventKind.SIGNED_ON, timeout_seconds=0.01) is None


def flood(network: Network) -> None:
    for _ in range(1_000):
        network.send_bytes(bytes(65_536))


async def test_a_host_that_does_not_read_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        async with Network(NetworkPlan(), clock=frozen()) as network:
            await network.connect("127.0.0.1", deaf.getsockname()[1])
            with pytest.raises(HostSilent, match="does not read"):
                flood(network)
            lost = await network.wait_for(EventKind.LINK_LOST, timeout_seconds=PATIENCE)
    assert lost is not None
    assert "does not read" in lost.detail
