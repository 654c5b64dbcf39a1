"""The background verifier on a real Postgres: it keeps up, finds what was tampered with since, and says so once."""

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import pytest
from integration.ledger.conftest import opened, spend

from ledger.journal import Journal
from ledger.verifier import Verifier
from ledger.verify import verify


@dataclass
class Seen:
    """What the verifier told; `changed` is set at every word."""

    age: float = math.nan
    batches: int = 0
    findings: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def verified_until(self, age_seconds: float) -> None:
        self.age = age_seconds
        self.changed.set()

    def batches_verified(self, count: int) -> None:
        self.batches += count
        self.changed.set()

    def findings_open(self, count: int) -> None:
        self.findings = count
        self.changed.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not holds():
                self.changed.clear()
                await self.changed.wait()


@contextlib.asynccontextmanager
async def verifying(dsn: str, anchors: Path | None = None) -> AsyncIterator[Seen]:
    seen = Seen()
    task = asyncio.create_task(Verifier(dsn, seen, anchors=anchors, share=1.0, seal_seconds=0.0).run())
    yield seen
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.verifier.POLL_SECONDS", 0.01)


@pytest.fixture
async def superuser(superuser_dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(superuser_dsn)
    await connection.execute("set session_replication_role = replica")
    yield connection
    await connection.close()


async def test_every_batch_is_verified_once_and_the_next_process_goes_on_from_there(
    postgres_dsn: str, journal: Journal, pool: asyncpg.Pool
) -> None:
    (card,) = await opened(pool, journal, 1000)
    for _ in range(3):
        await journal.record(spend(card, 1))
    async with verifying(postgres_dsn) as seen:
        await seen.until(lambda: seen.batches == 4 and seen.age == 0)
    await journal.record(spend(card, 1))
    async with verifying(postgres_dsn) as again:
        await again.until(lambda: again.batches == 1 and again.age == 0)
    assert seen.findings == again.findings == 0


async def test_it_seals_and_anchors_what_it_watches(
    postgres_dsn: str, journal: Journal, pool: asyncpg.Pool, postgres: asyncpg.Connection, tmp_path: Path
) -> None:
    (card,) = await opened(pool, journal, 1000)
    path = tmp_path / "anchors.jsonl"
    async with verifying(postgres_dsn, path) as seen:
        await journal.record(spend(card, 1))
        await seen.until(lambda: path.exists() and seen.batches == 2)
    assert await postgres.fetchval("select count(*) from ledger.seal") > 0
    assert await verify(postgres, anchors=path) == []


TAMPERINGS = {
    "a row of a verified batch": ("update ledger.outcome set approval_code = '999999' where approval_code is not null", "chain"),
    "a balance": ("update ledger.balance set posted = posted + 1 where account_id = (select max(account_id) from ledger.balance)",
                  "balances_are_sums_of_postings"),
    "a head put back": ("with h as (update ledger.stream_head set batch = batch - 1 where batch > 0 returning stream, batch) "
                        "delete from ledger.batch b using h where b.stream = h.stream and b.batch > h.batch", "chain"),
}  # fmt: skip


@pytest.mark.parametrize("kind", sorted(TAMPERINGS))
async def test_later_tampering_is_found_logged_and_raised_once(
    postgres_dsn: str, journal: Journal, pool: asyncpg.Pool, superuser: asyncpg.Connection, kind: str
) -> None:
    (card,) = await opened(pool, journal, 1000)
    await journal.record(spend(card, 1))
    statement, proof = TAMPERINGS[kind]
    async with verifying(postgres_dsn) as seen:
        await seen.until(lambda: seen.age == 0 and seen.batches == 2)
        await superuser.execute(statement)
        await seen.until(lambda: seen.findings > 0)
    async with verifying(postgres_dsn) as again:
        await again.until(lambda: again.findings > 0)
    raised = await superuser.fetch("select subject from ledger.exception where kind = 'books_do_not_hold'")
    assert {row["subject"].split(":")[0] for row in raised} == {proof}
    assert len({row["subject"] for row in raised}) == len(raised)


async def test_tampering_with_what_is_not_verified_yet_is_found_and_the_rest_goes_on(
    postgres_dsn: str, journal: Journal, pool: asyncpg.Pool, superuser: asyncpg.Connection
) -> None:
    (card,) = await opened(pool, journal, 1000)
    await journal.record(spend(card, 1))
    await superuser.execute("update ledger.posting set amount = amount + 1 where line = 0 and layer = 'pending'")
    async with verifying(postgres_dsn) as seen:
        await journal.record(spend(card, 2))
        await seen.until(lambda: seen.batches == 3 and seen.findings >= 2)
    raised = {row[0] for row in await superuser.fetch("select split_part(subject, ':', 1) from ledger.exception")}
    assert raised >= {"chain", "postings"}


async def test_only_one_process_verifies_but_each_knows_the_age(postgres_dsn: str, journal: Journal, pool: asyncpg.Pool) -> None:
    (card,) = await opened(pool, journal, 1000)
    async with verifying(postgres_dsn) as first:
        await first.until(lambda: first.age == 0 and first.batches == 1)
        async with verifying(postgres_dsn) as second:
            await second.until(lambda: second.age == 0)
            await journal.record(spend(card, 1))
            await first.until(lambda: first.batches == 2)
            assert second.batches == 0


async def test_an_account_with_more_postings_than_a_bite_is_summed_in_many(
    postgres_dsn: str, journal: Journal, pool: asyncpg.Pool, superuser: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.bites.BITE_POSTINGS", 3)
    (card,) = await opened(pool, journal, 1000)
    await asyncio.gather(*(journal.record(spend(card, 1)) for _ in range(10)))
    await superuser.execute("update ledger.balance set holds = holds + 1 where account_id = $1", card.account_id)
    await superuser.execute("insert into ledger.rolling_pass values ('accounts', $1)", card.account_id - 1)
    async with verifying(postgres_dsn) as seen:
        await seen.until(lambda: seen.findings == 1)
    subject = await superuser.fetchval("select subject from ledger.exception")
    assert subject == f"balances_are_sums_of_postings: account {card.account_id}"
