"""The writer on a real Postgres: durable, once, never overspent, whoever else writes and whatever breaks."""

import asyncio
import contextlib
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
from integration.ledger.conftest import CountingMeter, OpenJournal, balance, opened, release, spend
from ledger_samples import advise

from ledger import connection, session
from ledger.cards import set_card_status
from ledger.commands import Answer, Outcome
from ledger.errors import Poisoned, Unavailable
from ledger.journal import Journal
from ledger.verdicts import Verdict
from ledger.verify import verify


async def test_an_approval_is_in_the_books_when_it_is_told(journal: Journal, pool: asyncpg.Pool) -> None:
    (card,) = await opened(pool, journal, 1000)
    outcome = await journal.record(spend(card, 300))
    assert outcome.verdict is Verdict.APPROVED
    assert await balance(pool, card) == (1000, 300, 700)


async def test_a_writer_with_nothing_to_do_keeps_no_table_locked(journal: Journal, postgres: asyncpg.Connection) -> None:
    """A lock of its own would make every migration wait that changes a table, for as long as nobody pays."""
    held = await postgres.fetch(
        "select l.relation::regclass from pg_locks l join pg_stat_activity a using (pid)"
        " where a.application_name = 'cardline writer' and a.datname = current_database() and l.locktype = 'relation'"
    )
    assert held == []


async def test_an_account_is_spent_to_nought_and_no_further_by_four_writers(
    open_journal: OpenJournal, journal: Journal, pool: asyncpg.Pool
) -> None:
    (card,) = await opened(pool, journal, 100)
    writers = [journal, *[await open_journal() for _ in range(3)]]
    outcomes = await asyncio.gather(*(writers[n % 4].record(spend(card, 1)) for n in range(400)))
    assert sum(o.verdict is Verdict.APPROVED for o in outcomes) == 100
    assert await balance(pool, card) == (100, 100, 0)
    async with pool.acquire() as connection:
        assert await verify(connection) == []


async def test_an_account_keeps_its_writer_and_both_writers_work(
    open_journal: OpenJournal, pool: asyncpg.Pool, postgres: asyncpg.Connection
) -> None:
    journal = await open_journal(writers=2)
    cards = await opened(pool, journal, *([1000] * 32))
    await journal.record_all(spend(card, 1) for _ in range(5) for card in cards)
    streams = await postgres.fetch(
        "select account_id, array_agg(distinct stream) as streams from ledger.authorization group by account_id"
    )
    assert len(streams) == 32
    assert all(len(row["streams"]) == 1 for row in streams)
    assert len({row["streams"][0] for row in streams}) == 2


async def test_a_job_gets_its_outcomes_in_order_and_those_of_an_account_see_each_other(
    open_journal: OpenJournal, pool: asyncpg.Pool
) -> None:
    journal = await open_journal(max_batch=10)
    cards = await opened(pool, journal, *([20] * 8))
    outcomes = await journal.record_all(spend(card, 1) for _ in range(30) for card in cards)
    verdicts = [outcome.verdict for outcome in outcomes]
    assert verdicts == [Verdict.APPROVED] * (20 * 8) + [Verdict.DECLINED] * (10 * 8)


async def test_the_same_request_at_two_writers_is_decided_once(
    open_journal: OpenJournal, journal: Journal, pool: asyncpg.Pool
) -> None:
    cards = await opened(pool, journal, *([1000] * 50))
    other = await open_journal()
    commands = [spend(card, 10, f"same {n}") for n, card in enumerate(cards)]
    both = await asyncio.gather(*(writer.record(command) for command in commands for writer in (journal, other)))
    for first, second in zip(both[::2], both[1::2], strict=True):
        assert {first.is_repeat, second.is_repeat} == {True, False}
        assert (first.approval_code, first.authorization_id) == (second.approval_code, second.authorization_id)
    assert [await balance(pool, card) for card in cards] == [(1000, 10, 990)] * 50


async def test_an_unknown_card_at_two_writers_is_answered_once_without_a_deadlock(
    open_journal: OpenJournal, journal: Journal, pool: asyncpg.Pool
) -> None:
    (card,) = await opened(pool, journal, 0)
    other = await open_journal()
    unknown = [replace(spend(card, 10, f"unknown {n}"), refusal=Answer("14", "unknown_card")) for n in range(200)]
    unknown = [replace(c, request=replace(c.request, account_id=None, card_id=None)) for c in unknown]
    outcomes = await asyncio.gather(*(w.record(c) for w, cs in ((journal, unknown), (other, unknown[::-1])) for c in cs))
    assert {o.response_code for o in outcomes} == {"14"}
    assert await pool.fetchval("select count(*) from report.authorization") == 200


