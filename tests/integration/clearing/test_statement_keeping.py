"""Bank statements in a real database: kept once and sealed, booked once, refused without a trace."""

from collections.abc import AsyncIterator
from datetime import date

import asyncpg
import pytest
from unit.clearing.settlement.test_camt053 import document, entry, statement

from cardline.network.seed import Silent
from clearing.intake.sealing import FileSealer
from clearing.settlement.bank_statements import Unreadable
from clearing.settlement.keeping import AlreadyKept, Kept, book_entries, keep_statements
from ledger.journal import Journal

KEY = bytes(range(32))
PAID = document(statement(entry(-250), entry(100), closing=850))


@pytest.fixture
async def writer(postgres_dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(postgres_dsn, server_settings={"role": "cardline_writer"})
    yield connection
    await connection.close()


@pytest.fixture
async def journal(postgres_dsn: str) -> AsyncIterator[Journal]:
    leased = Journal(postgres_dsn, Silent())
    await leased.start()
    yield leased
    await leased.close()


async def take(
    connection: asyncpg.Connection, content: bytes, name: str = "day.xml", **accounts: str
) -> Kept | AlreadyKept | Unreadable:
    return await keep_statements(connection, content, name, key=KEY, actor="treasurer", accounts=accounts)


async def balances(connection: asyncpg.Connection) -> dict[str, int]:
    """Debit positive, of the roles that moved."""
    rows = await connection.fetch(
        "select a.kind, sum(p.amount) as net from ledger.posting p join ledger.account a using (account_id) group by 1"
    )
    return {row["kind"]: row["net"] for row in rows if row["net"]}


async def counts(connection: asyncpg.Connection) -> tuple[int, ...]:
    row = await connection.fetchrow(
        "select (select count(*) from clearing.statement_file), (select count(*) from clearing.bank_entry), "
        "(select count(*) from ledger.audit where action = 'bank_statement_taken')"
    )
    return tuple(row)


async def test_a_statement_is_kept_sealed_and_its_entries_are_booked_once(
    writer: asyncpg.Connection, journal: Journal, postgres: asyncpg.Connection
) -> None:
    assert isinstance(await take(writer, PAID), Kept)
    assert [await book_entries(writer, journal) for _ in range(2)] == [2, 0]
    assert await balances(writer) == {"network_settlement": 150, "bank": -150}
    assert isinstance(await take(writer, PAID, "again.xml"), AlreadyKept)
    assert await counts(writer) == (1, 2, 1)
    row = await postgres.fetchrow("select sha256, sealed from clearing.statement_file")
    assert (PAID in row["sealed"], FileSealer(KEY, row["sha256"], 1).open(0, row["sealed"])) == (False, PAID)
    shown = await postgres.fetch("select amount, service, settles_on, cycle, role from report.bank_entry order by number")
    assert tuple(shown[0]) == (-250, "EUR0000001", date(2026, 11, 26), 1, "network_settlement")


async def test_whoever_is_cut_off_before_it_is_written_down_books_nothing_twice(
    writer: asyncpg.Connection, journal: Journal, superuser_dsn: str
) -> None:
    await take(writer, PAID)
    await book_entries(writer, journal)
    breaker = await asyncpg.connect(superuser_dsn, server_settings={"session_replication_role": "replica"})
    await breaker.execute("delete from clearing.bank_booking")
    await breaker.close()
    assert await book_entries(writer, journal) == 2
    assert await balances(writer) == {"network_settlement": 150, "bank": -150}


async def test_what_names_no_settlement_waits_in_suspense(writer: asyncpg.Connection, journal: Journal) -> None:
    charge = entry(-250).replace("EUR0000001/26112601", "CHARGES")
    await take(writer, document(statement(charge, closing=750)))
    await book_entries(writer, journal)
    assert await balances(writer) == {"suspense": 250, "bank": -250}


async def test_a_refused_statement_leaves_nothing_and_may_come_again(writer: asyncpg.Connection) -> None:
    for content, said in (
        (document(statement(entry(-250), closing=1)), "do not make the closing balance"),
        (document(statement(), message="BkToCstmrAcctRpt", kind="052"), "camt.052"),
        (document(statement(), statement(account="<IBAN>DE02</IBAN>", opening=1, closing=2)), "statement 2"),
    ):
        found = await take(writer, content)
        assert isinstance(found, Unreadable)
        assert said in found.reason
    assert await counts(writer) == (0, 0, 0)
    assert isinstance(await take(writer, PAID), Kept)


async def test_another_account_is_refused_whether_named_or_learned(writer: asyncpg.Connection) -> None:
    named = await take(writer, PAID, EUR="DE99")
    assert isinstance(named, Unreadable)
    assert named.reason == "day.xml: statement 1: Acct/Id: not the account that we settle over in EUR"
    await take(writer, PAID)
    other = await take(writer, document(statement(account="<IBAN>DE03</IBAN>")))
    assert isinstance(other, Unreadable)
    same_id = await take(writer, document(statement(entry(1), closing=1001)))
    assert isinstance(same_id, Unreadable)
    assert "there with other content" in same_id.reason


async def test_a_kept_statement_cannot_be_changed(writer: asyncpg.Connection, postgres: asyncpg.Connection) -> None:
    await take(writer, PAID)
    for change in (
        "update clearing.bank_entry set minor = 1",
        "delete from clearing.bank_statement",
        "truncate clearing.statement_file cascade",
    ):
        with pytest.raises(asyncpg.PostgresError, match=r"append-only"):
            await postgres.execute(change)
