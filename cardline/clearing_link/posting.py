"""Posts kept clearing files in the background, one at a time, paced by how quickly payments are answered.

Whatever goes wrong on the way (Postgres away, an account that stays busy, another process at the same file), the file
waits and is begun again; what is booked stays booked.
"""

import asyncio
from collections import deque
from datetime import datetime

import asyncpg
import structlog

from cardline.settings import Settings
from cardline.settling.ingest import Pacer, connected, opened_desk
from clearing.errors import ClearingError, SealedFileError
from clearing.intake.taking import Unwatched
from clearing.intake.waiting import files_to_post
from clearing.posting import post_file
from clearing.statements import statement
from ledger.errors import LedgerError

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 60.0
"""Between two attempts where nothing could be posted; doubled each time, so that a short absence costs little."""
_FAILURES = (LedgerError, ClearingError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)

log = structlog.get_logger("cardline.clearing_link.posting")


class Poster:
    """Give it file ids; `run` posts them until it is cancelled."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._waiting: deque[str] = deque()
        self._some = asyncio.Event()
        self._pause = FIRST_PAUSE_SECONDS

    def post(self, file_id: str) -> None:
        """Once it is its turn. A file that is posted already costs a look."""
        if file_id not in self._waiting:
            self._waiting.append(file_id)
        self._some.set()

    async def run(self, unfinished_before: datetime) -> None:
        """First what an earlier process has left."""
        while not await self._found(unfinished_before):
            await self._rest()
        while True:
            await self._some.wait()
            if self._waiting:
                await self._next()
            else:
                self._some.clear()

    async def _found(self, before: datetime) -> bool:
        try:
            async with connected(self._settings) as connection:
                found = await files_to_post(connection, before)
        except _FAILURES as error:
            log.warning("clearing_files_not_listed", why=type(error).__name__)
            return False
        for file_id in found:
            self.post(file_id)
        return True

    async def _next(self) -> None:
        file_id = self._waiting.popleft()
        try:
            is_done = await self._posted(file_id)
        except SealedFileError as error:
            log.error("clearing_file_not_opened", file_id=file_id, why=str(error))  # noqa: TRY400 - it says all there is
            return
        except _FAILURES as error:
            log.warning("clearing_file_not_posted", file_id=file_id, why=type(error).__name__)
            is_done = False
        except Exception as error:  # noqa: BLE001 - the edge: one file's fault must not keep the others from being posted
            log.error("clearing_posting_failed", file_id=file_id, error=type(error).__name__)  # noqa: TRY400 - no content
            is_done = False
        if is_done:
            self._pause = FIRST_PAUSE_SECONDS
        else:
            self.post(file_id)
            await self._rest()

    async def _posted(self, file_id: str) -> bool:
        """False where another process is at it: it may die."""
        async with connected(self._settings) as connection:
            state = await connection.fetchrow(statement("posting_state"), file_id)
        if state is None or state["is_posted"]:
            return True
        async with opened_desk(self._settings) as desk:
            summary = await post_file(desk, file_id, after_chunk=Pacer(self._settings.metrics_listen, Unwatched()).after)
        if summary is not None:
            log.info("clearing_file_posted", file_id=file_id, records=summary.records, posted=summary.posted,
                     suspended=summary.suspended, unbookable=summary.unbookable, items=summary.items)  # fmt: skip
        return summary is not None

    async def _rest(self) -> None:
        await asyncio.sleep(self._pause)
        self._pause = min(2 * self._pause, LONGEST_PAUSE_SECONDS)