async def test_a_batch_grows_with_what_waits_and_a_lone_command_waits_for_nobody(
    open_journal: OpenJournal, pool: asyncpg.Pool, meter: CountingMeter
) -> None:
    journal = await open_journal(max_batch=50)
    (card,) = await opened(pool, journal, 1000)
    meter.batches.clear()
    await journal.record(spend(card, 1))
    await asyncio.gather(*(journal.record(spend(card, 1)) for _ in range(120)))
    assert meter.batches[0] == 1
    assert max(meter.batches) == 50


async def test_a_card_blocked_in_the_ledger_makes_old_facts_stale(journal: Journal, pool: asyncpg.Pool) -> None:
    (card,) = await opened(pool, journal, 1000)
    async with pool.acquire() as connection:
        await set_card_status(connection, card.card_id, "blocked", actor="tester", reason="lost and found")
    outcome = await journal.record(spend(card, 10, facts_version=1))
    assert outcome.verdict is Verdict.STALE_FACTS
    assert await balance(pool, card) == (1000, 0, 1000)
    audited = await pool.fetchrow("select actor, action, reason from report.audit order by at desc limit 1")
    assert tuple(audited) == ("tester", "card_status", "lost and found")


async def test_an_advice_beyond_the_balance_hurts_nothing_else_in_the_batch(journal: Journal, pool: asyncpg.Pool) -> None:
    poor, rich = await opened(pool, journal, 100, 1000)
    forced = advise("beyond", 5000, account_id=poor.account_id, at=datetime.now(UTC))
    outcomes = await asyncio.gather(*map(journal.record, (forced, spend(rich, 10), spend(poor, 1), release(poor, forced, 4000))))
    assert [o.verdict for o in outcomes] == [Verdict.ACCEPTED, Verdict.APPROVED, Verdict.DECLINED, Verdict.ACCEPTED]
    assert await balance(pool, poor) == (100, 4000, -3900)
    assert await balance(pool, rich) == (1000, 10, 990)
    async with pool.acquire() as connection:
        assert await verify(connection) == []


async def test_the_stored_answer_outlives_the_writer(open_journal: OpenJournal, journal: Journal, pool: asyncpg.Pool) -> None:
    (card,) = await opened(pool, journal, 100)
    command = spend(card, 60, "stored")
    first = await journal.record(command)
    await journal.close()
    again = await (await open_journal()).record(command)
    assert (again.is_repeat, again.approval_code, again.amount) == (True, first.approval_code, 60)
    assert await balance(pool, card) == (100, 60, 40)


async def test_a_poison_item_goes_to_the_dead_letters_and_the_others_are_recorded(
    journal: Journal, pool: asyncpg.Pool, meter: CountingMeter
) -> None:
    (card,) = await opened(pool, journal, 1000)
    poison = spend(card, 10)
    poison = replace(poison, request=replace(poison.request, details="\x00"))
    results = await asyncio.gather(
        *(journal.record(c) for c in (spend(card, 10), poison, *(spend(card, 10) for _ in range(20)))), return_exceptions=True
    )
    assert [type(r) for r in results].count(Poisoned) == 1
    assert isinstance(results[1], Poisoned)
    assert await balance(pool, card) == (1000, 210, 790)
    assert await pool.fetchval("select count(*) from ledger.dead_letter") == meter.poisoned == 1


@pytest.mark.parametrize("poison", [{"details": "\x00"}, {"details": object()}])
async def test_a_flood_of_poison_costs_the_good_commands_nothing(
    poison: dict[str, Any], journal: Journal, pool: asyncpg.Pool
) -> None:
    (card,) = await opened(pool, journal, 1000)
    commands = [spend(card, 1) for _ in range(200)]
    for number in range(0, 180, 3):
        commands[number] = replace(commands[number], request=replace(commands[number].request, **poison))
    results = await asyncio.gather(*map(journal.record, commands), return_exceptions=True)
    assert sum(isinstance(result, Poisoned) for result in results) == 60
    assert await balance(pool, card) == (1000, 140, 860)
    (reason,) = {row["reason"] for row in await pool.fetch("select reason from ledger.dead_letter")}
    assert reason.startswith("request.details: ")


