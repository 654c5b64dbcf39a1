"""The chart of accounts in the database: applied, kept for ever, summed."""

import os
from dataclasses import replace
from datetime import UTC, datetime

import asyncpg
import pytest
from integration.ledger.conftest import OpenJournal, opened

from cardline.schema import packaged_chart
from ledger.chart import Chart, Role
from ledger.commands import RepeatKey
from ledger.errors import ChartError
from ledger.journal import Journal
from ledger.migrate import migrate
from ledger.money import ASSETS
from ledger.recipes import RECIPES
from ledger.recipes.entry import book_of


def changed(name: str, /, **values: object) -> Chart:
    chart = packaged_chart()
    return replace(chart, roles=tuple(replace(r, **values) if r.role == name else r for r in chart.roles))  # type: ignore[arg-type]


async def test_the_table_of_assets_is_the_one_in_the_code(postgres: asyncpg.Connection) -> None:
    rows = await postgres.fetch("select asset, exponent, kind, numeric_code from ledger.asset")
    assert {tuple(row) for row in rows} == {(a.code, a.exponent, a.kind.value, a.numeric) for a in ASSETS.values()}


async def test_the_chart_is_in_the_books_and_applying_it_again_changes_nothing(
    postgres_dsn: str, postgres: asyncpg.Connection
) -> None:
    rows = await postgres.fetch("select role, number, name, type, normal_side, holder, parent, floor from report.chart")
    chart = packaged_chart()
    assert {Role(r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7]) for r in rows} == set(chart.roles)
    assert await migrate(postgres_dsn, chart) == []


async def test_a_new_name_or_group_is_applied(postgres_dsn: str, postgres: asyncpg.Connection) -> None:
    assert await migrate(postgres_dsn, changed("suspense", name="Unmatched", parent="assets")) == ["chart_of_accounts.toml"]
    row = await postgres.fetchrow("select name, parent from report.chart where role = 'suspense'")
    assert tuple(row) == ("Unmatched", "assets")


@pytest.mark.parametrize(
    ("role", "values", "fault"),
    [
        ("bank", {"number": 50}, "role.bank.number: is 3 in the books"),
        ("bank", {"normal_side": "credit"}, "role.bank.normal_side: is debit in the books"),
        ("assets", {"holder": "system"}, "role.assets.holder: is group in the books"),
        ("bank", {"role": "vault"}, "role.vault.number: 3 belongs to bank"),
    ],
)
async def test_what_accounts_refer_to_stays(postgres_dsn: str, role: str, values: dict[str, object], fault: str) -> None:
    with pytest.raises(ChartError, match=fault):
        await migrate(postgres_dsn, changed(role, **values))


@pytest.mark.parametrize("role", ["cardline_owner", "cardline_writer"])
@pytest.mark.parametrize(
    "change",
    [
        "update ledger.chart set number = 77 where role = 'bank'",
        "delete from ledger.chart where role = 'suspense'",
        "truncate ledger.chart",
    ],
)
async def test_the_database_keeps_roles_too(postgres: asyncpg.Connection, role: str, change: str) -> None:
    await postgres.execute(f"set role {role}")
    with pytest.raises(asyncpg.PostgresError, match=r"keeps its number|permission denied|append-only|cannot truncate"):
        await postgres.execute(change)


async def test_a_leased_stream_has_a_stripe_of_every_role_in_every_asset(
    open_journal: OpenJournal, postgres: asyncpg.Connection
) -> None:
    journal = await open_journal()
    roles = await postgres.fetchval("select count(*) from report.chart where holder = 'system'")
    made = await postgres.fetchval(
        "select count(*) from ledger.account join ledger.balance using (account_id) where stripe = $1", journal.stream
    )
    assert made == roles * len(ASSETS)


async def test_the_stripes_of_a_stream_that_nobody_has_leased_wait(journal: Journal, postgres: asyncpg.Connection) -> None:
    unused = await postgres.fetchval("select count(*) from ledger.account where stripe = 63 and kind = 'suspense'")
    assert (journal.stream, unused) == (0, 0)


async def test_groups_sum_their_members_and_the_roots_sum_to_zero(
    journal: Journal, pool: asyncpg.Pool, postgres: asyncpg.Connection
) -> None:
    await opened(pool, journal, 100, 250)
    rows = await postgres.fetch("select role, balance, net, parent from report.chart_balance where asset = 'EUR'")
    balances = {row["role"]: row["balance"] for row in rows}
    assert [balances[role] for role in ("customer_debit", "deposits", "liabilities", "bank", "assets")] == [350] * 5
    assert sum(row["net"] for row in rows if row["parent"] is None) == 0


async def test_stripes_of_a_role_are_one_account_of_the_trial_balance(
    journal: Journal, open_journal: OpenJournal, pool: asyncpg.Pool, postgres: asyncpg.Connection
) -> None:
    """Two streams book on stripes of their own: what one takes and the other gives back is nothing."""
    await opened(pool, journal, 100, 250)
    for stream, entry in (
        (journal, RECIPES["park_receipt"]("EUR", 70)),
        (await open_journal(), RECIPES["park_payment"]("EUR", 70)),
    ):
        now = datetime.now(UTC)
        outcome = await stream.record(book_of(entry, key=RepeatKey(os.urandom(16), now.date()), actor="clerk", at=now))
        assert outcome.journal_id is not None
    rows = await postgres.fetch("select role, debits, credits from report.role_balance where asset = 'EUR' and layer = 'posted'")
    assert {row["role"]: tuple(row)[1:] for row in rows if row["debits"] or row["credits"]} == {
        "bank": (350, 0),
        "customer_debit": (0, 350),
    }
    (total,) = await postgres.fetch("select debits, credits from report.trial_balance where layer = 'posted'")
    assert tuple(total) == (350, 350)
