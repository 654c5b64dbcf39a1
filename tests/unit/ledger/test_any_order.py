"""G5 as a state machine: one payment's messages, in any order and repeated at will, end in the same books as the tidy order."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from ledger_samples import (
    CUSTOMER,
    NOW,
    SETTLEMENT,
    account,
    advise,
    authorize,
    books,
    capture,
    digest,
    key,
    refusing_advice,
    reverse,
)

from ledger.batch import decide
from ledger.books import Books
from ledger.commands import Command, Expire, Single

LATER = NOW + timedelta(days=400)
FUNDS = 100_000


class Life:
    """A payment's messages in their tidy order, and what clearing and time do to it once it stands."""

    def __init__(
        self, messages: Mapping[str, Command], *, captured: tuple[int, ...] = (), expires: bool = False, last: int = 0
    ) -> None:
        """`last`: the amount of a last presentment, which is matched to the payment known as T."""
        self.messages, self.captured, self.expires, self.last = dict(messages), captured, expires, last


PURCHASE: dict[str, Command] = {
    "request": authorize("a", 100, trace_id="T", rrn="1"),
    "increment": authorize("b", 50, trace_id="U", rrn="2", chain_trace="T"),
    "partial reversal": reverse("r1", "a", 60, trace="T", rrn="1"),
    "smaller partial reversal": reverse("r2", None, 40, trace="T", rrn="1"),
    "reversal of the increment": reverse("r3", "b", 0, trace="T", rrn="2"),
}
LIVES: dict[str, Life] = {
    "purchase": Life(PURCHASE),
    "purchase, replaced by the network's advice": Life({**PURCHASE, "advice": advise("c", 130, trace_id="T", rrn="1")}),
    "purchase, replaced by a smaller advice": Life({**PURCHASE, "advice": advise("c", 90, trace_id="T", rrn="1")}),
    "purchase, refused by the network's advice": Life({**PURCHASE, "advice": refusing_advice("c", 100, trace_id="T")}),
    "smaller advice, reversed by its own name": Life(
        {
            "request": PURCHASE["request"],
            "advice": advise("c", 90, trace_id="T", rrn="1"),
            "partial reversal": reverse("r", "c", 30, trace="T", rrn="1", original_mti="0120"),
        }
    ),
    "increment, replaced by a smaller advice": Life({**PURCHASE, "advice": advise("c", 30, trace_id="U", rrn="2")}),
    "increment, replaced by an advice that names the first": Life(
        {**PURCHASE, "advice": advise("c", 30, trace_id="U", rrn="2", chain_trace="T")}
    ),
    "purchase, replaced by the network's advice, with increments of both": Life(
        {
            **{name: PURCHASE[name] for name in ("request", "increment", "partial reversal")},
            "advice": advise("c", 130, trace_id="T", rrn="1"),
            "advised increment": advise("d", 50, trace_id="V", rrn="3", chain_trace="T"),
        },
        captured=(5,),
        last=90,
    ),
    "stand-in with its increment, cleared in parts": Life(
        {
            "advice": advise("c", 90, trace_id="T", rrn="1"),
            "advised increment": advise("d", 50, trace_id="V", rrn="3", chain_trace="T"),
            "reversal of the increment": reverse("r", "d", 20, trace="T", rrn="3", original_mti="0120"),
        },
        captured=(60, 20),
        last=30,
    ),
    "reversed in another currency": Life(
        {"request": PURCHASE["request"], "partial reversal": replace(reverse("r", "a", 500, trace="T", rrn="1"), whole=1000)},
        captured=(20,),
    ),
    "reversed in another currency, replaced by a smaller advice": Life(
        {
            "request": PURCHASE["request"],
            "advice": advise("c", 90, trace_id="T", rrn="1"),
            "partial reversal": replace(reverse("r", "a", 500, trace="T", rrn="1"), whole=1000),
            "smaller partial reversal": PURCHASE["smaller partial reversal"],
        }
    ),
    "undelivered answer": Life(
        {
            "request": PURCHASE["request"],
            "undelivered": reverse("u", "a", is_undelivered=True),
            "advice": advise("c", 130, trace_id="T", rrn="1"),
            "partial reversal": PURCHASE["partial reversal"],
        }
    ),
    "fuel": Life(
        {
            "request": authorize("a", 1, trace_id="T"),
            "completion": advise("c", 45, trace_id="T", is_completion=True),
            "partial reversal": reverse("r", "c", 30, original_mti="0120"),
        }
    ),
    "single message": Life(
        {
            "debit": authorize("a", 100, trace_id="T", single=Single.DEBIT),
            "advice": advise("c", 130, trace_id="T", single=Single.DEBIT),
            "reversal": reverse("r1", "a", 70, original_mti="0200"),
            "reversal by trace id": reverse("r2", None, 60, trace="T"),
        }
    ),
    "single message, replaced by a smaller advice": Life(
        {
            "debit": authorize("a", 100, trace_id="T", single=Single.DEBIT),
            "advice": advise("c", 90, trace_id="T", single=Single.DEBIT),
            "reversal": reverse("r1", "a", 70, original_mti="0200"),
        }
    ),
    "single refund, replaced by a smaller advice": Life(
        {
            "credit": authorize("a", 100, trace_id="T", single=Single.CREDIT),
            "advice": advise("c", 90, trace_id="T", single=Single.CREDIT),
            "reversal": reverse("r1", "a", 70, original_mti="0200"),
        }
    ),
    "single message that names a hold": Life(
        {
            "request": PURCHASE["request"],
            "debit": authorize("b", 50, trace_id="U", single=Single.DEBIT, chain_trace="T"),
            "partial reversal": PURCHASE["partial reversal"],
        }
    ),
    "cleared in parts": Life(
        {"request": PURCHASE["request"], "partial reversal": PURCHASE["partial reversal"]}, captured=(30, 10)
    ),
    "cleared in parts, replaced by the network's advice": Life(
        {"request": PURCHASE["request"], "advice": advise("c", 130, trace_id="T", rrn="1")}, captured=(30, 10)
    ),
    "cleared in parts, replaced by a smaller advice": Life(
        {"request": PURCHASE["request"], "advice": advise("c", 90, trace_id="T", rrn="1")}, captured=(30, 10), last=20
    ),
    "cleared for the last time, with its increments": Life(
        {"request": PURCHASE["request"], "increment": PURCHASE["increment"], "second": authorize("d", 20, chain_trace="T")},
        captured=(5,),
        last=90,
    ),
    "replaced by the network's advice, with its increments, cleared for the last time": Life(
        {name: PURCHASE[name] for name in ("request", "increment")} | {"advice": advise("c", 130, trace_id="T", rrn="1")},
        last=180,
    ),
    "stand-in with increments, cleared for the last time": Life(
        {"advice": advise("c", 90, trace_id="T", rrn="1"), "increment": PURCHASE["increment"]}, last=90
    ),
    "expired": Life({"request": PURCHASE["request"], "partial reversal": PURCHASE["partial reversal"]}, expires=True),
    "cleared and expired": Life(
        {"request": PURCHASE["request"], "partial reversal": PURCHASE["partial reversal"]}, captured=(30,), expires=True
    ),
}