@pytest.mark.parametrize("digest", [b"", b"short", "a word of sixteen"])
async def test_a_key_that_is_no_digest_is_poison(digest: Any, journal: Journal, pool: asyncpg.Pool) -> None:
    (card,) = await opened(pool, journal, 1000)
    command = spend(replace(card, account_id=None), 1)  # type: ignore[arg-type]
    command.request.key.digest = digest
    with pytest.raises(Poisoned, match=r"request\.key\.digest: "):
        await journal.record(command)
    assert (await journal.record(spend(card, 1))).verdict is Verdict.APPROVED


async def test_poison_that_only_postgres_sees_is_found_beyond_the_bound(
    journal: Journal, pool: asyncpg.Pool, postgres: asyncpg.Connection
) -> None:
    """A row that the database refuses for a reason that no look at the command tells."""
    (card,) = await opened(pool, journal, 1000)
    await postgres.execute("alter table ledger.outcome add constraint unlucky check (rrn <> '000000000013')")
    commands = [spend(card, 1, rrn="000000000013" if number % 3 == 0 else None) for number in range(180)]
    results = await asyncio.gather(*map(journal.record, commands), return_exceptions=True)
    assert sum(isinstance(result, Poisoned) for result in results) == 60
    assert await balance(pool, card) == (1000, 120, 880)
    (reason,) = {row["reason"] for row in await pool.fetch("select reason from ledger.dead_letter")}
    assert re.fullmatch(r"CheckViolationError 23514 outcome_\d{4}_\d\d unlucky", reason)


async def test_an_abandoned_approval_in_flight_is_voided(
    journal: Journal, pool: asyncpg.Pool, postgres: asyncpg.Connection, meter: CountingMeter
) -> None:
    (card,) = await opened(pool, journal, 100)
    command = spend(card, 60)
    async with pool.acquire() as other, other.transaction():
        await other.execute("select from ledger.balance where account_id = $1 for no key update", card.account_id)
        waiting = asyncio.ensure_future(journal.record(command))
        await _until_blocked(postgres)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    await asyncio.wait_for(meter.voided.wait(), 10)
    assert await balance(pool, card) == (100, 0, 100)
    again = await journal.record(command)
    assert (again.response_code, again.is_repeat) == ("91", True)


async def test_an_abandoned_command_still_queued_is_dropped(
    journal: Journal, pool: asyncpg.Pool, postgres: asyncpg.Connection
) -> None:
    (card,) = await opened(pool, journal, 100)
    queued = spend(card, 60)
    async with pool.acquire() as other, other.transaction():
        await other.execute("select from ledger.balance where account_id = $1 for no key update", card.account_id)
        first = asyncio.ensure_future(journal.record(spend(card, 1)))
        await _until_blocked(postgres)
        second = asyncio.ensure_future(journal.record(queued))
        while journal.waiting == 0:
            await asyncio.sleep(0)
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
    assert (await first).verdict is Verdict.APPROVED
    assert not (await journal.record(queued)).is_repeat


async def test_a_writer_that_lost_its_stream_is_fenced_and_takes_another(
    open_journal: OpenJournal, pool: asyncpg.Pool, superuser_dsn: str
) -> None:
    journal = await open_journal(writers=1)
    (card,) = await opened(pool, journal, 100)
    owner = await asyncpg.connect(superuser_dsn)
    await owner.execute("update ledger.stream_head set batch = batch + 1 where stream = $1", journal.stream)
    await owner.close()
    with pytest.raises(Unavailable):
        await journal.record(spend(card, 10))
    assert await balance(pool, card) == (100, 0, 100)


async def test_a_lost_connection_fails_what_waits_and_the_writer_comes_back(
    journal: Journal, pool: asyncpg.Pool, superuser_dsn: str
) -> None:
    (card,) = await opened(pool, journal, 100)
    superuser = await asyncpg.connect(superuser_dsn)
    await superuser.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'cardline writer' and datname = current_database()"
    )
    await superuser.close()
    outcome = await _until_recorded(journal, spend(card, 10))
    assert outcome.verdict is Verdict.APPROVED
    assert await balance(pool, card) == (100, 10, 90)


