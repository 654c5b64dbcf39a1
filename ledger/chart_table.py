"""Brings the chart of accounts into the database. Called by `migrate`, under its lock.

What accounts already refer to never changes: a role keeps its number, side and holder, and is never taken away.
"""

import asyncpg

from ledger.chart import Chart
from ledger.errors import ChartError
from ledger.statements import statement


async def apply(connection: asyncpg.Connection, chart: Chart) -> int:
    """Write what is new or changed; returns how many roles. Raises ChartError for a change that the books forbid."""
    async with connection.transaction():
        await refuse_lasting_changes(connection, chart)
        # Parents come before their members, so each reference finds its row.
        return sum([await _write(connection, role) for role in _rows(chart)])


async def refuse_lasting_changes(connection: asyncpg.Connection, chart: Chart) -> None:
    """Reads only. Raises ChartError for the first of them."""
    there = {row["role"]: row for row in await connection.fetch("select role, number, normal_side, holder from ledger.chart")}
    taken = {row["number"]: name for name, row in there.items()}
    for role in chart.roles:
        where = f"{chart.source}: role.{role.role}"
        row = there.get(role.role)
        if row is None:
            if role.number in taken:
                raise ChartError(f"{where}.number: {role.number} belongs to {taken[role.number]} in the books")
            continue
        for key in ("number", "normal_side", "holder"):
            if row[key] != getattr(role, key):
                raise ChartError(f"{where}.{key}: is {row[key]} in the books and stays so, not {getattr(role, key)}")


def _rows(chart: Chart) -> list[tuple[object, ...]]:
    return [
        (r.role, r.number, r.name, r.type.value, r.normal_side.value, r.holder.value, r.parent, r.floor.value)
        for r in chart.roles
    ]


async def _write(connection: asyncpg.Connection, row: tuple[object, ...]) -> int:
    return int(await connection.fetchval(statement("upsert_role"), *row) or 0)
