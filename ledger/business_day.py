"""The day that a writer books on: the first open one from today (UTC) on, whose partitions it sees to.

It is read when a stream is taken over, when the date changes, once a minute, and when the database refuses a batch:
not for every batch. The database itself refuses what is booked into a closed period, so a stale day costs one retry.
Only while the books are ahead of today, because today was closed, is it read before every batch: nothing refuses a batch
that goes on booking on tomorrow after today was reopened.
"""

import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import asyncpg
import structlog

from ledger.commands import Book, Command
from ledger.partitions import make
from ledger.statements import statement

log = structlog.get_logger("cardline.ledger")

PERIOD_CLOSED = "CL004"
"""SQLSTATE of a journal whose booking date lies in a period that is closing or closed."""
REFRESH_SECONDS = 60.0


def insists_on_a_day(command: Command) -> bool:
    """Such a command is a batch of its own, because a batch is booked on one day."""
    return type(command) is Book and command.booking_date is not None


class BusinessDay:
    """One writer's booking date. `enter` before use; what it raises is for the session to understand."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._today = self.date = date.min
        self._read_at = 0.0

    async def enter(self) -> None:
        """Read the booking date anew and see that its partitions exist, as well as today's."""
        today = datetime.now(UTC).date()
        booking_date: date = await self._connection.fetchval("select ledger.booking_date($1)", today)
        if (today, booking_date) != (self._today, self.date):
            await self._see_to_partitions({today, booking_date})
        self._today, self.date, self._read_at = today, booking_date, time.monotonic()

    async def refresh(self) -> None:
        """Before a batch: nearly always nothing but a look at the clocks."""
        is_ahead = self.date > self._today
        if is_ahead or datetime.now(UTC).date() != self._today or time.monotonic() - self._read_at > REFRESH_SECONDS:
            await self.enter()

    async def of(self, commands: Sequence[Command]) -> date:
        """The day that a batch is booked on: nearly always `date`; that of a lone command that insists on a reopened one."""
        if len(commands) != 1 or not insists_on_a_day(commands[0]):
            return self.date
        wanted = next(command.booking_date for command in commands if isinstance(command, Book))
        if wanted is None or wanted >= self.date or not await self._connection.fetchval(statement("is_reopened"), wanted):
            return self.date
        await self._see_to_partitions({wanted})
        return wanted

    async def _see_to_partitions(self, days: set[date]) -> None:
        try:
            await make(self._connection, days)
        except asyncpg.PostgresError as error:
            # What a batch needs may be there all the same, and only the batch can tell.
            log.warning("partitions_not_made", why=type(error).__name__, sqlstate=error.sqlstate)

    def is_put_in_doubt_by(self, error: asyncpg.PostgresError) -> bool:
        """Whether the batch that met this error may succeed after the next `refresh`: its day was closed, or a partition
        was missing. The latter has the SQLSTATE of a CHECK, but only a CHECK has a name.
        """
        is_missing = isinstance(error, asyncpg.CheckViolationError) and error.constraint_name is None
        if not is_missing and error.sqlstate != PERIOD_CLOSED:
            return False
        log.warning("booking_day_in_doubt", sqlstate=error.sqlstate)
        self._today = date.min
        return True