@pytest.mark.parametrize("is_committed", [True, False])
async def test_a_commit_whose_end_was_not_seen_is_resolved(
    journal: Journal, pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch, is_committed: bool
) -> None:
    (card,) = await opened(pool, journal, 100)
    broken = 0

    async def break_once(self: session.Session, attempt: session.Attempt) -> None:
        nonlocal broken
        broken += 1
        if broken == 1:
            await self.connection.execute("commit" if is_committed else "rollback")
            self.connection.terminate()
            raise session.CommitUnknown(attempt)
        await commit(self, attempt)

    commit = session.Session._commit
    monkeypatch.setattr(session.Session, "_commit", break_once)
    outcome = await asyncio.wait_for(journal.record(spend(card, 60)), 10)
    assert outcome.verdict is Verdict.APPROVED
    assert not outcome.is_repeat
    assert await balance(pool, card) == (100, 60, 40)
    assert broken == (1 if is_committed else 2)
    async with pool.acquire() as connection:
        assert await verify(connection) == []


async def _until_blocked(owner: asyncpg.Connection) -> None:
    """The writer waits for a lock."""
    waiting = "select count(*) from pg_stat_activity where application_name = 'cardline writer' and wait_event_type = 'Lock'"
    async with asyncio.timeout(10):
        while not await owner.fetchval(waiting + " and datname = current_database()"):
            await asyncio.sleep(0)


async def _until_recorded(journal: Journal, command: Any) -> Outcome:
    async with asyncio.timeout(15):
        while True:
            with contextlib.suppress(Unavailable):
                return await journal.record(command)
            await asyncio.sleep(0)


async def test_an_account_that_somebody_holds_for_seconds_does_not_stop_the_others(
    open_journal: OpenJournal, pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connection.SETTINGS, "lock_timeout", "200ms")
    journal = await open_journal()
    held, free = await opened(pool, journal, 100, 100)
    async with pool.acquire() as other, other.transaction():
        await other.execute("select from ledger.balance where account_id = $1 for no key update", held.account_id)
        outcomes = await asyncio.gather(journal.record(spend(held, 10)), journal.record(spend(free, 10)))
        assert [o.verdict for o in outcomes] == [Verdict.BUSY, Verdict.APPROVED]
        assert (await journal.record(spend(held, 10))).verdict is Verdict.BUSY
    assert (await journal.record(spend(held, 10))).verdict is Verdict.APPROVED
    assert await balance(pool, held) == (100, 10, 90)
    assert await balance(pool, free) == (100, 10, 90)


async def test_an_approval_whose_caller_was_just_cancelled_is_voided(
    journal: Journal, pool: asyncpg.Pool, meter: CountingMeter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The deadline cancels the future one turn of the loop before its caller learns of it; the batch ends in between."""
    (card,) = await opened(pool, journal, 100)
    waiting: asyncio.Task[Outcome]
    run = session.Session.run

    async def cancelled_at_the_end(self: session.Session, commands: list[Any]) -> list[Outcome]:
        outcomes = await run(self, commands)
        waiting.cancel()
        return outcomes

    monkeypatch.setattr(session.Session, "run", cancelled_at_the_end)
    waiting = asyncio.ensure_future(journal.record(spend(card, 60)))
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await asyncio.wait_for(meter.voided.wait(), 10)
    assert await balance(pool, card) == (100, 0, 100)


async def test_a_stream_head_that_somebody_held_leaves_no_broken_session_behind(
    open_journal: OpenJournal, pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch, postgres: asyncpg.Connection
) -> None:
    monkeypatch.setitem(connection.SETTINGS, "lock_timeout", "100ms")
    journal = await open_journal(writers=1)
    (card,) = await opened(pool, journal, 100)
    async with postgres.transaction():
        await postgres.execute("select from ledger.stream_head where stream = $1 for update", journal.stream)
        with pytest.raises(Unavailable):
            await journal.record(spend(card, 10))
    assert (await _until_recorded(journal, spend(card, 10))).verdict is Verdict.APPROVED


async def test_a_card_changed_by_plain_sql_makes_old_facts_stale(
    journal: Journal, pool: asyncpg.Pool, postgres: asyncpg.Connection
) -> None:
    (card,) = await opened(pool, journal, 100)
    await postgres.execute("update ledger.card set status = 'blocked' where card_id = $1", card.card_id)
    assert (await journal.record(spend(card, 10, facts_version=1))).verdict is Verdict.STALE_FACTS
