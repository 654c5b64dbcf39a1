"""Slows a poster down by the switch's own answer times. I/O only; what follows from them is decided in `clearing.pacing`."""

import asyncio
import time
from typing import Protocol

from cardline.running.payment_times import answers
from clearing.desk import Progress
from clearing.pacing import FIRST_SHARE, are_paid, next_share, rest
from clearing.posting import CHUNK

LOOK_SECONDS = 0.25
"""Between two looks at the answer times: at 200 payments/s fifty of them."""
BESIDE_PAYMENTS = 64
"""Records in one go while payments run: tens of milliseconds of Postgres and of ours."""
LONGEST_REST = 2.0


class Watch(Protocol):
    """Who is told how far it is."""

    def done(self, so_far: int) -> None: ...


class Pacer:
    """One file's. Everything that works on it breathes here, so all of it rests together."""

    def __init__(self, metrics_address: str, watch: Watch) -> None:
        self._address, self._watch = metrics_address, watch
        self._before = answers(metrics_address)
        self._is_paid = self._before is not None
        self._share = FIRST_SHARE if self._is_paid else 1.0
        self._looked = time.monotonic()
        self._began: float | None = None
        self._until = 0.0
        self._looking: asyncio.Task[None] | None = None

    @property
    def size(self) -> int:
        return BESIDE_PAYMENTS if self._is_paid else CHUNK

    async def after(self, progress: Progress) -> None:
        """A chunk is posted."""
        self._watch.done(progress.posted)
        await self.breathe()

    async def breathe(self) -> None:
        now = time.monotonic()
        if now - self._looked >= LOOK_SECONDS and (self._looking is None or self._looking.done()):
            self._looked = now
            self._looking = asyncio.create_task(self.look(), name="answer times")
        if self._began is None or self._share >= 1.0:
            self._began = now
            await asyncio.sleep(0)
            return
        # Whoever breathes later has worked longer: everybody waits for the last one's rest.
        self._until = max(self._until, now + min(rest(now - self._began, self._share), LONGEST_REST))
        while (left := self._until - time.monotonic()) > 0:  # noqa: ASYNC110 - a time that may move, not a condition
            await asyncio.sleep(left)
        self._began = max(self._began, self._until)

    async def look(self) -> None:
        """How quickly payments were answered since the last look, and what follows from it."""
        now = await asyncio.to_thread(answers, self._address)
        self._is_paid = are_paid(self._before, now)
        self._share = next_share(self._share, self._before, now)
        self._before = now or self._before
