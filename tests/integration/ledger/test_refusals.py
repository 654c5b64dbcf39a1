"""Bad bookings between good ones: refused by the rule's name, the others recorded, nothing half-written."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from integration.ledger.conftest import balance, digest, key, opened, spend
from ledger_samples import advise

from ledger.cards import OpenedCard
from ledger.commands import Advise, Book, Capture, Command, Expire, Layer, Line, Refund
from ledger.journal import Journal
from ledger.recipes import RECIPES
from ledger.recipes.entry import book_of
from ledger.verdicts import Rule, Verdict
from ledger.verify import verify

POSTED = Layer.POSTED


def booked(name: str, *lines: Line) -> Book:
    now = datetime.now(UTC)
    return Book(key(name, now), digest(name), "fee", "test", "clerk", now.date(), now, lines)


def captured(card: OpenedCard, name: str, amount: int = 10, **given: object) -> Capture:
    now = datetime.now(UTC)
    command = Capture(key(name, now), digest(name), card.account_id, "EUR", amount, now, now.date())
    return replace(command, **given)  # type: ignore[arg-type]


def bad_ones(card: OpenedCard, closed: OpenedCard, other_chain: int) -> dict[str, tuple[Command, Rule]]:
    now, bank = datetime.now(UTC), "bank"
    refund = Refund(key("refund", now), digest("refund"), card.account_id, "EUR", 0, now, now.date())
    advice: Advise = advise("too much", 10**16, account_id=card.account_id, at=now)
    return {
        "unbalanced": (booked("a", Line(card.account_id, "EUR", POSTED, 5), Line(bank, "EUR", POSTED, -4)), Rule.UNBALANCED),
        "no lines": (booked("b"), Rule.UNBALANCED),
        "two assets": (booked("c", Line(bank, "EUR", POSTED, 5), Line(bank, "USD", POSTED, -5)), Rule.UNBALANCED),
        "unknown account": (booked("d", Line(10**12, "EUR", POSTED, 5), Line(bank, "EUR", POSTED, -5)), Rule.UNKNOWN_ACCOUNT),
        "no account's id": (booked("e", Line(2**80, "EUR", POSTED, 5), Line(bank, "EUR", POSTED, -5)), Rule.UNKNOWN_ACCOUNT),
        "unknown role": (booked("f", Line("vault", "EUR", POSTED, 5), Line(bank, "EUR", POSTED, -5)), Rule.UNKNOWN_ACCOUNT),
        "unknown asset": (booked("g", Line(bank, "XXX", POSTED, 5), Line(bank, "XXX", POSTED, -5)), Rule.UNKNOWN_ACCOUNT),
        "wrong asset": (booked("h", Line(card.account_id, "USD", POSTED, 5), Line(bank, "USD", POSTED, -5)), Rule.WRONG_ASSET),
        "closed": (booked("i", Line(bank, "EUR", POSTED, 5), Line(closed.account_id, "EUR", POSTED, -5)), Rule.CLOSED_ACCOUNT),
        "nothing": (booked("j", Line(bank, "EUR", POSTED, 0), Line(card.account_id, "EUR", POSTED, 0)), Rule.ZERO_AMOUNT),
        "huge": (booked("k", Line(bank, "EUR", POSTED, 2**70), Line(card.account_id, "EUR", POSTED, -(2**70))), Rule.AMOUNT_OVERFLOW),
        "a hold": (booked("l", *RECIPES["hold"](card.account_id, "EUR", 5).lines), Rule.HOLDS_NEED_A_CHAIN),
        "too much": (booked("m", *RECIPES["withdraw"](card.account_id, "EUR", 5000).lines), Rule.INSUFFICIENT_FUNDS),
        "negative capture": (captured(card, "n", -1), Rule.NEGATIVE_AMOUNT),
        "empty capture": (captured(card, "o", 0), Rule.ZERO_AMOUNT),
        "huge capture": (captured(card, "p", 10**16), Rule.AMOUNT_OVERFLOW),
        "capture in another asset": (captured(card, "q", asset="USD"), Rule.WRONG_ASSET),
        "capture in no asset": (captured(card, "r", asset="XXX"), Rule.WRONG_ASSET),
        "capture of a closed account": (captured(closed, "s"), Rule.CLOSED_ACCOUNT),
        "capture of nobody": (captured(card, "t", account_id=5), Rule.UNKNOWN_ACCOUNT),
        "capture of nothing": (captured(card, "u", chain_id=10**15), Rule.UNKNOWN_CHAIN),
        "capture of another's": (captured(card, "v", chain_id=other_chain), Rule.UNKNOWN_CHAIN),
        "no chain's id": (captured(card, "w", chain_id=-(2**90)), Rule.UNKNOWN_CHAIN),
        "empty refund": (refund, Rule.ZERO_AMOUNT),
        "expiry of another's": (
            Expire(key("x", now), digest("x"), card.account_id, other_chain, now + timedelta(days=99)), Rule.UNKNOWN_CHAIN,
        ),
        "negative authorization": (spend(card, -5), Rule.NEGATIVE_AMOUNT),
        "huge authorization": (spend(card, 10**16), Rule.AMOUNT_OVERFLOW),
        "huge advice": (advice, Rule.AMOUNT_OVERFLOW),
    }  # fmt: skip


async def test_bad_bookings_are_refused_by_name_and_their_neighbours_are_recorded(
    journal: Journal, pool: asyncpg.Pool, postgres: asyncpg.Connection
) -> None:
    card, other, closed = await opened(pool, journal, 1000, 1000, 0)
    held = await journal.record(spend(other, 100))
    assert held.authorization_id is not None
    await postgres.execute("update ledger.account set status = 'closed' where account_id = $1", closed.account_id)
    before = await _counts(postgres)
    bad = bad_ones(card, closed, held.authorization_id)
    mixed = [command for one, _ in bad.values() for command in (one, spend(card, 1))]
    outcomes = await asyncio.gather(*map(journal.record, mixed))
    expected = {name: (Verdict.REFUSED, rule.value) for name, (_, rule) in bad.items()}
    assert {name: (o.verdict, o.reason) for name, o in zip(bad, outcomes[::2], strict=True)} == expected
    assert {o.verdict for o in outcomes[1::2]} == {Verdict.APPROVED}
    assert await balance(postgres, card) == (1000, len(bad), 1000 - len(bad))
    after = await _counts(postgres)
    assert {name: after[name] - before[name] for name in after} == {
        "journal": len(bad), "posting": 2 * len(bad), "outcome": len(bad), "hold": len(bad), "dead_letter": 0, "exception": 0,
    }  # fmt: skip
    assert await verify(postgres) == []


async def _counts(connection: asyncpg.Connection) -> dict[str, int]:
    tables = ("journal", "posting", "outcome", "hold", "dead_letter", "exception")
    return {table: await connection.fetchval(f"select count(*) from ledger.{table}") for table in tables}


async def test_a_refused_booking_may_come_again_when_it_can_be_booked(journal: Journal, pool: asyncpg.Pool) -> None:
    (card,) = await opened(pool, journal, 100)
    now = datetime.now(UTC)
    wanted = book_of(RECIPES["withdraw"](card.account_id, "EUR", 150), key=key("w", now), actor="clerk", at=now)
    assert (await journal.record(wanted)).reason == Rule.INSUFFICIENT_FUNDS
    funded = book_of(RECIPES["fund"](card.account_id, "EUR", 50), key=key("f", now), actor="clerk", at=now)
    await journal.record(funded)
    assert (await journal.record(wanted)).verdict is Verdict.ACCEPTED
    assert await balance(pool, card) == (0, 0, 0)


@pytest.mark.parametrize("table", ["capture", "book"])
async def test_two_writers_book_the_same_thing_once(
    table: str, open_journal: object, journal: Journal, pool: asyncpg.Pool
) -> None:
    (card,) = await opened(pool, journal, 1000)
    other = await open_journal()  # type: ignore[operator]
    now = datetime.now(UTC)
    fee = book_of(RECIPES["fee"](card.account_id, "EUR", 10), key=key("same", now), actor="clerk", at=now)
    command = captured(card, "same") if table == "capture" else fee
    outcomes = await asyncio.gather(*(writer.record(command) for writer in (journal, other) for _ in range(5)))
    assert len({o.journal_id for o in outcomes}) == 1
    assert sum(not o.is_repeat for o in outcomes) == 1
    assert await balance(pool, card) == (990, 0, 990)
