"""Proves the books from their rows alone. Each proof is a query that returns what does not hold; none is expected.

The chain's bytes are rebuilt in SQL from the stored rows (`canonical.sql_record`), independently of the writer's Python. All
proofs see one snapshot, which several connections may share: each takes the next proof, or the next window of the chain.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from ledger.anchors import Anchored, anchored_wrongly, read_anchors
from ledger.chain import broken_links, window_query, windows
from ledger.findings import Finding
from ledger.proofs import LIMIT, PROOFS, found_by

WINDOW_ITEMS = 20_000
"""Batches of so many items are rebuilt at a time: about 18 MB."""
SNAPSHOT = "begin isolation level repeatable read, read only"
PLANNING = """
set local timezone to 'UTC'; set local work_mem to '128MB'; set local jit to off; set local enable_seqscan to on;
set local enable_hashjoin to on; set local enable_mergejoin to on; set local enable_material to on;
set local statement_timeout to 0; set local plan_cache_mode to force_generic_plan;
"""

Work = Callable[[Any], Awaitable[list[Finding]]]
OnDone = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class _Task:
    proof: str
    work: Work


async def verify(
    connection: Any, *others: Any, anchors: Path | None = None, on_done: OnDone = lambda _proof, _seconds: None
) -> list[Finding]:
    """Run every proof in one repeatable-read snapshot. An empty list means that the books hold.

    `others` are further connections to the same database, which share the work. `anchors` is the file of seals outside
    the database: OSError when it cannot be read. `on_done` is told the time that each piece of a proof took.
    A proof that Postgres or the rows themselves defeat is a finding; a connection that is lost is an error.
    """
    anchored = None if anchors is None else await read_anchors(anchors)  # first: the snapshot has every seal in it
    with contextlib.suppress(asyncpg.ReadOnlySQLTransactionError, asyncpg.InsufficientPrivilegeError):
        await connection.execute("select ledger.summarize_facts()")  # on a standby it was done elsewhere
    async with _shared_snapshot(connection, others) as connections:
        tasks = deque(await _tasks(connection, anchored))
        found: dict[str, list[Finding]] = {task.proof: [] for task in tasks}
        try:
            async with asyncio.TaskGroup() as group:
                for each in connections:
                    group.create_task(_work_off(each, tasks, found, on_done))
        except ExceptionGroup as group_of_errors:
            raise group_of_errors.exceptions[0] from None  # the first to fail; the others were cancelled or lost the same way
    return [finding for proof in (*PROOFS, "chain", "anchors") for finding in found.get(proof, ())[:LIMIT]]


async def verify_with(dsn: str, workers: int, **given: Any) -> list[Finding]:
    """`verify` over so many connections of its own."""
    async with contextlib.AsyncExitStack() as stack:
        connections = []
        for _ in range(workers):
            connections.append(await asyncpg.connect(dsn, timeout=10, server_settings={"application_name": "cardline verify"}))
            stack.push_async_callback(connections[-1].close, timeout=10)
        return await verify(*connections, **given)


@contextlib.asynccontextmanager
async def _shared_snapshot(connection: Any, others: Sequence[Any]) -> AsyncIterator[list[Any]]:
    async with contextlib.AsyncExitStack() as stack:
        for each in (connection, *others):
            await each.execute(SNAPSHOT)
            stack.push_async_callback(_end, each)
        if others:
            name = await connection.fetchval("select pg_export_snapshot()")
            for each in others:
                await each.execute(f"set transaction snapshot '{name}'")
        for each in (connection, *others):
            await each.execute(PLANNING)
            if others:
                await each.execute("set local max_parallel_workers_per_gather to 0")  # they are the parallel workers
        yield [connection, *others]


async def _end(connection: Any) -> None:
    if not connection.is_closed():
        await connection.execute("rollback")


async def _tasks(connection: Any, anchored: Anchored | None) -> list[_Task]:
    batches = await connection.fetch("select booked_at, items from ledger.batch order by booked_at")
    tasks = [_Task(proof, _by_query(proof)) for proof in PROOFS]
    tasks += [_Task("chain", _by_window(*window)) for window in windows(map(tuple, batches), WINDOW_ITEMS)]
    if anchored is not None:
        tasks.append(_Task("anchors", _by_anchors(anchored)))
    return tasks


def _by_query(proof: str) -> Work:
    return lambda connection: found_by(connection, proof)


def _by_window(*window: Any) -> Work:
    async def work(connection: Any) -> list[Finding]:
        return list(broken_links(await connection.fetch(window_query(), *window)))

    return work


def _by_anchors(anchored: Anchored) -> Work:
    async def work(connection: Any) -> list[Finding]:
        return await anchored_wrongly(connection, anchored)

    return work


async def _work_off(connection: Any, tasks: deque[_Task], found: dict[str, list[Finding]], on_done: OnDone) -> None:
    while tasks:
        task = tasks.popleft()
        begun = time.monotonic()
        if len(found[task.proof]) < LIMIT:
            found[task.proof] += await _proved(connection, task)
        on_done(task.proof, time.monotonic() - begun)


async def _proved(connection: Any, task: _Task) -> list[Finding]:
    """What somebody wrote into the rows may defeat a proof (an infinite day, a text that is no number): that is a finding."""
    await connection.execute("savepoint proof")
    try:
        findings = await task.work(connection)
    except (asyncpg.PostgresError, ValueError, ArithmeticError) as error:
        if connection.is_closed():
            raise
        await connection.execute("rollback to savepoint proof")
        why = getattr(error, "sqlstate", None) or type(error).__name__
        findings = [Finding(task.proof, "the proof itself", f"could not be proved: {why} {_first_line(error)}".rstrip())]
    await connection.execute("release savepoint proof")
    return findings


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), "")
