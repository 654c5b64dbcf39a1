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
    until = time.monotonic() + WAIT_SECONDS
    while True:
        is_ours = bool(await connection.fetchval(statement("try_hold"), what))
        if is_ours or time.monotonic() > until:
            break
        await asyncio.sleep(ASK_SECONDS)
    try:
        yield is_ours
    finally:
        if is_ours and not connection.is_closed():
            await connection.execute(statement("let_go"), what)
