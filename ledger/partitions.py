"""Monthly partitions of the facts: made ahead of time, looked at all the time, never a reason to decline.

A missing month is an alarm (`/readyz`, a gauge); a writer that meets one makes it and goes on.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from ledger.statements import statement

WARNING_BELOW_MONTHS = 1
"""They are made two months ahead. Fewer than this ahead of today: making them has failed for weeks."""


@dataclass(frozen=True, slots=True)
class PartitionedTable:
    """One table of facts: how many months after today's are there without a gap (-1: not even today's), and which miss."""

    parent: str
    months_ahead: int
    missing: tuple[str, ...]

    @property
    def warning(self) -> str | None:
        if self.months_ahead >= WARNING_BELOW_MONTHS:
            return None
        return f"partitions: ledger.{self.parent} lacks {', '.join(self.missing)}"


async def make(connection: Any, days: Collection[date]) -> None:
    """What the months of these days and the two after need; also attaches again what was detached."""
    for month in sorted({day.replace(day=1) for day in days}):
        await connection.execute("select ledger.make_partitions($1)", month)


async def tables(connection: Any, today: date) -> list[PartitionedTable]:
    """Every partitioned table of facts, as it stands for `today`."""
    rows = await connection.fetch(statement("partitions"), today)
    return [PartitionedTable(row["parent"], row["months_ahead"], tuple(row["missing"])) for row in rows]
