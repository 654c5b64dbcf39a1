"""A journal on a real database, with funded cards, and commands for them."""

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
from integration.oldest_postgres import oldest_programs
from ledger_samples import authorize, digest, key, reverse

from cardline.embedded.postgres import EmbeddedPostgres
from ledger.cards import NewCard, OpenedCard, open_cards
from ledger.commands import Advise, Authorize, Reverse
from ledger.journal import Journal
from ledger.money import ASSETS

_names = itertools.count()


@dataclass
class CountingMeter:
    """What the writer reported."""

    batches: list[int] = field(default_factory=list)
    poisoned: int = 0
    voided: asyncio.Event = field(default_factory=asyncio.Event)
    ready: list[bool] = field(default_factory=list)

    def batch_committed(self, size: int, seconds: float) -> None:
        self.batches.append(size)

    def command_poisoned(self) -> None:
        self.poisoned += 1

    def approval_voided(self) -> None:
        self.voided.set()

    def writer_changed(self, is_ready: bool) -> None:
        self.ready.append(is_ready)


OpenJournal = Callable[..., Awaitable[Journal]]


OLDEST_TOO = {"test_guards", "test_migrate", "test_journal", "test_lives", "test_partitions", "test_verify", "test_closing"}
"""What depends on the server: statements, triggers, partitions, plans of the proofs. Everything else runs on the newest only."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "postgres_server" in metafunc.fixturenames:
        is_both = metafunc.module.__name__.rpartition(".")[2] in OLDEST_TOO
        metafunc.parametrize("postgres_server", ["embedded", "oldest"] if is_both else ["embedded"], indirect=True)


@pytest.fixture
def postgres_server(request: pytest.FixtureRequest, postgres_servers: Any) -> EmbeddedPostgres:
    """The books are tested on the newest server and on the oldest that must work."""
    server: EmbeddedPostgres = postgres_servers.started(None if request.param == "embedded" else oldest_programs())
    return server


@pytest.fixture
def meter() -> CountingMeter:
    return CountingMeter()


@pytest.fixture
async def open_journal(postgres_dsn: str, meter: CountingMeter) -> AsyncIterator[OpenJournal]:
    opened: list[Journal] = []

    async def open_one(**limits: Any) -> Journal:
        journal = Journal(postgres_dsn, meter, **limits)
        await journal.start()
        opened.append(journal)
        return journal

    yield open_one
    for journal in opened:
        await journal.close()


@pytest.fixture
async def journal(open_journal: OpenJournal) -> Journal:
    """With one writer, so that its stream and its batches can be named. Two at work are `open_journal()`."""
    return await open_journal(writers=1)


@pytest.fixture
async def pool(postgres_dsn: str) -> AsyncIterator[asyncpg.Pool]:
    pool = await asyncpg.create_pool(postgres_dsn, min_size=1, max_size=4, server_settings={"role": "cardline_writer"})
    yield pool
    await pool.close()


async def opened(pool: asyncpg.Pool, journal: Journal, *balances: int) -> list[OpenedCard]:
    """One card per balance, in minor units of EUR."""
    cards = [NewCard(os.urandom(16), "541333******0007", "2912", "00", "1234", balance) for balance in balances]
    return await open_cards(pool, journal, ASSETS["EUR"], cards, actor="tester")


def spend(card: OpenedCard, amount: int, name: str = "", **given: Any) -> Authorize:
    """A request of this card today; a new one unless it is named."""
    return authorize(name or f"spend {next(_names)}", amount, account_id=card.account_id, at=datetime.now(UTC), **given)


def release(card: OpenedCard, spent: Authorize | Advise, replacement: int = 0) -> Reverse:
    command = reverse(f"release {next(_names)}", None, replacement, account_id=card.account_id, at=datetime.now(UTC))
    return replace(command, original=spent.request.key)


async def balance(connection: Any, card: OpenedCard) -> tuple[int, int, int]:
    """posted, holds, available."""
    row = await connection.fetchrow(
        "select posted, holds, available from report.account_balance where account_id = $1", card.account_id
    )
    return (row["posted"], row["holds"], row["available"])


__all__ = ["CountingMeter", "OpenJournal", "balance", "digest", "key", "opened", "release", "spend"]
