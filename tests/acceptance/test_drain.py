"""SIGTERM: what was read is answered, then the links close and the process ends with 0."""

import asyncio
import signal
from collections.abc import Callable

from acceptance.issuer import HeldCard, Issuer, Switch, eventually
from acceptance.network import ask, connections, purchase

from simulator.client import NetworkConnection
from simulator.errors import HostSilent


async def ended(switch: Switch) -> int:
    return await asyncio.to_thread(switch.process.wait, 20.0)


async def test_requests_in_flight_are_answered_although_the_signal_came_first(make_issuer: Callable[..., Issuer]) -> None:
    issuer = make_issuer(deadline_seconds=10.0)
    held, switch = await issuer.card(balance_minor=100_00), issuer.switch
    async with connections(switch, 6) as opened:
        async with issuer.locked(held):
            asked = [asyncio.create_task(ask(link, purchase(held, 1_00))) for link in opened for _ in range(5)]
            await eventually("all are in flight", lambda: switch.metric("cardline_inflight") == 30)
            switch.process.send_signal(signal.SIGTERM)
            await eventually("it has begun to stop", lambda: '"stopping"' in switch.log)
            assert not any(task.done() for task in asked)
        answers = await asyncio.gather(*asked)
        closed = await asyncio.gather(*(link.is_closed_within(10.0) for link in opened))
    assert [answer.text(39) for answer in answers] == ["00"] * 30
    assert closed == [True] * 6
    assert await ended(switch) == 0
    assert (await issuer.account(held))["holds"] == 30_00


async def test_under_load_nothing_that_was_read_is_left_unanswered(make_issuer: Callable[..., Issuer]) -> None:
    issuer = make_issuer(deadline_seconds=10.0)
    cards, switch = await issuer.cards(40, balance_minor=1_000_00), issuer.switch
    answered: dict[str, str] = {}
    enough = asyncio.Event()
    async with connections(switch, 20) as opened, asyncio.TaskGroup() as load:
        for number, held in enumerate(cards):
            load.create_task(spend_until_closed(opened[number % 20], held, answered, enough))
        async with asyncio.timeout(20):
            await enough.wait()
        switch.process.send_signal(signal.SIGTERM)
    assert await ended(switch) == 0
    assert set(answered.values()) == {"00"}
    # Every message that was read is on record, and so is its answer; every hold was answered.
    directions = await issuer.fetch("select stan, count(*) from report.message group by stan having count(*) <> 2")
    assert directions == []
    stored = {row["stan"] for row in await issuer.fetch("select stan from report.authorization")}
    assert stored == set(answered)
    assert '"unanswered": 0' in switch.log or '"unanswered":0' in switch.log
    assert await issuer.findings() == []


async def spend_until_closed(link: NetworkConnection, held: HeldCard, answered: dict[str, str], enough: asyncio.Event) -> None:
    while True:
        request = purchase(held, 1_00)
        try:
            reply = await link.exchange(request, 20.0)
        except HostSilent:
            return
        assert reply is not None
        answered[request.text(11)] = reply.message.text(39)
        if len(answered) == 400:
            enough.set()
