"""What the database refuses by itself, whoever asks."""

import asyncpg
import pytest
from integration.ledger.conftest import OpenJournal, opened, spend

from ledger.journal import Journal

REFUSED = r"append-only|permission denied|referenced in a foreign key"
FACTS = (
    "journal",
    "posting",
    "authorization",
    "authorization_event",
    "outcome",
    "batch",
    "early_reversal",
    "audit",
    "message",
    "dead_letter",
)


async def _partition_of(connection: asyncpg.Connection, fact: str) -> str:
    return await connection.fetchval(  # type: ignore[no-any-return]
        "select c.oid::regclass::text from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = ('ledger.' || $1)::regclass "
        "order by 1 limit 1", fact,
    )  # fmt: skip


@pytest.mark.parametrize("role", ["cardline_writer", "cardline_owner"])
@pytest.mark.parametrize("fact", FACTS)
async def test_facts_cannot_be_emptied(postgres: asyncpg.Connection, role: str, fact: str) -> None:
    await postgres.execute(f"set role {role}")
    targets = [f"ledger.{fact}", await _partition_of(postgres, fact)]
    for target in filter(None, targets):
        with pytest.raises(asyncpg.PostgresError, match=REFUSED):
            await postgres.execute(f"truncate {target}")


@pytest.mark.parametrize("role", ["cardline_writer", "cardline_owner"])
@pytest.mark.parametrize("change", ["update ledger.posting set amount = 1", "delete from ledger.posting", "delete from ledger.outcome",
                                    "update ledger.authorization_event set amount = 0", "delete from ledger.journal", "delete from ledger.batch"])  # fmt: skip
async def test_facts_cannot_be_changed(
    journal: Journal, pool: asyncpg.Pool, postgres: asyncpg.Connection, role: str, change: str
) -> None:
    (card,) = await opened(pool, journal, 100)
    await journal.record(spend(card, 10))
    await postgres.execute(f"set role {role}")
    with pytest.raises(asyncpg.PostgresError, match=REFUSED):
        await postgres.execute(change)


@pytest.mark.parametrize("role", ["cardline_writer", "cardline_owner"])
async def test_a_change_straight_in_a_partition_is_refused_too(
    journal: Journal, pool: asyncpg.Pool, postgres: asyncpg.Connection, role: str
) -> None:
    await opened(pool, journal, 100)
    partition = await postgres.fetchval("select tableoid::regclass::text from ledger.posting limit 1")
    await postgres.execute(f"set role {role}")
    for change in (f"delete from {partition}", f"update {partition} set amount = 5"):
        with pytest.raises(asyncpg.PostgresError, match=REFUSED):
            await postgres.execute(change)


POSTING = "(journal_id, line, booking_date, account_id, asset, layer, amount, account_version)"


@pytest.mark.parametrize("role", ["cardline_writer", "cardline_owner"])
async def test_an_unbalanced_journal_is_refused(
    journal: Journal, pool: asyncpg.Pool, postgres: asyncpg.Connection, role: str
) -> None:
    (card,) = await opened(pool, journal, 100)
    await postgres.execute(f"set role {role}")
    with pytest.raises(asyncpg.PostgresError, match="is off by 5 EUR in layer pending") as caught:
        await postgres.execute(
            f"insert into ledger.posting {POSTING} values (1, 0, now()::date, $1, 'EUR', 'pending', 5, 2)", card.account_id
        )
    assert caught.value.sqlstate == "CL001"


async def test_an_unbalanced_journal_straight_into_a_partition_is_refused(
    journal: Journal, pool: asyncpg.Pool, postgres: asyncpg.Connection
) -> None:
    (card,) = await opened(pool, journal, 100)
    partition = await postgres.fetchval("select tableoid::regclass::text from ledger.posting limit 1")
    insert = f"insert into {partition} {POSTING} values (1, 0, now()::date, $1, 'EUR', 'pending', 5, 2)"
    await postgres.execute("set role cardline_owner")
    with pytest.raises(asyncpg.PostgresError, match="is off by"):
        await postgres.execute(insert, card.account_id)
    await postgres.execute("set role cardline_writer")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await postgres.execute(insert, card.account_id)


