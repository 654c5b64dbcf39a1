"""Stores the links' PIN keys beside the messages: each in a task of its own that does not give up while the process lives."""

import asyncio
from typing import Any

import asyncpg
import structlog

from ledger.working_keys import keep_working_key, working_keys

log = structlog.get_logger("cardline.keys")

RETRY_SECONDS = 1.0
_AWAY = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


class KeptKeys:
    """One writing per link at a time; a newer key takes the place of one that is not stored yet."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self._storing: dict[str, asyncio.Task[None]] = {}

    async def read(self) -> dict[str, str]:
        """By link. Empty where the books cannot be read now: the links then begin with the key ring's, as at first."""
        try:
            return await working_keys(self._pool)
        except _AWAY as error:
            log.warning("working_keys_not_read", why=type(error).__name__)
            return {}

    def keep(self, link: str, key_exchange: str) -> None:
        before = self._storing.pop(link, None)
        if before is not None:
            before.cancel()
        self._storing[link] = asyncio.get_running_loop().create_task(self._store(link, key_exchange), name=f"keep key of {link}")

    async def close(self) -> None:
        """Until what is under way is stored; whoever waits for this sets the limit."""
        await asyncio.gather(*self._storing.values(), return_exceptions=True)

    async def _store(self, link: str, key_exchange: str) -> None:
        while True:
            try:
                await keep_working_key(self._pool, link, key_exchange)
            except _AWAY as error:
                log.warning("working_key_not_kept", link=link, why=type(error).__name__)
                await asyncio.sleep(RETRY_SECONDS)
            else:
                log.info("working_key_kept", link=link)
                return
