"""How far clearing and reconciliation are, from the books: whoever watches is another process than whoever posts. Reads only."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from clearing.statements import statement

MARGIN = timedelta(hours=1)
"""A file is stamped before it is committed: so much later it has been seen."""
MOST_RECORDS = 100_000
"""Looked at in one round of one file; what is beyond them is looked at in the next."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Files by state; of those not posted to their end the messages, the age of the oldest, and for how long one has not moved.

    `outcomes`: what became of the records posted since the look before. `refusals`: on record, by kind.
    """

    waiting: int
    posting: int
    posted: int
    messages: int
    done: int
    oldest_seconds: float
    idle_seconds: float
    outcomes: Mapping[str, int]
    refusals: Mapping[str, int]


@dataclass(slots=True)
class FileWatch:
    """Remembers since when files have to be looked at, and how far each was: a look costs what is new, not what is kept."""

    since: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    reached: dict[str, int] = field(default_factory=dict)
    has_looked: bool = False

    async def look(self, connection: Any) -> Progress:
        """What was posted before the first look counts for nobody's outcomes."""
        rows = await connection.fetch(statement("file_progress"), self.since)
        outcomes: Counter[str] = Counter()
        reached = {row["file_id"]: row["posted"] for row in rows}
        if self.has_looked:
            reached = {row["file_id"]: await self._count(connection, row, outcomes) for row in rows}
        open_rows = [row for row in rows if not row["is_posted"]]
        self._remember(rows, reached)
        begun = sum(row["posted"] > 0 for row in open_rows)
        return Progress(
            waiting=len(open_rows) - begun,
            posting=begun,
            posted=await connection.fetchval(statement("file_count")) - len(open_rows),
            messages=sum(row["messages"] for row in open_rows),
            done=sum(row["posted"] for row in open_rows),
            oldest_seconds=max((row["age_seconds"] for row in open_rows), default=0.0),
            idle_seconds=max((row["idle_seconds"] for row in open_rows), default=0.0),
            outcomes=outcomes,
            refusals={row["kind"]: row["refusals"] for row in await connection.fetch(statement("refusal_counts"))},
        )

    async def _count(self, connection: Any, row: Mapping[str, Any], outcomes: Counter[str]) -> int:
        """Adds what is new of this file; returns how far that is."""
        before = self.reached.get(row["file_id"], 0)
        upto: int = min(row["posted"], before + MOST_RECORDS)
        if upto > before:
            for found in await connection.fetch(statement("outcomes"), row["file_id"], before, upto):
                outcomes[found["status"]] += found["records"]
        return upto

    def _remember(self, rows: list[Mapping[str, Any]], reached: Mapping[str, int]) -> None:
        """From now on only what is not posted, not counted, or came lately."""
        unsettled = [row["received_at"] for row in rows if not row["is_posted"] or reached[row["file_id"]] < row["posted"]]
        newest = max((row["received_at"] for row in rows), default=self.since + MARGIN)
        self.since = max(self.since, min(unsettled, default=newest) - MARGIN)
        self.reached = {row["file_id"]: reached[row["file_id"]] for row in rows if row["received_at"] >= self.since}
        self.has_looked = True


@dataclass(frozen=True, slots=True)
class Reconciled:
    """The last run, None before the first; findings that wait for people; for how long a date without a run has been over."""

    run_age_seconds: float | None
    run_date_seconds: float | None
    findings_open: int
    overdue_seconds: float


async def reconciled(connection: Any) -> Reconciled:
    return Reconciled(**dict(await connection.fetchrow(statement("reconciliation_state"))))
