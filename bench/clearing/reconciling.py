"""A day that was posted is reconciled in a process of its own, with payments going on at a steady rate beside it.

What is told of the run: wall time, its own CPU and memory, the longest statement and the longest snapshot it held (an open one
slows payments). What is told of the payments: p99 of a hold at the journal, before the run and during it.
"""

import asyncio
import json
import resource
import sys
import time
from datetime import date
from typing import Any

import asyncpg

from bench.ledger.commands import holds
from bench.ledger.running import journal
from clearing.reconciliation.running import reconcile

KEY = bytes(range(32))
DAY = date(2026, 11, 26)
"""The business date that the sample's records carry."""
RATE = 200
"""Payments a second."""
QUIET_SECONDS = 5.0


class Timed:
    """A connection whose statements and snapshots are timed."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self.longest, self.longest_what, self.snapshot, self.statements = 0.0, "", 0.0, 0

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._connection, name)
        if name == "transaction":
            return lambda **options: _Snapshot(self, found(**options), counts=bool(options))
        if name not in {"fetch", "fetchrow", "fetchval", "execute", "executemany", "copy_records_to_table"}:
            return found

        async def timed(*arguments: Any, **options: Any) -> Any:
            began = time.perf_counter()
            try:
                return await found(*arguments, **options)
            finally:
                self._note(time.perf_counter() - began, str(arguments[0]))

        return timed

    def _note(self, seconds: float, what: str) -> None:
        self.statements += 1
        if seconds > self.longest:
            self.longest, self.longest_what = seconds, " ".join(what.split())[:70]


class _Snapshot:
    def __init__(self, timed: Timed, inner: Any, *, counts: bool) -> None:
        self._timed, self._inner, self._counts, self._began = timed, inner, counts, 0.0

    async def __aenter__(self) -> None:
        self._began = time.perf_counter()
        await self._inner.__aenter__()

    async def __aexit__(self, *raised: object) -> None:
        await self._inner.__aexit__(*raised)
        if self._counts:
            self._timed.snapshot = max(self._timed.snapshot, time.perf_counter() - self._began)


async def beside_payments(dsn: str, accounts: range) -> dict[str, Any]:
    """The run's own figures, and the payments' p99 in milliseconds without and with it."""
    async with journal(dsn) as books:
        quiet = await _payments(books, accounts, asyncio.create_task(asyncio.sleep(QUIET_SECONDS)))
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.clearing.reconciling", dsn, stdout=asyncio.subprocess.PIPE
        )
        output = asyncio.create_task(child.communicate())
        busy = await _payments(books, accounts, output)
    assert child.returncode == 0, "the run failed; its own words are above"
    return {**json.loads(output.result()[0].splitlines()[-1]), "quiet_p99_ms": quiet, "busy_p99_ms": busy}


async def _payments(books: Any, accounts: range, until: "asyncio.Task[Any]") -> float:
    """One every 1 / RATE seconds whatever the others do; the time counts from when it was due."""
    loop, took, under_way = asyncio.get_running_loop(), list[float](), set[asyncio.Task[None]]()
    commands, due = holds(accounts, 10**6), asyncio.get_running_loop().time()

    async def pay(command: Any, due: float) -> None:
        await books.record(command)
        took.append(loop.time() - due)

    while not until.done():
        await asyncio.sleep(max(0.0, due - loop.time()))
        task = asyncio.create_task(pay(next(commands), due))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
        due += 1 / RATE
    await asyncio.gather(*under_way)
    return sorted(took)[int(len(took) * 0.99)] * 1_000


async def _run(dsn: str) -> dict[str, Any]:
    connection = Timed(await asyncpg.connect(dsn, server_settings={"role": "cardline_writer"}))
    figures: dict[str, Any] = {}
    async with journal(dsn) as books:
        for name in ("first", "again"):
            connection.longest = connection.snapshot = 0.0
            began, cpu = time.perf_counter(), time.process_time()
            run = await reconcile(connection, books, DAY, key=KEY, actor="bench")
            figures[name] = {
                "seconds": time.perf_counter() - began, "cpu_seconds": time.process_time() - cpu,
                "longest_ms": connection.longest * 1_000, "longest": connection.longest_what,
                "snapshot_ms": connection.snapshot * 1_000, "findings": len(run.findings),
            }  # fmt: skip
    figures["peak_megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return figures


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_run(sys.argv[1]))))
