"""What Redis is told after the commit, in the background: no payment waits for it.

Bounded: when too many wait, the oldest are forgotten; their reservations expire and make their accounts misses.
"""

import asyncio
from collections import deque
from collections.abc import Callable

from authorizer.cache import Cache
from authorizer.errors import CacheUnavailableError
from authorizer.meter import StoreMeter
from authorizer.scripts import ConfirmItem


class Confirmations:
    """Sends what waits in batches while Redis is up. `resume` after it has come back."""

    def __init__(self, cache: Cache, meter: StoreMeter, on_down: Callable[[], None], *, max_batch: int, max_waiting: int) -> None:
        self._cache = cache
        self._on_down = on_down
        self._meter = meter
        self._max_batch = max_batch
        self._waiting: deque[ConfirmItem] = deque()
        self._max_waiting = max_waiting
        self._task: asyncio.Task[None] | None = None
        self._is_paused = True

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, item: ConfirmItem) -> None:
        self._waiting.append(item)
        self._forget_surplus()
        self._send_soon()

    def pause(self) -> None:
        self._is_paused = True

    def resume(self) -> None:
        self._is_paused = False
        self._send_soon()

    async def flush(self, timeout_seconds: float) -> None:
        """Waits for what is being sent, at most so long."""
        if self._task is not None:
            await asyncio.wait([self._task], timeout=timeout_seconds)

    async def close(self, timeout_seconds: float) -> None:
        await self.flush(timeout_seconds)
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def _send_soon(self) -> None:
        if self._task is None and self._waiting and not self._is_paused:
            self._task = asyncio.get_running_loop().create_task(self._send())

    async def _send(self) -> None:
        try:
            while self._waiting and not self._is_paused:
                batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), self._max_batch))]
                await self._send_batch(batch)
        finally:
            self._task = None

    async def _send_batch(self, batch: list[ConfirmItem]) -> None:
        """Confirming twice does no harm, so a batch whose fate is unknown is kept for the next attempt."""
        try:
            drifts = await self._cache.confirm(batch)
        except CacheUnavailableError as error:
            if error.is_refusal:
                self._meter.confirms_dropped(len(batch))
            else:
                self._waiting.extendleft(reversed(batch))
                self._forget_surplus()
            self.pause()
            self._on_down()
            return
        for position, cached in drifts:
            item = batch[position]
            if not item.is_measured:
                self._meter.drifted(cached - (item.available or 0))

    def _forget_surplus(self) -> None:
        surplus = len(self._waiting) - self._max_waiting
        if surplus > 0:
            for _ in range(surplus):
                self._waiting.popleft()
            self._meter.confirms_dropped(surplus)
