"""The simulator against an issuer host that is none of ours: thirty lines of it, right and wrong."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from cardline.errors import HostAway
from cardline.network.simulate import check_reachable
from simulator.client import Target
from simulator.stage.casting import COLUMNS, cast_from_file
from simulator.stage.connections import Limits
from simulator.stage.files import scenario
from simulator.stage.player import Run, play_all
from simulator.stage.results import RunResult, Verdict
from switch.iso8583 import Malformed, Message

Start = Callable[[Callable[[Message | Malformed], Message | bytes | None]], Awaitable[Target]]
CARDS = ",".join(COLUMNS) + "\n" + "".join(f"{n},{n},541333000000{n:03d}9,2912,123,1234,00,EUR,10000\n" for n in range(9))
ECHOED = (2, 3, 4, 5, 6, 7, 9, 10, 11, 15, 16, 20, 28, 32, 33, 37, 41, 49, 50, 51, 62, 63, 90, 105)


@dataclass
class Host:
    """Holds what it grants, gives back what is reversed, remembers what it said."""

    available: dict[str, int] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)
    said: dict[tuple[str, ...], dict[int, str | bytes]] = field(default_factory=dict)

    def __call__(self, message: Message | Malformed) -> Message | None:
        assert isinstance(message, Message)
        key = (message.mti[:3], *(message.text(n) for n in (2, 7, 11, 32, 33)))
        if key not in self.said:
            self.said[key] = self.decided(message)
        echoed = {n: message.elements[n] for n in ECHOED if n in message.elements}
        category = {48: message.raw(48)[:1]} if message.mti[1] == "1" else {48: message.raw(48)}
        return Message(f"{message.mti[:2]}{int(message.mti[2]) + 1}0", echoed | category | self.said[key])

    def decided(self, message: Message) -> dict[int, str | bytes]:
        pan, amount = message.text(2), int(message.text(6) or message.text(4))
        left = self.available.setdefault(pan, 100_00)
        if message.mti[1] == "4":
            remains = int(message.text(95)[:12] or 0)
            given_back = max(0, self.held.get(message.text(37), 0) - remains)
            self.held[message.text(37)] = self.held.get(message.text(37), 0) - given_back
            self.available[pan] = left + given_back
            return {39: "00"}
        if amount > left:
            return {39: "51", 48: message.raw(48)[:1] + "840202".encode("cp037")}
        self.available[pan], self.held[message.text(37)] = left - amount, amount
        return {38: f"{random.randrange(10**6):06d}", 39: "00"}


async def played(target: Target, *names: str, is_audited: bool = True) -> RunResult:
    scenarios = {name: scenario(name) for name in names}
    limits = Limits(reply_seconds=0.5)
    async with asyncio.timeout(30):
        return await play_all(
            Run(target, scenarios, cast_from_file(CARDS, "cards.csv", scenarios), 3, is_audited=is_audited, limits=limits)
        )


def broken(result: RunResult) -> list[tuple[str, str | None, str | None, str]]:
    views = [view for found in result.scenarios for step in found.steps for view in step.broken]
    return [(view.what, view.stated, view.predicted, view.got) for view in views]


GOOD = ("purchase-and-reversal", "approval-codes-and-repeats", "partial-reversal", "declined-for-funds", "currency-no-decimals")


async def test_a_host_that_is_right_passes_though_its_books_are_not_seen(stub_issuer: Start) -> None:
    result = await played(await stub_issuer(Host()), *GOOD)
    assert broken(result) == []
    assert result.ok
    assert {step.note for found in result.scenarios for step in found.steps} == {"books not observed"}


async def test_a_host_that_approves_everything_is_shown_with_all_views(stub_issuer: Start) -> None:
    host = Host()
    host.available = dict.fromkeys((f"541333000000{n:03d}9" for n in range(9)), 10**9)
    result = await played(await stub_issuer(host), "declined-for-funds")
    assert ("DE 39", "51", "51", "00") in broken(result)
    (found,) = result.scenarios
    assert [step.verdict for step in found.steps] == [Verdict.BROKEN, *[Verdict.NOT_PLAYED] * 3]


async def test_a_host_with_ways_of_its_own_is_judged_by_what_the_scenario_says_alone(stub_issuer: Start) -> None:
    host = Host()
    target = await stub_issuer(lambda message: without_reference(host(message)))
    assert ("DE 63", None) in [(what, stated) for what, stated, *_ in broken(await played(target, "purchase-and-reversal"))]
    assert (await played(target, "purchase-and-reversal", is_audited=False)).ok


def without_reference(reply: Message | None) -> Message:
    assert reply is not None
    return Message(reply.mti, {number: value for number, value in reply.elements.items() if number != 63})


async def test_what_needs_the_issuers_people_or_a_card_that_is_not_there_is_skipped_in_words(stub_issuer: Start) -> None:
    result = await played(await stub_issuer(Host()), "card-lost", "card-in-yen")
    assert [found.skipped for found in result.scenarios] == [
        "needs the issuer's own tools, and this host is not ours",
        "needs an unused card with exactly JPY 10000 available; cards.csv has none left in JPY: "
        "cardline seed --cards N --currency JPY --balance 10000",
    ]
    assert not result.ok


@pytest.mark.parametrize(
    ("says", "got"),
    [
        (lambda _: None, "none within 0.5 s"),
        (lambda _: b"\x01\x02garbage", "none within 0.5 s; 1 frame that answers nothing"),
        (lambda _: Message("0110", {39: "00"}), "none within 0.5 s; 1 frame that answers nothing"),
    ],
    ids=["silence", "garbage", "another's answer"],
)
async def test_silence_and_garbage_are_verdicts_and_no_hang(
    stub_issuer: Start, says: Callable[[object], Message | bytes | None], got: str
) -> None:
    result = await played(await stub_issuer(says), "purchase-and-reversal")
    assert ("reply", "00", "0110 00", got) in broken(result)
    assert not result.ok


async def test_a_host_that_hangs_up_gives_a_verdict(stub_issuer: Start) -> None:
    result = await played(await stub_issuer(lambda _: b""), "purchase-and-reversal", "duplicates-at-once", "link-lost-mid-flight")
    ends = [next(step for step in found.steps if step.verdict is Verdict.BROKEN) for found in result.scenarios]
    assert all(step.got.endswith("has closed the connection") for step in ends)


@pytest.mark.parametrize(
    ("says", "said"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n", "sends what cannot be cut into messages: a frame of 18516 bytes"),
        (b"\x00\x05noise", "unreadable: "),
    ],
    ids=["no frames", "no messages"],
)
async def test_a_host_that_sends_garbage_is_told_so(says: bytes, said: str) -> None:
    async def shout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await reader.read(4096):
            writer.write(says)
            await reader.read()
        writer.close()

    server = await asyncio.start_server(shout, "127.0.0.1", 0)
    async with server:
        result = await played(
            Target("127.0.0.1", server.sockets[0].getsockname()[1]), "network-late-answer", "purchase-and-reversal"
        )
    ends = [next(step for step in found.steps if step.verdict is Verdict.BROKEN) for found in result.scenarios]
    assert said in ends[0].got
    assert "did not answer a sign-on" in ends[0].got
    if "cut" in said:
        assert said in ends[1].got


async def test_a_scenario_seeds_no_card_for_a_host_that_is_not_there(unused_tcp_port: int) -> None:
    with pytest.raises(HostAway, match="cannot be reached: Connection refused; nothing was played and no card seeded"):
        await check_reachable(Target("127.0.0.1", unused_tcp_port))


async def test_a_host_that_is_not_there_is_asked_once_and_every_step_has_its_verdict(unused_tcp_port: int) -> None:
    names = ("network-late-answer", "clock-skew", "purchase-and-reversal")
    result = await played(Target("127.0.0.1", unused_tcp_port), *names)
    steps = [step for found in result.scenarios for step in found.steps]
    assert all(step.verdict is not Verdict.HELD for step in steps)
    assert any("cannot be reached" in step.got for step in steps)
    assert not result.ok