async def test_a_gap_in_an_accounts_versions_is_refused(
    journal: Journal, pool: asyncpg.Pool, postgres: asyncpg.Connection
) -> None:
    first, second = await opened(pool, journal, 100, 100)
    with pytest.raises(asyncpg.PostgresError, match="leave a gap") as caught:
        await postgres.execute(
            "with b as (update ledger.balance set version = 7 where account_id in ($1, $2)) "
            f"insert into ledger.posting {POSTING} values (1, 0, now()::date, $1, 'EUR', 'pending', 5, 7),"
            " (1, 1, now()::date, $2, 'EUR', 'pending', -5, 7)",
            first.account_id, second.account_id,
        )  # fmt: skip
    assert caught.value.sqlstate == "CL003"


async def test_checking_a_batchs_postings_reads_no_more_of_a_larger_book(
    open_journal: OpenJournal, pool: asyncpg.Pool, postgres: asyncpg.Connection
) -> None:
    """Look-ups by key, also where the writer's first batch was large and made its plan on tables thought to be small."""
    filling, spending = await open_journal(writers=1), await open_journal(writers=1)
    cards = await opened(pool, filling, *[10_000] * 50)
    await filling.record_all([spend(cards[number % 50], 1) for number in range(800)])
    await filling.close()
    before = await _entries_read(postgres)
    for _ in range(8):
        await spending.record_all([spend(card, 1) for card in cards])
    await spending.close()  # a backend that ends says what it has read
    assert await _entries_read(postgres) - before < 8 * 3 * len(cards)


async def _entries_read(connection: asyncpg.Connection) -> int:
    return await connection.fetchval(  # type: ignore[no-any-return]
        "select sum(idx_tup_read)::bigint from pg_stat_user_indexes where relid in "
        "(select inhrelid from pg_inherits where inhparent = 'ledger.posting'::regclass)"
    )


async def test_a_posting_on_a_closed_day_is_refused_even_without_a_journal(
    journal: Journal, pool: asyncpg.Pool, postgres: asyncpg.Connection
) -> None:
    first, second = await opened(pool, journal, 100, 100)
    await postgres.execute("insert into ledger.period values ('day', now()::date, now()::date, 'closed')")
    await postgres.execute("set role cardline_writer")
    with pytest.raises(asyncpg.PostgresError, match="the books are closed") as caught:
        await _post_beside_a_journal(postgres, first.account_id, second.account_id, "EUR")
    assert caught.value.sqlstate == "CL004"


async def test_a_posting_of_no_account_or_in_another_asset_than_its_accounts_is_refused(
    journal: Journal, pool: asyncpg.Pool, postgres: asyncpg.Connection
) -> None:
    first, second = await opened(pool, journal, 100, 100)
    await postgres.execute("set role cardline_writer")
    for account_id, asset in ((999_999_999_999, "EUR"), (first.account_id, "USD")):
        with pytest.raises(asyncpg.PostgresError, match="there is no account") as caught:
            await _post_beside_a_journal(postgres, account_id, second.account_id, asset)
        assert caught.value.sqlstate == "CL006"


async def _post_beside_a_journal(connection: asyncpg.Connection, debited: int, credited: int, asset: str) -> None:
    """Balanced and without a gap: what only the checks of day and account can refuse."""
    await connection.execute(
        "with b as (update ledger.balance set version = version + 1 where account_id in ($1, $2)) "
        f"insert into ledger.posting {POSTING} values (1, 0, now()::date, $1, $3, 'pending', 5, 2),"
        " (1, 1, now()::date, $2, $3, 'pending', -5, 2)",
        debited, credited, asset,
    )  # fmt: skip


async def test_no_balance_falls_below_its_floor_without_an_excuse(
    journal: Journal, pool: asyncpg.Pool, postgres: asyncpg.Connection
) -> None:
    (card,) = await opened(pool, journal, 100)
    with pytest.raises(asyncpg.CheckViolationError) as caught:
        await postgres.execute("update ledger.balance set holds = 101 where account_id = $1", card.account_id)
    assert caught.value.constraint_name == "balance_floor"


async def test_no_customer_holds_less_than_nothing(journal: Journal, pool: asyncpg.Pool, postgres: asyncpg.Connection) -> None:
    (card,) = await opened(pool, journal, 100)
    with pytest.raises(asyncpg.CheckViolationError) as caught:
        await postgres.execute("update ledger.balance set holds = -1 where account_id = $1", card.account_id)
    assert caught.value.constraint_name == "balance_holds"


async def test_the_writer_may_not_change_what_it_does_not_own(pool: asyncpg.Pool) -> None:
    for change in ("update ledger.balance set account_id = 1", "delete from ledger.balance", "update ledger.hold set account_id = 1",
                   "create table ledger.mine ()", "drop table ledger.posting", "delete from ledger.card"):  # fmt: skip
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await pool.execute(change)
