"""Batches without a timer: whatever waits when the previous batch returns goes together, a lone item goes at once.

It knows nothing of what the items are. One batch is in flight at a time.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Batcher(Generic[T]):
    """`handle` takes a batch and answers its items itself; should it fail, `fail` is told which items are left without."""

    def __init__(
        self,
        handle: Callable[[list[T]], Awaitable[None]],
        fail: Callable[[list[T], BaseException], None],
        *,
        max_batch: int,
        max_waiting: int,
    ) -> None:
        self._handle = handle
        self._fail = fail
        self._max_batch = max_batch
        self._max_waiting = max_waiting
        self._waiting: deque[T] = deque()
        self._task: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, item: T) -> bool:
        """False when too many wait already; the item is then not taken."""
        if len(self._waiting) >= self._max_waiting:
            return False
        self._waiting.append(item)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._drain())
        return True

    async def close(self) -> None:
        """Ends the batch in flight and fails what waits."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        if self._waiting:
            self._fail(list(self._waiting), asyncio.CancelledError())
            self._waiting.clear()

    async def _drain(self) -> None:
        try:
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), self._max_batch))]
                try:
                    await self._handle(batch)
                except asyncio.CancelledError as cancelled:
                    self._fail(batch, cancelled)
                    raise
                except Exception as error:  # noqa: BLE001 - the edge of the task: the next batch must go on
                    self._fail(batch, error)
        finally:
            self._task = None
