"""Clearing files are posted once, whatever happens on the way, and end where the books must be."""

import asyncio
import os
import random
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from integration.clearing.clearing_world import FILE_ID, HERE, World, deaths, file_of, message

from clearing import posting, turns
from clearing.statements import statement
from ledger.verify import verify

ROOT = Path(__file__).parents[3]
OTHER_ID = "0022611270000020090000002"


async def findings(world: World, postgres: asyncpg.Connection) -> list[object]:
    return list(await verify(postgres))


async def test_a_presentment_takes_its_hold_and_what_it_presents(world: World, postgres: asyncpg.Connection) -> None:
    (held,) = await world.cards(1)
    authorization = await world.authorize(held, 1_000, "MCCAAA0011126")
    summary = await world.ingest(file_of([message(held, 900, "MCCAAA0011126")]))
    assert (summary.records, summary.posted, summary.items) == (1, 1, 0)
    assert await world.account(held) == (100_000 - 900, 0)
    row = await world.record(2)
    assert (row["authorization_id"], row["match_rule"], row["status"]) == (authorization, "trace_id", "posted")
    assert await findings(world, postgres) == []


async def test_a_killed_posting_goes_on_and_books_each_record_once(
    world: World, postgres: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "CHUNK", 7)  # as in the processes that are killed: interchange is booked chunk by chunk
    seed = random.SystemRandom().randrange(10**6)
    print(f"random seed {seed}")
    cards = await world.cards(5)
    messages, expected = [], dict.fromkeys(range(5), 100_000)
    for number in range(24):
        trace = f"MCCK{number:05d}1126"
        await world.authorize(cards[number % 5], 1_000, trace)
        pds = {"0146": f"002901978{20:012d}978{20:012d}", "0158": f"DMC1010401  26{'11' if number % 6 else '13'}2601    NNNNNNN"}
        messages.append(message(cards[number % 5], 1_000, trace, arn=f"{number:023d}", pds=pds))
        expected[number % 5] -= 1_000
        if number % 6 == 5:  # and taken back at once
            messages.append(message(cards[number % 5], 1_000, trace, arn=f"{number:023d}", pds={"0025": "R261126"}))
            expected[number % 5] += 1_000
    file_id = await world.take(file_of(messages))
    for steps in deaths(random.Random(seed), 5):
        command = [sys.executable, str(HERE), world.dsn, file_id, str(steps), "7"]
        environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}:{ROOT / 'tests/unit/clearing/ipm'}"}
        child = await asyncio.create_subprocess_exec(*command, env=environment)
        assert await asyncio.wait_for(child.wait(), 60) == -signal.SIGKILL
    await world.ingest(file_of(messages))
    assert [(await world.account(held))[0] for held in cards] == list(expected.values())
    assert [(await world.account(held))[1] for held in cards] == [0] * 5
    counts = await world.connection.fetchrow(
        "select (select count(*) from ledger.journal where kind = 'capture'), "
        "(select count(*) from ledger.journal where kind = 'capture_reversal'), "
        "(select count(*) from clearing.record), (select count(*) from clearing.match), "
        "(select count(*) from clearing.booking where is_main), "
        "(select sum(p.amount)::bigint from ledger.posting p join ledger.account a using (account_id) "
        "  where a.kind = 'interchange_income')"
    )
    assert tuple(counts) == (24, 4, 28, 28, 28, -24 * 20)
    flawed = await world.connection.fetchrow(
        "select count(*), count(distinct subject) from report.exception where kind = 'flawed_record'"
    )
    assert tuple(flawed) == (4, 4)
    assert await findings(world, postgres) == []


class _Dying:
    """A connection that is lost when the n-th chunk is to be written down as posted: all of it is booked by then."""

    def __init__(self, inner: asyncpg.Connection, chunks: int) -> None:
        self._inner, self._left = inner, chunks

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def execute(self, query: str, *arguments: object) -> Any:
        if query == statement("insert_posted_chunk"):
            self._left -= 1
            if self._left == 0:
                raise ConnectionResetError("lost")
        return await self._inner.execute(query, *arguments)


