"""Whole lives of payments on a real Postgres: what every account has after every step, and books that hold at the end."""

import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from integration.ledger.conftest import balance, digest, key, opened, release, spend

from ledger.cards import OpenedCard
from ledger.commands import Authorize, Booking, Capture, Command, Correct, Entry, Expire, Outcome, Refund, ReverseCapture
from ledger.journal import Journal
from ledger.recipes import RECIPES
from ledger.recipes.conversions import Leg
from ledger.recipes.entry import book_of
from ledger.verdicts import Rule, Verdict
from ledger.verify import verify

_names = itertools.count()


@dataclass
class Desk:
    """A clerk with a journal: asks, and looks at the books."""

    journal: Journal
    connection: asyncpg.Connection
    card: OpenedCard

    async def ask(self, command: Command) -> Outcome:
        return await self.journal.record(command)

    async def hold(self, amount: int, **given: Any) -> tuple[Authorize, int]:
        command = spend(self.card, amount, **given)
        outcome = await self.ask(command)
        assert outcome.verdict is Verdict.APPROVED
        assert outcome.authorization_id is not None
        return command, outcome.authorization_id

    def capture(self, chain_id: int | None, amount: int, name: str = "", **given: Any) -> Capture:
        now = datetime.now(UTC)
        name = name or f"capture {next(_names)}"
        content = digest(f"{chain_id} {amount} {given}")
        return Capture(key(name, now), content, self.card.account_id, "EUR", amount, now, now.date(), chain_id, **given)

    def refund(self, chain_id: int | None, amount: int) -> Refund:
        now, name = datetime.now(UTC), f"refund {next(_names)}"
        return Refund(key(name, now), digest(name), self.card.account_id, "EUR", amount, now, now.date(), chain_id)

    def take_back(self, outcome: Outcome) -> ReverseCapture:
        now, name = datetime.now(UTC), f"reversal {next(_names)}"
        assert outcome.journal_id is not None
        return ReverseCapture(key(name, now), digest(name), outcome.journal_id, now.date(), now, now.date())

    def correct(self, outcome: Outcome, rebook: Entry | None = None) -> Correct:
        now, name = datetime.now(UTC), f"correction {next(_names)}"
        assert outcome.journal_id is not None
        return Correct(
            key(name, now), digest(name), outcome.journal_id, now.date(), "wrong amount", now, now.date(), "clerk", rebook
        )

    def expire(self, chain_id: int, as_of: datetime, name: str = "") -> Expire:
        name = name or f"expiry {next(_names)}"
        return Expire(key(name, datetime.now(UTC)), digest(name), self.card.account_id, chain_id, as_of)

    async def book(self, entry: Entry) -> Outcome:
        now = datetime.now(UTC)
        outcome = await self.ask(book_of(entry, key=key(f"book {next(_names)}", now), actor="clerk", at=now))
        assert outcome.verdict is Verdict.ACCEPTED, outcome.reason
        return outcome

    async def has(self) -> tuple[int, int, int]:
        return await balance(self.connection, self.card)

    async def sums(self, chain_id: int) -> tuple[int, int, int, int, str]:
        """captured, refunded, expired, held, status."""
        row = await self.connection.fetchrow(
            "select captured, refunded, expired, held, status from report.authorization where authorization_id = $1", chain_id
        )
        return tuple(row)

    async def role(self, role: str, asset: str = "EUR") -> int:
        """On the role's own side."""
        return int(
            await self.connection.fetchval("select balance from report.chart_balance where role = $1 and asset = $2", role, asset)
        )


@pytest.fixture
async def desk(journal: Journal, pool: asyncpg.Pool, postgres: asyncpg.Connection) -> AsyncIterator[Desk]:
    """One card with 1000. Whatever a test does, the books must hold at its end."""
    (card,) = await opened(pool, journal, 1000)
    yield Desk(journal, postgres, card)
    assert await verify(postgres) == []
    unbalanced = await postgres.fetch(
        "select asset from report.chart_balance where parent is null group by asset having sum(net) <> 0"
    )
    assert unbalanced == []


