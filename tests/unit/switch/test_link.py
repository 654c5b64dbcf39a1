"""A link's transcripts: this arrives, that happens."""

import pytest

from switch.framing import FramingLost
from switch.key_exchange import KeyExchange
from switch.link import NEXT_STATE, Ask, DownReason, FrameReceived, IdleTimeout, Link, LinkDown, LinkInput, LinkState
from switch.management import Management, SignOnWhen
from switch.profile import NetworkProfile
from switch.stored_advices import StoredAdvices

PROFILE = NetworkProfile("test", idle_timeout_seconds=10.0)
MEMBER = NetworkProfile(
    "member",
    management=Management(forwarder="541333"),
    idle_timeout_seconds=0,
    echo_interval_seconds=60.0,
    response_seconds=30.0,
    sign_on_retry_seconds=5.0,
    sign_off_seconds=2.0,
    max_sign_on_attempts=3,
    max_echo_misses=2,
)
SIGN_ON, ECHO, SIGN_OFF = Ask("061", 30.0), Ask("270", 30.0), Ask("062", 2.0)


def signed_on(profile: NetworkProfile = MEMBER) -> Link:
    link = Link(profile, now=0.0, is_dialing=True)
    link.connected(0.0)
    link.answered("061", "00", 0.0)
    return link


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


def test_a_link_that_connects_signs_on_first() -> None:
    link = Link(MEMBER, now=0.0, is_dialing=True)
    assert (link.state, link.next_timer()) == (LinkState.CONNECTING, None)
    assert link.connected(1.0) == [SIGN_ON]
    assert (link.state, link.is_signed_on) == (LinkState.CONNECTED, False)
    assert link.answered("061", "00", 2.0) == []
    assert (link.state, link.is_signed_on) == (LinkState.SIGNED_ON, True)


def test_a_link_that_listens_waits_for_the_peers_sign_on_unless_told_otherwise() -> None:
    assert Link(MEMBER, now=0.0).connected(1.0) == []
    always = NetworkProfile("a", management=Management(sign_on=SignOnWhen.ALWAYS, forwarder="1"))
    never = NetworkProfile("n", management=Management(sign_on=SignOnWhen.NEVER))
    assert Link(always, now=0.0).connected(1.0) == [SIGN_ON]
    assert Link(never, now=0.0, is_dialing=True).connected(1.0) == []


@pytest.mark.parametrize("outcome", ["91", None])
def test_a_sign_on_refused_or_unanswered_is_tried_again_and_then_given_up(outcome: str | None) -> None:
    link = Link(MEMBER, now=0.0, is_dialing=True)
    assert link.connected(0.0) == [SIGN_ON]
    assert link.answered("061", outcome, 30.0) == []
    assert link.next_timer() == 35.0
    assert link.timeout(34.9) == []
    assert link.timeout(35.0) == [SIGN_ON]
    assert link.answered("061", outcome, 65.0) == []
    assert link.timeout(70.0) == [SIGN_ON]
    assert link.answered("061", outcome, 100.0) == [LinkDown(DownReason.SIGN_ON_REFUSED)]
    assert (link.state, link.next_timer()) == (LinkState.DRAINING, None)


def test_a_sign_on_that_is_accepted_at_last_counts_and_its_failures_are_forgotten() -> None:
    link = Link(MEMBER, now=0.0, is_dialing=True)
    link.connected(0.0)
    link.answered("061", None, 30.0)
    link.timeout(35.0)
    assert link.answered("061", "00", 36.0) == []
    assert link.state is LinkState.SIGNED_ON


def test_a_silent_peer_is_sent_an_echo_and_its_answer_puts_the_next_one_off() -> None:
    link = signed_on()
    assert link.next_timer() == 60.0
    assert link.timeout(59.9) == []
    assert link.timeout(60.0) == [ECHO]
    assert (link.timeout(61.0), link.next_timer()) == ([], None)
    assert link.answered("270", "00", 62.0) == []
    assert link.next_timer() == 122.0


def test_two_echoes_without_an_answer_mean_that_the_link_is_down() -> None:
    link = signed_on()
    assert link.timeout(60.0) == [ECHO]
    assert link.answered("270", None, 90.0) == []
    assert link.timeout(90.0) == [ECHO]
    assert link.answered("270", None, 120.0) == [LinkDown(DownReason.ECHO_UNANSWERED)]
    assert link.state is LinkState.DRAINING


