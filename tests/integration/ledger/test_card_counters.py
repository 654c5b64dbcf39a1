"""PIN tries and chip counters on a real database: durable with the decision, and the ledger's to judge."""

import asyncio
from dataclasses import replace
from typing import Any

from integration.ledger.conftest import OpenJournal, balance, opened, spend

from ledger.card_counters import CardUse, Objection
from ledger.cards import OpenedCard
from ledger.commands import Answer, Authorize
from ledger.journal import Journal
from ledger.verdicts import Verdict
from ledger.verify import verify

WRONG_PIN = Answer("55", "wrong_pin")
EXCEEDED = Objection(Answer("75", "pin_tries_exceeded"), "pin_tries_left")
REPLAYED = Objection(Answer("88", "atc_replayed"), "counter_fresh")


def used(
    card: OpenedCard, *, is_pin_right: bool | None = None, atc: int | None = None, name: str = "", **given: Any
) -> Authorize:
    """A payment with a PIN, a chip, or both; a wrong PIN is refused by the rules already."""
    refusal = WRONG_PIN if is_pin_right is False else None
    use = CardUse(atc, 1000, is_pin_right, 3, EXCEEDED if is_pin_right is not None else None, REPLAYED)
    command = spend(card, 100, name, refusal=refusal, **given)
    return replace(
        command, card_use=use, rule="pin_right" if refusal else "", request=replace(command.request, card_id=card.card_id)
    )


async def counters(pool: Any, card: OpenedCard) -> tuple[int, int | None] | None:
    row = await pool.fetchrow("select pin_tries, atc from report.card_counter where card_id = $1", card.card_id)
    return tuple(row) if row else None


async def test_tries_are_counted_with_the_decision_and_refuse_the_right_pin_when_they_are_used_up(
    pool: Any, journal: Journal
) -> None:
    (card,) = await opened(pool, journal, 10_00)
    for tries in (1, 2, 3):
        assert (await journal.record(used(card, is_pin_right=False))).reason == "wrong_pin"
        assert await counters(pool, card) == (tries, None)
    outcome = await journal.record(used(card, is_pin_right=True))
    assert (outcome.verdict, outcome.reason, outcome.response_code) == (Verdict.DECLINED, "pin_tries_exceeded", "75")
    record = await pool.fetchrow("select rule, reason from report.authorization order by authorization_id desc limit 1")
    assert tuple(record) == ("pin_tries_left", "pin_tries_exceeded")
    assert await balance(pool, card) == (10_00, 0, 10_00)
    async with pool.acquire() as connection:
        assert await verify(connection) == []


async def test_guesses_in_one_batch_see_each_other(pool: Any, journal: Journal) -> None:
    (card,) = await opened(pool, journal, 10_00)
    outcomes = await journal.record_all([used(card, is_pin_right=False) for _ in range(8)])
    assert [outcome.reason for outcome in outcomes] == ["wrong_pin"] * 3 + ["pin_tries_exceeded"] * 5


async def test_guesses_on_two_writers_see_each_other(pool: Any, open_journal: OpenJournal) -> None:
    one, two = [await open_journal() for _ in range(2)]
    (card,) = await opened(pool, one, 10_00)
    guesses = [journal.record(used(card, is_pin_right=False)) for _ in range(10) for journal in (one, two)]
    reasons = [outcome.reason for outcome in await asyncio.gather(*guesses)]
    assert (reasons.count("wrong_pin"), reasons.count("pin_tries_exceeded")) == (3, 17)


async def test_a_repeat_counts_once(pool: Any, journal: Journal) -> None:
    (card,) = await opened(pool, journal, 10_00)
    guess = used(card, is_pin_right=False, atc=7, name="guess")
    answers = await journal.record_all([guess, guess]) + [await journal.record(guess)]
    assert [(answer.reason, answer.is_repeat) for answer in answers] == [
        ("wrong_pin", False),
        ("wrong_pin", True),
        ("wrong_pin", True),
    ]
    assert await counters(pool, card) == (1, 7)


async def test_a_right_pin_gives_the_tries_back_and_a_new_one_too(pool: Any, journal: Journal) -> None:
    (card,) = await opened(pool, journal, 10_00)
    await journal.record_all([used(card, is_pin_right=False), used(card, is_pin_right=True), used(card, is_pin_right=False)])
    assert await counters(pool, card) == (1, None)
    before = await pool.fetchval("select facts_version from ledger.balance where account_id = $1", card.account_id)
    await pool.execute("update ledger.card set pvv = '9999' where card_id = $1", card.card_id)
    assert await counters(pool, card) == (0, None)
    assert await pool.fetchval("select facts_version from ledger.balance where account_id = $1", card.account_id) > before


async def test_a_counter_is_taken_once_in_a_batch_and_after_it(pool: Any, journal: Journal) -> None:
    (card,) = await opened(pool, journal, 10_00)
    outcomes = await journal.record_all([used(card, atc=atc) for atc in (9, 9, 11, 10)])
    assert [outcome.reason for outcome in outcomes] == ["approved", "atc_replayed", "approved", "approved"]
    assert (await journal.record(used(card, atc=10))).reason == "atc_replayed"
    assert await counters(pool, card) == (0, 11)
    assert (await balance(pool, card))[1] == 300


async def test_what_was_decided_on_old_facts_counts_nothing(pool: Any, journal: Journal) -> None:
    (card,) = await opened(pool, journal, 10_00)
    outcome = await journal.record(used(card, is_pin_right=False, atc=5, facts_version=77))
    assert outcome.verdict is Verdict.STALE_FACTS
    assert await counters(pool, card) is None


async def test_a_card_without_pin_and_chip_has_no_row(pool: Any, journal: Journal) -> None:
    (card,) = await opened(pool, journal, 10_00)
    await journal.record(spend(card, 100))
    assert await counters(pool, card) is None