async def test_an_exact_capture_books_what_was_held(desk: Desk) -> None:
    _, chain = await desk.hold(300)
    assert await desk.has() == (1000, 300, 700)
    outcome = await desk.ask(desk.capture(chain, 300, is_last=True))
    assert (outcome.verdict, outcome.reason, outcome.amount, outcome.available) == (Verdict.ACCEPTED, "exact", 300, 700)
    assert await desk.has() == (700, 0, 700)
    assert await desk.sums(chain) == (300, 0, 0, 0, "captured")
    assert await desk.role("network_settlement") == 300


async def test_a_last_capture_of_less_releases_the_rest(desk: Desk) -> None:
    _, chain = await desk.hold(300)
    outcome = await desk.ask(desk.capture(chain, 120, is_last=True))
    assert outcome.reason == "under"
    assert await desk.has() == (880, 0, 880)


async def test_a_capture_of_more_posts_in_full_also_beyond_the_balance(desk: Desk) -> None:
    _, chain = await desk.hold(900)
    outcome = await desk.ask(desk.capture(chain, 1100, is_last=True))
    assert (outcome.reason, outcome.available) == ("over", -100)
    assert await desk.has() == (-100, 0, -100)
    excused = await desk.connection.fetchval("select excused from ledger.balance where account_id = $1", desk.card.account_id)
    assert excused == 100


async def test_several_captures_each_release_their_part_and_the_last_the_rest(desk: Desk) -> None:
    _, chain = await desk.hold(500)
    assert (await desk.ask(desk.capture(chain, 100))).reason == "part"
    assert await desk.has() == (900, 400, 500)
    assert (await desk.ask(desk.capture(chain, 150))).reason == "part"
    assert await desk.has() == (750, 250, 500)
    assert (await desk.ask(desk.capture(chain, 50, is_last=True))).reason == "last"
    assert await desk.has() == (700, 0, 700)
    assert (await desk.ask(desk.capture(chain, 10))).reason == "after_expiry"
    assert await desk.has() == (690, 0, 690)
    assert await desk.sums(chain) == (310, 0, 0, 0, "captured")


async def test_an_increment_after_a_capture_of_more_is_held_in_full_by_itself(desk: Desk) -> None:
    _, chain = await desk.hold(100, trace_id="T")
    await desk.ask(desk.capture(chain, 120))
    assert await desk.has() == (880, 0, 880)
    _, own = await desk.hold(50, chain_trace="T")
    assert await desk.has() == (880, 50, 830)
    assert (await desk.sums(own))[3] == 50


async def test_increments_that_overtook_their_first_are_cleared_with_it(desk: Desk) -> None:
    _, more = await desk.hold(50, trace_id="U", chain_trace="T", lifetime_days=30)
    _, again = await desk.hold(30, trace_id="V", chain_trace="T")
    command, first = await desk.hold(100, trace_id="T")
    query = "select distinct chain_id from report.authorization where authorization_id = any($1)"
    assert [row[0] for row in await desk.connection.fetch(query, [first, more, again])] == [more]
    _, known = await desk.hold(20, chain_trace="T")
    assert (await desk.has(), await desk.sums(more)) == ((1000, 200, 800), (0, 0, 0, 200, "open"))
    await desk.ask(release(desk.card, command, 60))
    assert await desk.has() == (1000, 160, 840)
    assert (await desk.ask(desk.capture(more, 160, is_last=True))).reason == "exact"
    assert await desk.has() == (840, 0, 840)
    assert known


async def test_a_presentment_without_an_authorization_is_posted_by_force(desk: Desk) -> None:
    outcome = await desk.ask(desk.capture(None, 1200))
    assert (outcome.verdict, outcome.reason) == (Verdict.ACCEPTED, "force_post")
    assert await desk.has() == (-200, 0, -200)


async def test_a_refund_and_its_reversal_and_the_clearing_reversal_of_the_capture(desk: Desk) -> None:
    _, chain = await desk.hold(300)
    captured = await desk.ask(desk.capture(chain, 300, is_last=True))
    refunded = await desk.ask(desk.refund(chain, 100))
    assert (await desk.has(), await desk.sums(chain)) == ((800, 0, 800), (300, 100, 0, 0, "captured"))
    assert (await desk.ask(desk.take_back(refunded))).reason == "clearing_reversal"
    assert (await desk.has(), await desk.sums(chain)) == ((700, 0, 700), (300, 0, 0, 0, "captured"))
    await desk.ask(desk.take_back(captured))
    assert (await desk.has(), (await desk.sums(chain))[:4]) == ((1000, 0, 1000), (0, 0, 0, 0))
    assert await desk.role("network_settlement") == 0
    reverses = await desk.connection.fetchval("select reverses from report.journal where kind = 'capture_reversal'")
    assert reverses == captured.journal_id


