"""What comes in by the wrong door on a real Postgres: the books still hold, and a rebuild from the facts gives the same."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import asyncpg
from integration.ledger.conftest import balance, digest, key, opened, spend
from ledger_samples import advise

from ledger.commands import Book, Capture, Layer, Line
from ledger.journal import Journal
from ledger.replay import replay
from ledger.verdicts import Verdict
from ledger.verify import verify


def booked(account_id: int, name: str, amount: int, reason: str = "monthly") -> Book:
    now = datetime.now(UTC)
    lines = (Line(account_id, "EUR", Layer.POSTED, amount), Line("network_settlement", "EUR", Layer.POSTED, -amount))
    return Book(key(name, now), digest(name), "fee", reason, "clerk", now.date(), now, lines)


async def test_one_digest_on_two_dates_is_two_keys_in_one_batch_and_in_two(
    journal: Journal, pool: asyncpg.Pool, postgres: asyncpg.Connection
) -> None:
    (card,) = await opened(pool, journal, 100)
    today = datetime.now(UTC)
    for name, is_one_batch in (("together", True), ("apart", False)):
        first = booked(card.account_id, name, 10)
        second = replace(first, key=key(name, today + timedelta(days=1)))
        if is_one_batch:
            outcomes = await journal.record_all([first, second, first, second])
        else:
            outcomes = [await journal.record(command) for command in (first, second, first, second)]
        assert [outcome.is_repeat for outcome in outcomes] == [False, False, True, True]
        assert [outcome.journal_id for outcome in outcomes[2:]] == [outcome.journal_id for outcome in outcomes[:2]]
    assert await balance(pool, card) == (60, 0, 60)
    assert await verify(postgres) == []


async def test_a_reason_that_sounds_like_an_advice_excuses_nothing(
    journal: Journal, pool: asyncpg.Pool, postgres: asyncpg.Connection
) -> None:
    (card,) = await opened(pool, journal, 1000)
    now = datetime.now(UTC)
    await journal.record(Capture(key("c", now), digest("c"), card.account_id, "EUR", 1200, now, now.date()))
    outcome = await journal.record(booked(card.account_id, "b", -100, "advised"))
    assert outcome.verdict is Verdict.ACCEPTED
    assert await postgres.fetchval("select excused from ledger.balance where account_id = $1", card.account_id) == 100
    assert await replay(postgres) == []
    assert await verify(postgres) == []


async def test_payments_of_what_is_no_customers_account_leave_books_that_hold(
    journal: Journal, pool: asyncpg.Pool, postgres: asyncpg.Connection
) -> None:
    (card,) = await opened(pool, journal, 1000)
    for account_id in (999_999_999_999, 1_002_000):
        nobody = replace(card, account_id=account_id)
        assert (await journal.record(spend(nobody, 10))).reason == "unknown_card"
        advised = await journal.record(advise(f"{account_id}", 10, account_id=account_id, at=datetime.now(UTC)))
        assert advised.verdict is Verdict.ACCEPTED
    foreign = spend(card, 10)
    foreign = replace(foreign, request=replace(foreign.request, asset="USD"))
    assert (await journal.record(foreign)).reason == "currency_not_supported"
    assert await balance(pool, card) == (1000, 0, 1000)
    assert await verify(postgres) == []


async def test_a_conflict_that_keeps_coming_is_one_item_for_people(
    journal: Journal, pool: asyncpg.Pool, postgres: asyncpg.Connection
) -> None:
    (card,) = await opened(pool, journal, 100)
    command = booked(card.account_id, "b", 10)
    await journal.record(command)
    for other in "xyz":
        assert (await journal.record(replace(command, content=digest(other)))).verdict is Verdict.CONFLICT
    assert await postgres.fetchval("select count(*) from ledger.exception where kind = 'duplicate_mismatch'") == 1
