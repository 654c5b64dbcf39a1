"""Keeps every message, masked, for people. Beside the payment path: bounded, in the background, never awaited by it.

What does not fit while Postgres is away is counted and lost; the facts that money depends on are in the journal.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

import structlog

log = structlog.get_logger("cardline.ledger")

COLUMNS = ("message_id", "direction", "at", "link", "mti", "stan", "rrn", "fields")
MessageRow = tuple[int, str, datetime, str, str, str | None, str | None, str]
"""In the order of COLUMNS; fields is JSON text, masked."""


class MessageMeter(Protocol):
    def messages_lost(self, count: int) -> None: ...


class MessageLog:
    """A bounded queue of exchanges and one task that copies them into the table. `render` masks; it runs in that task."""

    def __init__(
        self,
        pool: Any,
        meter: MessageMeter,
        *,
        max_waiting: int = 10_000,
        max_batch: int = 500,
        linger_seconds: float = 0.1,
    ) -> None:
        """`linger_seconds`: nobody waits for a stored message, and a commit for each would compete with the payments'."""
        self._pool, self._meter, self._max_batch, self._linger = pool, meter, max_batch, linger_seconds
        self._waiting: deque[Callable[[], Sequence[MessageRow]]] = deque(maxlen=max_waiting)
        self._wake, self._full = asyncio.Event(), asyncio.Event()
        self._is_closing = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._work(), name="message log")

    def put(self, render: Callable[[], Sequence[MessageRow]]) -> None:
        """Never blocks, never raises; the oldest goes when the queue is full."""
        if len(self._waiting) == self._waiting.maxlen:
            self._meter.messages_lost(1)
        self._waiting.append(render)
        if len(self._waiting) == 1:
            self._wake.set()
        elif len(self._waiting) >= self._max_batch:
            self._full.set()

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    async def close(self) -> None:
        """Store what waits, if Postgres is there."""
        self._is_closing = True
        self._wake.set()
        self._full.set()
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    async def _work(self) -> None:
        while not (self._is_closing and not self._waiting):
            if not self._waiting:
                self._wake.clear()
                await self._wake.wait()
                continue
            await self._until_worth_it()
            rows = [row for _ in range(min(len(self._waiting), self._max_batch)) for row in self._waiting.popleft()()]
            await self._store(rows)

    async def _until_worth_it(self) -> None:
        if self._is_closing or len(self._waiting) >= self._max_batch:
            return
        self._full.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._linger):
                await self._full.wait()

    async def _store(self, rows: Sequence[MessageRow]) -> None:
        try:
            async with self._pool.acquire(timeout=2) as connection:
                await connection.copy_records_to_table("message", schema_name="ledger", records=rows, columns=COLUMNS)
        except Exception as error:  # noqa: BLE001 - an edge: nothing about keeping messages may reach the payments
            self._meter.messages_lost(len(rows))
            log.warning("messages_lost", count=len(rows), why=type(error).__name__)
            if not self._is_closing:
                await asyncio.sleep(0.2)