async def test_a_capture_is_taken_back_once_whoever_asks(desk: Desk) -> None:
    captured = await desk.ask(desk.capture(None, 100))
    command = desk.take_back(captured)
    first, again = await desk.ask(command), await desk.ask(command)
    assert (again.is_repeat, again.journal_id) == (True, first.journal_id)
    other, corrected = await desk.ask(desk.take_back(captured)), await desk.ask(desk.correct(captured))
    assert [(o.verdict, o.reason) for o in (other, corrected)] == [(Verdict.REFUSED, Rule.ALREADY_REVERSED)] * 2
    assert await desk.has() == (1000, 0, 1000)


async def test_only_a_presentment_has_a_clearing_reversal_and_only_what_is_there(desk: Desk) -> None:
    booked = await desk.book(RECIPES["fee"](desk.card.account_id, "EUR", 5))
    gone = replace(booked, journal_id=10**17)
    yesterday = replace(desk.take_back(booked), booking_date=date(2026, 1, 1))
    commands = [desk.take_back(booked), desk.take_back(gone), yesterday, desk.take_back(replace(booked, journal_id=2**70))]
    assert [(await desk.ask(c)).reason for c in commands] == [Rule.NOT_A_PRESENTMENT, *[Rule.UNKNOWN_JOURNAL] * 3]


async def test_expiry_releases_what_is_left_and_a_later_presentment_posts(desk: Desk) -> None:
    _, chain = await desk.hold(300)
    await desk.ask(desk.capture(chain, 100))
    now = datetime.now(UTC)
    early = await desk.ask(desk.expire(chain, now, "expiry"))
    assert (early.reason, await desk.has()) == ("not_expired", (900, 200, 700))
    late = desk.expire(chain, now + timedelta(days=8), "expiry")
    expired, again = await desk.ask(late), await desk.ask(late)
    assert (expired.reason, expired.amount, again.is_repeat) == ("expired", 200, True)
    assert (await desk.has(), await desk.sums(chain)) == ((900, 0, 900), (100, 0, 200, 0, "captured"))
    assert (await desk.ask(desk.expire(chain, now + timedelta(days=9)))).reason == "nothing_held"
    assert (await desk.ask(desk.capture(chain, 200, is_last=True))).reason == "after_expiry"
    assert await desk.has() == (700, 0, 700)


async def test_an_increment_in_time_keeps_a_hold_from_expiring(desk: Desk) -> None:
    _, chain = await desk.hold(100, trace_id="T")
    await desk.hold(50, chain_trace="T", lifetime_days=30)
    outcome = await desk.ask(desk.expire(chain, datetime.now(UTC) + timedelta(days=8)))
    assert (outcome.reason, await desk.has()) == ("not_expired", (1000, 150, 850))


async def test_reversals_and_captures_of_one_hold_come_to_the_same(desk: Desk) -> None:
    command, chain = await desk.hold(300)
    await desk.ask(desk.capture(chain, 100))
    await desk.ask(release(desk.card, command, 150))
    assert await desk.has() == (900, 50, 850)
    await desk.ask(release(desk.card, command))
    assert await desk.has() == (900, 0, 900)


async def test_a_correction_reverses_once_and_books_anew(desk: Desk) -> None:
    wrong = await desk.book(RECIPES["fee"](desk.card.account_id, "EUR", 50, "monthly"))
    assert await desk.has() == (950, 0, 950)
    corrected = await desk.ask(desk.correct(wrong, RECIPES["fee"](desk.card.account_id, "EUR", 5, "monthly")))
    assert (corrected.verdict, corrected.reason, await desk.has()) == (Verdict.ACCEPTED, "wrong amount", (995, 0, 995))
    rows = await desk.connection.fetch(
        "select kind, reverses from report.journal where actor = 'clerk' order by booked_at, journal_id"
    )
    assert [tuple(row) for row in rows] == [("fee", None), ("correction", wrong.journal_id), ("forced_fee", None)]
    assert (await desk.ask(desk.correct(wrong))).reason == Rule.ALREADY_REVERSED
    undone = await desk.ask(desk.correct(corrected))
    assert (undone.verdict, await desk.has()) == (Verdict.ACCEPTED, (945, 0, 945))


