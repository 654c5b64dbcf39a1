"""What a watcher sees of clearing and reconciliation, on a real database and beside whoever posts."""

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from integration.clearing.clearing_world import KEY, World, file_of, message

from cardline.metrics import Metrics
from cardline.running.clearing_watch import ClearingWatch
from cardline.running.housekeeping import _count_exceptions
from clearing import posting
from clearing.desk import Progress
from clearing.posting import post_file
from clearing.progress import FileWatch, reconciled
from clearing.settlement.keeping import keep_statements

OTHER_ID = "0022611270000020090000002"
TODAY = datetime.now(UTC).date()


class CutOff(Exception):
    """Ends a posting after its first piece, as a kill would."""


async def cut_off(world: World, file_id: str) -> None:
    async def end(_: Progress) -> None:
        raise CutOff

    with pytest.raises(CutOff):
        await post_file(world.desk, file_id, after_chunk=end)
    await world.connection.execute("select pg_advisory_unlock_all()")


async def a_file(world: World, count: int, file_id: str | None = None) -> bytes:
    (held,) = await world.cards(1)
    messages = [message(held, 100, f"MCCW{number:05d}1126") for number in range(count)]
    return file_of(messages, *([file_id] if file_id else []))


async def test_a_file_is_seen_waiting_then_posting_then_posted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "CHUNK", 4)
    watch, content = FileWatch(), await a_file(world, 8)
    seen = await watch.look(world.connection)
    assert (seen.waiting, seen.posting, seen.posted, seen.messages, seen.oldest_seconds, seen.idle_seconds) == (0, 0, 0, 0, 0, 0)
    file_id = await world.take(content)
    seen = await watch.look(world.connection)
    assert (seen.waiting, seen.posting, seen.posted, seen.messages, seen.done) == (1, 0, 0, 10, 0)
    assert seen.oldest_seconds == seen.idle_seconds > 0
    await cut_off(world, file_id)
    seen = await watch.look(world.connection)
    assert (seen.waiting, seen.posting, seen.posted, seen.messages, seen.done) == (0, 1, 0, 10, 4)
    assert seen.oldest_seconds > seen.idle_seconds > 0
    assert seen.outcomes == {"posted": 3}
    await post_file(world.desk, file_id)
    seen = await watch.look(world.connection)
    assert (seen.waiting, seen.posting, seen.posted, seen.messages, seen.done) == (0, 0, 1, 0, 0)
    assert (seen.oldest_seconds, seen.idle_seconds, seen.outcomes) == (0, 0, {"posted": 5})
    assert (await watch.look(world.connection)).outcomes == {}
    assert seen.refusals == {"clearing_file": 0, "bank_statement": 0}
    await keep_statements(world.connection, b"no XML", "day.xml", key=KEY, actor="clerk", accounts={})
    assert (await watch.look(world.connection)).refusals == {"clearing_file": 0, "bank_statement": 1}


async def test_what_was_posted_before_the_first_look_is_counted_by_nobody(world: World) -> None:
    await world.ingest(await a_file(world, 2))
    watch = FileWatch()
    assert (await watch.look(world.connection)).outcomes == {}
    await world.ingest(await a_file(world, 3, OTHER_ID))
    assert (await watch.look(world.connection)).outcomes == {"posted": 3}


async def test_a_file_that_is_stuck_is_looked_at_for_ever_and_a_posted_one_is_not(
    world: World, postgres: asyncpg.Connection
) -> None:
    stuck = await world.take(await a_file(world, 2))
    await world.ingest(await a_file(world, 2, OTHER_ID))
    watch = FileWatch()
    await watch.look(world.connection)
    assert stuck in watch.reached
    received = await postgres.fetchval("select received_at from clearing.file where file_id = $1", stuck)
    assert watch.since == received - timedelta(hours=1)


async def test_a_date_with_records_and_no_run_becomes_overdue(world: World, superuser_dsn: str) -> None:
    (held,) = await world.cards(1)
    await world.ingest(file_of([message(held, 100, "MCCR000011126")]))
    found = await reconciled(world.connection)
    assert (found.run_age_seconds, found.run_date_seconds, found.findings_open) == (None, None, 1)
    superuser = await asyncpg.connect(superuser_dsn)
    await superuser.execute("set session_replication_role = replica")
    await superuser.execute("update clearing.record set business_date = $1", TODAY - timedelta(days=3))
    assert 2 * 86400 <= (await reconciled(world.connection)).overdue_seconds < 3 * 86400
    await superuser.execute(
        "insert into clearing.run (business_date, rules, inputs, result, actor) values ($1, '1', '', '', 'ada')",
        TODAY - timedelta(days=3),
    )
    await superuser.close()
    found = await reconciled(world.connection)
    assert found.overdue_seconds == 0
    assert found.run_age_seconds is not None
    assert found.run_date_seconds == (datetime.combine(TODAY, datetime.min.time(), UTC) - timedelta(days=3)).timestamp()


async def test_the_gauges_say_what_was_found(world: World) -> None:
    metrics = Metrics()
    watch = ClearingWatch(world.pool, metrics)
    await watch.tell_files()
    await world.take(await a_file(world, 2))
    await world.ingest(await a_file(world, 3, OTHER_ID))
    await watch.tell_files()
    await watch.tell_reconciliation()
    read = metrics.registry.get_sample_value
    assert [read("cardline_clearing_files", {"state": state}) for state in ("waiting", "posting", "posted")] == [1, 0, 1]
    assert [read("cardline_clearing_file_messages", {"state": state}) for state in ("there", "done")] == [4, 0]
    assert read("cardline_clearing_records_total", {"outcome": "posted"}) == 3
    assert read("cardline_reconciliation_findings_open") == 3


async def test_exceptions_are_told_by_kind_and_age_and_a_kind_that_is_worked_off_reads_nought(
    world: World, postgres: asyncpg.Connection
) -> None:
    metrics = Metrics()
    read = metrics.registry.get_sample_value
    await postgres.execute(
        "insert into ledger.exception (kind, opened_at, subject) values "
        "('over_cleared', now(), 'a'), ('over_cleared', now() - interval '2 days', 'b'), ('missing', now() - interval '40 days', 'c')"
    )
    await _count_exceptions(world.pool, metrics)
    assert read("cardline_exceptions_open", {"kind": "over_cleared"}) == 2
    assert [read("cardline_exceptions_by_age", {"age": age}) for age in ("day", "week", "month", "older")] == [1, 1, 0, 1]
    await postgres.execute("update ledger.exception set status = 'resolved' where kind = 'missing'")
    await _count_exceptions(world.pool, metrics)
    assert read("cardline_exceptions_open", {"kind": "missing"}) == 0
    assert read("cardline_exceptions_oldest_seconds", {"kind": "missing"}) == 0
