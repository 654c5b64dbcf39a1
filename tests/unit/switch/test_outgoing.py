"""Whose reply it is: by the full key, never by the STAN alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.iso8583 import Message
from switch.outgoing import MAX_REMEMBERED, Late, Matched, Outgoing, Refusal, Unmatched, request_key


def request(mti: str = "0800", stan: str = "000001", **changed: str) -> Message:
    elements = {7: "1125221500", 11: stan, 33: "541333"}
    return Message(mti, {**elements, **{int(key.removeprefix("de")): value for key, value in changed.items()}})


def outgoing(*sent: Message, max_pending: int = 10) -> Outgoing[str]:
    found: Outgoing[str] = Outgoing(max_pending)
    for number, message in enumerate(sent):
        assert found.sent(message, f"waiter {number}", 10.0, 30.0) is None
    return found


@pytest.mark.parametrize(("mti", "answer"), [("0800", "0810"), ("0302", "0312"), ("0100", "0110"), ("0620", "0630")])
def test_a_reply_finds_its_request(mti: str, answer: str) -> None:
    pending = outgoing(request(mti), request(mti, "000002"))
    assert pending.answered(request(answer, "000002"), 12.5) == Matched("waiter 1", 2.5)
    assert pending.pending == 1


@pytest.mark.parametrize(
    ("reply", "element"),
    [
        (request("0810", de7="1125221501"), "DE 7"),
        (request("0810", "000002"), "DE 11"),
        (request("0810", de33="541334"), "DE 33"),
        (request("0810", de32="541333"), "DE 32"),
        (request("0312"), "MTI"),
    ],
)
def test_a_reply_that_differs_in_one_element_matches_nothing_and_says_in_which(reply: Message, element: str) -> None:
    found = outgoing(request()).answered(reply, 11.0)
    assert isinstance(found, Unmatched)
    assert found.differences == (element,)
    assert f"differs in {element} from the pending MTI=0800 DE7=1125221500 DE11=000001 DE33=541333" in found.explanation


def test_an_unmatched_reply_is_compared_with_the_pending_request_that_is_most_like_it() -> None:
    pending = outgoing(request(stan="000001", de7="1125220000"), request(stan="000002"))
    found = pending.answered(request("0810", "000001"), 11.0)
    assert isinstance(found, Unmatched)
    assert found.nearest is not None
    assert (found.nearest.stan, found.differences) in (("000001", ("DE 7",)), ("000002", ("DE 11",)))


def test_a_reply_while_nothing_is_pending_says_so() -> None:
    found = outgoing().answered(request("0810"), 11.0)
    assert isinstance(found, Unmatched)
    assert "no request is pending" in found.explanation


def test_zeros_in_front_of_an_institution_make_no_difference() -> None:
    assert isinstance(outgoing(request()).answered(request("0810", de33="00000541333"), 11.0), Matched)


def test_a_request_whose_time_is_over_is_given_back_and_its_reply_is_late() -> None:
    pending = outgoing(request())
    assert pending.next_timer() == 40.0
    assert pending.timeout(39.9) == []
    assert pending.timeout(40.0) == ["waiter 0"]
    assert pending.next_timer() is None
    assert pending.answered(request("0810"), 41.5) == Late(request_key(request()), 1.5)


def test_a_second_reply_to_one_request_is_late() -> None:
    pending = outgoing(request())
    pending.answered(request("0810"), 11.0)
    assert isinstance(pending.answered(request("0810"), 12.0), Late)


def test_a_withdrawn_request_waits_for_nothing_and_its_reply_is_late() -> None:
    pending = outgoing(request())
    pending.withdraw(request(), 11.0)
    assert pending.next_timer() is None
    assert isinstance(pending.answered(request("0810"), 12.0), Late)


def test_a_key_in_use_and_too_many_requests_are_refused() -> None:
    pending = outgoing(request(), max_pending=2)
    assert pending.sent(request(), "again", 10.0, 1.0) is Refusal.KEY_IN_USE
    assert pending.sent(request(stan="000002"), "second", 10.0, 1.0) is None
    assert pending.sent(request(stan="000003"), "third", 10.0, 1.0) is Refusal.TOO_MANY


def test_what_is_remembered_of_the_past_has_a_limit() -> None:
    pending: Outgoing[int] = Outgoing(1)
    for number in range(MAX_REMEMBERED + 1):
        pending.sent(request(stan=f"{number:06d}"), number, float(number), 0.5)
        pending.timeout(number + 0.5)
    assert isinstance(pending.answered(request("0810", "000000"), 9999.0), Unmatched)
    assert isinstance(pending.answered(request("0810", "000001"), 9999.0), Late)


@given(st.lists(st.tuples(st.sampled_from("123"), st.sampled_from("ab"), st.booleans()), max_size=30))
def test_every_request_ends_once_whatever_the_order(steps: list[tuple[str, str, bool]]) -> None:
    pending: Outgoing[int] = Outgoing(100)
    ended: list[int] = []
    waiting = 0
    for number, (stan, institution, is_reply) in enumerate(steps):
        message = request("0810" if is_reply else "0800", stan, de33=institution)
        if is_reply:
            found = pending.answered(message, float(number))
            if isinstance(found, Matched):
                ended.append(found.waiter)
        elif pending.sent(message, number, float(number), 5.0) is None:
            waiting += 1
        ended += pending.timeout(float(number))
    ended += pending.timeout(1000.0)
    assert len(ended) == len(set(ended)) == waiting


def test_a_message_type_of_no_digits_has_a_key_too() -> None:
    assert request_key(Message("08X0", {})).message_class == "08X0"
