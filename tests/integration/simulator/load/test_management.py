"""Signing on before a load, and answering what the host asks meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from simulator.client import Target
from simulator.errors import HostUnreachable
from simulator.load.channel import Channel
from simulator.load.management import ManagementDesk
from switch.framing import Framing
from switch.iso8583 import Codec, Malformed, Message

StubIssuer = Callable[..., Awaitable[Target]]
CODEC = Codec("cp037")


async def sign_on(target: Target, limit_seconds: float = 5.0) -> None:
    def run() -> None:
        channel = Channel(target.host, target.port, target.framing, 5.0)
        try:
            ManagementDesk("cp037", target.framing, limit_seconds).sign_on(channel, 0)
        finally:
            channel.close()

    await asyncio.to_thread(run)


def answering(code: str) -> Callable[[Message | Malformed], Message]:
    def answer(message: Message | Malformed) -> Message:
        assert isinstance(message, Message)
        assert (message.mti, message.text(70)) == ("0800", "061")
        return Message("0810", {number: message.elements[number] for number in (7, 11, 33, 63, 70)} | {39: code})

    return answer


async def test_a_host_that_agrees_may_be_loaded(stub_issuer: StubIssuer) -> None:
    await sign_on(await stub_issuer(answering("00")))


@pytest.mark.parametrize(
    ("answer", "said"),
    [(answering("91"), "refused the sign-on with DE 39 = 91"), (lambda _: None, "did not answer"), (lambda _: b"", "closed")],
)
async def test_a_host_that_does_not_is_said(stub_issuer: StubIssuer, answer: Callable[..., object], said: str) -> None:
    with pytest.raises(HostUnreachable, match=said):
        await sign_on(await stub_issuer(answer), limit_seconds=0.3)


def test_an_echo_test_is_answered_with_what_it_carried() -> None:
    request = Message("0800", {7: "1126013000", 11: "000009", 33: "541333", 63: "MCC000009", 70: "270"})
    frame = ManagementDesk("cp037", Framing(), 1.0).answer(CODEC.encode(request))
    assert frame is not None
    answer = CODEC.decode(frame[2:])
    assert isinstance(answer, Message)
    assert (answer.mti, answer.elements) == ("0810", request.elements | {39: "00"})


def test_nothing_else_is_answered() -> None:
    desk = ManagementDesk("cp037", Framing(), 1.0)
    assert desk.answer(b"\xf0\xf8\xf0\xf0") is None
    assert desk.answer(CODEC.encode(Message("0810", {7: "1126013000", 11: "000009"}))) is None
