"""How long a statement of an account with 100,000 postings takes, from the query to Python values; and its processor time,
which does not count the waiting for a core that somebody else has.

`python -m bench.ledger.statement [--journals N] [--explain]`. The books are made by SQL with the triggers off, over two
months of booking dates: only reading is measured. Every fifth journal is the account's, so the rest is in the way.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from statistics import median

import asyncpg
import psutil
from rich.console import Console
from rich.table import Table

from cardline.embedded.postgres import EmbeddedPostgres
from ledger.account_statement import SETTINGS, balances_at, find_account, statement
from ledger.commands import Layer
from ledger.migrate import migrate
from ledger.statements import statement as sql

POSTED, HELD = 1_000_000_001, 1_000_000_002
"""An account with every line posted by a booking, and one whose every line is the hold of an authorization of its own."""
RUNS = 7
DAYS = 60
MAKE = """
set session_replication_role = replica;
insert into ledger.account (account_id, code, name, kind, normal_side, asset)
    select 1000000000 + g, 'customer.' || g, 'bench', 'customer', 'credit', 'EUR' from generate_series(1, 1000) g;
create temporary table made as select g, 2000000000 + g as id, '{first}'::date + (g * {days} / {journals})::int as day,
    g % 5 = 0 as is_posted, g % 5 = 1 as is_held, g % 100 + 1 as amount from generate_series(0, {journals} - 1) g;
insert into ledger.journal (journal_id, booking_date, value_date, kind, reason, event_at, booked_at, actor, authorization_id,
        stream, batch)
    select id, day, day, 'hold', 'approved', day, day + g * interval '1 ms', 'network', case when not is_posted then id end, 0, 1
      from made;
insert into ledger.posting
    select id, 0, day, case when is_posted then {posted} when is_held then {held} else 1000000003 + g % 997 end, 'EUR',
           case when is_posted then 'posted' else 'pending' end, amount, g from made;
insert into ledger.posting
    select id, 1, day, 1001000, 'EUR', case when is_posted then 'posted' else 'pending' end, -amount, g from made;
insert into ledger.authorization (authorization_id, booking_date, chain_id, mti, stan, rrn, transmitted_at, acquirer, amount,
        asset, response_code, verdict, reason, rule, policy, seen, request, message_id, received_at, answered_at, stream, batch)
    select id, day, id, '0100', '000001', lpad(g::text, 12, '0'), day, '1', amount, 'EUR', '00', 'approved', 'approved', '', 'p',
           '{{}}', repeat('x', 200), 1, day, day, 0, 1 from made where not is_posted;
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--journals", type=int, default=500_000)
    parser.add_argument("--explain", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cardline-bench-") as directory:
        server = EmbeddedPostgres(Path(directory) / "postgres")
        server.start()
        try:
            asyncio.run(measure(server, given.journals, explain=given.explain))
        finally:
            server.stop()


async def measure(server: EmbeddedPostgres, journals: int, *, explain: bool) -> None:
    await migrate(server.dsn())
    first = date.today().replace(day=1)  # noqa: DTZ011  partitions begin with this month
    superuser = await asyncpg.connect(server.dsn(user="postgres"))
    await superuser.execute(MAKE.format(first=first, days=DAYS, journals=journals, posted=POSTED, held=HELD))
    for table in ("account", "journal", "posting", "authorization"):
        await superuser.execute(f"vacuum analyze ledger.{table}")
    await superuser.close()
    connection = await asyncpg.connect(server.dsn(), server_settings={"timezone": "UTC", "role": "cardline_reader"})
    last = first + timedelta(days=DAYS)
    table = Table("statement", "lines", "median s", "best s", "Python CPU s", "server CPU s")
    for label, account, layer, begin in (
        ("posted, no authorizations", POSTED, Layer.POSTED, first),
        ("pending, an authorization each", HELD, Layer.PENDING, first),
        ("posted, the last day", POSTED, Layer.POSTED, last - timedelta(days=1)),
    ):
        found = await find_account(connection, str(account))
        read = partial(statement, connection, found, begin, last, layer)
        table.add_row(label, f"{len((await read()).lines):,}", *await timed(connection, read))
        if explain:
            await show_plan(connection, account, layer, begin, last)
    found = await find_account(connection, str(POSTED))
    table.add_row("balance at a day", "1", *await timed(connection, lambda: balances_at(connection, last, found)))
    Console(width=120).print(f"{journals:,} journals, {2 * journals:,} postings", table)
    await connection.close()


async def timed(connection: asyncpg.Connection, work: Callable[[], Awaitable[object]]) -> tuple[str, ...]:
    """Median and best of the wall clock, median of the processor time here and in the server."""
    server = psutil.Process(connection.get_server_pid())
    runs = []
    for _ in range(RUNS):
        before = time.perf_counter(), time.process_time(), sum(server.cpu_times()[:2])
        await work()
        after = time.perf_counter(), time.process_time(), sum(server.cpu_times()[:2])
        runs.append([end - start for start, end in zip(before, after, strict=True)])
    wall, here, there = zip(*runs, strict=True)
    return tuple(f"{seconds:.3f}" for seconds in (median(wall), min(wall), median(here), median(there)))


async def show_plan(connection: asyncpg.Connection, account: int, layer: Layer, begin: date, last: date) -> None:
    async with connection.transaction():
        await connection.execute(SETTINGS)
        for row in await connection.fetch("explain analyze " + sql("statement_lines"), [account], layer.value, begin, last):
            print(row[0])


if __name__ == "__main__":
    main()
