"""Whether Redis is believed to be up. While it is not, payments go straight to the ledger and a task keeps asking.

One writer of the belief: whoever meets a fault says `went_down`, only the probe says that it is up again.
"""

import asyncio
from collections.abc import Awaitable, Callable

from authorizer.errors import CacheUnavailableError


class Recovery:
    """Probes every `interval_seconds` while Redis is down: also a Redis that comes and goes costs one try per interval."""

    def __init__(
        self, probe: Callable[[], Awaitable[None]], on_change: Callable[[bool], None], *, interval_seconds: float
    ) -> None:
        self._probe = probe
        self._on_change = on_change
        self._interval_seconds = interval_seconds
        self._task: asyncio.Task[None] | None = None
        self.is_up = False

    async def start(self) -> None:
        """One probe is awaited; when it fails, the others run in the background."""
        if not await self._ask():
            self._on_change(False)
            self._probe_in_background()

    def went_down(self) -> None:
        if self.is_up:
            self.is_up = False
            self._on_change(False)
            self._probe_in_background()

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def _probe_in_background(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._probe_until_up())

    async def _probe_until_up(self) -> None:
        is_up = False
        while not is_up:
            await asyncio.sleep(self._interval_seconds)
            is_up = await self._ask()

    async def _ask(self) -> bool:
        try:
            await self._probe()
        except CacheUnavailableError:
            return False
        self.is_up = True
        self._on_change(True)
        return True
