"""What the database itself refuses, whoever asks: changed facts (G7) and unbalanced journals (G6)."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from acceptance.issuer import HeldCard, Issuer
from acceptance.network import code, connection, purchase

WRITER, OWNER = "cardline_writer", "cardline_owner"
APPEND_ONLY, UNBALANCED, NO_PRIVILEGE = "CL002", "CL001", "42501"
CHANGES = ("update {} set amount = amount + 1", "delete from {}", "truncate {}", "truncate {} cascade")


@pytest.fixture
async def held(issuer: Issuer) -> HeldCard:
    """Its account has postings in both layers."""
    card = await issuer.card(balance_minor=100_00)
    async with connection(issuer.switch) as link:
        assert await code(link, purchase(card, 1_00)) == "00"
    return card


@pytest.fixture
async def books(issuer: Issuer, held: HeldCard) -> AsyncIterator[asyncpg.Connection]:
    connected = await asyncpg.connect(issuer.postgres_dsn)
    yield connected
    await connected.close()


async def refusal(books: asyncpg.Connection, role: str, *statements: str) -> str | None:
    """The SQLSTATE with which it is refused, None when it goes through. Nothing of it stays."""
    transaction = books.transaction()
    await transaction.start()
    try:
        await books.execute(f"set local role {role}")
        for statement in statements:
            await books.execute(statement)
    except asyncpg.PostgresError as error:
        return str(error.sqlstate)
    finally:
        await transaction.rollback()
    return None


async def partitions(books: asyncpg.Connection) -> list[str]:
    """Of the postings; the one that has rows comes first."""
    query = "select inhrelid::regclass::text from pg_inherits where inhparent = 'ledger.posting'::regclass"
    names = [row[0] for row in await books.fetch(query)]
    filled = await books.fetchval("select tableoid::regclass::text from ledger.posting limit 1")
    return sorted(names, key=lambda name: (name != filled, name))


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("role", [WRITER, OWNER])
async def test_postings_cannot_be_changed_in_the_parent_or_in_a_partition(
    books: asyncpg.Connection, role: str, change: str
) -> None:
    found = await partitions(books)
    assert len(found) >= 3
    refusals = {name: await refusal(books, role, change.format(name)) for name in ("ledger.posting", *found[:1])}
    assert set(refusals.values()) == {NO_PRIVILEGE if role == WRITER else APPEND_ONLY}, refusals
    if change.startswith("truncate"):  # of empty ones nothing could be updated or deleted
        assert {await refusal(books, role, change.format(name)) for name in found[1:]} == set(refusals.values())


@pytest.mark.parametrize("role", [WRITER, OWNER])
async def test_every_other_fact_is_kept_as_well(books: asyncpg.Connection, role: str) -> None:
    facts = ("journal", "authorization", "authorization_event", "outcome", "batch")
    statements = [f"delete from ledger.{fact}" for fact in facts] + [f"truncate ledger.{fact}" for fact in facts]
    refusals = {statement: await refusal(books, role, statement) for statement in statements}
    assert set(refusals.values()) == {NO_PRIVILEGE if role == WRITER else APPEND_ONLY}, refusals


def posted(table: str, held: HeldCard, *amounts: int) -> list[str]:
    """A journal on the account, one posting per amount, with balance and versions as they must be."""
    account = f"account_id = {held.account_id}"
    lines = [
        f"insert into {table} (journal_id, line, booking_date, account_id, asset, layer, amount, account_version) "
        f"values {', '.join(_line(held, number, amount) for number, amount in enumerate(amounts, start=1))}"
    ]
    return [f"update ledger.balance set version = version + {len(amounts)} where {account}", *lines]


def _line(held: HeldCard, number: int, amount: int) -> str:
    version = f"(select max(account_version) + {number} from ledger.posting where account_id = {held.account_id})"
    today = "(select max(booking_date) from ledger.posting)"
    return f"(1, {number}, {today}, {held.account_id}, 'EUR', 'posted', {amount}, {version})"


@pytest.mark.parametrize("role", [WRITER, OWNER])
async def test_a_journal_that_does_not_balance_is_refused(books: asyncpg.Connection, held: HeldCard, role: str) -> None:
    assert await refusal(books, role, *posted("ledger.posting", held, 5, -5)) is None
    assert await refusal(books, role, *posted("ledger.posting", held, 5, -4)) == UNBALANCED
    assert await refusal(books, role, *posted("ledger.posting", held, 5)) == UNBALANCED


async def test_a_partition_is_no_way_around_the_balance(books: asyncpg.Connection, held: HeldCard) -> None:
    partition = (await partitions(books))[0]
    assert await refusal(books, WRITER, *posted(partition, held, 5, -5)) == NO_PRIVILEGE
    assert await refusal(books, OWNER, *posted(partition, held, 5, -5)) is None
    assert await refusal(books, OWNER, *posted(partition, held, 5, -4)) == UNBALANCED


async def test_the_application_writes_as_the_role_that_may_not(issuer: Issuer, books: asyncpg.Connection) -> None:
    """The switch's own connections have taken such a role for good; the verifier's may write nothing but its own notes."""
    query = (
        "select application_name from pg_stat_activity where datname = current_database() and application_name like 'cardline%'"
    )
    proving = {"cardline verifier", "cardline proofs"}
    assert {row[0] for row in await books.fetch(query)} - proving == {"cardline writer", "cardline reader"}
    written = await books.fetch("select distinct layer from report.posting order by 1")
    assert [row[0] for row in written] == ["pending", "posted"]