def test_an_answer_between_two_misses_starts_the_count_afresh() -> None:
    link = signed_on()
    link.timeout(60.0)
    link.answered("270", None, 90.0)
    assert link.timeout(90.0) == [ECHO]
    link.answered("270", "96", 91.0)
    assert link.timeout(151.0) == [ECHO]
    assert link.answered("270", None, 181.0) == []


def test_any_byte_that_arrives_is_a_sign_of_life() -> None:
    link = signed_on()
    link.receive(b"\x00", 50.0)
    assert link.next_timer() == 110.0
    assert link.timeout(110.0) == [ECHO]
    link.receive(b"\x01x", 120.0)
    assert link.answered("270", None, 140.0) == []
    assert link.next_timer() == 180.0


def test_a_peer_that_never_signed_on_is_sent_no_echo() -> None:
    link = Link(MEMBER, now=0.0)
    assert link.next_timer() is None
    link.sign_on()
    assert link.next_timer() == 60.0
    link.sign_off()
    assert link.next_timer() is None


def test_an_echo_interval_of_nought_tests_nobody() -> None:
    assert signed_on(NetworkProfile("q", idle_timeout_seconds=0, echo_interval_seconds=0)).next_timer() is None


def test_stored_advices_are_asked_for_once_per_link_after_a_sign_on() -> None:
    profile = NetworkProfile("m", management=Management(forwarder="1", request_stored_advices=True))
    advices = StoredAdvices()
    first, second = (Link(profile, now=0.0, is_dialing=True, advices=advices) for _ in range(2))
    for link in (first, second):
        link.connected(0.0)
    assert first.answered("061", "00", 1.0) == [Ask("060", 30.0)]
    assert second.answered("061", "00", 1.0) == []
    first.answered("060", "00", 2.0)
    assert advices.ended()
    assert not advices.ended()


def test_a_refused_request_for_stored_advices_may_be_repeated_at_the_next_sign_on() -> None:
    profile = NetworkProfile("m", management=Management(forwarder="1", request_stored_advices=True))
    advices = StoredAdvices()
    for _ in range(2):
        link = Link(profile, now=0.0, is_dialing=True, advices=advices)
        link.connected(0.0)
        assert link.answered("061", "00", 1.0) == [Ask("060", 30.0)]
        link.answered("060", "94", 2.0)


def test_a_key_is_asked_for_after_the_sign_on_and_again_when_it_is_old() -> None:
    profile = NetworkProfile(
        "m", management=Management(forwarder="1", request_keys=True), echo_interval_seconds=0, idle_timeout_seconds=0
    )
    keys = KeyExchange("m", None, lifetime_seconds=1000.0)
    link = Link(profile, now=0.0, is_dialing=True, keys=keys)
    link.connected(0.0)
    assert link.next_timer() is None
    assert link.answered("061", "00", 1.0) == [Ask("162", 30.0)]
    assert link.answered("162", "00", 2.0) == []
    assert link.next_timer() == 101.0  # a tenth of a lifetime later, should no key come
    assert link.timeout(101.0) == [Ask("162", 30.0)]


def test_leaving_signs_off_and_reads_on_until_that_is_answered() -> None:
    link = signed_on()
    assert link.leave() == [SIGN_OFF]
    assert link.receive(b"\x00\x01a", 1.0) == [FrameReceived(b"a")]
    assert link.leave() == []
    assert link.state is LinkState.SIGNED_ON
    assert link.answered("062", "00", 2.0) == []
    assert link.state is LinkState.DRAINING


def test_leaving_does_not_wait_for_ever() -> None:
    link = signed_on()
    link.leave()
    link.answered("062", None, 2.0)
    assert link.state is LinkState.DRAINING


def test_leaving_while_a_sign_on_is_under_way_signs_off_all_the_same() -> None:
    link = Link(MEMBER, now=0.0, is_dialing=True)
    link.connected(0.0)
    assert link.leave() == [SIGN_OFF]
    assert link.answered("061", "00", 1.0) == []
    assert not link.is_signed_on
    link.answered("062", "00", 1.0)
    assert link.state is LinkState.DRAINING


def test_where_we_have_not_signed_on_leaving_is_draining() -> None:
    link = Link(MEMBER, now=0.0)
    link.sign_on()
    assert link.leave() == []
    assert link.state is LinkState.DRAINING
