"""Whoever acts on one thing over several transactions holds it meanwhile, so acts on it come one after the other. I/O only.

Asked again and again instead of waiting in the database: a statement that waits holds a snapshot, and that slows payments.
What a lost connection held is free.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from clearing.statements import statement

ASK_SECONDS = 0.05
WAIT_SECONDS = 30.0
"""An act takes a fraction of a second; whoever holds something for so long is stuck."""


@asynccontextmanager
async def held(connection: Any, what: str) -> AsyncIterator[bool]:
    """Whether it is ours now. `connection` is used by nobody else meanwhile."""
    is_ours = await taken(connection, what)
    try:
        yield is_ours
    finally:
        if is_ours:
            await let_go(connection, what)


async def taken(connection: Any, what: str) -> bool:
    """Until it is let go, or the connection is lost."""
    until = time.monotonic() + WAIT_SECONDS
    while not await connection.fetchval(statement("try_hold"), what):
        if time.monotonic() > until:
            return False
        await asyncio.sleep(ASK_SECONDS)
    return True


async def let_go(connection: Any, what: str) -> None:
    if not connection.is_closed():
        await connection.execute(statement("let_go"), what)