def figures(locked: Books) -> tuple[int, int, int]:
    """Posted and held of the customer, posted of the network's settlement."""
    customer = locked.accounts[CUSTOMER]
    return customer.posted, customer.holds, locked.accounts[SETTLEMENT].posted


def chain_of(locked: Books) -> int | None:
    """Of the payment known as T, that which holds: its advice's, where our own was replaced. Else any."""
    stored = [s.chain_id for s in locked.by_trace.get((CUSTOMER, "T"), ()) if s.chain_id in locked.chains]
    known = sorted(dict.fromkeys(stored), key=lambda chain_id: -locked.chains[chain_id].sums.held)  # type: ignore[index]
    return known[0] if known else next((chain.chain_id for chain in locked.chains.values() if chain.is_held), None)


def presentment(locked: Books, number: int, amount: int, *, is_last: bool = False) -> Command:
    return capture(f"capture {number}", amount, chain_of(locked), is_last=is_last)


def expiry(locked: Books, name: str) -> Command:
    return Expire(key(name), digest(name), CUSTOMER, chain_of(locked) or 0, LATER)


def tidy(life: Life) -> tuple[int, int, int]:
    locked = books(account(FUNDS))
    decide(list(life.messages.values()), locked, NOW)
    decide([presentment(locked, number, amount) for number, amount in enumerate(life.captured)], locked, NOW)
    if life.expires:
        decide([expiry(locked, "expiry")], locked, NOW)
    close(life, locked)
    return figures(locked)


def close(life: Life, locked: Books) -> None:
    if life.last:
        decide([presentment(locked, 99, life.last, is_last=True)], locked, NOW)
        assert locked.accounts[CUSTOMER].holds == 0


class AnyOrder(RuleBasedStateMachine):
    """Messages come as they like; at the end those that have not come yet do, and the figures are the tidy ones."""

    def __init__(self) -> None:
        super().__init__()
        self.locked = books(account(FUNDS))
        self.missing: list[str] = []
        self.sweeps = 0

    @initialize(name=st.sampled_from(sorted(LIVES)))
    def begin(self, name: str) -> None:
        self.life = LIVES[name]
        self.missing = list(self.life.messages)
        self.uncaptured = list(enumerate(self.life.captured))

    @rule(data=st.data())
    def a_message_comes_or_comes_again(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.life.messages)))
        self._deliver(name)

    @precondition(lambda self: self.uncaptured and chain_of(self.locked) is not None)
    @rule(data=st.data())
    def a_presentment_comes_and_comes_again(self, data: st.DataObject) -> None:
        number, amount = data.draw(st.sampled_from(self.uncaptured))
        self._capture(number, amount)

    @precondition(lambda self: self.life.expires and chain_of(self.locked) is not None)
    @rule()
    def time_is_over(self) -> None:
        self._expire()

    @invariant()
    def the_books_balance(self) -> None:
        assert sum(row[5] for row in self.locked.rows.postings) == 0  # type: ignore[misc]
        assert self.locked.accounts[CUSTOMER].holds == sum(chain.sums.held for chain in self.locked.chains.values())
        assert self.locked.accounts[CUSTOMER].holds >= 0

    def teardown(self) -> None:
        if not hasattr(self, "life"):
            return
        for name in list(self.missing):
            self._deliver(name)
        for number, amount in list(self.uncaptured):
            self._capture(number, amount)
        if self.life.expires:
            self._expire()
        close(self.life, self.locked)
        assert figures(self.locked) == tidy(self.life)

    def _deliver(self, name: str) -> None:
        decide([self.life.messages[name]], self.locked, NOW)
        if name in self.missing:
            self.missing.remove(name)

    def _capture(self, number: int, amount: int) -> None:
        command = presentment(self.locked, number, amount)
        decide([command, command], self.locked, NOW)
        self.uncaptured.remove((number, amount))

    def _expire(self) -> None:
        self.sweeps += 1
        decide([expiry(self.locked, f"sweep {self.sweeps}")], self.locked, NOW)


AnyOrder.TestCase.settings = settings(max_examples=300, stateful_step_count=12, deadline=None)
TestAnyOrder = AnyOrder.TestCase
