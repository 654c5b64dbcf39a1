"""Reads journals that a command wants to take back. Facts do not change, so no lock is needed for them."""

from collections.abc import Iterable

import asyncpg

from ledger.books import Original
from ledger.commands import Layer, Line
from ledger.statements import statement


async def load_originals(connection: asyncpg.Connection, journal_ids: Iterable[int]) -> dict[int, Original]:
    """By id, with all lines in order. No round trip when nothing is asked."""
    wanted = sorted(journal_ids)
    found: dict[int, Original] = {}
    for row in await connection.fetch(statement("originals"), wanted) if wanted else ():
        line = Line(row["role"] or row["account_id"], row["asset"], Layer(row["layer"]), row["amount"])
        before = found.get(row["journal_id"])
        lines = (*before.lines, line) if before else (line,)
        found[row["journal_id"]] = Original(row["journal_id"], row["booking_date"], row["kind"], row["authorization_id"], lines)
    return found
