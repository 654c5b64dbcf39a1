"""`cardline ledger close`, `reopen` and `periods`: says what was done. What may be done is decided in `ledger.closing`."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

import asyncpg
import orjson
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cardline.books.left_open import left_open
from cardline.errors import ConfigurationError
from ledger import closing
from ledger.periods import Period, Seal
from ledger.reports import ActOnPeriod, acts_on_periods

_CONNECT_SECONDS = 10.0
_SETTINGS = {"application_name": "cardline closing", "role": "cardline_closer", "timezone": "UTC"}
_HASH_SHOWN = 12
"""Enough to tell seals apart in a table; JSON has all of it."""
_Result = TypeVar("_Result")


def close(dsn: str, period: str, *, actor: str, reason: str, as_json: bool, out: Console) -> int:
    """0 when the period is closed, also when it was before; 1 with the reason when it may not be, or is not yet.

    What is left open in it is a warning on standard error.
    """
    wanted, today = parsed(period), datetime.now(UTC).date()
    _named(actor=actor, reason=reason)
    result = _with_books(dsn, lambda books: closing.close(books, wanted, actor=actor, reason=reason, today=today))
    if not isinstance(result, closing.Closed):
        return _refuse(result)
    if as_json:
        _write_json(out, [_seal(seal) for seal in result.seals])
    else:
        _say_closed(result, wanted, today, out)
    for line in _with_books(dsn, lambda books: left_open(books, wanted.ends)):
        print(f"cardline: warning: {line}", file=sys.stderr)
    return 0


def _say_closed(result: closing.Closed, wanted: Period, today: date, out: Console) -> None:
    if not result.seals:
        out.print(f"{wanted} is closed already{f', with {result.covered_by}' if result.covered_by else ''}")
    for seal in result.seals:
        superseding = f", superseding seal {seal.supersedes}" if seal.supersedes else ""
        out.print(f"closed {seal.period}: seal {seal.number}{superseding}, {seal.hash.hex()}")
    if result.seals and wanted.ends >= today:
        out.print(f"{today} is not over: from now on items book on {wanted.ends + timedelta(days=1)}")


def reopen(dsn: str, period: str, *, actor: str, reason: str, as_json: bool, out: Console) -> int:
    """1 when it is not closed."""
    wanted = parsed(period)
    _named(actor=actor, reason=reason)
    result = _with_books(dsn, lambda books: closing.reopen(books, wanted, actor=actor, reason=reason))
    if not isinstance(result, closing.Reopened):
        return _refuse(result)
    if as_json:
        _write_json(out, [str(one) for one in result.periods])
    for one in () if as_json else result.periods:
        out.print(f"reopened {one}")
    return 0


def periods(dsn: str, *, as_json: bool, out: Console) -> int:
    rows = _with_books(dsn, acts_on_periods)
    if as_json:
        _write_json(out, [_row(row) for row in rows])
    elif not rows:
        out.print("no period was ever closed")
    else:
        table = Table("period", "status", "act", "seal", "supersedes", "by", "at", "reason", "hash")
        for row in rows:
            at = row.at and f"{row.at:%Y-%m-%d %H:%M:%S}"
            shown = _row(row) | {"at": at, "hash": row.hash and row.hash.hex()[:_HASH_SHOWN]}
            table.add_row(*("" if value is None else escape(str(value)) for value in shown.values()))
        out.print(table)
    return 0


def parsed(period: str) -> Period:
    try:
        return Period.parse(period)
    except ValueError as error:
        raise ConfigurationError(str(error)) from None


def _named(**given: str) -> None:
    if mistakes := [f"--{option}: must not be empty" for option, text in given.items() if not text.strip()]:
        raise ConfigurationError(*mistakes)


def _with_books(dsn: str, work: Callable[[Any], Awaitable[_Result]]) -> _Result:
    async def run() -> _Result:
        connection = await asyncpg.connect(dsn, timeout=_CONNECT_SECONDS, server_settings=_SETTINGS)
        try:
            return await work(connection)
        finally:
            await connection.close(timeout=_CONNECT_SECONDS)

    return asyncio.run(run())


def _refuse(refused: closing.Refused | closing.StillClosing) -> int:
    print(f"cardline: {refused.reason}", file=sys.stderr)
    return 1


def _seal(seal: Seal) -> dict[str, object]:
    return {
        "period": str(seal.period),
        "seal": seal.number,
        "supersedes": seal.supersedes,
        "closed_by": seal.closed_by,
        "closed_at": seal.at,
        "reason": seal.reason,
        "hash": seal.hash.hex(),
        "text": seal.text,
    }


def _row(row: ActOnPeriod) -> dict[str, object]:
    return {
        "period": str(row.period),
        "status": row.status.value,
        "act": None if row.act is None else row.act.value,
        "seal": row.seal,
        "supersedes": row.supersedes,
        "by": row.actor,
        "at": None if row.at is None else row.at.isoformat(),
        "reason": row.reason,
        "hash": None if row.hash is None else row.hash.hex(),
    }


def _write_json(out: Console, rows: Sequence[object]) -> None:
    out.file.write(orjson.dumps(list(rows), option=orjson.OPT_INDENT_2).decode() + "\n")
