"""Takes one clearing file in, wherever it comes from: proves it, turns test files away from production, keeps it.

What comes over a link has lost the framing it had as a file. So a file under an id that is there is the same file where
its records are, byte for byte, whatever lies between them.
"""

import asyncio
import hashlib
from dataclasses import dataclass, replace
from typing import BinaryIO, Protocol, cast

import asyncpg

from clearing.intake.keeping import AlreadyTaken, Taken, keep, kept_file
from clearing.intake.naming import shown_name
from clearing.intake.proving import Cause, ProvedFile, Refused, proved
from clearing.intake.refusing import record_refusal
from clearing.ipm.framing import Framing, Unframer
from clearing.statements import statement

_READ_BYTES = 256 * 1024


class Watch(Protocol):
    """Who is told how far it is."""

    def stage(self, name: str, total: int) -> None: ...

    def done(self, so_far: int) -> None: ...


class Unwatched:
    """Nobody is told."""

    def stage(self, name: str, total: int) -> None: ...

    def done(self, so_far: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Terms:
    """Under which key files are kept, who takes them in, and whether test files (PDS 0122 = T) are welcome."""

    key: bytes
    actor: str
    takes_tests: bool


@dataclass(frozen=True, slots=True)
class TakenIn:
    """The file is kept, from now on or since before."""

    file: ProvedFile
    outcome: Taken | AlreadyTaken


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """Nothing is kept. `file_id` is known where the file itself was sound."""

    refused: Refused
    file_id: str | None = None


async def take_in(
    connection: asyncpg.Connection, stream: BinaryIO, name: str, size: int, terms: Terms, watch: Watch
) -> TakenIn | TurnedAway:
    """`stream` is read twice, from its start; `size` is only told to the watch. Raises OSError and what Postgres raises.

    `name` is kept and told as shown_name shows it. A file that is turned away leaves its refusal on record, and nothing else.
    """
    name = shown_name(name)
    outcome = await _take_in(connection, stream, name, size, terms, watch)
    if isinstance(outcome, TurnedAway):
        await record_refusal(connection, name, outcome.refused, actor=terms.actor)
    return outcome


async def _take_in(
    connection: asyncpg.Connection, stream: BinaryIO, name: str, size: int, terms: Terms, watch: Watch
) -> TakenIn | TurnedAway:
    watch.stage(f"{name}: proving", size)
    proof = await asyncio.to_thread(proved, cast("BinaryIO", _Watched(stream, watch)), name)
    if isinstance(proof, Refused):
        return TurnedAway(proof)
    if proof.is_test and not terms.takes_tests:
        why = "a test file, and these are production settings"
        refused = Refused(f"{name}: record 1, PDS 0122: {why}", Cause.TEST, 1, None, "0122", why=why)
        return TurnedAway(_of(refused, proof), proof.file_id)
    stream.seek(0)
    watch.stage(f"{name}: keeping", proof.size)
    outcome = await keep(
        connection, proof, stream, key=terms.key, actor=terms.actor,
        on_progress=lambda done, total: watch.done(proof.size * done // total),
    )  # fmt: skip
    if isinstance(outcome, Refused) and outcome.cause is Cause.OTHER_CONTENT:
        stream.seek(0)
        outcome = await _taken_in_another_form(connection, proof, stream, terms.key) or outcome
    return TurnedAway(_of(outcome, proof), proof.file_id) if isinstance(outcome, Refused) else TakenIn(proof, outcome)


def _of(refused: Refused, proof: ProvedFile) -> Refused:
    return replace(refused, file_id=shown_name(proof.file_id), sha256=proof.sha256)


async def _taken_in_another_form(
    connection: asyncpg.Connection, proof: ProvedFile, stream: BinaryIO, key: bytes
) -> AlreadyTaken | None:
    """The kept file of this id, where it has the same records."""
    row = await connection.fetchrow(statement("read_file"), proof.file_id)
    if row is None:
        return None
    kept, given = _Records(Framing(row["framing"])), _Records(proof.form.framing)
    async for piece in kept_file(connection, proof.file_id, key):
        kept.feed(piece)
    while piece := stream.read(_READ_BYTES):
        given.feed(piece)
    return AlreadyTaken(proof.file_id, row["name"], row["received_at"]) if kept.digest() == given.digest() else None


class _Records:
    """What a file says, without how it is written to disk."""

    def __init__(self, framing: Framing) -> None:
        self._unframer, self._hash = Unframer(framing), hashlib.sha256()

    def feed(self, piece: bytes) -> None:
        for _, record in self._unframer.feed(piece):
            self._hash.update(len(record).to_bytes(4, "big") + record)

    def digest(self) -> bytes:
        return self._hash.digest()


class _Watched:
    """A stream that tells how much of it was read."""

    def __init__(self, stream: BinaryIO, watch: Watch) -> None:
        self._stream, self._watch, self._read = stream, watch, 0

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        self._read += len(data)
        self._watch.done(self._read)
        return data
