"""kill -9 of the switch under load: whatever the network was told is in the books (G1), and the books hold."""

import asyncio
import random
from collections.abc import Callable

from acceptance.issuer import HeldCard, Issuer
from acceptance.network import advice, answer_of, ask, connections, purchase, reversal

from simulator.client import NetworkConnection
from simulator.errors import HostSilent
from simulator.messages import repeated
from switch.iso8583 import Message

CARDS, BALANCE, KILLED_AFTER = 40, 30_00, 500
Told = list[tuple[Message, Message | None]]
"""Requests with their answers; None where the connection broke first."""


async def test_every_answer_that_left_before_a_kill_is_in_the_books(
    make_issuer: Callable[..., Issuer], rng: random.Random
) -> None:
    issuer = make_issuer(deadline_seconds=10.0)
    cards = await issuer.cards(CARDS, balance_minor=BALANCE)
    told: Told = []
    for _ in range(2):
        await spend_until_killed(issuer, cards, told, rng)
        issuer.switch.start()
    await approvals_are_on_record(issuer, told)
    assert await issuer.findings() == []
    await the_books_stay_as_they_are_when_all_is_repeated(issuer, told)
    below = "select account_id from report.account_balance where available + excused < 0"
    assert await issuer.fetch(below) == []
    assert await issuer.findings() == []


async def spend_until_killed(issuer: Issuer, cards: list[HeldCard], told: Told, rng: random.Random) -> None:
    enough, before = asyncio.Event(), len(told)

    async def spend(link: NetworkConnection, held: HeldCard) -> None:
        last = purchase(held, 1_00)
        while True:
            request = _next(held, last, rng)
            try:
                reply = await link.exchange(request, 30.0)
            except HostSilent:
                told.append((request, None))
                return
            assert reply is not None
            told.append((request, reply.message))
            last = request if request.mti == "0100" else last
            if len(told) - before >= KILLED_AFTER:
                enough.set()

    async with connections(issuer.switch, 8) as opened, asyncio.TaskGroup() as load:
        for number, held in enumerate(cards):
            load.create_task(spend(opened[number % 8], held))
        await asyncio.wait_for(enough.wait(), 30.0)
        issuer.switch.kill()


def _next(held: HeldCard, last: Message, rng: random.Random) -> Message:
    dice = rng.random()
    if dice < 0.15:
        return reversal(last)
    return advice(held, 2_00) if dice < 0.17 else purchase(held, rng.randint(50, 250))


async def approvals_are_on_record(issuer: Issuer, told: Told) -> None:
    rows = {row["stan"]: row for row in await issuer.fetch("select * from report.authorization")}
    approved = [(r, a) for r, a in told if a is not None and r.mti in ("0100", "0120") and a.text(39) == "00"]
    assert len(approved) > KILLED_AFTER / 4
    for request, answer in approved:
        row = rows[request.text(11)]
        assert (row["authorized"], row["amount"]) == (int(request.text(4)), int(request.text(4)))
        assert row["approval_code"] == (answer.text(38) or request.text(38))
        assert row["held"] in (row["authorized"], 0)
        assert (row["held"] == 0) == (row["reversed"] > 0)


async def the_books_stay_as_they_are_when_all_is_repeated(issuer: Issuer, told: Told) -> None:
    async with connections(issuer.switch, 8) as opened:
        for start in range(0, len(told), 400):
            part = told[start : start + 400]
            again = await asyncio.gather(*(ask(opened[n % 8], repeated(request)) for n, (request, _) in enumerate(part)))
            for (_, answer), repeat in zip(part, again, strict=True):
                if answer is not None:
                    assert answer_of(repeat) == answer_of(answer)
    stans = [request.text(11) for request, _ in told]
    twice = "select stan from report.authorization group by stan having count(*) > 1"
    assert await issuer.fetch(twice) == []
    assert await issuer.value("select count(*) from report.authorization where stan <> all($1::text[])", stans) == 0
