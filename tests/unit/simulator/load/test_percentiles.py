"""Times in a histogram: corrected for coordinated omission, exact to three digits, the same merged as counted together."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from load_samples import SLOT, key, reply

from simulator.load.in_flight import InFlight
from simulator.load.percentiles import histogram, milliseconds, rounded, share_above
from simulator.load.tally import Tally

GAP, STALL = 0.01, 1.0
MESSAGES = 1_000


def answered_at(number: int) -> float:
    """A host that answers after a millisecond, but does nothing at all from the second 2 to the second 3."""
    ready = number * GAP + 0.001
    return 2.0 + STALL if 2.0 <= ready < 2.0 + STALL else ready


def test_a_stalled_host_shows_in_the_percentiles() -> None:
    awaited, tally = InFlight(8.0, "cp037"), Tally()
    for number in range(MESSAGES):
        awaited.sent(key(number), number * GAP, SLOT)
    for number in range(MESSAGES):
        awaited.received([reply(number)], answered_at(number), tally)
    times = milliseconds(tally.latencies)
    assert times["p50"] == pytest.approx(1, rel=0.01)
    assert times["p99"] == pytest.approx(900, rel=0.02)
    assert times["max"] == pytest.approx(1_000, rel=0.02)


def test_who_waits_for_each_answer_before_the_next_request_would_not_see_the_stall() -> None:
    """The same host asked in a closed loop: one long time among a thousand, which is the omission."""
    latencies, now = Counter[int](), 0.0
    while now < MESSAGES * GAP:
        done = max(now + 0.001, 2.0 + STALL) if 2.0 <= now + 0.001 < 2.0 + STALL else now + 0.001
        latencies[rounded(done - now)] += 1
        now = max(done, now + GAP)
    assert milliseconds(latencies)["p99"] < 2


@given(st.floats(0, 3_000))
def test_rounding_loses_less_than_a_thousandth(seconds: float) -> None:
    exact = seconds * 1_000_000
    assert exact * 0.999 - 1 <= rounded(seconds) <= exact


def test_merged_counts_are_those_of_all_together() -> None:
    rng = random.Random(4)
    times = [rounded(rng.lognormvariate(-6, 1.5)) for _ in range(5_000)]
    apart = histogram([Counter(times[:1_000]), Counter(times[1_000:])])
    together = histogram([Counter(times)])
    for percentile in (1, 50, 90, 99, 99.9, 100):
        assert apart.get_value_at_percentile(percentile) == together.get_value_at_percentile(percentile)
    expected = sorted(times)[int(0.99 * len(times))] / 1000
    assert milliseconds(Counter(times))["p99"] == pytest.approx(expected, rel=0.005)


def test_nothing_has_no_percentiles() -> None:
    assert milliseconds({}) == {}
    assert share_above({}, 1.0) == 0


def test_the_share_above_a_time_counts_messages() -> None:
    assert share_above({1_000: 3, 30_000: 1}, 0.025) == 0.25
