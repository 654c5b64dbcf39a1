"""Any bytes on the socket: an answer where the header is readable, else counted and closed; nobody else is disturbed."""

import asyncio
import random
from collections.abc import AsyncIterator

import pytest
from acceptance.issuer import ASCII, CHARACTER_SETS, EBCDIC, PATIENCE_SECONDS, HeldCard, Issuer, Switch
from acceptance.network import ask, code, connection, connections, header, payload, purchase

from simulator.client import NetworkConnection
from simulator.malformed import AMOUNT_LETTER, CURRENCY_LETTER, NAME_CUT, NETWORK_DATA_LENGTH, Damage
from simulator.messages import ECHO_TEST, altered, network_management, reply_key
from switch.framing import Framing
from switch.iso8583 import Message

TOO_LARGE = 8192 + 1


@pytest.fixture
async def held(issuer: Issuer) -> HeldCard:
    return await issuer.card(balance_minor=100_00)


@pytest.fixture
async def witness(issuer: Issuer) -> AsyncIterator[NetworkConnection]:
    """Another connection, open all the while."""
    async with connection(issuer.switch) as opened:
        yield opened


def spoiled(message: Message, damage: Damage, link: str) -> bytes:
    first, second = (payload(altered(message, {damage.element: value}), link) for value in damage.values)
    at = next(place for place, pair in enumerate(zip(first, second, strict=True)) if pair[0] != pair[1])
    return damage.spoil(first, at, CHARACTER_SETS[link])


def malformed(switch: Switch) -> float:
    return switch.metric("cardline_malformed_total")


@pytest.mark.parametrize("link", [EBCDIC, ASCII])
@pytest.mark.parametrize(
    "damage", [AMOUNT_LETTER, CURRENCY_LETTER, NAME_CUT, NETWORK_DATA_LENGTH], ids=lambda d: f"DE {d.element}"
)
async def test_a_bad_element_behind_a_readable_header_is_answered_30(
    issuer: Issuer, held: HeldCard, link: str, damage: Damage
) -> None:
    request = purchase(held, link=link)
    before = malformed(issuer.switch)
    async with connection(issuer.switch, link) as opened:
        frame = Framing().wrap(spoiled(request, damage, link))
        reply = await opened.exchange_frame(frame, reply_key(request), PATIENCE_SECONDS)
        assert reply is not None
        assert (reply.message.text(39), reply.message.text(44)[:3]) == ("30", f"{damage.element:03d}")
        assert await code(opened, purchase(held, link=link)) == "00"
    assert malformed(issuer.switch) == before + 1
    assert (await issuer.account(held))["holds"] == 1_00


@pytest.mark.parametrize("element", [2, 3, 4, 7, 11, 32, 49])
async def test_a_missing_element_is_answered_30_and_named(
    issuer: Issuer, held: HeldCard, witness: NetworkConnection, element: int
) -> None:
    answer = await witness.exchange(altered(purchase(held), {element: None}), PATIENCE_SECONDS)
    assert answer is not None
    assert (answer.message.text(39), answer.message.text(44)[:3]) == ("30", f"{element:03d}")
    assert (await issuer.account(held))["holds"] == 0


async def test_what_cannot_be_read_is_counted_and_the_connection_stays(
    issuer: Issuer, held: HeldCard, rng: random.Random
) -> None:
    unreadable = [b"", b"\x00", b"\x00" + rng.randbytes(39), payload(purchase(held))[:4], payload(purchase(held))[:8]]
    before = malformed(issuer.switch)
    async with connection(issuer.switch) as opened:
        for content in unreadable:
            await opened.send_frame(Framing().wrap(content))
        assert await code(opened, purchase(held)) == "00"
        assert opened.unmatched_replies == 0
    assert malformed(issuer.switch) == before + len(unreadable)


async def test_a_frame_over_8_kib_closes_its_connection_and_no_other(
    issuer: Issuer, held: HeldCard, witness: NetworkConnection
) -> None:
    async with connection(issuer.switch) as opened:
        await opened.send_frame(TOO_LARGE.to_bytes(2, "big") + b"\x00" * 100)
        assert await opened.is_closed_within(PATIENCE_SECONDS)
    assert await code(witness, purchase(held)) == "00"


async def test_no_bytes_stop_the_process_or_another_connection(
    issuer: Issuer, held: HeldCard, witness: NetworkConnection, rng: random.Random
) -> None:
    pid, good = issuer.switch.process.pid, payload(purchase(held))
    async with connections(issuer.switch, 12) as opened:
        await asyncio.gather(*(hostile(link, good, rng) for link in opened))
        assert await code(witness, purchase(held)) == "00"
    assert (issuer.switch.process.pid, issuer.switch.process.poll()) == (pid, None)
    assert issuer.switch.metric("cardline_handler_failures_total") == 0
    assert "Traceback" not in issuer.switch.log
    assert await issuer.findings() == []


async def hostile(link: NetworkConnection, good: bytes, rng: random.Random) -> None:
    """A hundred good messages with some bytes changed; they may decode to anything."""
    for _ in range(100):
        content = bytearray(good)
        for _ in range(rng.randint(1, 8)):
            content[rng.randrange(len(content))] = rng.randrange(256)
        await link.send_frame(Framing().wrap(bytes(content)))
    await ask(link, network_management(header(), ECHO_TEST))  # read in order, so all before it has been read
