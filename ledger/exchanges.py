"""Messages and their answers as they were kept, for people who ask after what left no trace in the books."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger.statements import statement

SHOWN = 10


@dataclass(frozen=True, slots=True)
class Exchange:
    """What came and how it was answered; the last four are None where it got no answer. `code` is DE 39, `more` DE 44."""

    message_id: int
    link: str
    at: datetime
    mti: str
    stan: str | None
    rrn: str | None
    answer_mti: str | None
    answered_at: datetime | None
    code: str | None
    more: str | None


async def find_exchanges(connection: Any, reference: str) -> list[Exchange]:
    """By RRN or STAN, newest first. What was kept is kept for its time only, and not when the queue was full."""
    return [Exchange(**dict(row)) for row in await connection.fetch(statement("exchanges"), reference, SHOWN)]
