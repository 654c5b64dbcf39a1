"""Takes clearing files in: proves, keeps and posts each.

The story of the command; its options and what is printed stand in `clearing_commands`.
"""

import asyncio
import hmac
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast

import asyncpg

from authorizer.tokens import Tokenizer
from cardline.card_keys import is_development
from cardline.desk import journal
from cardline.errors import ConfigurationError
from cardline.running.payment_times import answers
from cardline.settings import Settings
from cardline.settling.tolerances import load_tolerances
from clearing.errors import ClearingError
from clearing.intake.keeping import AlreadyTaken, Taken, keep
from clearing.intake.proving import Place, ProvedFile, Refused, proved
from clearing.intake.refusing import record_refusal
from clearing.pacing import next_pause
from clearing.posting import Desk, Progress, Summary, post_file
from ledger.errors import LedgerError

_CONNECT_SECONDS = 10.0
_SETTINGS = {"application_name": "cardline clearing", "role": "cardline_writer", "timezone": "UTC"}


@dataclass(frozen=True, slots=True)
class Ingested:
    """What became of one file. Where it was refused there is its name and why, and what could be read of it."""

    file: str
    file_id: str | None = None
    sha256: str | None = None
    messages: int = 0
    is_new: bool = False
    """It was taken in just now."""
    was_posted_before: bool = False
    summary: Summary = field(default_factory=Summary)
    refused: str | None = None

    def document(self) -> dict[str, Any]:
        found = asdict(self)
        figures = found.pop("summary")
        return found | {name: figures[name] for name in ("records", "posted", "suspended", "unbookable", "items")}


class Watch(Protocol):
    """Who is told how far it is."""

    def stage(self, name: str, total: int) -> None: ...

    def done(self, so_far: int) -> None: ...


async def ingest(settings: Settings, paths: list[Path], watch: Watch, *, actor: str) -> list[Ingested]:
    """Each file for itself: a refused one does not keep the next from coming in.

    Raises ConfigurationError where a file cannot be read or the books cannot be reached.
    """
    try:
        async with _desk(settings) as desk:
            return [await _file(desk, settings, path, watch, actor) for path in paths]
    except (LedgerError, ClearingError, asyncpg.PostgresError, OSError) as error:
        raise ConfigurationError(f"clearing ingest: {error}") from error


def clearing_key(settings: Settings) -> bytes:
    """Under which clearing files are kept. Where none is set, made from the token key, which is outside the database as well."""
    return settings.clearing_key or hmac.digest(settings.token_key, b"cardline clearing files 1", "sha256")


@asynccontextmanager
async def _desk(settings: Settings) -> AsyncIterator[Desk]:
    tolerances = load_tolerances(settings.clearing_tolerances)
    async with _connected(settings) as connection, _connected(settings) as reader, journal(settings) as books:
        rates = settings.rates.rates
        yield Desk(
            connection, reader, books, Tokenizer(settings.token_key), clearing_key(settings),
            lambda amount, sold, bought, is_spend: rates.convert(amount, sold, bought, is_spend=is_spend), tolerances,
        )  # fmt: skip


@asynccontextmanager
async def _connected(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(settings.postgres_dsn, timeout=_CONNECT_SECONDS, server_settings=_SETTINGS)
    try:
        yield connection
    finally:
        await connection.close(timeout=_CONNECT_SECONDS)


async def _file(desk: Desk, settings: Settings, path: Path, watch: Watch, actor: str) -> Ingested:
    try:
        stream = open(path, "rb")  # noqa: ASYNC230, SIM115, PTH123 - one command, one file at a time
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from None
    with stream:
        watch.stage(f"{path.name}: proving", os.fstat(stream.fileno()).st_size)
        watched = cast("BinaryIO", _Watched(stream, watch.done))  # it only reads
        proof = await asyncio.to_thread(proved, watched, path.name)
        if isinstance(proof, Refused):
            return await _refused(desk, path, proof, actor)
        if proof.is_test and not is_development(settings):
            why = "a test file, and these are production settings"
            reason, where = f"{path.name}: record 1, PDS 0122: {why}", Place(record=1, tag="0122")
            return await _refused(desk, path, Refused(reason, why, where, proof.file_id, proof.sha256), actor)
        stream.seek(0)
        watch.stage(f"{path.name}: keeping", proof.size)
        taken = await keep(
            desk.connection, proof, stream, key=desk.key, actor=actor,
            on_progress=lambda done, total: watch.done(proof.size * done // total),
        )  # fmt: skip
    if isinstance(taken, Refused):
        return await _refused(desk, path, replace(taken, file_id=proof.file_id, sha256=proof.sha256), actor)
    return await _posted(desk, settings, proof, taken, watch)


async def _refused(desk: Desk, path: Path, refused: Refused, actor: str) -> Ingested:
    """On record, and nothing else is left of it."""
    await record_refusal(desk.connection, path.name, refused, actor=actor)
    digest = refused.sha256.hex() if refused.sha256 else None
    return Ingested(path.name, refused.file_id, digest, refused=refused.reason)


async def _posted(desk: Desk, settings: Settings, proof: ProvedFile, taken: Taken | AlreadyTaken, watch: Watch) -> Ingested:
    watch.stage(f"{proof.name}: posting", proof.messages)
    pacer = _Pacer(settings.metrics_listen, watch)
    summary = await post_file(desk, taken.file_id, after_chunk=pacer.after)
    if summary is None:
        return Ingested(proof.name, taken.file_id, refused=f"{proof.name}: is being posted by another process")
    return Ingested(
        proof.name, taken.file_id, proof.sha256.hex(), proof.messages, isinstance(taken, Taken),
        summary.was_posted_before, summary,
    )  # fmt: skip


class _Pacer:
    """Payments come first: waits after each chunk for as long as their answers ask for."""

    def __init__(self, metrics_address: str, watch: Watch) -> None:
        self._address, self._watch = metrics_address, watch
        self._pause, self._before = 0.0, answers(metrics_address)

    async def after(self, progress: Progress) -> None:
        self._watch.done(progress.posted)
        now = await asyncio.to_thread(answers, self._address)
        self._pause = next_pause(self._pause, self._before, now)
        self._before = now or self._before
        if self._pause:
            await asyncio.sleep(self._pause)


class _Watched:
    """A stream that tells how much of it was read."""

    def __init__(self, stream: BinaryIO, tell: Callable[[int], None]) -> None:
        self._stream, self._tell, self._read = stream, tell, 0

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        self._read += len(data)
        self._tell(self._read)
        return data
