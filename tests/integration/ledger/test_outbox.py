"""Whoever reads the outbox sees every batch once, in order, without a gap, while others write."""

import asyncio
from itertools import pairwise

import asyncpg
from integration.ledger.conftest import OpenJournal, opened, release, spend

from ledger import outbox
from ledger.journal import Journal


async def test_a_reader_beside_two_writers_sees_every_batch_once_in_order(
    open_journal: OpenJournal, pool: asyncpg.Pool, postgres: asyncpg.Connection
) -> None:
    writers = [await open_journal(writers=1, max_batch=3), await open_journal(writers=1, max_batch=3)]
    cards = await opened(pool, writers[0], *[10_000] * 4)
    seen: list[outbox.EventBatch] = []
    cursor: dict[int, int] = {}
    writing = asyncio.gather(*(writers[n % 2].record(spend(cards[n % 4], 1)) for n in range(300)))
    while True:
        is_last_look = writing.done()
        batches = await outbox.read(postgres, cursor, 5)
        seen += batches
        cursor = outbox.advanced(cursor, batches)
        if is_last_look and not batches:
            break
        await asyncio.sleep(0)
    await writing
    by_stream = {stream: [b.batch for b in seen if b.stream == stream] for stream in {b.stream for b in seen}}
    assert len(by_stream) == 2
    assert all(numbers[0] == 1 and all(b == a + 1 for a, b in pairwise(numbers)) for numbers in by_stream.values())
    heads = await postgres.fetch("select stream, batch from ledger.stream_head where batch > 0")
    assert cursor == {row["stream"]: row["batch"] for row in heads}
    answers = [event for batch in seen for event in batch.events if event.kind == "outcome" and event.body["mti"] == "0100"]
    assert len(answers) == 300


async def test_a_batch_tells_its_journals_with_their_postings_then_its_elements_then_its_answers(
    journal: Journal, pool: asyncpg.Pool, postgres: asyncpg.Connection
) -> None:
    (card,) = await opened(pool, journal, 1000)
    spent = spend(card, 30)
    await journal.record(spent)
    await journal.record(release(card, spent, 10))
    *_, held, released = await outbox.read(postgres, {})
    assert [event.kind for event in held.events] == ["journal", "authorization_event", "outcome"]
    assert [event.position for event in held.events] == [1, 2, 3]
    postings = released.events[0].body["postings"]
    assert [(p["account_id"], p["layer"], p["amount"]) for p in postings] == [
        (card.account_id, "pending", -20),
        (1_001_000 + held.stream, "pending", 20),
    ]
    assert (released.events[1].body["kind"], released.events[1].body["amount"]) == ("partially_reversed", 10)
    assert released.events[2].body["verdict"] == "accepted"


async def test_a_consumer_that_dies_before_it_advances_reads_the_same_again(
    journal: Journal, pool: asyncpg.Pool, postgres: asyncpg.Connection
) -> None:
    (card,) = await opened(pool, journal, 1000)
    await journal.record(spend(card, 1))
    first = await outbox.read(postgres, await outbox.cursor_of(postgres, "mailer"))
    again = await outbox.read(postgres, await outbox.cursor_of(postgres, "mailer"))
    assert [batch.batch for batch in first] == [batch.batch for batch in again] == [1, 2]
    assert await outbox.advance(postgres, "mailer", {}, outbox.advanced({}, again))
    await journal.record(spend(card, 1))
    assert [b.batch for b in await outbox.read(postgres, await outbox.cursor_of(postgres, "mailer"))] == [3]


async def test_two_processes_under_one_name_cannot_both_advance(
    journal: Journal, pool: asyncpg.Pool, postgres: asyncpg.Connection
) -> None:
    await opened(pool, journal, 1000)
    after = outbox.advanced({}, await outbox.read(postgres, {}))
    assert await outbox.advance(postgres, "mailer", {}, after)
    assert not await outbox.advance(postgres, "mailer", {}, after)
    assert await outbox.cursor_of(postgres, "mailer") == after


async def test_one_stream_may_be_read_alone(open_journal: OpenJournal, pool: asyncpg.Pool, postgres: asyncpg.Connection) -> None:
    first, second = await open_journal(writers=1), await open_journal(writers=1)
    (card,) = await opened(pool, first, 1000)
    await second.record(spend(card, 1))
    assert {b.stream for b in await outbox.read(postgres, {}, stream=second.stream)} == {second.stream}
