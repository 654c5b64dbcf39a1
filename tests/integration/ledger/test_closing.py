"""Days and months are closed for good, while others write, and the seals say what the postings say."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from integration.ledger.conftest import OpenJournal, digest, key, opened, release, spend

from ledger.closing import Closed, Refused, Reopened, close, periods, reopen
from ledger.commands import Book, Layer, Line, Outcome
from ledger.journal import Journal
from ledger.periods import Period, PeriodRow, PeriodStatus, balances_of
from ledger.seals import heads_text, make_seal, next_seal
from ledger.verdicts import Verdict
from ledger.verify import verify


@pytest.fixture
async def closer(postgres_dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(postgres_dsn, server_settings={"role": "cardline_closer"})
    yield connection
    await connection.close()


@pytest.fixture
def today() -> date:
    return datetime.now(UTC).date()


async def closed(connection: asyncpg.Connection, period: Period | str, day: date) -> Closed:
    wanted = Period.parse(period) if isinstance(period, str) else period
    result = await close(connection, wanted, actor="ann", reason="end of day", today=day)
    assert isinstance(result, Closed), result
    return result


async def booked_on(connection: Any) -> list[date]:
    return [row[0] for row in await connection.fetch("select distinct booking_date from ledger.journal order by 1")]


async def test_closing_today_moves_the_books_to_tomorrow_and_nobody_is_declined(
    journal: Journal, pool: asyncpg.Pool, closer: asyncpg.Connection, today: date
) -> None:
    (card,) = await opened(pool, journal, 1000)
    await closed(closer, Period.day(today), today)
    outcome = await journal.record(spend(card, 10))
    assert outcome.verdict is Verdict.APPROVED
    assert await booked_on(closer) == [today, today + timedelta(days=1)]
    assert await closer.fetch("select 1 from ledger.dead_letter") == []
    assert await verify(closer) == []


async def test_running_writers_notice_at_once_that_today_was_reopened(
    open_journal: OpenJournal, pool: asyncpg.Pool, closer: asyncpg.Connection, today: date
) -> None:
    journals = [await open_journal(), await open_journal()]
    cards = await opened(pool, journals[0], *[1000] * 8)
    days = []
    for change in (
        close(closer, Period.day(today), actor="ann", reason="end of day", today=today),
        reopen(closer, Period.day(today), actor="bob", reason="too early"),
    ):
        assert not isinstance(await change, Refused)
        seen = datetime.now(UTC)
        for journal in journals:
            for card in cards:
                await journal.record(spend(card, 1))
        booked = await closer.fetch("select stream, booking_date from ledger.journal where booked_at > $1 group by 1, 2", seen)
        assert len(booked) == len({row["stream"] for row in booked}) > 1
        days.append({row["booking_date"] for row in booked})
    assert days == [{today + timedelta(days=1)}, {today}]
    assert await verify(closer) == []


async def test_a_booking_that_insists_on_a_past_day_is_booked_on_it_once_it_was_reopened(
    journal: Journal, pool: asyncpg.Pool, closer: asyncpg.Connection, today: date
) -> None:
    (card,) = await opened(pool, journal, 1000)
    past = today - timedelta(days=100)  # whose partitions nobody has made

    def fee(name: str) -> Book:
        now = datetime.now(UTC)
        lines = (Line(card.account_id, "EUR", Layer.POSTED, 5), Line("bank", "EUR", Layer.POSTED, -5))
        return Book(key(name, now), digest(name), "fee", "forgotten", "clerk", past, now, lines, booking_date=past)

    never_closed = await journal.record(fee("never closed"))
    await closed(closer, Period.day(past), today)
    still_closed = await journal.record(fee("still closed"))
    await reopen(closer, Period.day(past), actor="bob", reason="a forgotten fee")
    together = await asyncio.gather(
        *(journal.record(command) for command in (spend(card, 1), fee("a"), spend(card, 1), fee("b"), spend(card, 1)))
    )
    assert [(o.verdict, o.reason) for o in (never_closed, still_closed)] == [(Verdict.REFUSED, "closed_period")] * 2
    assert {outcome.verdict for outcome in together} == {Verdict.APPROVED, Verdict.ACCEPTED}
    booked = await closer.fetch(
        "select booking_date, count(*) from ledger.journal where kind in ('fee', 'hold') group by 1 order by 1"
    )
    assert [tuple(row) for row in booked] == [(past, 2), (today, 3)]
    (seal,) = (await closed(closer, Period.day(past), today)).seals
    assert (seal.supersedes, balances_of(seal.text)[("bank", "EUR", "posted")]) == (1, -10)
    assert (await journal.record(fee("closed again"))).reason == "closed_period"
    assert (await journal.record(fee("a"))).is_repeat
    assert await verify(closer) == []


async def test_a_late_item_keeps_its_own_value_date(
    journal: Journal, pool: asyncpg.Pool, closer: asyncpg.Connection, today: date
) -> None:
    (card,) = await opened(pool, journal, 1000)
    await closed(closer, Period.day(today), today)
    late = spend(card, 10)
    sent_yesterday = replace(late.request, transmitted_at=late.request.transmitted_at - timedelta(days=1))
    await journal.record(replace(late, request=sent_yesterday))
    row = await closer.fetchrow("select booking_date, value_date from ledger.journal order by journal_id desc limit 1")
    assert tuple(row) == (today + timedelta(days=1), today - timedelta(days=1))


async def test_every_journal_of_two_busy_writers_is_sealed_or_booked_later(
    journal: Journal, open_journal: OpenJournal, pool: asyncpg.Pool, closer: asyncpg.Connection, today: date
) -> None:
    cards = await opened(pool, journal, *[10_000] * 4)
    writers = (journal, await open_journal())
    is_closed = asyncio.Event()

    async def spend_on(number: int) -> list[Outcome]:
        outcomes = []
        while not is_closed.is_set() or len(outcomes) < 30:
            outcomes.append(await writers[number % 2].record(spend(cards[number % 4], 1)))
        return outcomes

    async def close_today() -> Closed:
        while await closer.fetchval("select count(*) from ledger.journal") < 50:
            pass
        result = await closed(closer, Period.day(today), today)
        is_closed.set()
        return result

    result, *spent = await asyncio.gather(close_today(), *(spend_on(n) for n in range(8)))
    assert {outcome.verdict for outcomes in spent for outcome in outcomes} == {Verdict.APPROVED}
    assert await booked_on(closer) == [today, today + timedelta(days=1)]
    sums = await closer.fetch(
        "select a.kind, p.asset, p.layer, sum(p.amount) as amount from ledger.posting p join ledger.account a using (account_id)"
        " where p.booking_date <= $1 group by 1, 2, 3", today,
    )  # fmt: skip
    assert balances_of(result.seals[0].text) == {(r["kind"], r["asset"], r["layer"]): r["amount"] for r in sums}
    assert await verify(closer) == []


async def test_the_database_itself_refuses_a_journal_on_or_before_the_last_closed_day(
    journal: Journal, pool: asyncpg.Pool, postgres: asyncpg.Connection, closer: asyncpg.Connection, today: date
) -> None:
    await opened(pool, journal, 100)
    await closed(closer, Period.day(today), today)
    partition = await postgres.fetchval("select tableoid::regclass::text from ledger.journal limit 1")
    for target in ("ledger.journal", partition):
        for day in (today, today.replace(day=1)):
            with pytest.raises(asyncpg.PostgresError, match="closed up to a day") as caught:
                await postgres.execute(
                    f"insert into {target} select 1, $1, $1, 'hold', 'by hand', now(), now(), 'owner', null, null, null, null, 0, 0",
                    day,
                )
            assert caught.value.sqlstate == "CL004"


async def test_closing_twice_seals_once(closer: asyncpg.Connection, postgres_dsn: str, today: date) -> None:
    other = await asyncpg.connect(postgres_dsn)
    results = await asyncio.gather(*(closed(connection, Period.day(today), today) for connection in (closer, other)))
    await other.close()
    assert sorted(len(result.seals) for result in results) == [0, 1]
    assert await closer.fetchval("select count(*) from ledger.period_seal") == 1
    assert await closer.fetchval("select count(*) from ledger.audit where action = 'period_closed'") == 1


async def test_a_day_that_has_not_begun_is_refused(closer: asyncpg.Connection, today: date) -> None:
    result = await close(closer, Period.day(today + timedelta(days=1)), actor="ann", reason="", today=today)
    assert isinstance(result, Refused)
    assert await periods(closer) == []


async def test_reopening_leaves_the_old_seal_and_the_next_close_supersedes_it(
    open_journal: OpenJournal, journal: Journal, pool: asyncpg.Pool, closer: asyncpg.Connection, today: date
) -> None:
    (card,) = await opened(pool, journal, 1000)
    day, last_month = Period.day(today), Period.parse((today.replace(day=1) - timedelta(days=1)).strftime("%Y-%m"))
    await closed(closer, last_month, today)
    await closed(closer, day, today)
    reopened = await reopen(closer, last_month, actor="bob", reason="late invoice")
    assert reopened == Reopened((last_month, day))
    await (await open_journal()).record(spend(card, 10))
    assert await booked_on(closer) == [today]
    assert await verify(closer) == []

    seals = (await closed(closer, day, today)).seals
    assert [(seal.number, seal.period, seal.supersedes) for seal in seals] == [(3, last_month, 1), (4, day, 2)]
    assert balances_of(seals[1].text)[("customer", "EUR", "pending")] == 10
    assert await verify(closer) == []
    trail = await closer.fetch(
        "select actor, action, subject, reason from report.audit where action = 'period_reopened' order by at"
    )
    assert [tuple(row) for row in trail] == [
        ("bob", "period_reopened", f"{period.kind} {period}", "late invoice") for period in reopened.periods
    ]


async def test_what_is_open_cannot_be_reopened(closer: asyncpg.Connection, today: date) -> None:
    assert await reopen(closer, Period.day(today), actor="bob", reason="") == Refused(f"{today} is not closed")


async def test_a_month_closes_the_days_in_it(
    closer: asyncpg.Connection, journal: Journal, pool: asyncpg.Pool, today: date
) -> None:
    await opened(pool, journal, 100)
    first = today.replace(day=1)
    month = Period.parse((first - timedelta(days=1)).strftime("%Y-%m"))
    await closed(closer, month, first)
    assert await closer.fetchval("select ledger.booking_date($1)", first - timedelta(days=14)) == first
    assert await periods(closer) == [PeriodRow(month, PeriodStatus.CLOSED)]


async def test_a_close_that_was_killed_is_continued(
    journal: Journal, pool: asyncpg.Pool, closer: asyncpg.Connection, postgres: asyncpg.Connection, postgres_dsn: str, today: date
) -> None:
    (card,) = await opened(pool, journal, 1000)
    transaction = postgres.transaction()
    await transaction.start()
    await postgres.execute("select from ledger.stream_head where stream = 63 for no key update")
    command = (sys.executable, "-m", "cardline", "ledger", "close", str(today))
    killed = await asyncio.create_subprocess_exec(*command, env={"CARDLINE_POSTGRES_DSN": postgres_dsn})
    while await periods(closer) != [PeriodRow(Period.day(today), PeriodStatus.CLOSING)]:
        assert killed.returncode is None
        await asyncio.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    await killed.wait()
    await transaction.rollback()

    assert (await journal.record(spend(card, 10))).verdict is Verdict.APPROVED
    assert await booked_on(closer) == [today, today + timedelta(days=1)]
    assert await closer.fetch("select 1 from ledger.period_seal") == []
    assert len((await closed(closer, Period.day(today), today)).seals) == 1
    assert await verify(closer) == []


async def test_a_seal_is_carried_on_from_the_one_before(
    journal: Journal, pool: asyncpg.Pool, closer: asyncpg.Connection, today: date
) -> None:
    (card,) = await opened(pool, journal, 1000)
    spent = spend(card, 300)
    await journal.record(spent)
    first = (await closed(closer, Period.day(today), today)).seals[0]
    await journal.record(release(card, spent, 100))
    second = (await closed(closer, Period.day(today + timedelta(days=1)), today + timedelta(days=1))).seals[0]
    pending = ("customer", "EUR", "pending")
    assert (balances_of(first.text)[pending], balances_of(second.text)[pending]) == (300, 100)
    assert await verify(closer) == []


@pytest.mark.parametrize(
    ("tampering", "proof"),
    [
        ("update ledger.period_seal set text = replace(text, '|-1000', '|-999')", "period_seals"),
        ("update ledger.period_seal set closed_by = 'eve'", "period_seals"),
        ("update ledger.period_seal set hash = sha256(hash) where seal = 1", "period_seals"),
        ("delete from ledger.period_seal where seal = 1", "period_seals"),
        ("delete from ledger.period_seal where seal = 2", "period_seals"),
        ("update ledger.posting set amount = 2 * amount", "period_seals"),
        ("update ledger.journal set booking_date = booking_date + 1", "chain"),
        ("update ledger.batch set booking_date = booking_date + 1", "chain"),
        ("update ledger.period set ends = ends - 1 where kind = 'month'", "period_seals"),
        ("update ledger.period set status = 'open' where kind = 'day'", "period_seals"),
        ("delete from ledger.audit where action = 'period_closed' and subject like 'day%'", "period_seals"),
        ("update ledger.audit set action = 'period_reopened' where action = 'period_closed'", "period_seals"),
    ],
)  # fmt: skip
async def test_a_tampered_seal_is_found(
    journal: Journal, pool: asyncpg.Pool, closer: asyncpg.Connection, superuser_dsn: str, today: date, tampering: str, proof: str
) -> None:
    await opened(pool, journal, 1000)
    await closed(closer, (today.replace(day=1) - timedelta(days=1)).strftime("%Y-%m"), today)
    await closed(closer, Period.day(today), today)
    superuser = await asyncpg.connect(superuser_dsn)
    await superuser.execute("alter table ledger.period drop constraint period_check")
    await superuser.execute("set session_replication_role = replica")
    assert await superuser.execute(tampering) not in ("UPDATE 0", "DELETE 0")
    assert proof in {finding.proof for finding in await verify(superuser)}
    await superuser.close()


UNDONE = """delete from ledger.period_seal;
delete from ledger.period;
delete from ledger.audit where audit_id >= (select min(audit_id) from ledger.audit where action = 'period_closed')"""


@pytest.mark.parametrize("everything", [False, True])
async def test_a_close_that_was_undone_with_all_its_traces_is_found_by_the_seals(
    journal: Journal, pool: asyncpg.Pool, closer: asyncpg.Connection, superuser_dsn: str, today: date, everything: bool
) -> None:
    await opened(pool, journal, 1000)
    superuser = await asyncpg.connect(superuser_dsn)
    assert await make_seal(superuser, datetime.now(UTC)) is not None
    await closed(closer, Period.day(today), today)
    seal = await make_seal(superuser, datetime.now(UTC))
    assert seal is not None
    assert [line.split("|")[0] for line in seal.heads.splitlines()][-2:] == ["audit", "period"]
    assert await make_seal(superuser, datetime.now(UTC)) is None
    assert await verify(superuser) == []
    await superuser.execute("set session_replication_role = replica;" + UNDONE + (";delete from ledger.audit" * everything))
    found = {(finding.proof, finding.detail.split(", ")[0]) for finding in await verify(superuser)}
    last = seal.heads.splitlines()[-2].split("|")[1]
    assert {("seals", f"audit line {last}"), ("seals", "seal 1 of a period")} <= found
    await superuser.close()


async def test_a_seal_made_before_people_s_acts_were_sealed_still_holds(
    journal: Journal, pool: asyncpg.Pool, closer: asyncpg.Connection, superuser_dsn: str, today: date
) -> None:
    await opened(pool, journal, 1000)
    await closed(closer, Period.day(today), today)
    superuser = await asyncpg.connect(superuser_dsn)
    heads = heads_text(map(tuple, await superuser.fetch("select stream, batch, link from ledger.stream_head where batch > 0")))
    old = next_seal(None, heads, datetime.now(UTC))
    await superuser.execute("insert into ledger.seal values ($1, $2, $3, $4)", old.number, old.at, old.heads, old.hash)
    assert await make_seal(superuser, datetime.now(UTC)) is not None
    assert await verify(superuser) == []
    await superuser.close()


@pytest.mark.parametrize("role", ["cardline_writer", "cardline_owner"])
async def test_a_period_changes_in_one_direction_and_its_seal_not_at_all(
    closer: asyncpg.Connection, postgres: asyncpg.Connection, today: date, role: str
) -> None:
    await closed(closer, Period.day(today), today)
    await postgres.execute(f"set role {role}")
    for change in ("update ledger.period set status = 'closing'", "delete from ledger.period", "truncate ledger.period cascade",
                   "update ledger.period_seal set text = ''", "delete from ledger.period_seal", "truncate ledger.period_seal"):  # fmt: skip
        with pytest.raises(asyncpg.PostgresError, match=r"from open to closing|append-only|permission denied"):
            await postgres.execute(change)
