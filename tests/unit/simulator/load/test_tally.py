"""Counts of several reports and processes are added up, and survive the pipe."""

from collections import Counter

import orjson

from simulator.load.tally import Tally, from_document


def test_a_tally_survives_the_pipe() -> None:
    tally = Tally(planned=3, sent=3, answered=2, seconds=1.5, codes=Counter({"00": 2}), latencies=Counter({1_000: 2}))
    assert from_document(orjson.loads(tally.to_line())) == tally


def test_processes_are_added_up() -> None:
    together = Tally(seconds=1.0)
    together.add(Tally(sent=3, answered=2, unanswered=1, seconds=2.0, codes=Counter({"00": 2}), latencies=Counter({5: 2})))
    together.add(Tally(sent=4, answered=3, seconds=1.5, codes=Counter({"00": 2, "51": 1}), latencies=Counter({5: 1, 7: 2})))
    assert (together.sent, together.answered, together.in_flight, together.seconds) == (7, 5, 1, 2.0)
    assert together.codes == {"00": 4, "51": 1}
    assert together.latencies == {5: 3, 7: 2}
