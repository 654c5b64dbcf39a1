import pytest

from simulator.expectation import Difference, Expectation
from simulator.outcome import DayOutcome, Exchange, answered, described, percentiles
from simulator.script import Kind
from switch.iso8583 import Message

GOOD = Exchange(Kind.PURCHASE, "0100 x", "0110 00", "approved", "00", latency_seconds=0.002)
BAD = Exchange(Kind.PURCHASE, "0100 y", "0110 00", "approved", "51", (Difference("DE 39", "00", "51"),), 0.004)


def test_a_day_is_fine_only_when_everything_was_sent_and_answered_as_predicted() -> None:
    assert DayOutcome(1, (GOOD,)).ok
    assert not DayOutcome(1, ()).ok
    assert not DayOutcome(1, (GOOD, BAD)).ok
    assert not DayOutcome(1, (GOOD,), not_sent=1).ok
    assert not DayOutcome(1, (GOOD,), unmatched_replies=1).ok
    assert not DayOutcome(1, (GOOD,), verdict="the host went away").ok


def test_the_summary_counts_what_was_answered_alike() -> None:
    lines = DayOutcome(1, (GOOD, BAD, GOOD)).summary()
    assert [(line.got, line.count, line.mismatches) for line in lines] == [("00", 2, 0), ("51", 1, 1)]


def test_latencies_leave_out_what_was_not_answered() -> None:
    silent = Exchange(Kind.PURCHASE, "0100 z", "0110 00", "approved", "no reply", (Difference("reply", "0110 00", "no reply"),))
    assert DayOutcome(1, (GOOD, BAD, silent)).latencies()[100.0] == 0.004


def test_percentiles_are_nearest_ranks() -> None:
    assert percentiles(range(1, 101), (50.0, 99.0, 100.0)) == {50.0: 50, 99.0: 99, 100.0: 100}
    assert percentiles([7], (50.0,)) == {50.0: 7}
    assert percentiles([], (50.0,)) == {}


def test_a_message_is_described_without_its_card_number() -> None:
    line = described(Message("0100", {2: "5413330000000001", 4: "000000001000", 11: "000007", 49: "978"}))
    assert line == "0100 541333******0001 10.00 EUR STAN 000007"


@pytest.mark.parametrize(
    ("numeric", "amount"), [("392", "1250 JPY"), ("414", "1.250 KWD"), ("999", "1250 in minor units of 999")]
)
def test_an_amount_is_told_as_its_currency_writes_it(numeric: str, amount: str) -> None:
    assert described(Message("0100", {4: "000000001250", 11: "000007", 49: numeric})) == f"0100 {amount} STAN 000007"


def test_a_missing_reply_is_a_mismatch() -> None:
    assert not answered(Kind.PURCHASE, "0100 x", Expectation("0110", "00", "approved"), "no reply").ok
