"""Payments at a fixed rate through a whole cardline, alone and while `cardline clearing ingest` takes a file in beside them.

What the file costs the payments, and what the payments leave to the file. The payments are counted from the moment each was to be
sent (see bench/README.md); before and after are of the same system in the same minutes.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg

from authorizer.pan import Pan
from authorizer.tokens import Tokenizer
from bench.clearing.files import authorize, file_id, write
from bench.end_to_end.measure import target
from bench.end_to_end.running import Running, running
from bench.frames import frames
from bench.target import Target
from cardline.data_directory import DataDirectory

CARDS = 2_000
CONNECTIONS = 8
LIMIT_SECONDS = 1_800.0
"""For the rest of the file, when the payments have ended."""


def measured(records: int, path: Path, *, rate: float, seconds: float) -> dict[str, Any]:
    """Latencies in milliseconds without, with, and again without a file; the file's rate beside the payments and after them."""
    with running(CARDS) as system:
        asyncio.run(_prepared(system, records, path))
        payments = target(system, frames(system.cards, datetime.now(UTC)))
        payments.warm_up(CONNECTIONS, CARDS)
        before = _paid(payments, rate, seconds)
        with_file, ingested = _beside(system, path, lambda: _paid(payments, rate, seconds))
        after = _paid(payments, rate, seconds)
    return {"rate": rate, "records": records, "before": before, "beside": with_file, "after": after, **ingested}


def _paid(payments: Target, rate: float, seconds: float) -> dict[str, Any]:
    return payments.open(rate=rate, seconds=seconds, connections=CONNECTIONS)


def _beside(system: Running, path: Path, pay: Any) -> tuple[dict[str, Any], dict[str, float]]:
    """`pay` begins with the file: proving and keeping it are beside the payments too."""
    command = [sys.executable, "-m", "cardline", "clearing", "ingest", str(path), "--data-dir", str(system.data_dir), "--json"]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        dsn, began = system.endpoints.postgres_dsn, time.perf_counter()
        figures = pay()
        paid_for, posted = time.perf_counter() - began, asyncio.run(_posted(dsn))
        was_over, began = child.poll() is not None, time.perf_counter()
        child.wait(LIMIT_SECONDS)
        alone = time.perf_counter() - began
    finally:
        child.kill()
        child.wait()
    assert child.returncode == 0, "the file was not taken in"
    return figures, {
        "posted_beside_per_second": posted / paid_for,
        "posted_after_per_second": 0.0 if was_over else (asyncio.run(_posted(dsn)) - posted) / alone,
        "was_over_early": was_over,
    }


async def _posted(dsn: str) -> int:
    """Records booked so far, also of a chunk under way."""
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval("select count(*) from report.journal where kind = 'capture'")  # type: ignore[no-any-return]
    finally:
        await connection.close()


async def _prepared(system: Running, records: int, path: Path) -> None:
    dsn = system.endpoints.postgres_dsn
    pans = await _pans_by_account(
        dsn, [card.pan for card in system.cards], bytes.fromhex(DataDirectory(system.data_dir).token_key())
    )
    made = await authorize(dsn, list(pans), records)
    write(path, file_id(), ((pans[account], trace) for account, trace in made))


async def _pans_by_account(dsn: str, pans: Sequence[str], token_key: bytes) -> dict[int, str]:
    tokenizer = Tokenizer(token_key)
    by_token = {tokenizer.token(Pan(pan)): pan for pan in pans}
    connection = await asyncpg.connect(dsn)
    rows = await connection.fetch("select pan_token, account_id from ledger.card")
    await connection.close()
    return {row["account_id"]: by_token[row["pan_token"]] for row in rows if row["pan_token"] in by_token}
