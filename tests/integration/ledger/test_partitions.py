"""A missing month is made again, seen from outside, and never a reason to decline."""

from datetime import UTC, date, datetime, timedelta

import asyncpg
import pytest
from integration.ledger.conftest import OpenJournal, opened, spend

from cardline.metrics import Metrics
from cardline.running.housekeeping import Warnings, keep_partitions
from ledger import partitions
from ledger.closing import close
from ledger.journal import Journal
from ledger.periods import Period
from ledger.verdicts import Verdict
from ledger.verify import verify

PARENTS = ("authorization", "authorization_event", "journal", "message", "outcome", "posting")


@pytest.fixture
def today() -> date:
    return datetime.now(UTC).date()


async def states(connection: asyncpg.Connection, day: date) -> dict[str, partitions.PartitionedTable]:
    return {table.parent: table for table in await partitions.tables(connection, day)}


async def drop_months_after(superuser: asyncpg.Connection, day: date) -> None:
    rows = await superuser.fetch(
        "select inhrelid::regclass::text as name from pg_inherits where inhparent::regclass::text like 'ledger.%'"
    )
    this_month = f"{day:%Y_%m}"
    for name in (row["name"] for row in rows):
        if name[-7:] > this_month and name[-7:].replace("_", "").isdigit():
            await superuser.execute(f"drop table {name}")


async def test_all_months_ahead_are_there_after_a_migration(postgres: asyncpg.Connection, today: date) -> None:
    found = await states(postgres, today)
    assert tuple(found) == PARENTS
    assert {parent: table.months_ahead for parent, table in found.items()} == dict.fromkeys(PARENTS, 2) | {"outcome": 8}
    assert all(table.missing == () and table.warning is None for table in found.values())


async def test_a_gap_counts_as_the_end_of_what_is_ahead(postgres: asyncpg.Connection, superuser_dsn: str, today: date) -> None:
    following = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    superuser = await asyncpg.connect(superuser_dsn)
    await superuser.execute(f"drop table ledger.journal_{following:%Y_%m}")
    await superuser.close()
    journal = (await states(postgres, today))["journal"]
    assert (journal.months_ahead, journal.missing) == (0, (f"journal_{following:%Y_%m}",))
    assert journal.warning == f"partitions: ledger.journal lacks journal_{following:%Y_%m}"


@pytest.mark.parametrize("fact", ["posting", "journal", "authorization", "authorization_event", "outcome"])
async def test_a_payment_is_approved_although_its_partition_is_missing(
    journal: Journal, pool: asyncpg.Pool, superuser_dsn: str, today: date, fact: str
) -> None:
    (card,) = await opened(pool, journal, 1000)
    superuser = await asyncpg.connect(superuser_dsn)
    await superuser.execute(f"alter table ledger.{fact} detach partition ledger.{fact}_{today:%Y_%m}")
    assert (await journal.record(spend(card, 10))).verdict is Verdict.APPROVED
    assert await superuser.fetch("select 1 from ledger.dead_letter") == []
    assert await verify(superuser) == []
    await superuser.close()


async def test_a_partition_that_comes_back_is_guarded_as_before(
    journal: Journal, pool: asyncpg.Pool, postgres: asyncpg.Connection, superuser_dsn: str, today: date
) -> None:
    (card,) = await opened(pool, journal, 1000)
    superuser = await asyncpg.connect(superuser_dsn)
    partition = f"ledger.posting_{today:%Y_%m}"
    await superuser.execute(f"alter table ledger.posting detach partition {partition}")
    await superuser.close()
    await journal.record(spend(card, 10))
    for change in (f"update {partition} set amount = 1", f"delete from {partition}", f"truncate {partition}"):
        with pytest.raises(asyncpg.PostgresError, match="append-only"):
            await postgres.execute(change)
    with pytest.raises(asyncpg.PostgresError, match="is off by 5"):
        await postgres.execute(f"insert into {partition} values (1, 0, $1, $2, 'EUR', 'pending', 5, 3)", today, card.account_id)


async def test_a_new_month_of_every_table_has_its_guards(postgres: asyncpg.Connection, pool: asyncpg.Pool) -> None:
    await postgres.execute("select ledger.make_partitions('2031-05-01')")
    for parent in PARENTS:
        partition = f"ledger.{parent}_2031_05"
        with pytest.raises(asyncpg.PostgresError, match="append-only"):
            await postgres.execute(f"truncate {partition}")
        for forbidden in (f"insert into {partition} default values", f"select from {partition}", f"delete from {partition}"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await pool.execute(forbidden)
    triggers = await postgres.fetch(
        "select tgrelid::regclass::text as name, tgname from pg_trigger where tgrelid::regclass::text like 'ledger.%2031_05'"
    )
    found = {(row["name"], row["tgname"]) for row in triggers}
    expected = {(f"ledger.{parent}_2031_05", name) for parent in PARENTS for name in ("append_only", "no_truncate")}
    of_parents = {("posting", "balanced"), ("posting", "in_open_period"), ("journal", "in_open_period")}
    assert found == expected | {(f"ledger.{parent}_2031_05", name) for parent, name in of_parents}


async def test_a_command_whose_key_has_no_month_at_all_is_a_dead_letter_and_the_rest_goes_on(
    journal: Journal, pool: asyncpg.Pool
) -> None:
    (card,) = await opened(pool, journal, 1000)
    astray = spend(card, 10)
    astray.request.key.date = date(2001, 1, 1)
    with pytest.raises(Exception, match="CheckViolationError"):
        await journal.record(astray)
    assert (await journal.record(spend(card, 10))).verdict is Verdict.APPROVED


async def test_the_last_day_of_a_month_can_be_closed_when_nothing_is_ready_for_the_next(
    open_journal: OpenJournal, pool: asyncpg.Pool, postgres: asyncpg.Connection, superuser_dsn: str, today: date
) -> None:
    following = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    last_day = following - timedelta(days=1)
    journal = await open_journal()
    (card,) = await opened(pool, journal, 1000)
    superuser = await asyncpg.connect(superuser_dsn)
    await drop_months_after(superuser, today)
    await superuser.execute("alter table ledger.period disable trigger not_far_ahead")  # the test's last day may be
    await superuser.close()
    await close(postgres, Period.day(last_day), actor="ann", reason="", today=last_day)
    assert (await journal.record(spend(card, 10))).verdict is Verdict.APPROVED
    assert await postgres.fetchval("select max(booking_date) from ledger.journal") == following
    assert (await states(postgres, following))["journal"].months_ahead == 2
    assert await verify(postgres) == []


async def test_housekeeping_makes_what_is_missing_and_warns_of_what_it_cannot_make(
    pool: asyncpg.Pool, postgres: asyncpg.Connection, superuser_dsn: str, today: date
) -> None:
    metrics, warnings = Metrics(), Warnings()
    superuser = await asyncpg.connect(superuser_dsn)
    await drop_months_after(superuser, today)

    def ahead() -> float | None:
        return metrics.registry.get_sample_value("cardline_partitions_ahead_months", {"table": "journal"})

    await superuser.execute("revoke execute on function ledger.make_partitions(date) from cardline_writer")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await keep_partitions(pool, metrics, warnings)
    assert ahead() == 0
    assert len(warnings.lines()) == len(PARENTS)

    await superuser.execute("grant execute on function ledger.make_partitions(date) to cardline_writer")
    await keep_partitions(pool, metrics, warnings)
    assert ahead() == 2
    assert warnings.lines() == []
    await superuser.close()
