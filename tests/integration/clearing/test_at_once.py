"""The same act from several processes at once: each is done once, and who comes second is told in words."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import cycle
from operator import attrgetter
from typing import Any

import asyncpg
from integration.clearing.office import BOOK, DAY, KEY, PAYMENTS, Office, kinds
from integration.clearing.test_kills import state

from cardline.network.seed import Silent
from clearing.reconciliation.resolving import Act, Done, NotDone
from clearing.reconciliation.running import reconcile
from clearing.settlement.keeping import AlreadyKept, Kept, book_entries, keep_statements
from ledger.journal import Journal
from simulator.settlement.evening import EveningPlan, evening

CLERKS = 4


async def all_at_once(dsn: str, office: Office, work: Callable[[Office], Awaitable[Any]]) -> list[Any]:
    """What each of four processes is told; a connection and a journal of its own is all that a process is here."""

    async def one() -> Any:
        connection = await asyncpg.connect(dsn, server_settings={"role": "cardline_writer"})
        journal = Journal(dsn, Silent(), writers=1)
        await journal.start()
        await ready.wait()
        try:
            return await work(replace(office, connection=connection, journal=journal))
        finally:
            await connection.close()
            await journal.close()

    ready = asyncio.Barrier(CLERKS)
    return await asyncio.gather(*(one() for _ in range(CLERKS)))


async def test_what_several_do_at_once_is_done_once_and_the_others_are_told(office: Office, postgres_dsn: str) -> None:
    (text,) = [c for n, c in evening(PAYMENTS, EveningPlan(1, DAY, ())).files.items() if n.endswith(".xml")]
    await office.clear(without="statement")

    async def take(one: Office) -> Any:
        taken = await keep_statements(one.connection, text, "day.xml", key=KEY, actor="clerk", accounts={})
        await book_entries(one.connection, one.journal)
        return taken

    taken = await all_at_once(postgres_dsn, office, take)
    assert sorted(type(found).__name__ for found in taken) == [AlreadyKept.__name__] * 3 + [Kept.__name__]
    after = await state(office)
    assert (after["statements"], after["entries"]) == (1, 1)

    runs = await all_at_once(
        postgres_dsn, office, lambda one: reconcile(one.connection, one.journal, DAY, key=KEY, actor="clerk")
    )
    assert [(run.is_same, run.is_repeat) for run in sorted(runs, key=lambda run: run.is_repeat)] == [(True, False)] + [
        (True, True)
    ] * 3
    assert {tuple(kinds(run)) for run in runs} == {tuple(kinds(runs[0]))}
    after = await state(office)
    assert (after["runs"], after["items twice"]) == (1, 0)

    (first, second, *_) = await office.connection.fetch("select exception_id from report.exception order by exception_id")
    before = await state(office)
    noted = await all_at_once(
        postgres_dsn, office, lambda one: one.resolver.assign(first["exception_id"], "grace", Act("assigned", "ada", "hers"))
    )
    assert [type(found) for found in noted] == [Done] * CLERKS
    resolved = await all_at_once(postgres_dsn, office, lambda one: one.resolver.book_proposal(first["exception_id"], BOOK))
    assert [type(found) for found in resolved].count(Done) == 1
    said = {found.reason for found in resolved if isinstance(found, NotDone)}
    assert said == {f"exception {first['exception_id']} is resolved already, booked by ada"}
    ways = cycle((attrgetter("book_proposal"), attrgetter("write_off")))
    mixed = await all_at_once(
        postgres_dsn,
        office,
        lambda one: next(ways)(one.resolver)(second["exception_id"], BOOK),
    )
    assert [type(found) for found in mixed].count(Done) == 1
    after = await state(office)
    assert (after["journals"], after["acts"]) == (before["journals"] + 2, before["acts"] + 2 + CLERKS)
