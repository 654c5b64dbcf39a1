"""Takes clearing files in: proves, keeps and posts each.

The story of the command; its options and what is printed stand in `clearing_commands`.
"""

import gc
import hmac
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import asyncpg

from authorizer.tokens import Tokenizer
from cardline.card_keys import is_development
from cardline.desk import journal
from cardline.errors import ConfigurationError
from cardline.settings import Settings
from cardline.settling.pacer import Pacer
from cardline.settling.tolerances import load_tolerances
from clearing.desk import Desk, Summary
from clearing.intake.keeping import Taken
from clearing.intake.naming import shown_name
from clearing.intake.taking import TakenIn, Terms, TurnedAway, Watch, take_in
from clearing.turns import post_in_turn

_CONNECT_SECONDS = 10.0
_BETWEEN_COLLECTIONS = 50_000
_BATCH = 500
"""Bookings per ledger batch, half a chunk for each of the two writers: nobody waits for a single one."""
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


async def ingest(settings: Settings, paths: list[Path], watch: Watch, *, actor: str) -> list[Ingested]:
    """Each file for itself: a refused one does not keep the next from coming in.

    Raises ConfigurationError where a file cannot be read, and what the books raise where they cannot be reached.
    """
    async with opened_desk(settings) as desk:
        with rare_collections():
            return [await _file(desk, settings, path, watch, actor) for path in paths]


@contextmanager
def rare_collections() -> Iterator[None]:
    """Records make no cycles: looking for some every few hundred objects costs a sixth of the time."""
    before = gc.get_threshold()
    gc.set_threshold(_BETWEEN_COLLECTIONS, 50, 1000)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def clearing_key(settings: Settings) -> bytes:
    """Under which clearing files are kept. Where none is set, made from the token key, which is outside the database as well."""
    return settings.clearing_key or hmac.digest(settings.token_key, b"cardline clearing files 1", "sha256")


@asynccontextmanager
async def opened_desk(settings: Settings) -> AsyncIterator[Desk]:
    tolerances = load_tolerances(settings.clearing_tolerances)
    async with connected(settings) as connection, connected(settings) as reader, journal(settings, max_batch=_BATCH) as books:
        rates = settings.rates.rates
        yield Desk(
            connection, reader, books, Tokenizer(settings.token_key), clearing_key(settings),
            lambda amount, sold, bought, is_spend: rates.convert(amount, sold, bought, is_spend=is_spend), tolerances,
        )  # fmt: skip


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
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
        size, terms = os.fstat(stream.fileno()).st_size, terms_of(settings, actor)
        taken = await take_in(desk.connection, stream, path.name, size, terms, watch)
    if isinstance(taken, TurnedAway):
        digest = taken.refused.sha256.hex() if taken.refused.sha256 else None
        return Ingested(shown_name(path.name), taken.refused.file_id, digest, refused=taken.refused.reason)
    return await _posted(desk, settings, taken, watch)


def terms_of(settings: Settings, actor: str) -> Terms:
    """Test files are for systems whose card keys are the public test keys."""
    return Terms(clearing_key(settings), actor, takes_tests=is_development(settings))


async def _posted(desk: Desk, settings: Settings, taken: TakenIn, watch: Watch) -> Ingested:
    proof, file_id = taken.file, taken.outcome.file_id
    watch.stage(f"{proof.name}: posting", proof.messages)
    pacer = Pacer(settings.metrics_listen, watch)
    summary = await post_in_turn(desk, file_id, after_chunk=pacer.after, pace=pacer)
    if summary is None:
        return Ingested(proof.name, file_id, refused=f"{proof.name}: is being posted by another process, which does not move")
    return Ingested(
        proof.name, file_id, proof.sha256.hex(), proof.messages, isinstance(taken.outcome, Taken),
        summary.was_posted_before, summary,
    )  # fmt: skip
