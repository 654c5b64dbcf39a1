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
from ledger.statements import statement
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
    monkeypatch.setattr("ledger.proof_turns.SHORTEST_PAUSE", 0.01)


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


async def raised_by(connection: asyncpg.Connection, proof: str, like: str = "%") -> list[str]:
    """The open items of this proof, as soon as there are any."""
    async with asyncio.timeout(30):
        while True:
            rows = await connection.fetch(
                "select subject from ledger.exception where split_part(subject, ':', 1) = $1 and subject like $2 "
                "and kind = 'books_do_not_hold' and status = 'open'", proof, like,
            )  # fmt: skip
            if rows:
                return [row["subject"] for row in rows]
            await asyncio.sleep(0.02)


TAMPERINGS = {
    "a row of a verified batch": ("update ledger.outcome set approval_code = '999999' where approval_code is not null", "chain"),
    "a balance": ("update ledger.balance set posted = posted + 1 where account_id = (select max(account_id) from ledger.balance)",
                  "balances_are_sums_of_postings"),
    "a lost balance": ("delete from ledger.balance where account_id = (select max(account_id) from ledger.balance)",
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
    tampering, proof = TAMPERINGS[kind]
    async with verifying(postgres_dsn) as seen:
        await seen.until(lambda: seen.age == 0 and seen.batches == 2)
        await superuser.execute(tampering)
        await raised_by(superuser, proof)
    async with verifying(postgres_dsn) as again:
        await again.until(lambda: again.findings > 0)
    raised = await superuser.fetch("select subject from ledger.exception where kind = 'books_do_not_hold'")
    assert proof in {row["subject"].split(":")[0] for row in raised}
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
    async with verifying(postgres_dsn):
        subjects = await raised_by(superuser, "balances_are_sums_of_postings")
    assert [subject.split(": ")[1] for subject in subjects] == [f"account {card.account_id}"]


INVENTED = """insert into ledger.hold select 1, account_id, asset, authorized, incremented, reversed, captured, refunded, expired, held,
last_event, expires_at from ledger.hold where held > 0 limit 1"""
BEYOND_THE_CHAIN = {
    "an invented hold": (INVENTED, "holds_are_the_pending_layer"),
    "sums of a hold": ("update ledger.hold set reversed = reversed + 1", "sums_are_folds_of_events"),
    "excused": ("update ledger.balance set excused = 5 where account_id = (select max(account_id) from ledger.balance)",
                "excused_only_by_force"),
    "a stripe": ("update ledger.account set code = 'x' where account_id = 1001000", "stripes_are_the_sub_ledger"),
    "an outcome of two": ("delete from ledger.outcome where mti = 'book'", "outcomes_are_one_to_one"),
    "a relation": ("delete from ledger.authorization", "relations_are_whole"),
    "an early reversal": ("insert into ledger.early_reversal values ('x', 1, 0, 'k')", "early_reversals"),
    "a mark": ("insert into ledger.early_reversal select 'x', account_id, 0, 'k' from ledger.card", "related_accounts"),
    "a closed day": ("insert into ledger.period values ('day', '2026-01-01', '2026-01-01', 'closed')", "period_seals"),
    "a head": ("update ledger.stream_head set last_id = 0", "heads"),
    "a floor": ("update ledger.balance set floor = -500000 where account_id = (select max(account_id) from ledger.balance)", "floors"),
    "an asset": ("update ledger.asset set exponent = 3 where asset = 'EUR'", "assets"),
    "an audit line": ("update ledger.audit set actor = 'somebody else'", "audit_chain"),
    "an audit line that defeats the proof": ("update ledger.audit set at = 'infinity'", "audit_chain"),
    "a seal": ("update ledger.seal set hash = sha256(hash)", "seals"),
    "an anchored seal": ("update ledger.seal set at = at - interval '1 day'", "anchors"),
}  # fmt: skip


@pytest.mark.parametrize("kind", sorted(BEYOND_THE_CHAIN))
async def test_every_other_proof_has_its_turn(
    postgres_dsn: str, journal: Journal, pool: asyncpg.Pool, superuser: asyncpg.Connection, tmp_path: Path, kind: str
) -> None:
    (card,) = await opened(pool, journal, 1000)
    await journal.record(spend(card, 1))
    tampering, proof = BEYOND_THE_CHAIN[kind]
    path = tmp_path / "anchors.jsonl"
    async with verifying(postgres_dsn, path) as seen:
        await seen.until(lambda: seen.age == 0 and seen.batches == 2 and path.exists())
        assert await superuser.execute(tampering) not in ("UPDATE 0", "DELETE 0", "INSERT 0 0")
        await raised_by(superuser, proof)


async def test_an_item_that_was_closed_is_raised_again_while_it_is_still_so(
    postgres_dsn: str, journal: Journal, pool: asyncpg.Pool, superuser: asyncpg.Connection
) -> None:
    (card,) = await opened(pool, journal, 1000)
    await journal.record(spend(card, 1))
    async with verifying(postgres_dsn) as seen:
        await seen.until(lambda: seen.age == 0 and seen.batches == 2)
        await superuser.execute(TAMPERINGS["a row of a verified batch"][0])
        for _ in range(2):
            await raised_by(superuser, "chain")
            await superuser.execute("update ledger.exception set status = 'closed'")
        await raised_by(superuser, "chain")


async def test_a_broken_batch_does_not_hide_that_it_was_cut_off_later(
    postgres_dsn: str, journal: Journal, pool: asyncpg.Pool, superuser: asyncpg.Connection
) -> None:
    (card,) = await opened(pool, journal, 1000)
    await journal.record(spend(card, 1))
    async with verifying(postgres_dsn) as seen:
        await seen.until(lambda: seen.age == 0 and seen.batches == 2)
        await superuser.execute(TAMPERINGS["a row of a verified batch"][0])
        await raised_by(superuser, "chain")
        await superuser.execute(TAMPERINGS["a head put back"][0])
        await raised_by(superuser, "chain", "%not there any more%")


async def test_the_changing_detail_of_one_subject_is_raised_a_few_times_only(
    postgres_dsn: str, superuser: asyncpg.Connection
) -> None:
    for number in range(20):
        await superuser.execute(statement("raise_finding"), f"floors: account 1: floor {number}", "floors: account 1: ")
    assert await superuser.fetchval("select count(*) from ledger.exception") == 5
