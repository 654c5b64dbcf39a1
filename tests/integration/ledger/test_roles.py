"""Who may do what: a payment's writer cannot close the books, nobody far ahead, and a reader sees no secrets of cards."""

from datetime import UTC, date, datetime, timedelta

import asyncpg
import pytest
from integration.ledger.conftest import opened

from ledger.journal import Journal

PERIOD = "insert into ledger.period (kind, starts, ends, status) values ('day', $1, $1, 'closing')"


@pytest.fixture
def today() -> date:
    return datetime.now(UTC).date()


@pytest.mark.parametrize("role", ["cardline_writer", "cardline_reader", "cardline_verifier"])
async def test_only_the_closer_touches_periods(postgres: asyncpg.Connection, today: date, role: str) -> None:
    await postgres.execute(PERIOD, today - timedelta(days=1))
    await postgres.execute(f"set role {role}")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await postgres.execute(PERIOD, today)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await postgres.execute("update ledger.period set status = 'open'")


@pytest.mark.parametrize("role", ["cardline_closer", "cardline_owner"])
async def test_no_period_far_ahead_can_be_closed(postgres: asyncpg.Connection, today: date, role: str) -> None:
    await postgres.execute(f"set role {role}")
    await postgres.execute(PERIOD, today + timedelta(days=1))
    with pytest.raises(asyncpg.PostgresError, match="too far ahead"):
        await postgres.execute(PERIOD, date(2099, 1, 1))


@pytest.mark.parametrize("role", ["cardline_reader", "cardline_closer"])
@pytest.mark.parametrize("column", ["pan_token", "pvv", "pin_offset", "*"])
async def test_a_reader_sees_a_card_but_not_its_secrets(
    journal: Journal, pool: asyncpg.Pool, postgres: asyncpg.Connection, role: str, column: str
) -> None:
    (card,) = await opened(pool, journal, 1000)
    await postgres.execute(f"set role {role}")
    assert await postgres.fetchval("select card_id from ledger.card where pan_masked like '541333%'") == card.card_id
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await postgres.fetch(f"select {column} from ledger.card")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await postgres.fetch("select * from ledger.card_address")


async def test_the_closer_writes_nothing_but_periods_and_their_record(
    journal: Journal, pool: asyncpg.Pool, postgres: asyncpg.Connection
) -> None:
    await opened(pool, journal, 1000)
    await postgres.execute("set role cardline_closer")
    for change in (
        "update ledger.balance set posted = 0",
        "update ledger.stream_head set batch = 0",
        "delete from ledger.period",
        "insert into ledger.batch select stream, batch + 1, link, items, booked_at, booking_date from ledger.batch",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await postgres.execute(change)
