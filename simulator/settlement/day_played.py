"""Takes the payments to settle out of a played day: what was sent, and what the issuer really answered. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from simulator.auditor.reading import APPROVING_CODES, UNDELIVERED
from simulator.expectation import Expectation
from simulator.messages import ReplyKey, original_data, reply_key, trace_id
from simulator.private_data import read_private_data
from simulator.script import Day, Script
from simulator.settlement.played import Money, Origin, Place, PlayedTransaction
from switch.iso8583 import Message


def payments_of(
    day: Day, replies: Mapping[ReplyKey, Message], unfinished: frozenset[str], *, year_of: datetime, character_set: str = "cp037"
) -> list[PlayedTransaction]:
    """Every approved payment of the day, in the order of the cards' scripts.

    Cards whose script a disagreement ended are left out. `year_of` is some moment of the day, for DE 7 has no year.
    """
    found: list[PlayedTransaction] = []
    for script in day.scripts:
        if script.pan is not None and script.pan not in unfinished:
            found += _Card(replies, year_of, character_set).payments(script)
    return found


@dataclass(slots=True)
class _Payment:
    """One authorization and what reversals have left of it."""

    played: PlayedTransaction
    left: int
    left_billed: int
    replaced_by: "_Payment | None" = None

    def lower(self, amount: int, billed: int) -> None:
        self.left = min(self.left, amount)
        self.left_billed = min(self.left_billed, billed)

    def as_played(self) -> PlayedTransaction:
        if not self.left:
            return replace(self.played, is_reversed=True)
        amount, billed = replace(self.played.amount, minor=self.left), self.played.billed
        return replace(self.played, amount=amount, billed=billed and replace(billed, minor=self.left_billed))


@dataclass(slots=True)
class _Card:
    """One card's script being read again."""

    _replies: Mapping[ReplyKey, Message]
    _year_of: datetime
    _character_set: str
    _seen: set[tuple[str, ReplyKey]] = field(default_factory=set)
    _payments: list[_Payment] = field(default_factory=list)
    _by_key: dict[str, _Payment] = field(default_factory=dict)
    _by_trace: dict[str, _Payment] = field(default_factory=dict)
    _reversed_early: set[str] = field(default_factory=set)

    def payments(self, script: Script) -> Iterator[PlayedTransaction]:
        for steps in script.rounds:
            for step in steps:
                key = (step.message.mti[:3], reply_key(step.message))
                if key not in self._seen:
                    self._seen.add(key)
                    self._take(step.message, step.expected)
        for payment in self._payments:
            if payment.replaced_by is None:
                yield payment.as_played()

    def _take(self, message: Message, expected: Expectation) -> None:
        reply = self._replies.get(reply_key(message))
        match message.mti[1:3]:
            case "10" if reply is not None and reply.text(39) in APPROVING_CODES:
                self._add(Origin.APPROVED, message, reply)
            case "20" if reply is not None and reply.text(39) in APPROVING_CODES:
                self._add(Origin.SINGLE_MESSAGE, message, reply)
            case "12" if message.text(39) in APPROVING_CODES and expected.code == "00":
                self._add_advice(message)
            case "40" | "42":
                self._reverse(message)

    def _add_advice(self, message: Message) -> None:
        """The network's own decision; it stands for an answer of the issuer's to the same payment."""
        ours = self._by_trace.get(trace_id(message))
        advice = self._add(Origin.STAND_IN, message, message)
        if original_data(message) in self._reversed_early:
            advice.left = 0
        if ours is not None:
            ours.replaced_by = advice

    def _add(self, origin: Origin, message: Message, decision: Message) -> _Payment:
        played = _played(origin, message, decision, self._year_of)
        payment = _Payment(played, played.amount.minor, played.settled.minor)
        if played.amount.minor:
            self._payments.append(payment)
        self._by_key[original_data(message)] = payment
        self._by_trace[trace_id(message)] = payment
        return payment

    def _reverse(self, message: Message) -> None:
        named = message.text(90)
        payment = self._by_key.get(named) or self._by_trace.get(self._trace_named(message))
        if payment is None:
            self._reversed_early.add(named)
            return
        if payment.replaced_by is not None and not _is_about_our_answer(message):
            payment = payment.replaced_by
        amounts = message.text(95).ljust(42, "0")
        billed = int(amounts[24:36])
        payment.lower(int(amounts[:12]), billed if payment.played.billed else int(amounts[:12]))

    def _trace_named(self, message: Message) -> str:
        data = read_private_data(message.raw(48), self._character_set) if 48 in message.elements else None
        return data.subelements.get("63", "") if data else ""


def _is_about_our_answer(message: Message) -> bool:
    """A 0420 that says our answer did not arrive: what the network decided itself stays."""
    return message.mti[:3] == "042" and message.text(60)[:3] in UNDELIVERED and not int(message.text(95, "0"))


def _played(origin: Origin, message: Message, decision: Message, year_of: datetime) -> PlayedTransaction:
    """`decision` has the amounts that were approved, and the approval code."""
    amount = Money(int(decision.text(4, message.text(4))), message.text(49))
    is_converted = 51 in message.elements
    billed = Money(int(decision.text(6, message.text(6))), message.text(51)) if is_converted else None
    return PlayedTransaction(
        origin=origin,
        pan=message.text(2),
        expiry=message.text(14),
        processing_code=message.text(3),
        amount=amount,
        at=_moment(message.text(7), year_of),
        acquirer=message.text(32),
        place=_place(message),
        network_reference=message.text(63),
        settlement_date=message.text(15),
        forwarder=message.text(33) or None,
        rrn=message.text(37) or None,
        approval_code=decision.text(38) or None,
        billed=billed,
        rate=message.text(10),
    )


def _place(message: Message) -> Place:
    where = message.text(43).ljust(40)
    terminal = message.text(41).strip() or None
    return Place(message.text(18), message.text(42), where[:22].strip(), where[23:36].strip(), where[37:40], terminal)


def _moment(stamp: str, year_of: datetime) -> datetime:
    """DE 7 (MMDDhhmmss) in the year that brings it nearest to `year_of`."""
    month, day, hour, minute, second = (int(stamp[at : at + 2]) for at in range(0, 10, 2))
    same_year = year_of.replace(month=month, day=1, hour=hour, minute=minute, second=second, microsecond=0)
    same_year += timedelta(days=day - 1)
    if same_year - year_of > timedelta(days=180):
        return same_year.replace(year=same_year.year - 1)
    return same_year.replace(year=same_year.year + 1) if year_of - same_year > timedelta(days=180) else same_year
