"""Posts a kept file when its turn has come: somebody else may be at it, and may die at it. I/O only.

Asked again and again instead of waiting in the database: a statement that waits holds a snapshot, and that slows payments.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

from clearing.desk import Desk, Progress, Summary
from clearing.pacing import UNHURRIED, Pace
from clearing.posting import post_file
from clearing.statements import statement

ASK_SECONDS = 0.5
STUCK_SECONDS = 120.0
"""Another process that has booked nothing for so long is not waited for any longer."""


async def post_in_turn(
    desk: Desk, file_id: str, *, after_chunk: Callable[[Progress], Awaitable[None]], pace: Pace = UNHURRIED
) -> Summary | None:
    """As `post_file`, after whoever posts it now: the rest of it, where that one dies. None where that one is stuck."""
    reached, since = -1, time.monotonic()
    while (summary := await post_file(desk, file_id, after_chunk=after_chunk, pace=pace)) is None:
        state = await desk.connection.fetchrow(statement("posting_state"), file_id)
        if state["posted"] > reached:
            reached, since = state["posted"], time.monotonic()
        elif time.monotonic() - since > STUCK_SECONDS:
            return None
        await asyncio.sleep(ASK_SECONDS)
    return summary