async def test_a_corrected_capture_is_no_longer_counted_by_its_authorization(desk: Desk) -> None:
    _, chain = await desk.hold(300)
    captured = await desk.ask(desk.capture(chain, 300, is_last=True))
    await desk.ask(desk.correct(captured))
    assert (await desk.has(), (await desk.sums(chain))[0]) == ((1000, 0, 1000), 0)


async def test_cash_with_our_fee_releases_its_hold_and_comes_back_with_the_fee(desk: Desk) -> None:
    _, chain = await desk.hold(100)
    captured = await desk.ask(desk.capture(chain, 100, fee=3, is_last=True))
    assert (captured.reason, await desk.has(), (await desk.sums(chain))[0]) == ("cash", (897, 0, 897), 100)
    assert await desk.role("fee_income") == 3
    await desk.ask(desk.take_back(captured))
    assert (await desk.has(), (await desk.sums(chain))[0], await desk.role("fee_income")) == ((1000, 0, 1000), 0, 0)


async def test_cashback_stands_as_two_debits_and_releases_its_hold(desk: Desk) -> None:
    _, chain = await desk.hold(100)
    captured = await desk.ask(desk.capture(chain, 100, cash=40))
    assert (captured.reason, await desk.has(), (await desk.sums(chain))[0]) == ("cashback", (900, 0, 900), 100)
    lines = await desk.connection.fetch(
        "select amount from ledger.posting where journal_id = $1 and layer = 'posted' and account_id = $2 order by line",
        captured.journal_id, desk.card.account_id,
    )  # fmt: skip
    assert [row["amount"] for row in lines] == [60, 40]
    refused = [await desk.ask(desk.capture(chain, 10, **parts)) for parts in ({"cash": 11}, {"cash": -1}, {"fee": -1})]
    assert [outcome.reason for outcome in refused] == [Rule.AMOUNT_OVERFLOW, Rule.NEGATIVE_AMOUNT, Rule.NEGATIVE_AMOUNT]


async def test_a_reversal_that_is_taken_back_puts_the_capture_back_and_leaves_the_hold(desk: Desk) -> None:
    _, chain = await desk.hold(300)
    captured = await desk.ask(desk.capture(chain, 100))
    taken_back = await desk.ask(desk.take_back(captured))
    assert (await desk.has(), (await desk.sums(chain))[0]) == ((1000, 200, 800), 0)
    await desk.ask(desk.correct(taken_back))
    assert (await desk.has(), (await desk.sums(chain))[0]) == ((900, 200, 700), 100)


async def test_a_capture_and_a_refund_booked_anew_stay_with_their_authorization(desk: Desk) -> None:
    _, chain = await desk.hold(300)
    captured = await desk.ask(desk.capture(chain, 100))
    refunded = await desk.ask(desk.refund(chain, 50))
    await desk.ask(desk.correct(captured, RECIPES["force_post"](desk.card.account_id, "EUR", 90)))
    await desk.ask(desk.correct(refunded, RECIPES["refund"](desk.card.account_id, "EUR", 40)))
    assert (await desk.has(), (await desk.sums(chain))[:2]) == ((950, 200, 750), (90, 40))
    of_chain = await desk.connection.fetch(
        "select kind from ledger.journal where authorization_id = $1 and reverses is null", chain
    )
    assert len(of_chain) == 5


async def test_a_hold_cannot_be_corrected_and_a_wrong_rebooking_stops_the_correction(desk: Desk) -> None:
    _, chain = await desk.hold(300)
    held = await desk.connection.fetchval("select journal_id from report.authorization_event where chain_id = $1", chain)
    outcome = await desk.ask(desk.correct(Outcome(Verdict.ACCEPTED, "", "", journal_id=held)))
    assert outcome.reason == Rule.NOTHING_POSTED
    fee = await desk.book(RECIPES["fee"](desk.card.account_id, "EUR", 50))
    assert (await desk.ask(desk.correct(fee, RECIPES["fee"](desk.card.account_id, "USD", 5)))).reason == Rule.WRONG_ASSET
    assert await desk.has() == (950, 300, 650)


