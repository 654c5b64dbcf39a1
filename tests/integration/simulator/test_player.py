"""A whole day against an issuer that does what the model says, and against issuers that are each broken in one way."""

import random
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from simulator.cards import Card, Condition, luhn_digit
from simulator.client import Target
from simulator.day import DayPlan, plan_day
from simulator.expectation import ApprovalCode, Expectation
from simulator.messages import ReplyKey, reply_key
from simulator.outcome import DayOutcome
from simulator.player import Limits, play
from simulator.script import Day, Kind
from switch.iso8583 import Malformed, Message

Start = Callable[[Callable[[Message | Malformed], Message | bytes | None]], Awaitable[Target]]
PATIENT = Limits(reply_seconds=30.0)
QUICK = Limits(connect_seconds=2.0, reply_seconds=0.2, unanswered=3)


def cards() -> list[Card]:
    payloads = [f"541333{number:09d}" for number in range(24)]
    odd = {3: Condition.BLOCKED, 4: Condition.CLOSED}
    return [
        Card(p + luhn_digit(p), "2912" if n != 5 else "2501", "123", "1234", "978", 50_000, 0, odd.get(n, Condition.ACTIVE))
        for n, p in enumerate(payloads)
    ]


@pytest.fixture
def day() -> Day:
    return plan_day(cards(), DayPlan(11, datetime(2026, 11, 21, 12, tzinfo=UTC), messages=500))


@dataclass
class Parrot:
    """Answers what the day predicts, in the order in which the predictions for one key stand in it."""

    day: Day
    approval_codes: dict[ReplyKey, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.predicted: dict[ReplyKey, list[Expectation]] = defaultdict(list)
        for script in (*self.day.opening, *self.day.scripts, *self.day.closing):
            for step in (step for steps in script.rounds for step in steps):
                self.predicted[reply_key(step.message)].append(step.expected)
        for probe in self.day.probes:
            self.predicted[reply_key(probe.echo.message)].append(probe.echo.expected)

    def __call__(self, request: Message | Malformed) -> Message | None:
        if isinstance(request, Malformed):
            return self._format_error(request)
        expected = self.predicted[reply_key(request)].pop(0)
        elements: dict[int, str | bytes] = {**expected.elements, 39: expected.code}
        if expected.approval_code is ApprovalCode.PRESENT:
            elements[38] = self.approval_codes.setdefault(reply_key(request), f"{random.randrange(10**6):06d}")
        if expected.category:
            text = "".join(f"{key}{len(value):02d}{value}" for key, value in expected.subelements.items())
            elements[48] = (expected.category + text).encode("cp037")
        if expected.original_amount:
            currency, minor = expected.original_amount
            elements[54] = f"0057{currency}C{minor:012d}"
        return Message(expected.mti, elements)

    def _format_error(self, request: Malformed) -> Message | None:
        if request.mti is None or 11 not in request.elements:
            return None
        kept = {number: request.elements[number] for number in (7, 11, 32, 33) if number in request.elements}
        mti = f"{request.mti[:2]}{int(request.mti[2]) + 1}0"
        return Message(mti, kept | {39: "30", 44: f"{request.element or 0:03d}"})


async def played(stub_issuer: Start, day: Day, answer: Callable[[Message | Malformed], Message | bytes | None]) -> DayOutcome:
    return await play(day, await stub_issuer(answer), limits=PATIENT)


async def test_a_day_that_goes_as_predicted_is_fine(stub_issuer: Start, day: Day) -> None:
    steps: list[tuple[int, int]] = []
    outcome = await play(day, await stub_issuer(Parrot(day)), limits=PATIENT, on_progress=lambda *at: steps.append(at))
    assert outcome.mismatches == ()
    assert (outcome.verdict, outcome.not_sent, outcome.unmatched_replies) == (None, 0, 0)
    assert outcome.ok
    assert steps[-1] == (day.messages, day.messages)
    assert {line.kind for line in outcome.summary()} == set(Kind)
    assert outcome.latencies()[50.0] > 0


@pytest.mark.parametrize(
    ("element", "value", "named"),
    [(38, "NEWONE", "DE 38 as first answered"), (39, "96", "DE 39"), (63, "MCC999999", "DE 63"), (14, "2912", "DE 14")],
)
async def test_an_issuer_that_gets_one_element_wrong_is_caught(
    stub_issuer: Start, day: Day, element: int, value: str, named: str
) -> None:
    parrot, seen = Parrot(day), set[ReplyKey]()

    def broken(request: Message | Malformed) -> Message | None:
        reply = parrot(request)
        if reply is None or reply.mti != "0110":
            return reply
        is_repeat = reply_key(reply, reply.mti) in seen
        seen.add(reply_key(reply, reply.mti))
        is_wrong = is_repeat and 38 in reply.elements if element == 38 else True
        return Message(reply.mti, reply.elements | {element: value}) if is_wrong else reply

    outcome = await played(stub_issuer, day, broken)
    assert not outcome.ok
    assert named in {difference.element for exchange in outcome.mismatches for difference in exchange.differences}


async def test_a_disagreement_about_money_ends_the_cards_script_and_no_other(stub_issuer: Start, day: Day) -> None:
    parrot, script = Parrot(day), next(script for script in day.scripts if script.messages > 5)
    victim = script.pan

    def broken(request: Message | Malformed) -> Message | None:
        reply = parrot(request)
        is_victim = reply is not None and reply.text(2) == victim
        return Message(reply.mti, reply.elements | {39: "96"}) if reply and is_victim else reply

    outcome = await played(stub_issuer, day, broken)
    (mismatch,) = outcome.mismatches
    assert mismatch.got == "96"
    assert outcome.not_sent == script.messages - 1
    assert outcome.unfinished == {victim}


async def test_another_disagreement_is_noted_and_the_script_goes_on(stub_issuer: Start, day: Day) -> None:
    parrot = Parrot(day)

    def broken(request: Message | Malformed) -> Message | None:
        reply = parrot(request)
        return Message(reply.mti, reply.elements | {18: "5411"}) if reply and reply.mti == "0430" else reply

    outcome = await played(stub_issuer, day, broken)
    assert {exchange.sent[:4] for exchange in outcome.mismatches} <= {"0420", "0421"}
    assert (outcome.not_sent, outcome.unfinished) == (0, frozenset())
    assert not outcome.ok


async def test_a_host_that_says_nothing_is_given_up_with_a_verdict(stub_issuer: Start, day: Day) -> None:
    outcome = await play(day, await stub_issuer(lambda request: None), limits=QUICK)
    assert outcome.verdict is not None
    assert "unanswered" in outcome.verdict
    assert len(outcome.exchanges) + outcome.not_sent == day.messages


async def test_a_host_that_hangs_up_is_given_up_with_a_verdict(stub_issuer: Start, day: Day) -> None:
    outcome = await played(stub_issuer, day, lambda request: b"")
    assert not outcome.ok
    assert outcome.verdict is not None


async def test_a_host_that_answers_garbage_is_given_up_with_a_verdict(stub_issuer: Start, day: Day) -> None:
    outcome = await play(day, await stub_issuer(lambda request: b"\x00\x01\x02"), limits=QUICK)
    assert outcome.verdict is not None
    assert outcome.unmatched_replies > 0


async def test_a_host_that_is_not_there_is_a_verdict(day: Day, unused_tcp_port: int) -> None:
    outcome = await play(day, Target("127.0.0.1", unused_tcp_port), limits=QUICK)
    assert outcome.verdict is not None
    assert "cannot be reached" in outcome.verdict
    assert (outcome.exchanges, outcome.not_sent) == ((), day.messages)
