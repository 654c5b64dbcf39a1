"""The outbox: every committed batch, in the order of its stream, to be read without gaps by a cursor per stream.

Why there is no gap: a writer locks its stream's head before it takes the next number and keeps the lock until it has
committed. So the batches of one stream commit one after the other, in the order of their numbers, and a reader that sees
a batch sees all before it. Streams are independent of each other: a cursor holds one number for each.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from ledger.statements import statement


@dataclass(frozen=True, slots=True)
class BatchEvent:
    """One thing that a batch did: a journal with its postings, an element of an authorization, an answer."""

    position: int
    kind: str
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class EventBatch:
    """A committed batch; it may have no events (a command that was refused stores nothing)."""

    stream: int
    batch: int
    booked_at: datetime
    events: tuple[BatchEvent, ...]


async def read(connection: Any, cursor: Mapping[int, int], limit: int = 100, *, stream: int | None = None) -> list[EventBatch]:
    """The batches after the cursor (stream to last batch read, nothing: from the beginning), at most `limit` of each stream.

    `stream`: of this one only.
    In order within each stream, without gaps. Read again with `advanced(cursor, batches)`.
    """
    rows = await connection.fetch(statement("read_outbox"), list(cursor), list(cursor.values()), limit, stream)
    return [
        EventBatch(
            row["stream"], row["batch"], row["booked_at"],
            tuple(BatchEvent(event["position"], event["kind"], event["body"]) for event in orjson.loads(row["events"])),
        )
        for row in rows
    ]  # fmt: skip


def advanced(cursor: Mapping[int, int], batches: Sequence[EventBatch]) -> dict[int, int]:
    """The cursor after these batches. Pure."""
    return {**cursor, **{batch.stream: batch.batch for batch in batches}}


async def cursor_of(connection: Any, consumer: str) -> dict[int, int]:
    """Where a named consumer stands; a new one stands at the beginning."""
    rows = await connection.fetch("select stream, batch from ledger.consumer where name = $1", consumer)
    return {row["stream"]: row["batch"] for row in rows}


async def advance(connection: Any, consumer: str, before: Mapping[int, int], after: Mapping[int, int]) -> bool:
    """Move a named consumer from `before` to `after`, all streams or none.

    False: it does not stand at `before` any more, another process reads under this name; nothing was moved.
    """
    moved = {stream: batch for stream, batch in after.items() if before.get(stream, 0) != batch}
    async with connection.transaction():
        await connection.execute("select pg_advisory_xact_lock(hashtext('cardline.consumer'), hashtext($1))", consumer)
        if await cursor_of(connection, consumer) != {stream: batch for stream, batch in before.items() if batch}:
            return False
        await connection.execute(statement("advance_consumer"), consumer, list(moved), list(moved.values()))
    return True
