"""A reconciliation, a resolution and the intake of a statement may end at any statement, and begin again: nothing is doubled.

Death is the loss of the connection in the middle of whatever is going on; the journal commits by itself, as another process
would. At each place in turn, on one database: what a death leaves behind is what the next attempt finds.
"""

import random
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest
from integration.clearing.office import BOOK, DAY, KEY, PAYMENTS, Office, kinds

from clearing.reconciliation.resolving import Act, Done, NotDone, Resolver
from clearing.reconciliation.running import Run, reconcile
from clearing.settlement.keeping import book_entries, keep_statements
from simulator.settlement.disagreements import Disagreement
from simulator.settlement.evening import EveningPlan, evening

STEPS = frozenset({"fetch", "fetchrow", "fetchval", "execute", "executemany", "copy_records_to_table", "record", "record_all"})
MOST = 400


class Killed(BaseException):
    """Nothing may catch it."""


class Mortal:
    """A connection or a journal; before its n-th step (counted together) the connection is gone and so is whoever used it."""

    def __init__(self, inner: Any, left: list[int], connection: asyncpg.Connection) -> None:
        self._inner, self._left, self._connection = inner, left, connection

    def __getattr__(self, name: str) -> Any:
        if name in STEPS:
            self._left[0] -= 1
            if self._left[0] == 0:
                self._connection.terminate()
                raise Killed
        return getattr(self._inner, name)


async def lived(office: Office, dsn: str, steps: int, work: Callable[[Any, Any], Awaitable[Any]]) -> Any:
    """What the work gave, or None where it died after so many steps."""
    connection = await asyncpg.connect(dsn, server_settings={"role": "cardline_writer"})
    left = [steps]
    try:
        return await work(Mortal(connection, left, connection), Mortal(office.journal, left, connection))
    except (Killed, asyncpg.InterfaceError, ConnectionError):
        assert left[0] <= 0
        return None
    finally:
        connection.terminate()


async def at_last(
    office: Office, dsn: str, work: Callable[[Any, Any], Awaitable[Any]], places: range = range(1, MOST)
) -> tuple[int, Any]:
    """How often it died, some steps later each time, before it came to its end."""
    for deaths, steps in enumerate(places):
        if (outcome := await lived(office, dsn, steps, work)) is not None:
            return deaths, outcome
    raise AssertionError("it never came to its end")


async def state(office: Office) -> dict[str, int]:
    """What must not depend on how often somebody died."""
    counts = {
        "runs": "select count(*) from clearing.run", "findings": "select count(*) from clearing.finding",
        "inputs": "select count(*) from clearing.run_input", "positions": "select count(*) from clearing.position",
        "items": "select count(*) from ledger.exception", "cases": "select count(*) from clearing.exception_case",
        "items twice": "select count(*) from (select 1 from ledger.exception group by kind, subject having count(*) > 1) as x",
        "acts": "select count(*) from clearing.exception_act", "journals": "select count(*) from ledger.journal",
        "audited": "select count(*) from ledger.audit where action in ('reconciled', 'exception_settled_itself')",
        "statements": "select count(*) from clearing.bank_statement", "entries": "select count(*) from clearing.bank_booking",
    }  # fmt: skip
    return {name: await office.connection.fetchval(query) for name, query in counts.items()}


