"""A link's transcripts: this arrives, that happens."""

import pytest

from switch.framing import FramingLost
from switch.link import NEXT_STATE, FrameReceived, IdleTimeout, Link, LinkInput, LinkState
from switch.profile import NetworkProfile

PROFILE = NetworkProfile("test", idle_timeout_seconds=10.0)


def test_frames_arrive_in_pieces_and_together() -> None:
    link = Link(PROFILE, now=0.0)
    assert link.receive(b"\x00", 1.0) == []
    assert link.receive(b"\x02ab\x00\x01c\x00", 2.0) == [FrameReceived(b"ab"), FrameReceived(b"c")]
    assert link.receive(b"\x00", 3.0) == [FrameReceived(b"")]


def test_a_reply_leaves_in_a_frame() -> None:
    assert Link(PROFILE, now=0.0).frame(b"ab") == b"\x00\x02ab"


def test_a_lost_framing_drains_the_link_and_what_came_before_is_answered() -> None:
    link = Link(PROFILE, now=0.0)
    events = link.receive(b"\x00\x01a\xff\xff", 1.0)
    assert events[0] == FrameReceived(b"a")
    assert isinstance(events[1], FramingLost)
    assert link.state is LinkState.DRAINING
    assert link.receive(b"\x00\x01b", 2.0) == []


def test_signing_on_and_off_may_be_repeated() -> None:
    link = Link(PROFILE, now=0.0)
    states = []
    for step in (link.sign_on, link.sign_on, link.sign_off, link.sign_off):
        step()
        states.append(link.state)
    assert states == [LinkState.SIGNED_ON, LinkState.SIGNED_ON, LinkState.CONNECTED, LinkState.CONNECTED]


def test_authorizations_wait_for_a_sign_on_only_where_the_profile_says_so() -> None:
    strict = Link(NetworkProfile("strict", require_sign_on=True), now=0.0)
    assert Link(PROFILE, now=0.0).may_authorize
    assert not strict.may_authorize
    strict.sign_on()
    assert strict.may_authorize


def test_what_was_read_signed_on_may_still_authorize_while_draining() -> None:
    link = Link(NetworkProfile("strict", require_sign_on=True), now=0.0)
    link.sign_on()
    link.drain()
    assert link.may_authorize


def test_a_silent_peer_times_out_and_every_byte_puts_that_off() -> None:
    link = Link(PROFILE, now=100.0)
    assert link.next_timer() == 110.0
    link.receive(b"\x00", 105.0)
    assert link.next_timer() == 115.0
    assert link.timeout(114.9) == []
    assert link.timeout(115.0) == [IdleTimeout(10.0)]
    assert (link.state, link.next_timer(), link.timeout(999.0)) == (LinkState.DRAINING, None, [])


def test_without_an_idle_timeout_there_is_no_timer() -> None:
    assert Link(NetworkProfile("patient", idle_timeout_seconds=0), now=0.0).next_timer() is None


@pytest.mark.parametrize("happened", list(LinkInput))
def test_nothing_leaves_closed(happened: LinkInput) -> None:
    assert (LinkState.CLOSED, happened) not in NEXT_STATE


def test_a_draining_link_can_only_close() -> None:
    leaving = {key: target for key, target in NEXT_STATE.items() if key[0] is LinkState.DRAINING}
    assert leaving == {(LinkState.DRAINING, LinkInput.CLOSE): LinkState.CLOSED}


def test_every_open_state_can_drain_and_close() -> None:
    for state in (LinkState.CONNECTED, LinkState.SIGNED_ON):
        assert NEXT_STATE[state, LinkInput.DRAIN] is LinkState.DRAINING
        assert NEXT_STATE[state, LinkInput.CLOSE] is LinkState.CLOSED


def test_a_frame_does_not_show_its_payload() -> None:
    assert repr(FrameReceived(b"5413330000000021")) == "FrameReceived(16 bytes)"