async def test_a_conversion_leaves_a_position_in_each_asset(desk: Desk) -> None:
    sold, bought = Leg(desk.card.account_id, "EUR", 500), Leg("network_settlement", "USDC", 5_300_000)
    await desk.book(RECIPES["convert"](sold, bought, markup=5, rounding=3))
    assert await desk.has() == (500, 0, 500)
    found = [
        await desk.role(*of)
        for of in (("fx_position", "EUR"), ("fx_margin", "EUR"), ("fx_position", "USDC"), ("rounding", "USDC"))
    ]
    assert found == [-495, 5, 5_300_003, -3]


@pytest.mark.parametrize(
    ("end", "posted", "loss"), [("win_dispute", 1000, 0), ("lose_dispute", 700, 0), ("bear_dispute", 1000, 300)]
)
async def test_a_dispute_ends_with_nothing_open(desk: Desk, end: str, posted: int, loss: int) -> None:
    captured = await desk.ask(desk.capture(None, 300))
    assert captured.available == 700
    await desk.book(RECIPES["open_dispute"]("EUR", 300))
    assert (await desk.has(), await desk.role("disputes_receivable")) == ((700, 0, 700), 300)
    await desk.book(RECIPES["credit_provisionally"](desk.card.account_id, "EUR", 300))
    assert await desk.has() == (1000, 0, 1000)
    ending = RECIPES[end]
    await desk.book(ending(desk.card.account_id, "EUR", 300) if end == "lose_dispute" else ending("EUR", 300))
    assert await desk.has() == (posted, 0, posted)
    assert [await desk.role(r) for r in ("disputes_receivable", "disputes_payable", "chargeback_losses")] == [0, 0, loss]


async def test_a_lost_dispute_takes_the_credit_back_from_an_empty_account(desk: Desk) -> None:
    await desk.book(RECIPES["open_dispute"]("EUR", 300))
    await desk.book(RECIPES["credit_provisionally"](desk.card.account_id, "EUR", 300))
    await desk.book(RECIPES["withdraw"](desk.card.account_id, "EUR", 1300))
    await desk.book(RECIPES["lose_dispute"](desk.card.account_id, "EUR", 300))
    assert await desk.has() == (-300, 0, -300)
    await desk.book(RECIPES["write_off"](desk.card.account_id, "EUR", 300))
    assert (await desk.has(), await desk.role("write_offs")) == ((0, 0, 0), 300)


async def test_a_day_settles_with_the_bank(desk: Desk) -> None:
    await desk.ask(desk.capture(None, 400))
    await desk.book(RECIPES["earn_interchange"]("EUR", 3))
    await desk.book(RECIPES["settle"]("EUR", 397))
    assert [await desk.role(r) for r in ("network_settlement", "interchange_income", "bank", "income")] == [0, 3, 603, 3]


async def test_an_unmatched_presentment_waits_in_suspense(desk: Desk) -> None:
    await desk.book(RECIPES["unmatched"]("EUR", 40))
    assert await desk.role("suspense") == 40
    await desk.book(RECIPES["resolve_suspense"](desk.card.account_id, "EUR", 40))
    assert (await desk.role("suspense"), await desk.has()) == (0, (960, 0, 960))


@pytest.mark.parametrize("make", ["capture", "refund"])
async def test_the_same_presentment_again_is_answered_and_other_content_is_a_conflict(desk: Desk, make: str) -> None:
    command: Booking = desk.capture(None, 100) if make == "capture" else desk.refund(None, 100)
    first, again = await desk.ask(command), await desk.ask(command)
    assert (again.is_repeat, again.journal_id, again.amount, again.reason) == (True, first.journal_id, 100, first.reason)
    before = await desk.has()
    conflict = await desk.ask(replace(command, content=digest("other")))
    assert (conflict.verdict, await desk.has()) == (Verdict.CONFLICT, before)
    raised = await desk.connection.fetchrow("select kind, amount, asset from report.exception")
    assert tuple(raised) == ("duplicate_mismatch", 100, "EUR")