async def test_a_run_that_dies_anywhere_ends_as_one_that_was_never_disturbed(office: Office, postgres_dsn: str) -> None:
    wrong = (Disagreement.POSITION_DIFFERS, Disagreement.BANK_DIFFERS)
    await office.clear(*wrong)
    before = await state(office)

    async def work(connection: Any, journal: Any) -> Run:
        return await reconcile(connection, journal, DAY, key=KEY, actor="clerk")

    first_place = random.SystemRandom().randrange(1, 12)
    print(f"dies first before step {first_place}")
    deaths, run = await at_last(office, postgres_dsn, work, range(first_place, MOST, 11))
    assert deaths > 8
    assert run.is_same
    assert [kind for kind, _ in kinds(run)] == ["unauthorized_presentment"] * 3 + ["position_differs", "bank_differs"]
    first = await office.connection.fetchrow("select result from clearing.run order by run_id limit 1")
    after = await state(office)
    assert (after["items twice"], after["items"], after["cases"], after["runs"]) == (0, 5, 5, 1)
    assert after["journals"] == before["journals"]
    again = await office.run()
    assert (again.is_repeat, again.is_same, await state(office)) == (True, True, after)
    results = await office.connection.fetch("select distinct result from clearing.run")
    assert [row["result"] for row in results] == [first["result"]]


@pytest.mark.parametrize("way", ["proposed", "write_off"])
async def test_a_resolution_that_dies_anywhere_moves_the_money_once(office: Office, postgres_dsn: str, way: str) -> None:
    await office.clear()
    await office.run()
    (item, *_) = await office.connection.fetch("select exception_id from report.exception order by exception_id")
    before = await state(office)

    async def work(connection: Any, journal: Any) -> Done | NotDone:
        resolver = Resolver(connection, journal)
        return await (resolver.book_proposal if way == "proposed" else resolver.write_off)(item["exception_id"], BOOK)

    deaths, outcome = await at_last(office, postgres_dsn, work)
    assert deaths >= 6
    assert isinstance(outcome, Done)
    after = await state(office)
    assert (after["journals"], after["acts"]) == (before["journals"] + 1, before["acts"] + 1)


async def test_a_match_that_died_after_its_journal_is_finished_as_the_match_it_was(office: Office, postgres_dsn: str) -> None:
    await office.clear(without="statement")
    (text,) = [c for n, c in evening(PAYMENTS, EveningPlan(1, DAY, ())).files.items() if n.endswith(".xml")]
    await office.pay(text.replace(b"EUR0000001", b"SOMETHING"))
    await office.run()
    missing, unknown = [(await office.item(kind))["exception_id"] for kind in ("bank_entry_missing", "bank_entry_unknown")]
    assert missing < unknown
    before = await state(office)

    async def work(connection: Any, journal: Any) -> Done | NotDone:
        return await Resolver(connection, journal).match(unknown, missing, Act("matched", "ada", "the bank has confirmed it"))

    deaths = 0
    for steps in range(1, MOST):
        done = await lived(office, postgres_dsn, steps, work)
        booked = (await state(office))["journals"] - before["journals"]
        if done is not None:
            break
        deaths += 1
        if booked:
            for one in (unknown, missing):
                refused = await office.resolver.write_off(one, BOOK)
                assert isinstance(refused, NotDone)
    assert isinstance(done, Done)
    assert deaths > 10
    assert (await state(office))["journals"] == before["journals"] + 1
    assert (await office.balance("suspense"), await office.balance("network_settlement")) == (0, 0)
    third = await office.resolver.match(unknown, missing, BOOK)
    assert isinstance(third, NotDone)
    assert "resolved already, matched by ada" in third.reason


async def test_an_intake_of_a_statement_that_dies_anywhere_keeps_and_books_it_once(office: Office, postgres_dsn: str) -> None:
    (text,) = [c for n, c in evening(PAYMENTS, EveningPlan(1, DAY, ())).files.items() if n.endswith(".xml")]

    async def work(connection: Any, journal: Any) -> int:
        await keep_statements(connection, text, "day.xml", key=KEY, actor="clerk", accounts={})
        await book_entries(connection, journal)
        return 1

    before = await state(office)
    deaths, _ = await at_last(office, postgres_dsn, work)
    assert deaths >= 8
    after = await state(office)
    assert (after["statements"], after["entries"], after["journals"]) == (1, 1, before["journals"] + 1)
    assert await office.connection.fetchval("select count(*) from clearing.statement_file") == 1
