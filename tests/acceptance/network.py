"""The network's side of the acceptance tests: messages with keys of their own, connections, answers. Every wait is bounded."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

from acceptance.issuer import CHARACTER_SETS, EBCDIC, PATIENCE_SECONDS, HeldCard, Switch

from simulator import messages
from simulator.client import NetworkConnection, connected
from simulator.messages import Amounts, Extras, Header, Merchant
from simulator.private_data import build_private_data, read_private_data
from switch.iso8583 import Codec, Message

SHOP = Merchant("5411", "SHOP00000000001", "Corner shop", "Berlin", "DEU", "276", "R", "TERM0001")
_numbers = itertools.count(1)


def header() -> Header:
    """One that no other message of this session has."""
    number = next(_numbers)
    return Header(
        transmitted=datetime.now(UTC).replace(microsecond=0),
        stan=f"{number:06d}",
        acquirer="002840",
        forwarder="200123",
        rrn=f"{number:012d}",
        network_reference=f"MCC{number:06d}",
    )


def purchase(
    held: HeldCard,
    minor: int = 100,
    *,
    link: str = EBCDIC,
    subelements: Mapping[str, str] | None = None,
    elements: Mapping[int, str | bytes] | None = None,
    amounts: Amounts | None = None,
) -> Message:
    """A 0100; in the card's currency unless `amounts` says otherwise."""
    return messages.authorization(
        header(),
        held.card,
        amounts or Amounts(minor, held.card.currency),
        SHOP,
        character_set=CHARACTER_SETS[link],
        extras=Extras(subelements or {}, elements or {}),
    )


def advice(held: HeldCard, minor: int) -> Message:
    """A 0120 that the network has approved in stand-in."""
    return messages.advice(header(), held.card, Amounts(minor, held.card.currency), SHOP, character_set="cp037")


def reversal(original: Message, *, mti: str = "0400", left: int | None = None, link: str = EBCDIC) -> Message:
    """All of `original`, or what is above `left`."""
    remaining = None if left is None else (left, left if 51 in original.elements else 0)
    return messages.reversal(header(), original, character_set=CHARACTER_SETS[link], mti=mti, remaining=remaining)


def on_link(message: Message, link: str) -> Message:
    """The same message as it is spelled on that link: DE 48 is raw bytes, all else is text anyway."""
    spelled = next(name for name in CHARACTER_SETS.values() if read_private_data(message.raw(48), name) is not None)
    data = read_private_data(message.raw(48), spelled)
    assert data is not None
    raw = build_private_data(data.category, data.subelements, CHARACTER_SETS[link])
    return replace(message, elements=message.elements | {48: raw})


@asynccontextmanager
async def connections(switch: Switch, count: int, link: str = EBCDIC) -> AsyncIterator[list[NetworkConnection]]:
    opened = await asyncio.gather(*(connected(switch.target(link), PATIENCE_SECONDS) for _ in range(count)))
    try:
        yield list(opened)
    finally:
        await asyncio.gather(*(connection.close() for connection in opened))


@asynccontextmanager
async def connection(switch: Switch, link: str = EBCDIC) -> AsyncIterator[NetworkConnection]:
    async with connections(switch, 1, link) as opened:
        yield opened[0]


async def ask(connection: NetworkConnection, message: Message) -> Message:
    """The answer; there must be one."""
    reply = await connection.exchange(message, PATIENCE_SECONDS)
    assert reply is not None, f"a {message.mti} was not answered"
    return reply.message


async def ask_all(
    opened: Sequence[NetworkConnection],
    requests: Sequence[Message],
    on_answer: Callable[[int], None] = lambda _: None,
) -> list[Message]:
    """All at once, spread over the connections; answers in the order of the requests. `on_answer` gets the count so far."""
    done = itertools.count(1)

    async def one(number: int, request: Message) -> Message:
        answer = await ask(opened[number % len(opened)], request)
        on_answer(next(done))
        return answer

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(number, request)) for number, request in enumerate(requests)]
    return [task.result() for task in tasks]


async def code(connection: NetworkConnection, message: Message) -> str:
    """DE 39 of the answer."""
    return (await ask(connection, message)).text(39)


def answer_of(message: Message) -> tuple[str, ...]:
    """What a repeat must be given again: DE 38, 39, 4, 6, 54."""
    return tuple(message.text(element) for element in (38, 39, 4, 6, 54))


def payload(message: Message, link: str = EBCDIC) -> bytes:
    return Codec(CHARACTER_SETS[link]).encode(message)
