"""Read, match and post: a file of presentments against as many authorizations, beside the floor of the same server.

The floor is one committed statement per 200 holds with nothing that makes it right (`bench.ledger.floor`). Memory is that
of the posting process, at its highest.
"""

import resource
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg

from authorizer.pan import Pan, luhn_check_digit
from authorizer.tokens import Tokenizer
from bench.clearing.reconciling import beside_payments
from bench.clearing.sample import presentments
from bench.ledger.commands import AMOUNT, holds
from bench.ledger.floor import floor_rate
from bench.ledger.running import journal, ledger, pieces, quiet_collector
from clearing.intake.keeping import Taken, keep
from clearing.intake.proving import ProvedFile, proved
from clearing.ipm.characters import CharacterSet
from clearing.ipm.framing import Framing
from clearing.ipm.messages import IpmMessage
from clearing.ipm.recognition import FileForm
from clearing.ipm.writer import IpmWriter
from clearing.posting import Desk, post_file
from ledger.commands import Verdict

FORM = FileForm(Framing.BLOCKED, CharacterSet.CP500)
KEY, TOKENIZER = bytes(range(32)), Tokenizer(bytes(32))
FILE_ID = f"002{datetime.now(UTC):%y%m%d}0000020090000001"
ACCOUNTS = 10_000
FLOOR_HOLDS = 10_000


async def measured(records: int, path: Path, *, reconciles: bool = False) -> dict[str, Any]:
    """Rates per second of wall time, the figures of the floor around them; with the day reconciled afterwards if wanted."""
    async with ledger(min(ACCOUNTS, records)) as (dsn, accounts):
        await _issue(dsn, accounts)
        traces = await _authorize(dsn, accounts, records)
        _write(path, traces)
        before = await floor_rate(dsn, len(accounts), FLOOR_HOLDS)
        figures = await _posted(dsn, path, records)
        after = await floor_rate(dsn, len(accounts), FLOOR_HOLDS)
        if reconciles:
            figures["reconciling"] = await beside_payments(dsn, accounts)
    floor = (before + after) / 2
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {**figures, "floor_per_second": floor, "ratio": figures["per_second"] / floor, "peak_megabytes": peak}


async def _posted(dsn: str, path: Path, records: int) -> dict[str, Any]:
    connection = await asyncpg.connect(dsn, server_settings={"role": "cardline_writer"})
    reader = await asyncpg.connect(dsn, server_settings={"role": "cardline_writer"})
    async with journal(dsn) as books:
        quiet_collector()
        began = time.perf_counter()
        with path.open("rb") as stream:
            proof = proved(stream, path.name)
            assert isinstance(proof, ProvedFile), proof
            stream.seek(0)
            taken = await keep(connection, proof, stream, key=KEY, actor="bench")
        assert isinstance(taken, Taken), taken
        read = time.perf_counter()
        cpu = time.process_time()
        summary = await post_file(Desk(connection, reader, books, TOKENIZER, KEY), taken.file_id)
        ended = time.perf_counter()
        own = time.process_time() - cpu
    await connection.close()
    await reader.close()
    assert summary is not None
    assert (summary.posted, summary.items) == (records, 0), summary
    return {
        "per_second": records / (ended - began),
        "taken_in_per_second": records / (read - began),
        "posted_per_second": records / (ended - read),
        "own_cpu_microseconds": own / records * 1e6,
    }


async def _issue(dsn: str, accounts: range) -> None:
    """A card for each account."""
    connection = await asyncpg.connect(dsn)
    await connection.executemany(
        "insert into ledger.card (card_id, account_id, pan_token, pan_masked, expiry, psn) values ($1, $1, $2, $3, '2912', '00')",
        [(account, TOKENIZER.token(pan), pan.masked) for account in accounts for pan in (Pan(_pan(account)),)],
    )
    await connection.execute("analyze ledger.card")
    await connection.close()


async def _authorize(dsn: str, accounts: Sequence[int], records: int) -> list[tuple[int, str]]:
    """Account and trace id of each authorization, in their order."""
    traces: list[tuple[int, str]] = []
    async with journal(dsn) as books:
        for piece in pieces(holds(accounts, records), 20_000):
            for number, hold in enumerate(piece, len(traces)):
                hold.request.trace_id = f"M{number:08d}1126"
            outcomes = await books.record_all(piece)
            assert all(outcome.verdict is Verdict.APPROVED for outcome in outcomes)
            traces += [(hold.request.account_id or 0, hold.request.trace_id or "") for hold in piece]
    connection = await asyncpg.connect(dsn)
    await connection.execute("analyze ledger.outcome; analyze ledger.hold; analyze ledger.authorization")
    await connection.close()
    return traces


def _write(path: Path, traces: Sequence[tuple[int, str]]) -> None:
    with path.open("wb") as out, IpmWriter(out, FORM) as writer:
        writer.write_all(_file(traces))


def _file(traces: Sequence[tuple[int, str]]) -> Iterator[IpmMessage]:
    yield IpmMessage("1644", {24: "697", 71: f"{1:08d}"}, {"0105": FILE_ID, "0122": "T"})
    now = f"{datetime.now(UTC):%y%m%d%H%M%S}"
    for (account, trace), message in zip(traces, presentments(len(traces)), strict=True):
        number = int(message.text(71)) + 1
        own = {
            2: _pan(account), 4: f"{AMOUNT:012d}", 5: f"{AMOUNT:012d}", 6: f"{AMOUNT:012d}", 12: now, 31: f"{number:023d}",
            63: f" {trace}  ", 71: f"{number:08d}",
        }  # fmt: skip
        yield replace(message, elements={**message.elements, **own})
    count = len(traces) + 2
    sums = {"0105": FILE_ID, "0301": f"{AMOUNT * len(traces):016d}", "0306": f"{count:08d}"}
    yield IpmMessage("1644", {24: "695", 71: f"{count:08d}"}, sums)


def _pan(account: int) -> str:
    payload = f"541333{account % 10**9:09d}"
    return payload + luhn_check_digit(payload)
