"""The facts give the derived tables once more, exactly; and where those were spoiled, they are mended from the facts."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import pytest
from integration.ledger.conftest import opened, release, spend
from ledger_samples import advise

from ledger.journal import Journal
from ledger.replay import Repair, replay
from ledger.verdicts import Verdict
from ledger.verify import verify

REPAIR = Repair("tester", "somebody spoiled it")


@pytest.fixture
async def spoiled(journal: Journal, pool: asyncpg.Pool, superuser_dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """A day with every kind of element, in the hands of one whom triggers and floors do not stop."""
    cards = await opened(pool, journal, 1000, 1000, 100)
    spends = [spend(card, 10 + n, trace_id=f"trace {n}") for n, card in enumerate(cards[:2] * 4)]
    await asyncio.gather(*map(journal.record, spends))
    await journal.record(release(cards[0], spends[0], 4))
    await journal.record(release(cards[1], spends[1]))
    await journal.record(release(cards[1], spend(cards[1], 5)))
    await journal.record(spend(cards[0], 7, chain_trace="trace 2"))
    await journal.record(spend(cards[1], 8, trace_id="more", chain_trace="late"))
    await journal.record(spend(cards[1], 9, trace_id="late"))
    await journal.record(spends[3])
    forced = advise("beyond", 5000, account_id=cards[2].account_id, at=datetime.now(UTC))
    await journal.record(forced)
    await journal.record(release(cards[2], forced, 300))
    await journal.record(spend(cards[0], 10**6))
    connection = await asyncpg.connect(superuser_dsn)
    await connection.execute("set session_replication_role = replica")
    yield connection
    await connection.close()


async def test_the_facts_give_what_stands_in_the_tables(spoiled: asyncpg.Connection, postgres: asyncpg.Connection) -> None:
    assert await postgres.fetchval("select count(*) from ledger.balance where excused > 0") == 1
    assert await replay(postgres) == []
    assert await postgres.fetchval("select to_regclass('shadow_balance')") is None


SPOILING = {
    "posted": ("update ledger.balance set posted = posted + 100 where posted > 0", "balance"),
    "excused": ("update ledger.balance set excused = excused + 1 where excused > 0", "balance"),
    "version": ("update ledger.balance set version = version + 1 where account_id = (select max(account_id) from ledger.balance)", "balance"),
    "a lost mark": ("update ledger.balance set is_related = false where is_related", "balance"),
    "a lost balance": ("delete from ledger.balance where account_id in (select account_id from ledger.card)", "balance"),
    "a lost balance without postings": ("delete from ledger.balance where account_id = 2003000", "balance"),
    "held": ("update ledger.hold set held = held + 1, reversed = reversed - 1", "hold"),
    "a hold's end": ("update ledger.hold set expires_at = expires_at + interval '1 day'", "hold"),
    "a lost hold": ("delete from ledger.hold where held > 0", "hold"),
    "a hold of nobody": ("insert into ledger.hold select 1, account_id, asset, authorized, incremented, reversed, captured, refunded, "
                         "expired, held, last_event, expires_at from ledger.hold limit 1", "hold"),
    "a lost early reversal": ("delete from ledger.early_reversal", "early_reversal"),
    "an early reversal of nobody": ("insert into ledger.early_reversal values ('x', 1, 0, 'k')", "early_reversal"),
}  # fmt: skip


@pytest.mark.parametrize("kind", sorted(SPOILING))
async def test_a_spoiled_row_is_found_and_repaired(spoiled: asyncpg.Connection, postgres: asyncpg.Connection, kind: str) -> None:
    statement, relation = SPOILING[kind]
    assert await spoiled.execute(statement) not in ("UPDATE 0", "DELETE 0", "INSERT 0 0")
    differences = await replay(postgres)
    assert {difference.relation for difference in differences} == {relation}
    assert await replay(postgres, REPAIR) == differences
    assert await replay(postgres) == []
    assert await verify(postgres) == []
    audited = await postgres.fetchrow("select actor, action, reason from report.audit order by at desc limit 1")
    assert tuple(audited) == ("tester", "ledger_repaired", "somebody spoiled it")
    assert (
        await postgres.fetchval(
            "select tgenabled from pg_trigger where tgrelid = 'ledger.early_reversal'::regclass and tgname = 'append_only'"
        )
        == b"O"
    )


async def test_a_repair_makes_caches_notice_and_payments_go_on(
    journal: Journal, pool: asyncpg.Pool, postgres: asyncpg.Connection, superuser_dsn: str
) -> None:
    (card,) = await opened(pool, journal, 1000)
    await postgres.execute("update ledger.balance set posted = posted + 100 where account_id = $1", card.account_id)
    await replay(postgres, REPAIR)
    assert (await journal.record(spend(card, 10, facts_version=1))).verdict is Verdict.STALE_FACTS
    assert (await journal.record(spend(card, 10, facts_version=2))).verdict is Verdict.APPROVED
    assert await verify(postgres) == []


async def test_sound_books_are_left_alone_by_a_repair(journal: Journal, pool: asyncpg.Pool, postgres: asyncpg.Connection) -> None:
    await opened(pool, journal, 1000)
    assert await replay(postgres, REPAIR) == []
    assert await postgres.fetchval("select count(*) from ledger.audit where action = 'ledger_repaired'") == 0