async def test_interchange_is_booked_once_also_where_another_release_goes_on_in_other_chunks(
    world: World, postgres: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed = random.SystemRandom().randrange(10**6)
    print(f"random seed {seed}")
    rng = random.Random(seed)
    (held,) = await world.cards(1)
    small, large = sorted(rng.sample(range(2, 9), 2))
    count = 20
    for file_id, before, after in ((FILE_ID, small, large), (OTHER_ID, large, small)):
        # A fee of its own for each record: whatever is left out, or counted twice, shows in the sum.
        messages = [
            message(held, 100, f"MCCI{number:05d}1126", pds={"0146": f"002901978{2**number:012d}978{2**number:012d}"})
            for number in range(count)
        ]
        await world.take(file_of(messages, file_id))
        monkeypatch.setattr(posting, "CHUNK", before)
        dying = replace(world.desk, reader=_Dying(world.reader, rng.randrange(1, 3)))
        with pytest.raises(ConnectionResetError):
            await posting.post_file(dying, file_id)
        await world.connection.execute("select pg_advisory_unlock_all()")  # as a connection that is gone has done
        monkeypatch.setattr(posting, "CHUNK", after)
        assert await posting.post_file(world.desk, file_id) is not None
        earned = await world.connection.fetch(
            "select b.status, (select sum(p.amount)::bigint from ledger.posting p join ledger.account a using (account_id) "
            "  where p.journal_id = b.journal_id and a.kind = 'interchange_income') as amount "
            "from clearing.booking b where b.file_id = $1 and b.kind = 'interchange'", file_id,
        )  # fmt: skip
        assert {row["status"] for row in earned} == {"posted"}
        assert sum(row["amount"] for row in earned) == -(2**count - 1)
        assert len({row["amount"] for row in earned}) == len(earned)
    whole = await world.connection.fetchval(
        "select sum(p.amount)::bigint from ledger.posting p join ledger.account a using (account_id) where a.kind = 'interchange_income'"
    )
    assert whole == -2 * (2**count - 1)
    assert await findings(world, postgres) == []


async def test_a_chunk_sees_what_the_one_before_it_presents_however_far_its_booking_is(
    world: World, postgres: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same authorization in every chunk; a presentment that repeats the one before; one that takes it back."""
    monkeypatch.setattr(posting, "CHUNK", 2)
    (held,) = await world.cards(1)
    await world.authorize(held, 1_000, "MCCSEE0011126")
    presented = [message(held, 500, "MCCSEE0011126", arn=f"{number:023d}", de25="1403") for number in range(5)]
    again = message(held, 500, "MCCSEE0011126", arn=f"{4:023d}", de25="1403")
    back = message(held, 500, "MCCSEE0011126", arn=f"{0:023d}", pds={"0025": "R261126"})
    summary = await world.ingest(file_of([*presented, again, back]))
    concerns = [(await world.record(position))["concern"] for position in range(2, 9)]
    assert concerns == [None, None, "over_cleared", "over_cleared", "over_cleared", "doubled_presentment", None]
    amounts = await world.connection.fetch("select amount from report.exception where kind = 'over_cleared' order by subject")
    assert [row["amount"] for row in amounts] == [500, 500, 500]
    assert summary.posted == 7
    assert await world.account(held) == (100_000 - 5 * 500, 0)
    assert await findings(world, postgres) == []


async def test_an_account_closed_meanwhile_sends_the_money_to_suspense(world: World, postgres: asyncpg.Connection) -> None:
    (held,) = await world.cards(1, balance=0)
    await postgres.execute("update ledger.account set status = 'closed' where account_id = $1", held.card.account_id)
    summary = await world.ingest(file_of([message(held, 900, "MCCCLO0011126")]))
    assert (summary.suspended, summary.items) == (1, 1)
    row = await world.record(2)
    assert (row["status"], row["concern"], row["booking_kind"]) == ("suspense", "closed_account", "presentment")
    assert await findings(world, postgres) == []


async def test_a_reversal_of_a_file_before_takes_its_presentment_back_once(world: World, postgres: asyncpg.Connection) -> None:
    (held,) = await world.cards(1)
    await world.authorize(held, 1_000, "MCCREV0011126")
    await world.ingest(file_of([message(held, 1_000, "MCCREV0011126", arn="9" * 23)]))
    reversal = message(held, 1_000, "MCCREV0011126", arn="9" * 23, pds={"0025": "R261126"})
    summary = await world.ingest(file_of([reversal, reversal], OTHER_ID))
    assert await world.account(held) == (100_000, 0)
    assert (summary.posted, summary.suspended, summary.items) == (1, 1, 1)
    assert (await world.record(3, OTHER_ID))["concern"] == "orphan_reversal"
    assert await findings(world, postgres) == []


async def test_an_amount_in_a_currency_that_is_not_kept_is_an_item_and_books_nothing(world: World) -> None:
    (held,) = await world.cards(1)
    summary = await world.ingest(file_of([message(held, 900, "MCCXXX0011126", de49="999")]))
    assert (summary.unbookable, summary.items) == (1, 1)
    kind = await world.connection.fetchval("select kind from report.exception where subject = $1", f"clearing {FILE_ID}/2")
    assert kind == "unknown_currency"
    assert await world.account(held) == (100_000, 0)


async def test_a_purchase_in_a_currency_that_is_not_kept_posts_what_is_billed(world: World) -> None:
    (held,) = await world.cards(1)
    foreign = message(held, 35_000, "MCCTHB0011126", de49="764", de6=f"{900:012d}", de51="978", de5=f"{900:012d}", de50="978")
    await world.ingest(file_of([foreign]))
    assert await world.account(held) == (99_100, 0)


async def test_a_chargeback_and_its_second_presentment_leave_the_cardholder_alone(
    world: World, postgres: asyncpg.Connection
) -> None:
    (held,) = await world.cards(1)
    authorization = await world.authorize(held, 1_000, "MCCDIS0011126")
    await world.ingest(file_of([
        message(held, 1_000, "MCCDIS0011126", arn="8" * 23),
        message(held, 1_000, "MCCDIS0011126", arn="8" * 23, mti="1442", de24="450", de25="4853"),
        message(held, 1_000, "MCCDIS0011126", arn="8" * 23, de24="205", de25="2700"),
    ]))  # fmt: skip
    assert await world.account(held) == (99_000, 0)
    rows = [await world.record(position) for position in (3, 4)]
    assert [(row["authorization_id"], row["concern"]) for row in rows] == [
        (authorization, "chargeback"), (authorization, "second_presentment"),
    ]  # fmt: skip
    assert await findings(world, postgres) == []


async def test_two_at_once_post_a_file_once(world: World) -> None:
    (held,) = await world.cards(1)
    file_id = await world.take(file_of([message(held, 900, "MCCTWO0011126")]))
    other = await asyncpg.connect(world.dsn, server_settings={"role": "cardline_writer"})
    try:
        assert await other.fetchval(
            "select pg_try_advisory_lock(hashtextextended('cardline clearing posting ' || $1, 0))", file_id
        )
        from clearing.posting import post_file

        assert await post_file(world.desk, file_id) is None
        assert await world.account(held) == (100_000, 0)
    finally:
        await other.close()


async def claimed_by(other: asyncpg.Connection, file_id: str) -> None:
    assert await other.fetchval(statement("claim_posting"), file_id)


@pytest.mark.parametrize("ends", ["dies", "posts it"])
async def test_who_comes_second_waits_for_the_first_and_goes_on_where_that_one_has_ended(world: World, ends: str) -> None:
    (held,) = await world.cards(1)
    file_id = await world.take(file_of([message(held, 900, "MCCTWO0021126")]))
    other = await asyncpg.connect(world.dsn, server_settings={"role": "cardline_writer"})
    await claimed_by(other, file_id)
    asked = asyncio.Event()

    async def told(_: object) -> None: ...

    class Asking:
        """The second's connection, which says when it has been turned away."""

        def __getattr__(self, name: str) -> object:
            if name == "fetchrow":
                asked.set()
            return getattr(world.connection, name)

    waiting = asyncio.create_task(turns.post_in_turn(replace(world.desk, connection=Asking()), file_id, after_chunk=told))  # type: ignore[arg-type]
    await asyncio.wait_for(asked.wait(), 10)
    if ends == "posts it":
        await posting.post_file(replace(world.desk, connection=other), file_id)
    await other.close()
    summary = await asyncio.wait_for(waiting, 20)
    assert summary is not None
    assert (summary.was_posted_before, summary.records) == ((True, 0) if ends == "posts it" else (False, 1))
    assert await world.account(held) == (100_000 - 900, 0)


async def test_one_that_is_stuck_is_not_waited_for_for_ever(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "STUCK_SECONDS", 0.0)
    (held,) = await world.cards(1)
    file_id = await world.take(file_of([message(held, 900, "MCCTWO0031126")]))
    other = await asyncpg.connect(world.dsn, server_settings={"role": "cardline_writer"})
    await claimed_by(other, file_id)

    async def told(_: object) -> None: ...

    assert await turns.post_in_turn(world.desk, file_id, after_chunk=told) is None
    await other.close()


@pytest.mark.parametrize("table", ["record", "match", "booking", "posted_chunk"])
async def test_what_clearing_has_written_down_cannot_be_changed(world: World, postgres: asyncpg.Connection, table: str) -> None:
    (held,) = await world.cards(1)
    await world.ingest(file_of([message(held, 900, "MCCAPP0011126")]))
    for role in ("cardline_writer", "cardline_owner"):
        await postgres.execute(f"set role {role}")
        for change in (
            f"delete from clearing.{table}",
            f"update clearing.{table} set file_id = file_id",
            f"truncate clearing.{table} cascade",
        ):
            with pytest.raises(asyncpg.PostgresError, match=r"append-only|permission denied"):
                await postgres.execute(change)
        await postgres.execute("reset role")


async def test_what_belongs_to_no_record_or_file_is_refused(world: World) -> None:
    (held,) = await world.cards(1)
    await world.ingest(file_of([message(held, 900, "MCCOWN0011126")]))
    for table, changes in {
        "record": {"file_id": OTHER_ID},
        "match": {"position": 3, "sequence": 7},
        "booking": {"file_id": OTHER_ID, "sequence": 7},
    }.items():
        stored = await world.connection.fetchrow(f"select * from clearing.{table} where position = 2 limit 1")
        assert stored is not None
        rows = [tuple((dict(stored) | changes).values())]
        with pytest.raises(asyncpg.PostgresError, match=f"there is no .*{OTHER_ID if 'file_id' in changes else '/3'}"):
            await world.connection.copy_records_to_table(table, schema_name="clearing", records=rows, columns=list(stored.keys()))


async def test_no_card_number_lies_in_a_column_of_clearing(world: World, postgres: asyncpg.Connection) -> None:
    (held,) = await world.cards(1)
    await world.ingest(
        file_of([message(held, 900, "MCCPAN0011126", de37=held.pan[:12], de42=held.pan[:15], de31="7" * 7 + held.pan)])
    )
    stored = str(
        await postgres.fetch("select r::text, m::text from clearing.record r join clearing.match m using (file_id, position)")
    )
    assert held.pan not in stored
    assert "541333" in stored
