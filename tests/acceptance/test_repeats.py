"""G4, once: the same request on any link, in any process, before or after a crash gets one hold and one answer."""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from acceptance.issuer import ASCII, EBCDIC, HeldCard, Issuer
from acceptance.network import answer_of, ask, ask_all, code, connection, connections, on_link, purchase, reversal

from clearing.statements import statement
from simulator.messages import altered, repeated

ISSUER = {"switches": 2, "deadline_seconds": 20.0}


def batched(requests: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    return (requests[start : start + size] for start in range(0, len(requests), size))


async def holds(issuer: Issuer, held: HeldCard) -> list[tuple[str, int]]:
    """Response code and held amount of every authorization that the account has."""
    return [(row["response_code"], row["held"]) for row in await issuer.authorizations(held)]


async def test_two_processes_asked_the_same_at_once_a_thousand_times_hold_once_and_answer_alike(issuer: Issuer) -> None:
    # Each account pays for 40 of its 50 requests, so that funds are contended for, too.
    cards = await issuer.cards(20, balance_minor=40_00)
    requests = [purchase(held, 1_00) for held in cards for _ in range(50)]
    random.Random(7).shuffle(requests)
    async with connections(issuer.switches[0], 10) as here, connections(issuer.switches[1], 10, ASCII) as there:
        answers = []
        for wave in batched(requests, 200):  # a slow machine answers so many within their deadline
            at_both = await asyncio.gather(ask_all(here, wave), ask_all(there, [on_link(r, ASCII) for r in wave]))
            first, second = ([answer_of(answer) for answer in told] for told in at_both)
            assert first == second
            answers += first
    assert Counter(code for _, code, *_ in answers) == {"00": 800, "51": 200}
    stored = await issuer.fetch("select response_code, held, count(*) from report.authorization group by 1, 2 order by 1")
    assert [tuple(row) for row in stored] == [("00", 100, 800), ("51", 0, 200)]
    for held in cards:
        assert await issuer.account(held) == {"posted": 40_00, "holds": 40_00, "available": 0}
    assert await issuer.findings() == []


async def test_an_identical_request_on_two_connections_at_once_holds_once(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=100_00)
    request = purchase(held, 30_00)
    async with connections(issuer.switch, 2) as opened:
        one, other = await ask_all(opened, [request, request])
    assert answer_of(one) == answer_of(other)
    assert await holds(issuer, held) == [("00", 30_00)]


async def test_the_same_request_on_the_other_link_is_a_repeat(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=100_00)
    request = purchase(held, 60_00, subelements={"92": held.card.cvc2})
    async with connection(issuer.switch, EBCDIC) as ebcdic, connection(issuer.switch, ASCII) as ascii_link:
        first = await ask(ebcdic, request)
        again = await ask(ascii_link, on_link(request, ASCII))
        marked = await ask(ascii_link, on_link(repeated(request), ASCII))
    assert first.text(39) == "00"
    assert answer_of(first) == answer_of(again) == answer_of(marked)
    assert await holds(issuer, held) == [("00", 60_00)]


async def test_a_declined_request_stays_declined_also_when_there_are_funds_now(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=10_00)
    spent, refused = purchase(held, 8_00), purchase(held, 5_00)
    async with connection(issuer.switch) as link:
        assert [await code(link, spent), await code(link, refused)] == ["00", "51"]
        assert await code(link, reversal(spent)) == "00"
        assert await code(link, repeated(refused)) == "51"
    assert (await issuer.account(held))["holds"] == 0


async def test_the_same_key_with_other_content_is_refused_and_raised(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=100_00)
    request = purchase(held, 30_00)
    async with connection(issuer.switch) as link:
        assert await code(link, request) == "00"
        assert await code(link, altered(request, {4: "000000003001"})) == "94"
        assert await code(link, request) == "00"
    assert await holds(issuer, held) == [("00", 30_00)]
    (raised,) = await issuer.fetch("select * from report.exception where kind = 'duplicate_mismatch'")
    assert (raised["amount"], raised["status"], raised["owner"]) == (30_01, "open", "operations")
    assert "with other content" in raised["said"]
    (payment,) = await issuer.authorizations(held)
    named = await issuer.fetch(statement("payment_of_subject"), raised["subject"])
    assert [tuple(row) for row in named] == [(payment["authorization_id"], payment["rrn"])]


async def test_a_repeat_after_kill_and_restart_gets_the_answer_of_before(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=100_00)
    requests = [purchase(held, 30_00) for _ in range(5)]
    async with connections(issuer.switch, 2) as opened:
        before = await asyncio.gather(*(ask(link, request) for request in requests for link in opened))
        issuer.switch.kill()
    issuer.switch.start()
    async with connections(issuer.switch, 2) as opened:
        after = await asyncio.gather(*(ask(link, request) for request in requests for link in opened))
        marked = await ask_all(opened, [repeated(request) for request in requests])
    assert [answer_of(answer) for answer in after] == [answer_of(answer) for answer in before]
    assert [answer_of(answer) for answer in marked] == [answer_of(answer) for answer in before[::2]]
    assert sorted(await holds(issuer, held)) == [("00", 30_00)] * 3 + [("51", 0)] * 2
    assert await issuer.findings() == []
