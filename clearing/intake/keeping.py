"""Keeps proved clearing files in Postgres, sealed, each in one transaction; gives them back byte for byte.

The same file again, or another under the same file id, changes nothing. Whoever takes a file holds its id for the
transaction, so two takers at once make one file.
"""

import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

import asyncpg

from clearing.errors import NoSuchFile, SealedFileError
from clearing.intake.naming import shown_name
from clearing.intake.proving import Cause, ProvedFile, Refused
from clearing.intake.sealing import PIECE_BYTES, FileSealer, pieces_of
from clearing.statements import statement


@dataclass(frozen=True, slots=True)
class Taken:
    """The file is kept from now on."""

    file_id: str


@dataclass(frozen=True, slots=True)
class AlreadyTaken:
    """Exactly this file was taken before, perhaps under another name."""

    file_id: str
    name: str
    received_at: datetime


Progress = Callable[[int, int], None]
WAIT = "120s"
"""For another taker of the same file, which is then there; keeping a file is a matter of seconds."""


def _silent(done: int, total: int) -> None:
    """The progress nobody asked for."""


async def keep(
    connection: asyncpg.Connection,
    proved: ProvedFile,
    stream: BinaryIO,
    *,
    key: bytes,
    actor: str,
    on_progress: Progress = _silent,
) -> Taken | AlreadyTaken | Refused:
    """`stream` is the file again, from its start. Whoever takes the same file in now is waited for.

    On any other outcome than Taken, and on any fault, nothing is kept.
    """
    transaction = connection.transaction()
    await transaction.start()
    try:
        if not await _claimed(connection, proved.file_id):
            outcome: Taken | AlreadyTaken | Refused = Refused(
                f"{proved.name}: file {proved.file_id} is being taken in by another process", Cause.BUSY
            )
        else:
            outcome = await _kept(connection, proved, stream, key, actor, on_progress)
    except BaseException:
        await transaction.rollback()
        raise
    if isinstance(outcome, Taken):
        await transaction.commit()
    else:
        await transaction.rollback()
    return outcome


async def _claimed(connection: asyncpg.Connection, file_id: str) -> bool:
    await connection.execute("select set_config('lock_timeout', $1, true)", WAIT)
    try:
        await connection.execute(statement("wait_for_file"), file_id)
    except asyncpg.LockNotAvailableError:
        return False
    return True


async def _kept(
    connection: asyncpg.Connection, proved: ProvedFile, stream: BinaryIO, key: bytes, actor: str, on_progress: Progress
) -> Taken | AlreadyTaken | Refused:
    row = await connection.fetchrow(statement("taken_file"), proved.file_id, proved.sha256)
    if row is not None:
        if row["sha256"] == proved.sha256:
            return AlreadyTaken(row["file_id"], row["name"], row["received_at"])
        why = (
            f"file {shown_name(proved.file_id)} is there with other content, as {row['name']} of {row['received_at']:%Y-%m-%d}, "
            "and stays: ask the network for this one under an id of its own"
        )
        return Refused(f"{proved.name}: {why}", Cause.OTHER_CONTENT, why=why)
    if not await _store_pieces(connection, proved, stream, key, on_progress):
        return Refused(f"{proved.name}: the file changed while it was taken in", Cause.BUSY)
    await connection.execute(
        statement("insert_file"), proved.file_id, proved.sha256, proved.name, proved.size, pieces_of(proved.size),
        proved.form.framing.value, proved.form.character_set.value, proved.messages, proved.amount, proved.is_test, actor,
    )  # fmt: skip
    await connection.execute(
        "select ledger.record_audit($1, 'clearing_file_taken', $2, $3, $4)",
        actor, f"clearing file {proved.file_id}", proved.name, proved.sha256.hex(),
    )  # fmt: skip
    return Taken(proved.file_id)


async def _store_pieces(
    connection: asyncpg.Connection, proved: ProvedFile, stream: BinaryIO, key: bytes, on_progress: Progress
) -> bool:
    """Whether these were the bytes that were proved."""
    pieces, found = pieces_of(proved.size), hashlib.sha256()
    sealer = FileSealer(key, proved.sha256, pieces)
    for number in range(pieces):
        piece = stream.read(PIECE_BYTES)
        found.update(piece)
        await connection.execute(statement("insert_piece"), proved.file_id, number, sealer.seal(number, piece))
        on_progress(number + 1, pieces)
    return found.digest() == proved.sha256 and not stream.read(1)


async def kept_file(connection: asyncpg.Connection, file_id: str, key: bytes) -> AsyncIterator[bytes]:
    """The file's bytes, piece by piece. Raises NoSuchFile, and SealedFileError where something was changed."""
    row = await connection.fetchrow(statement("read_file"), file_id)
    if row is None:
        raise NoSuchFile(f"there is no clearing file {file_id}")
    sealer, found = FileSealer(key, row["sha256"], row["pieces"]), hashlib.sha256()
    for number in range(row["pieces"]):
        sealed = await connection.fetchval(statement("read_piece"), file_id, number)
        if sealed is None:
            raise SealedFileError(f"piece {number} is missing")
        piece = sealer.open(number, sealed)
        found.update(piece)
        yield piece
    if found.digest() != row["sha256"]:
        raise SealedFileError("the pieces do not make the file that was taken in")
