"""`cardline ledger statement` and `balance`: prints what the books say of an account as a table, CSV or JSON.

Tables show amounts as people write them; CSV and JSON hold minor units.
"""

import asyncio
import csv
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeVar

import asyncpg
import orjson
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cardline.errors import ConfigurationError
from ledger.account_statement import Statement, StatementLine, balances_at, find_account, statement
from ledger.acts import booking_reasons
from ledger.commands import Layer

_CONNECT_SECONDS = 10.0
_SETTINGS = {"application_name": "cardline statement", "role": "cardline_reader", "timezone": "UTC"}
_Result = TypeVar("_Result")
_COLUMNS = ("journal_id", "booking_date", "value_date", "kind", "reason", "authorization_id", "rrn", "amount", "balance")


@dataclass(frozen=True, slots=True)
class _Page:
    """A statement, and by journal why people moved the money."""

    statement: Statement
    reasons: Mapping[int, str]

    def reason(self, line: StatementLine) -> str:
        said = self.reasons.get(line.journal_id)
        return f"{line.reason}: {said}" if said else line.reason


def show_statement(dsn: str, account: str, *, first: str | None, last: str | None, layer: str, form: str, out: Console) -> int:
    """1 when there is no such account. `form` is table, csv or json."""
    if layer not in (one.value for one in Layer):
        raise ConfigurationError(f"--layer: {layer!r} is neither posted nor pending")
    given_to, given_from = _day("--to", last), _day("--from", first)

    async def read(books: Any) -> _Page:
        date_to = given_to or await books.fetchval("select ledger.booking_date($1)", datetime.now(UTC).date())
        date_from = given_from or date_to.replace(day=1)
        if date_from > date_to:
            raise ConfigurationError(f"--from {date_from} is later than --to {date_to}")
        found = await find_account(books, account)
        said = await booking_reasons(books, found.account_ids[0]) if len(found.account_ids) == 1 else {}
        return _Page(await statement(books, found, date_from, date_to, Layer(layer)), said)

    page = _read(dsn, read)
    if isinstance(page, LookupError):
        return _unknown(page)
    if form == "csv":
        _write_csv(page.statement, out)
    else:
        {"table": _print_table, "json": _write_json}[form](page, out)
    return 0


def show_balance(dsn: str, account: str, *, at: str | None, as_json: bool, out: Console) -> int:
    """1 when there is no such account."""
    moment = datetime.now(UTC) if at is None else _moment(at)

    async def read(books: Any) -> dict[str, Any]:
        found = await find_account(books, account)
        balances = await balances_at(books, moment, found)
        posted, holds = sum(one.posted for one in balances), sum(one.holds for one in balances)
        return {"account": account, "at": moment.isoformat(), "asset": found.asset, "posted": posted, "holds": holds}

    result = _read(dsn, read)
    if isinstance(result, LookupError):
        return _unknown(result)
    asset = result["asset"]
    if as_json:
        out.file.write(orjson.dumps(result | {"asset": asset.code}, option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        out.print(f"{account} at {result['at']}: posted {asset.format(result['posted'])}, holds {asset.format(result['holds'])}")
    return 0


def _print_table(page: _Page, out: Console) -> None:
    result = page.statement
    money = result.account.asset.format
    out.print(f"{result.account.name}, {result.layer}, {result.date_from} to {result.date_to}")
    table = Table("booked", "value", "journal", "kind", "reason", "rrn", "amount", "balance")
    table.columns[2].no_wrap = True  # an id that is cut cannot be looked up
    for column in table.columns[-2:]:
        column.justify = "right"
    table.add_row("", "", "", "opening", "", "", "", money(result.opening))
    for line in result.lines:
        words = (line.booking_date, line.value_date, line.journal_id, line.kind, page.reason(line), line.rrn or "")
        table.add_row(*(escape(str(word)) for word in words), money(line.amount), money(line.balance))
    table.add_row("", "", "", "closing", "", "", "", money(result.closing))
    out.print(table)


def _write_csv(result: Statement, out: Console) -> None:
    writer = csv.writer(out.file, lineterminator="\n")
    writer.writerow((*_COLUMNS, "asset"))
    asset = result.account.asset.code
    writer.writerow(("", result.date_from, "", "opening", "", "", "", "", result.opening, asset))
    writer.writerows((*_values(line), asset) for line in result.lines)
    writer.writerow(("", result.date_to, "", "closing", "", "", "", "", result.closing, asset))


def _write_json(page: _Page, out: Console) -> None:
    result = page.statement
    document = {
        "account": result.account.name,
        "asset": result.account.asset.code,
        "layer": result.layer.value,
        "from": result.date_from,
        "to": result.date_to,
        "opening": result.opening,
        "lines": [line._asdict() | {"because": page.reasons.get(line.journal_id)} for line in result.lines],
        "closing": result.closing,
    }
    out.file.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n")


def _values(line: StatementLine) -> tuple[object, ...]:
    return tuple(getattr(line, column) for column in _COLUMNS)


def _day(option: str, text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise ConfigurationError(f"{option}: {text!r} is no day; write 2026-11-24") from None


def _moment(text: str) -> date | datetime:
    """A day, or a time; without a zone it is UTC."""
    try:
        if len(text) == len("2026-11-24"):
            return date.fromisoformat(text)
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigurationError(f"--at: {text!r} is neither a day (2026-11-24) nor a time (2026-11-24T12:00:00Z)") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _read(dsn: str, report: Callable[[Any], Awaitable[_Result]]) -> _Result | LookupError:
    async def read() -> _Result | LookupError:
        connection = await asyncpg.connect(dsn, timeout=_CONNECT_SECONDS, server_settings=_SETTINGS)
        try:
            return await report(connection)
        except LookupError as error:
            if isinstance(error, KeyError | IndexError):
                raise
            return error
        finally:
            await connection.close(timeout=_CONNECT_SECONDS)

    return asyncio.run(read())


def _unknown(error: LookupError) -> int:
    print(f"cardline: {error}", file=sys.stderr)
    return 1
