import pytest

from simulator.messages import reply_key
from simulator.network.store_and_forward import Fate, StoreAndForward
from switch.iso8583 import Message


def advice(stan: int, mti: str = "0120") -> Message:
    return Message(mti, {7: "1121120000", 11: f"{stan:06d}", 32: "200001"})


def test_the_first_attempt_goes_as_it_is_and_every_later_one_as_a_repeat() -> None:
    queue = StoreAndForward(attempts=5)
    queue.put(advice(1), 1)
    assert [queue.next()[1].mti for _ in range(3)] == ["0120", "0121", "0121"]


def test_what_has_been_sent_before_it_was_stored_goes_as_a_repeat_at_once() -> None:
    queue = StoreAndForward(attempts=5)
    queue.put(advice(1, "0400"), 1, attempts=1)
    assert queue.next()[1].mti == "0401"


def test_the_reply_to_any_attempt_takes_it_out() -> None:
    queue = StoreAndForward(attempts=5)
    queue.put(advice(1), 1)
    _, first = queue.next()
    queue.next()
    found = queue.answered(reply_key(first), "00")
    assert found is not None
    assert found[1] is Fate.TAKEN
    assert len(queue) == 0
    assert queue.answered(reply_key(first), "00") is None


@pytest.mark.parametrize("code", ["91", "96"])
def test_an_answer_that_says_no_more_than_not_now_leaves_it_stored(code: str) -> None:
    queue = StoreAndForward(attempts=2)
    queue.put(advice(1), 1)
    fates = []
    for _ in range(2):
        _, sent = queue.next()
        found = queue.answered(reply_key(sent), code)
        assert found is not None
        fates.append(found[1])
    assert fates == [Fate.KEPT, Fate.ABANDONED]
    assert [stored.ticket for stored in queue.abandoned] == [1]


@pytest.mark.parametrize("code", ["00", "14", "30", "94"])
def test_any_other_answer_is_final(code: str) -> None:
    queue = StoreAndForward(attempts=2)
    queue.put(advice(1), 1)
    assert queue.answered(reply_key(queue.next()[1]), code) is not None
    assert len(queue) == 0


def test_order_is_kept_while_one_is_not_answered() -> None:
    queue = StoreAndForward(attempts=5)
    queue.put(advice(1), 1)
    queue.put(advice(2), 2)
    stored, sent = queue.next()
    queue.unanswered(reply_key(sent))
    assert queue.next()[0] is stored
