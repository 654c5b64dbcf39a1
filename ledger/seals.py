"""Seals over the heads of all streams, one after the other, and their making. A seal says: so far the books had come.

What people do has two heads of its own: the last line of the audit and the last seal of a period. They are sealed with the
others, in lines that begin with a word; seals made before that have no such lines.

The chain proves that nothing inside it was changed, but not that its end was not cut off and the head put back: the
seals prove that up to the last of them, and `anchors` keeps them where the database's masters cannot reach.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from ledger.statements import statement

LOCK = 0x63617264_7365616C
SEAL_SECONDS = 60.0
"""Between two seals."""
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)

Head = tuple[int, int, bytes]
"""Stream, batch, link."""


@dataclass(frozen=True, slots=True)
class Seal:
    """`heads`: one line per stream that has batches, as `heads_text` writes them, then those of `sql/people_heads.sql`.
    `hash` also covers the seal before.
    """

    number: int
    at: datetime
    heads: str
    hash: bytes


def heads_text(heads: Iterable[Head]) -> str:
    """Stream, batch and link of every stream that has come anywhere, in the order of the streams."""
    return "\n".join(f"{stream}|{batch}|{link.hex()}" for stream, batch, link in sorted(heads) if batch > 0)


def next_seal(last: Seal | None, heads: str, at: datetime) -> Seal:
    number = last.number + 1 if last else 1
    text = f"seal|{number}|{(at - _EPOCH) // _MICROSECOND}\n{heads}"
    return Seal(number, at, heads, sha256((last.hash if last else b"") + text.encode()).digest())


async def make_seal(connection: Any, at: datetime) -> Seal | None:
    """Seal the heads as they stand, committed when this returns. None: nothing has changed, or another process does it now."""
    async with connection.transaction():
        if not await connection.fetchval("select pg_try_advisory_xact_lock($1)", LOCK):
            return None
        row = await connection.fetchrow("select number, at, heads, hash from ledger.seal order by number desc limit 1")
        last = Seal(*row) if row else None
        heads = heads_text(
            map(tuple, await connection.fetch("select stream, batch, link from ledger.stream_head where batch > 0"))
        )
        heads = "\n".join([heads] * bool(heads) + [row["line"] for row in await connection.fetch(statement("people_heads"))])
        if heads == (last.heads if last else ""):
            return None
        seal = next_seal(last, heads, at)
        await connection.execute(statement("make_seal"), seal.number, seal.at, seal.heads, seal.hash)
    return seal


async def seals_after(connection: Any, number: int, limit: int = 1000) -> list[Seal]:
    """The seals after that one, in order."""
    rows = await connection.fetch(
        "select number, at, heads, hash from ledger.seal where number > $1 order by number limit $2", number, limit
    )
    return [Seal(*row) for row in rows]
