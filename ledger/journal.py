"""The room that records: a command goes in, and comes back recorded, already recorded, or refused.

Behind it stand a few writers, each with a stream of its own, so that one can be read and decided here while Postgres
works for another. All commands of an account go to one writer, in the order in which they came.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable

from ledger.commands import (
    Advise,
    Authorize,
    Book,
    Capture,
    Command,
    Correct,
    Expire,
    Outcome,
    Refund,
    RepeatKey,
    Reverse,
    ReverseCapture,
    Undo,
    Void,
)
from ledger.errors import LedgerError
from ledger.writer import Writer, WriterMeter

WRITERS = 2
"""Per process: while Postgres stores one batch, Python decides another. A third only makes the batches smaller."""
SPREAD = 0x9E3779B1
"""Account ids come in sequences with gaps; multiplied by this odd number, their upper bits are spread evenly."""


class Journal:
    """`start` before use; `record` from any task of the same loop."""

    def __init__(
        self,
        dsn: str,
        meter: WriterMeter,
        *,
        writers: int = WRITERS,
        max_batch: int = 200,
        max_waiting: int = 4000,
        on_epoch: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`max_waiting`: of all writers together. `on_epoch` is told the ledger's epoch at every connection (sql/epoch.sql)."""
        # Of a job's commands, per writer: the next batch is full when the one before it has committed.
        self._window = min(2 * max_batch, max_waiting // writers)
        self._writers = [
            Writer(dsn, _Watched(meter, self), max_batch=max_batch, max_waiting=max_waiting // writers, on_epoch=on_epoch)
            for _ in range(writers)
        ]

    async def start(self) -> None:
        """Lease the streams and begin. Raises Unavailable, SchemaError when that cannot be done now."""
        try:
            for writer in self._writers:
                await writer.start()
        except LedgerError:
            await self.close(grace_seconds=0)
            raise

    async def close(self, grace_seconds: float | None = None) -> None:
        """Write what is queued, then give the streams back; within the grace, whatever Postgres does."""
        grace = {} if grace_seconds is None else {"grace_seconds": grace_seconds}
        await asyncio.gather(*(writer.close(**grace) for writer in self._writers))

    @property
    def is_ready(self) -> bool:
        return all(writer.is_ready for writer in self._writers)

    @property
    def is_stalled(self) -> bool:
        """A batch under way has taken longer than any caller waits."""
        return any(writer.is_stalled for writer in self._writers)

    @property
    def stream(self) -> int:
        """A stream that this process leases (0..63), and no other process meanwhile."""
        return self._writers[0].stream

    @property
    def waiting(self) -> int:
        return sum(writer.waiting for writer in self._writers)

    async def record(self, command: Command) -> Outcome:
        """Durable when it returns. Raises Unavailable, Overloaded (nothing stored), Poisoned.

        Cancelling this call abandons the command: still queued it is dropped, in flight its approval is voided as soon
        as it is known (G9).
        """
        return await self._writer_of(command).record(command)

    async def record_all(self, commands: Iterable[Command]) -> list[Outcome]:
        """Many commands of a job, those of an account in order; two batches of them at the most wait for a writer.

        Raises as `record` does, when everything under way has ended; what was recorded is found by its keys.
        """
        outcomes: dict[int, Outcome] = {}
        queues = {writer: deque[tuple[int, asyncio.Future[Outcome]]]() for writer in self._writers}
        try:
            for index, command in enumerate(commands):
                writer = self._writer_of(command)
                queue = queues[writer]
                if len(queue) >= self._window:
                    await queue[0][1]
                    while queue and queue[0][1].done():
                        position, future = queue.popleft()
                        outcomes[position] = future.result()
                queue.append((index, writer.submit(command)))
            for position, future in (item for queue in queues.values() for item in queue):
                outcomes[position] = await future
        finally:
            under_way = (future for queue in queues.values() for _, future in queue if not future.done() or future.exception())
            await asyncio.gather(*under_way, return_exceptions=True)
        return [outcomes[index] for index in range(len(outcomes))]

    async def reserve_ids(self, count: int) -> range:
        """Durable ids for rows outside the batches (accounts, cards). Only while no batch is under way."""
        return await self._writers[0].reserve_ids(count)

    def _writer_of(self, command: Command) -> Writer:
        try:
            return self._writers[_home(command) % len(self._writers)]
        except (AttributeError, IndexError, TypeError):
            return self._writers[0]  # which finds what is wrong with it


def _home(command: Command) -> int:
    """The same number for all commands of an account; of a command without one, from its key."""
    account_id, key = _account_and_key(command)
    return key.digest[0] if account_id is None else account_id * SPREAD >> 16


def _account_and_key(command: Command) -> tuple[int | None, RepeatKey]:
    match command:
        case Authorize() | Advise() | Reverse():
            return command.request.account_id, command.request.key
        case Void() | Undo() | Capture() | Refund() | Expire():
            return command.account_id, command.key
        case Book():
            named = next((line.account for line in command.lines if isinstance(line.account, int)), None)
            return named if named is not None or command.disputes is None else command.disputes.account_id, command.key
        case ReverseCapture() | Correct():
            return None, command.key


class _Watched:
    """The meter of one writer: the process is ready when all are."""

    def __init__(self, meter: WriterMeter, journal: Journal) -> None:
        self._meter, self._journal = meter, journal
        self.batch_committed, self.command_poisoned, self.approval_voided = (
            meter.batch_committed, meter.command_poisoned, meter.approval_voided,
        )  # fmt: skip

    def writer_changed(self, is_ready: bool) -> None:
        self._meter.writer_changed(is_ready and self._journal.is_ready)
