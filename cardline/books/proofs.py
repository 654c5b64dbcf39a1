"""`cardline ledger ...`: reads the books, prints them as a table or as JSON. What is true is decided in the ledger."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import orjson
from rich.console import Console
from rich.table import Table

from cardline.books.balance_table import role_balance_table, trial_balance_table
from cardline.errors import ConfigurationError
from ledger import reports
from ledger.verify import verify_with

_CONNECT_SECONDS = 10.0
_CONNECTIONS = max(2, min(4, os.cpu_count() or 2))
"""That share the proofs: more would only take cores from the payments."""
_Row = TypeVar("_Row")


def trial_balance(dsn: str, *, as_json: bool, out: Console) -> int:
    """1 when debits and credits differ anywhere. The accounts stand above what they come to."""
    rows, accounts = _read(dsn, reports.trial_balance), _read(dsn, reports.role_balances)
    if as_json:
        documents = [
            asdict(row) | {"accounts": [_side(one) for one in accounts if (one.asset, one.layer) == (row.asset, row.layer)]}
            for row in rows
        ]
        out.file.write(orjson.dumps(documents, option=orjson.OPT_INDENT_2).decode() + "\n")
    elif not rows:
        out.print("no postings yet")
    else:
        out.print(role_balance_table(accounts), trial_balance_table(rows))
    return 0 if all(row.is_balanced for row in rows) else 1


def _side(one: reports.RoleBalance) -> dict[str, object]:
    return {"role": one.role, "name": one.name, "debits": one.debits, "credits": one.credits}


def verify(dsn: str, *, anchors: Path | None, default_anchors: Path | None, as_json: bool, out: Console) -> int:
    """1 with the list of what does not hold. The seals kept outside the database: in the file that somebody named, which is
    there, else in the default one, which the first seal makes.
    """
    if anchors is not None and not anchors.is_file():
        raise ConfigurationError(f"--anchors: {anchors} is {'no file' if anchors.exists() else 'not there'}")
    findings = asyncio.run(verify_with(dsn, _CONNECTIONS, anchors=anchors or default_anchors))
    _show(out, ("proof", "subject", "detail"), findings, as_json=as_json, none="everything holds")
    return 1 if findings else 0


def dead_letters(dsn: str, *, as_json: bool, out: Console) -> int:
    """Each is a command that somebody has to look at. Listing them is no judgement, so always 0."""
    letters = _read(dsn, reports.dead_letters)
    columns = ("dead_letter_id", "at", "age_seconds", "command", "payload_hash", "reason")
    _show(out, columns, letters, as_json=as_json, none="no dead letters")
    return 0


def _read(dsn: str, report: Callable[[Any], Awaitable[list[_Row]]]) -> list[_Row]:
    async def read() -> list[_Row]:
        connection = await asyncpg.connect(dsn, timeout=_CONNECT_SECONDS)
        try:
            return await report(connection)
        finally:
            await connection.close(timeout=_CONNECT_SECONDS)

    return asyncio.run(read())


def _show(out: Console, columns: Sequence[str], rows: Sequence[Any], *, as_json: bool, none: str) -> None:
    if as_json:
        out.file.write(orjson.dumps([asdict(row) for row in rows], option=orjson.OPT_INDENT_2).decode() + "\n")
    elif not rows:
        out.print(none)
    else:
        table = Table(*(column.replace("_", " ") for column in columns))
        for row in rows:
            table.add_row(*(str(getattr(row, column)) for column in columns))
        out.print(table)
