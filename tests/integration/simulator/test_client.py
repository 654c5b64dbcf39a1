import asyncio
from collections.abc import Awaitable, Callable

import pytest

from simulator.client import NetworkConnection, Target, connected
from simulator.errors import HostSilent, HostUnreachable
from switch.framing import Framing
from switch.iso8583 import Codec, Malformed, Message

Start = Callable[[Callable[[Message | Malformed], Message | list[Message] | bytes | None]], Awaitable[Target]]


def request(stan: int = 1, forwarder: str | None = None) -> Message:
    elements: dict[int, str | bytes] = {7: "1121120000", 11: f"{stan:06d}", 32: "200001"}
    return Message("0100", elements | ({33: forwarder} if forwarder else {}))


def approve(message: Message | Malformed) -> Message:
    return Message("0110", message.elements | {39: "00"})


def silent(message: Message | Malformed) -> None:
    return None


def frame_of(message: Message) -> bytes:
    return Framing().wrap(Codec("cp037").encode(message))


async def ask(link: NetworkConnection, message: Message, timeout_seconds: float = 5.0) -> str | None:
    reply = await link.exchange(message, timeout_seconds)
    return reply.message.text(11) if reply else None


async def test_a_reply_comes_back_with_its_latency(stub_issuer: Start) -> None:
    link = await connected(await stub_issuer(approve), 5.0)
    reply = await link.exchange(request(), 5.0)
    await link.close()
    assert reply is not None
    assert reply.message.text(39) == "00"
    assert 0 < reply.latency_seconds < 5


async def test_replies_in_another_order_find_their_requests(stub_issuer: Start) -> None:
    held: list[Message] = []

    def last_first(message: Message | Malformed) -> list[Message]:
        held.insert(0, approve(message))
        return held if len(held) == 3 else []

    link = await connected(await stub_issuer(last_first), 5.0)
    stans = [f"{number:06d}" for number in (1, 2, 3)]
    assert await asyncio.gather(*(ask(link, request(int(stan))) for stan in stans)) == stans
    await link.close()


async def test_a_stan_alone_is_no_key(stub_issuer: Start) -> None:
    def other_forwarder(message: Message | Malformed) -> Message:
        return Message("0110", message.elements | {33: "999999", 39: "00"})

    link = await connected(await stub_issuer(other_forwarder), 5.0)
    assert await link.exchange(request(forwarder="200900"), 0.1) is None
    assert link.unmatched_replies == 1
    await link.close()


async def test_the_same_request_twice_in_flight_gets_both_replies(stub_issuer: Start) -> None:
    link = await connected(await stub_issuer(approve), 5.0)
    assert await asyncio.gather(ask(link, request()), ask(link, request())) == ["000001", "000001"]
    assert link.unmatched_replies == 0
    await link.close()


async def test_waiting_for_a_reply_has_a_limit(stub_issuer: Start) -> None:
    link = await connected(await stub_issuer(silent), 5.0)
    assert await link.exchange(request(), 0.05) is None
    await link.close()


async def test_garbage_is_counted_and_hurts_no_other_reply(stub_issuer: Start) -> None:
    answers = iter([b"\xff\x00garbage", None])

    def garbage_first(message: Message | Malformed) -> Message | bytes | None:
        return next(answers, None) or approve(message)

    link = await connected(await stub_issuer(garbage_first), 5.0)
    assert await link.exchange(request(1), 0.1) is None
    assert await ask(link, request(2)) == "000002"
    assert link.unmatched_replies == 1
    await link.close()


async def test_a_closed_connection_ends_the_wait_at_once(stub_issuer: Start) -> None:
    link = await connected(await stub_issuer(lambda message: b""), 5.0)
    with pytest.raises(HostSilent):
        await link.exchange(request(), 5.0)
    with pytest.raises(HostSilent):
        await link.exchange(request(), 5.0)
    assert await link.is_closed_within(1.0)
    await link.close()


async def test_a_host_that_is_not_there_is_named(unused_tcp_port: int) -> None:
    with pytest.raises(HostUnreachable, match=f"127.0.0.1:{unused_tcp_port} cannot be reached"):
        await connected(Target("127.0.0.1", unused_tcp_port), 2.0)


async def test_bytes_can_be_sent_as_they_are(stub_issuer: Start) -> None:
    link = await connected(await stub_issuer(approve), 5.0)
    key = ("0110", "1121120000", "000001", "200001", "")
    assert await link.exchange_frame(frame_of(request()), key, 5.0) is not None
    await link.close()
