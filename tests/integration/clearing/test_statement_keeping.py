"""Bank statements in a real database: kept once and sealed, booked once, refused with nothing but their refusal."""

from collections.abc import AsyncIterator
from datetime import date
from hashlib import sha256

import asyncpg
import pytest
from unit.clearing.settlement.test_camt053 import document, entry, statement

from cardline.network.seed import Silent
from clearing.errors import SettlementError
from clearing.intake.sealing import FileSealer
from clearing.settlement.bank_statements import Unreadable
from clearing.settlement.keeping import AlreadyKept, Kept, book_entries, keep_statements
from clearing.statements import statement as query
from ledger.journal import Journal

KEY = bytes(range(32))
DAY = date(2026, 11, 26)
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


async def test_a_refused_statement_leaves_its_refusal_and_nothing_else_and_may_come_again(writer: asyncpg.Connection) -> None:
    off = "opening balance and entries do not make the closing balance: off by "
    refused = (
        (document(statement(entry(-250), closing=1)), "statement 1: Bal", f"{off}-7.49 EUR"),
        (document(statement(), message="BkToCstmrAcctRpt", kind="052"), None,
         "a camt.052 report of a day that is not over, not a camt.053 statement"),
        (document(statement(), statement(account="<IBAN>DE02</IBAN>", opening=1, closing=2)), "statement 2: Bal",
         f"{off}0.01 EUR"),
        (PAID.replace(b"2026-11-26", b"2626-11-26"), "statement 1: Bal CLBD", "it closes on 2626-11-26, more than 366 days from now"),
        (PAID[:-9], "line 1, column 881", "no well-formed XML, or cut off"),
        (b"<!DOCTYPE d [<!ENTITY a 'aa'>]><Document>&a;</Document>", None,
         "XML with a document type, entities or an encoding that is not taken"),
        (b"<Document>" * 5_000, None, "elements nested deeper than 100"),
    )  # fmt: skip
    for content, place, why in (*refused, *refused):  # the same file again says the same
        found = await take(writer, content)
        assert isinstance(found, Unreadable)
        assert (found.place or None, found.why) == (place, why)
    assert await counts(writer) == (0, 0, 0)
    rows = await writer.fetch("select * from report.clearing_refusal order by refusal_id")
    told = [(row["kind"], row["actor"], row["sha256"], row["place"], row["reason"]) for row in rows]
    assert told == [("bank_statement", "treasurer", sha256(content).hexdigest(), *said) for content, *said in refused] * 2
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


async def test_a_statement_sent_again_under_another_id_is_refused_and_books_nothing_twice(
    writer: asyncpg.Connection, journal: Journal
) -> None:
    await take(writer, PAID)
    again = await take(writer, PAID.replace(b"<Id>S1</Id>", b"<Id>S2</Id>"), "again.xml")
    assert again == Unreadable("again.xml", "statement 1", "the same balances and entries of that day are there as S1")
    (row,) = await writer.fetch("select * from report.clearing_refusal")
    assert (row["name"], row["place"], row["reason"]) == ("again.xml", "statement 1", again.why)
    later = document(statement(entry(50), opening=850, closing=900).replace("<Id>S1</Id>", "<Id>S3</Id>"))
    assert isinstance(await take(writer, later), Kept)
    assert await book_entries(writer, journal) == 3


async def test_a_second_statement_of_a_day_goes_on_where_the_first_ended(writer: asyncpg.Connection) -> None:
    await take(writer, document(statement(closing=1000)).replace(b"2026-11-26", b"2026-11-25").replace(b">S1<", b">S0<"))
    await take(writer, PAID)
    await take(writer, document(statement(entry(50), opening=850, closing=900)).replace(b">S1<", b">S2<"))
    assert await writer.fetch(query("statement_gaps"), DAY) == []
    await take(writer, document(statement(entry(50), opening=870, closing=920)).replace(b">S1<", b">S3<"))
    assert [row["reference"] for row in await writer.fetch(query("statement_gaps"), DAY)] == ["S3"]


@pytest.mark.parametrize("content", [PAID.replace(b">S1<", b">" + b"S" * 5_000 + b"<"), PAID.replace(b"DE02", b"D" * 5_000)])
async def test_names_longer_than_any_bank_gives_are_refused(writer: asyncpg.Connection, content: bytes) -> None:
    found = await take(writer, content)
    assert isinstance(found, Unreadable)
    assert "longer than" in found.reason
    assert await counts(writer) == (0, 0, 0)


async def test_an_entry_that_the_books_refuse_keeps_no_other_from_being_booked(
    writer: asyncpg.Connection, journal: Journal, postgres: asyncpg.Connection
) -> None:
    await take(writer, PAID)
    await postgres.execute("update ledger.account set status = 'closed' where kind = 'suspense' and asset = 'EUR'")
    other = document(statement(entry(-250).replace("EUR0000001/26112601", "CHARGES"), opening=850, closing=600))
    await take(writer, other.replace(b">S1<", b">S2<"))
    with pytest.raises(SettlementError, match="statement S2, entry 1: the books say closed_account"):
        await book_entries(writer, journal)
    assert await writer.fetchval("select count(*) from clearing.bank_booking") == 2
