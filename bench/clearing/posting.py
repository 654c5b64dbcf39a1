"""Read, match and post: a file of presentments against as many authorizations, beside the floor of the same server.

The floor is one committed statement per 200 holds with nothing that makes it right (`bench.ledger.floor`). The file is taken in
as `cardline clearing ingest` does it, in a process of its own: its memory, its processor time, and that of Postgres beside it.
"""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import uvloop

from authorizer.pan import Pan, luhn_check_digit
from authorizer.tokens import Tokenizer
from bench.clearing.child import alone
from bench.clearing.files import authorize, file_id, write
from bench.clearing.reconciling import KEY, beside_payments
from bench.ledger.floor import floor_rate
from bench.ledger.running import open_accounts, server
from cardline.logs import configure_for_commands
from cardline.schema import migrate
from cardline.settings import Settings, load
from cardline.settling.ingest import Ingested, ingest

TOKEN_KEY = bytes(range(32))
ACCOUNTS = 10_000
FLOOR_HOLDS = 10_000
NOBODY = "127.0.0.1:1"
"""No switch runs here that would have to be waited for."""


def measured(records: int, path: Path, *, reconciles: bool = False) -> dict[str, Any]:
    """Rates per second of wall time, the figures of the floor around them; processor time in microseconds per record.

    With the day reconciled afterwards if wanted.
    """
    with server() as started:
        dsn, pid = started.dsn(), started.process.pid
        accounts = asyncio.run(_prepared(dsn, records, path))
        before = asyncio.run(floor_rate(dsn, len(accounts), FLOOR_HOLDS))
        spent = _cpu_seconds(pid)
        figures, megabytes = alone(_ingested, dsn, records, path)
        spent = _cpu_seconds(pid) - spent
        after = asyncio.run(floor_rate(dsn, len(accounts), FLOOR_HOLDS))
        more = {"reconciling": asyncio.run(beside_payments(dsn, accounts))} if reconciles else {}
    floor = (before + after) / 2
    return {
        "records": records, **figures, "floor_per_second": floor, "ratio": figures["per_second"] / floor,
        "postgres_cpu_microseconds": spent / records * 1e6, "peak_megabytes": megabytes, **more,
    }  # fmt: skip


def _ingested(dsn: str, records: int, path: Path) -> dict[str, float]:
    configure_for_commands()
    watch = _Watch()
    settings = load(None, allow_test_keys=True, fallback=_settings(dsn))
    began, cpu = time.perf_counter(), time.process_time()
    (found,) = uvloop.run(_taken_in(settings, path, watch))
    ended, own = time.perf_counter(), time.process_time() - cpu
    summary = found.summary
    assert (found.refused, summary.posted, summary.items) == (None, records, 0), found
    return {
        "per_second": records / (ended - began),
        "taken_in_per_second": records / (watch.posting_began - began),
        "posted_per_second": records / (ended - watch.posting_began),
        "own_cpu_microseconds": own / records * 1e6,
    }


async def _taken_in(settings: Settings, path: Path, watch: "_Watch") -> list[Ingested]:
    return await ingest(settings, [path], watch, actor="bench")


class _Watch:
    """Remembers when the file was kept and posting began."""

    posting_began = 0.0

    def stage(self, name: str, total: int) -> None:  # noqa: ARG002 - the shape of a watch
        if name.endswith("posting"):
            self.posting_began = time.perf_counter()

    def done(self, so_far: int) -> None: ...


def _settings(dsn: str) -> dict[str, Any]:
    return {"postgres_dsn": dsn, "token_key": TOKEN_KEY, "clearing_key": KEY, "metrics_listen": NOBODY}


async def _prepared(dsn: str, records: int, path: Path) -> range:
    """Cards, authorizations and the file; the accounts."""
    await migrate(dsn)
    accounts = await open_accounts(dsn, min(ACCOUNTS, records))
    await _issue(dsn, accounts)
    made = await authorize(dsn, accounts, records)
    write(path, file_id(), ((_pan(account), trace) for account, trace in made))
    return accounts


async def _issue(dsn: str, accounts: Sequence[int]) -> None:
    """A card for each account."""
    tokenizer = Tokenizer(TOKEN_KEY)
    connection = await asyncpg.connect(dsn)
    await connection.executemany(
        "insert into ledger.card (card_id, account_id, pan_token, pan_masked, expiry, psn) values ($1, $1, $2, $3, '2912', '00')",
        [(account, tokenizer.token(pan), pan.masked) for account in accounts for pan in (Pan(_pan(account)),)],
    )
    await connection.execute("analyze ledger.card")
    await connection.close()


def _pan(account: int) -> str:
    payload = f"541333{account % 10**9:09d}"
    return payload + luhn_check_digit(payload)


def _cpu_seconds(pid: int) -> float:
    """Of Postgres with its backends, those that have ended included."""
    root = psutil.Process(pid)
    times = root.cpu_times()
    total = float(times.user + times.system + times.children_user + times.children_system)
    for process in root.children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system
    return total
