"""What an account may be overdrawn by is proved from the chart and from what was put on record."""

import os
from collections.abc import AsyncIterator

import asyncpg
import pytest
from integration.ledger.conftest import spend

from ledger.cards import NewCard, OpenedCard, open_cards
from ledger.journal import Journal
from ledger.money import ASSETS
from ledger.verdicts import Verdict
from ledger.verify import verify


async def opened_on_credit(pool: asyncpg.Pool, journal: Journal, *limits: int) -> list[OpenedCard]:
    """One card per limit, in minor units; a limit of nought makes a debit card."""
    cards = [
        NewCard(os.urandom(16), "541333******0007", "2912", "00", "1234", 1000, -limit, product="credit" if limit else "debit")
        for limit in limits
    ]
    return await open_cards(pool, journal, ASSETS["EUR"], cards, actor="tester")


@pytest.fixture
async def superuser(superuser_dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(superuser_dsn)
    await connection.execute("set session_replication_role = replica")
    yield connection
    await connection.close()


async def test_limits_given_when_accounts_are_opened_hold_under_one_audit_line(
    journal: Journal, pool: asyncpg.Pool, postgres: asyncpg.Connection
) -> None:
    await opened_on_credit(pool, journal, 500, 0, 700)
    assert await verify(postgres) == []
    assert await postgres.fetchval("select count(*) from ledger.audit where action = 'floors_set'") == 1
    assert await postgres.fetchval("select count(*) from ledger.floor_change") == 2


async def test_a_limit_is_changed_on_record_and_binds_the_next_payment(
    journal: Journal, pool: asyncpg.Pool, postgres: asyncpg.Connection
) -> None:
    (card,) = await opened_on_credit(pool, journal, 500)
    async with pool.acquire() as writer:
        await writer.execute("select ledger.set_floor($1, -600, 'ann', 'asked for more')", card.account_id)
        with pytest.raises(asyncpg.RaiseError, match="no customer account"):
            await writer.execute("select ledger.set_floor(1001000, 0, 'ann', 'a mistake')")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await writer.execute("update ledger.balance set floor = -700")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await writer.execute("insert into ledger.floor_change select account_id, audit_id + 1, -700 from ledger.floor_change")
    assert (await journal.record(spend(card, 1600, facts_version=1))).verdict is Verdict.STALE_FACTS
    assert (await journal.record(spend(card, 1600, facts_version=2))).verdict is Verdict.APPROVED
    assert await verify(postgres) == []


@pytest.mark.parametrize(
    "tampering",
    [
        "update ledger.balance set floor = -5e17 where account_id = (select max(account_id) from ledger.balance)",
        "update ledger.balance set floor = null where floor = 0",
        "update ledger.balance set floor = 0 where account_id = 1001000",
        "update ledger.floor_change set floor = floor - 1",
        "delete from ledger.floor_change",
        "with f as (update ledger.balance set floor = floor - 1 where floor < 0 returning account_id, floor) "
        "insert into ledger.floor_change select account_id, (select max(audit_id) from ledger.audit), floor from f",
    ],
)
async def test_a_floor_that_nobody_answers_for_is_found(
    journal: Journal, pool: asyncpg.Pool, superuser: asyncpg.Connection, tampering: str
) -> None:
    await opened_on_credit(pool, journal, 500, 0)
    assert await superuser.execute(tampering) not in ("UPDATE 0", "DELETE 0", "INSERT 0 0")
    assert "floors" in {finding.proof for finding in await verify(superuser)}
