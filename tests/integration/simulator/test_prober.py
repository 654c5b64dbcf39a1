from collections.abc import Awaitable, Callable

import pytest

from simulator.client import Target, connected
from simulator.expectation import Expectation
from simulator.prober import probed
from simulator.script import Aftermath, Kind, Probe, Step
from switch.framing import Framing
from switch.iso8583 import Codec, Malformed, Message

Start = Callable[[Callable[[Message | Malformed], Message | bytes | None]], Awaitable[Target]]
ECHO = Step(Kind.ECHO_TEST, Message("0800", {}), Expectation("0810", "00", "echo"))
HEADER: dict[int, str | bytes] = {7: "1121120000", 11: "000001", 32: "200001"}
EXPECTED = Expectation("0110", "30", "format error", {7: "1121120000", 11: "000001", 32: "200001"}, bad_element=49)
ASKING = Probe(
    Kind.BAD_ELEMENT,
    "0100 with a bad DE 49",
    Framing().wrap(Codec("cp037").encode(Message("0100", HEADER))),
    Aftermath.REPLY,
    ECHO,
    EXPECTED,
)
TOO_LONG = Probe(Kind.OVERSIZED, "a long frame", b"\xff\xff" + bytes(10), Aftermath.CLOSED, ECHO)
NOISE = Probe(Kind.UNREADABLE, "noise", Framing().wrap(b"\x00noise"), Aftermath.SILENCE, ECHO)


async def outcome_of(stub_issuer: Start, probe: Probe, reply: Message | bytes | None) -> tuple[str, bool]:
    link = await connected(await stub_issuer(lambda message: reply), 2.0)
    exchange = await probed(probe, link, 0.2)
    await link.close()
    return exchange.got, exchange.ok


@pytest.mark.parametrize(
    ("reply", "got", "ok"),
    [
        (Message("0110", HEADER | {39: "30", 44: "049"}), "30", True),
        (Message("0110", HEADER | {39: "30", 44: "048"}), "30", False),
        (Message("0110", HEADER | {39: "96"}), "96", False),
        (None, "no reply", False),
        (b"", "connection closed", False),
    ],
)
async def test_a_bad_element_must_be_answered_with_its_number(
    stub_issuer: Start, reply: Message | bytes | None, got: str, ok: bool
) -> None:
    assert await outcome_of(stub_issuer, ASKING, reply) == (got, ok)


async def test_a_frame_that_is_too_long_must_close_the_connection(stub_issuer: Start) -> None:
    assert await outcome_of(stub_issuer, TOO_LONG, None) == ("closed", True)


async def test_a_connection_that_stays_open_after_a_lost_framing_is_a_mismatch(stub_issuer: Start) -> None:
    short = Probe(Kind.OVERSIZED, "not long at all", NOISE.frame, Aftermath.CLOSED, ECHO)
    assert await outcome_of(stub_issuer, short, None) == ("nothing", False)


async def test_noise_is_met_with_silence(stub_issuer: Start) -> None:
    assert await outcome_of(stub_issuer, NOISE, None) == ("nothing", True)
