"""What is left of a file that was not taken in: its refusal, on record for ever, and nothing else. I/O only."""

import asyncpg

from clearing.intake.proving import Cause, Refused
from clearing.statements import statement


async def record_refusal(connection: asyncpg.Connection, name: str, refused: Refused, *, actor: str) -> None:
    """Each attempt is a row of its own. Where nothing is wrong with the file itself (BUSY) there is none.

    `name` is as it may be shown.
    """
    if refused.cause is Cause.BUSY:
        return
    await connection.execute(
        statement("insert_refusal"), actor, name, refused.sha256, refused.file_id, refused.record,
        refused.element, refused.tag, refused.byte, refused.why or refused.reason,
    )  # fmt: skip
