"""G9, on time or undone; and G10: what is too much is answered 91, counted, and hurts nobody else."""

import asyncio
import time
from collections import Counter

from acceptance.issuer import HeldCard, Issuer, eventually
from acceptance.network import ask, ask_all, code, connection, connections, purchase

from simulator.messages import repeated

DEADLINE_SECONDS, MARGIN_SECONDS, MAX_INFLIGHT = 1.0, 0.5, 4
ISSUER = {"deadline_seconds": DEADLINE_SECONDS, "limits": {"max_inflight": MAX_INFLIGHT, "writers": 1}}
"""One writer, so that what waits for a locked account keeps everybody else's batch waiting too."""


async def events(issuer: Issuer, held: HeldCard) -> list[str]:
    query = (
        "select e.kind from report.authorization_event e join report.authorization a using (authorization_id) "
        "where a.account_id = $1 order by e.sequence"
    )
    return [row["kind"] for row in await issuer.fetch(query, held.account_id)]


async def test_what_waits_too_long_is_answered_91_in_time_and_undone(issuer: Issuer) -> None:
    held, other = await issuer.cards(2, balance_minor=100_00)
    in_flight, queued = purchase(held, 60_00), purchase(other, 60_00)
    voids = issuer.switch.metric("cardline_voids_total")
    async with connections(issuer.switch, 2) as (link, other_link):
        async with issuer.locked(held):
            began = time.monotonic()
            first = asyncio.create_task(ask(link, in_flight))
            await issuer.writer_waits()
            answers = await asyncio.gather(first, ask(other_link, queued))
            assert [answer.text(39) for answer in answers] == ["91", "91"]
            assert time.monotonic() - began < DEADLINE_SECONDS + MARGIN_SECONDS
            assert all(38 not in answer.elements for answer in answers)
        await eventually("the approval is void", lambda: issuer.switch.metric("cardline_voids_total") == voids + 1)
        assert await issuer.account(held) == {"posted": 100_00, "holds": 0, "available": 100_00}
        assert await events(issuer, held) == ["authorized", "voided"]
        assert [await code(link, in_flight), await code(other_link, repeated(in_flight))] == ["91", "91"]
        assert (await issuer.account(held))["holds"] == 0
        # The one that had not begun left nothing behind, so it is decided afresh.
        assert await issuer.authorizations(other) == []
        assert await code(link, queued) == "00"
    assert (await issuer.account(other))["holds"] == 60_00
    assert await issuer.findings() == []


async def test_a_deadline_does_not_take_the_others_in_its_batch_with_it(issuer: Issuer) -> None:
    ahead, shared = await issuer.cards(2, balance_minor=100_00)
    early, late = purchase(shared, 60_00), purchase(shared, 30_00)
    async with connection(issuer.switch) as link:
        async with issuer.locked(shared):
            async with issuer.locked(ahead):
                first = asyncio.create_task(ask(link, purchase(ahead, 1_00)))
                await issuer.writer_waits()
                asked_early = asyncio.create_task(ask(link, early))
                await asyncio.sleep(DEADLINE_SECONDS / 2)  # the other one is to have so much more time
                asked_late = asyncio.create_task(ask(link, late))
                await eventually("all are in flight", lambda: issuer.switch.metric("cardline_inflight") == 3)
            assert (await first).text(39) == "00"  # so now the batch of the two is under way
            assert (await asked_early).text(39) == "91"
        assert (await asked_late).text(39) == "00"
        assert await code(link, early) == "91"
        async with asyncio.timeout(10):
            while await events(issuer, shared) != ["authorized", "authorized", "voided"]:
                await asyncio.sleep(0.01)
    assert await issuer.account(shared) == {"posted": 100_00, "holds": 30_00, "available": 70_00}


async def test_an_approval_that_a_repeat_was_given_stands(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=100_00)
    request = purchase(held, 60_00)
    async with connections(issuer.switch, 2) as (link, other_link):
        async with issuer.locked(held):
            first = asyncio.create_task(ask(link, request))
            await issuer.writer_waits()
            await asyncio.sleep(DEADLINE_SECONDS / 2)  # the repeat is to have so much more time
            second = asyncio.create_task(ask(other_link, repeated(request)))
            assert (await first).text(39) == "91"
            assert not second.done()
        assert (await second).text(39) == "00"
        assert await code(link, request) == "00"
    assert await issuer.account(held) == {"posted": 100_00, "holds": 60_00, "available": 40_00}
    assert "voided" not in await events(issuer, held)


async def test_an_approval_that_neither_the_request_nor_its_repeat_was_told_is_undone(issuer: Issuer) -> None:
    ahead, held = await issuer.cards(2, balance_minor=100_00)
    request = purchase(held, 60_00)
    async with connections(issuer.switch, 3) as (link, other_link, ahead_link):
        async with issuer.locked(held):
            async with issuer.locked(ahead):
                first = asyncio.create_task(ask(ahead_link, purchase(ahead, 1_00)))
                await issuer.writer_waits()
                asked = [asyncio.create_task(ask(opened, message)) for opened, message in (
                    (link, request), (other_link, repeated(request)))]  # fmt: skip
                await eventually("all are in flight", lambda: issuer.switch.metric("cardline_inflight") == 3)
            assert (await first).text(39) == "00"  # so now the batch of the two is under way
            assert [(await answer).text(39) for answer in asked] == ["91", "91"]
        async with asyncio.timeout(10):
            while (await issuer.account(held))["holds"] or "voided" not in await events(issuer, held):
                await asyncio.sleep(0.01)
        assert await events(issuer, held) == ["authorized", "repeated", "unanswered", "voided"]
        assert await code(link, request) == "91"
    assert await issuer.account(held) == {"posted": 100_00, "holds": 0, "available": 100_00}
    assert await issuer.findings() == []


async def test_more_than_may_be_in_flight_is_answered_91_at_once_and_counted(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=100_00)
    switch = issuer.switch
    before = switch.metric("cardline_overload_total")
    async with connections(switch, 4) as opened:
        async with issuer.locked(held):
            waiting = [asyncio.create_task(ask(link, purchase(held, 1_00))) for link in opened]
            await eventually("all are in flight", lambda: switch.metric("cardline_inflight") == MAX_INFLIGHT)
            refused = await ask_all(opened, [purchase(held, 1_00) for _ in range(20)])
            assert not any(task.done() for task in waiting), "the refusals came no sooner than the deadline"
        accepted = await asyncio.gather(*waiting)
        assert Counter(answer.text(39) for answer in refused) == {"91": 20}
        assert Counter(answer.text(39) for answer in accepted) == {"00": MAX_INFLIGHT}
        assert await asyncio.to_thread(switch.metric, "cardline_overload_total") == before + 20
        assert switch.metric("cardline_authorizations_total", reason="overloaded") >= 20
        assert await code(opened[0], purchase(held, 1_00)) == "00"
    assert (await issuer.account(held))["holds"] == (MAX_INFLIGHT + 1) * 100
