from collections.abc import Callable
from typing import Any

import pytest

from simulator.cards import Card
from simulator.messages import original_data
from simulator.network.events import EventKind
from simulator.network.intents import Intent
from simulator.network.parties import CASH_MACHINE
from simulator.network.plan import NetworkPlan, SignsOn, StandInLimits
from simulator.network.presence import Presence
from simulator.private_data import read_private_data
from switch.errors import EncodeError
from switch.iso8583 import Codec, Message

Play = Callable[[NetworkPlan], Any]


def buy(played: Any, card: Card, minor: int = 10_00, **more: Any) -> int:
    ticket: int = played.core.submit(Intent(card, minor, **more), played.now)
    played.settle()
    return ticket


def test_a_reply_in_time_reaches_the_acquirer(on: Any, card: Card) -> None:
    ticket = buy(on, card)
    on.wait(2.5)
    on.reply(on.sent[-1], "51")
    answered = on.last(EventKind.ANSWERED)
    assert (answered.ticket, answered.code, answered.seconds) == (ticket, "51", 2.5)
    assert on.core.exchanges[ticket].answer.text(39) == "51"
    on.wait(30)
    assert on.kinds(ticket) == [EventKind.SENT, EventKind.ANSWERED]


def test_after_a_time_out_the_network_stands_in_and_tells_the_issuer_by_advice(on: Any, card: Card) -> None:
    ticket = buy(on, card)
    request = on.sent[-1]
    on.wait(7.9)
    assert on.kinds(ticket) == [EventKind.SENT]
    on.wait(0.2)
    assert on.kinds(ticket)[1:] == [EventKind.TIMED_OUT, EventKind.STOOD_IN, EventKind.ADVICE_STORED, EventKind.ADVICE_SENT]
    advice, given = on.sent[-1], on.last(EventKind.STOOD_IN).message
    assert (given.mti, given.text(39)) == ("0110", "00")
    assert (advice.mti, advice.text(39), advice.text(38), advice.text(60)) == ("0120", "00", given.text(38), "1020000")
    assert [advice.text(number) for number in (2, 4, 15, 32, 37, 63)] == [
        request.text(number) for number in (2, 4, 15, 32, 37, 63)
    ]
    assert advice.text(11) != request.text(11)
    assert read_private_data(advice.raw(48), "cp037").subelements["15"] == advice.text(7)  # type: ignore[union-attr]
    on.reply(advice)
    assert on.kinds()[-2:] == [EventKind.ADVICE_ANSWERED, EventKind.DRAINED]


def test_a_late_approval_of_what_was_approved_in_stand_in_is_only_acknowledged_negatively(on: Any, card: Card) -> None:
    ticket = buy(on, card)
    request = on.sent[-1]
    on.wait(9)
    on.reply(on.sent[-1])
    since = len(on.sent)
    on.reply(request, "00", {38: "ABC123"})
    assert on.mtis(since) == ["0190"]
    assert [on.sent[-1].text(number) for number in (7, 11, 32, 33)] == [request.text(number) for number in (7, 11, 32, 33)]
    assert on.kinds(ticket)[-2:] == [EventKind.LATE_REPLY, EventKind.ACKNOWLEDGED]
    assert on.core.exchanges[ticket].is_by_network


def test_a_late_approval_of_what_was_refused_in_stand_in_is_reversed_too(play: Play, card: Card) -> None:
    on = play(NetworkPlan(stand_in=StandInLimits(amount_minor=5_00))).signed_on()
    buy(on, card, 10_00)
    request = on.sent[-1]
    on.wait(9)
    assert (on.sent[-1].mti, on.sent[-1].text(39)) == ("0120", "61")
    on.reply(on.sent[-1])
    on.reply(request, "00", {38: "ABC123"})
    assert on.mtis()[-2:] == ["0190", "0420"]
    reversal = on.sent[-1]
    assert [reversal.text(number) for number in (38, 39, 60, 90)] == ["ABC123", "68", "4020000", original_data(request)]


def test_a_late_refusal_leaves_nothing_to_undo(play: Play, card: Card) -> None:
    on = play(NetworkPlan(stand_in=StandInLimits(amount_minor=5_00))).signed_on()
    buy(on, card, 10_00)
    request = on.sent[-1]
    on.wait(9)
    on.reply(on.sent[-1])
    on.reply(request, "51")
    assert on.mtis()[-1] == "0190"


def test_without_stand_in_the_acquirer_is_told_91_and_a_possible_approval_is_reversed_once(play: Play, card: Card) -> None:
    on = play(NetworkPlan(stand_in=StandInLimits(is_on=False))).signed_on()
    buy(on, card)
    request = on.sent[-1]
    on.wait(9)
    assert on.last(EventKind.STOOD_IN).code == "91"
    assert (on.sent[-1].mti, on.sent[-1].text(39)) == ("0420", "82")
    on.reply(on.sent[-1])
    on.reply(request)
    assert on.mtis()[-1] == "0190"
    assert not on.core.stored


def test_an_advice_is_repeated_with_the_same_key_until_it_is_answered(on: Any, card: Card) -> None:
    buy(on, card, mti="0120")
    on.wait(30)
    on.reply(Message("0800", {7: "1121120000", 11: "000001", 33: "541333", 70: "270"}))  # any sign of life
    on.wait(30)
    advices = [message for message in on.sent if message.mti[1] == "1"]
    assert [message.mti for message in advices] == ["0120", "0121", "0121"]
    assert len({message.text(11) for message in advices}) == 1
    on.reply(advices[-1])
    on.wait(300)
    assert [message.mti for message in on.sent if message.mti[1] == "1"] == ["0120", "0121", "0121"]


def test_a_reversal_that_is_not_answered_is_accepted_and_repeated(on: Any, card: Card) -> None:
    ticket = buy(on, card)
    on.reply(on.sent[-1], "00", {38: "ABC123"})
    reversal = on.core.reverse(ticket, on.now)
    on.settle()
    assert (on.sent[-1].mti, on.sent[-1].text(38)) == ("0400", "ABC123")
    on.wait(9)
    assert on.last(EventKind.STOOD_IN).message.text(39) == "00"
    assert on.sent[-1].mti == "0401"
    on.reply(on.sent[-1])
    assert on.kinds(reversal)[-1] is EventKind.ADVICE_ANSWERED


def test_advices_leave_one_at_a_time_in_order(on: Any, card: Card) -> None:
    tickets = [buy(on, card, minor, mti="0120") for minor in (1_00, 2_00, 3_00)]
    amounts = []
    for _ in tickets:
        amounts.append(on.sent[-1].text(4))
        on.reply(on.sent[-1])
    assert amounts == [f"{minor:012d}" for minor in (1_00, 2_00, 3_00)]
    assert on.kinds()[-1] is EventKind.DRAINED


def test_an_advice_that_the_issuer_cannot_take_now_is_sent_again_later(on: Any, card: Card) -> None:
    buy(on, card, mti="0120")
    on.reply(on.sent[-1], "96")
    assert on.mtis()[-1] == "0120"
    on.wait(31)
    assert on.mtis()[-1] == "0121"


def test_an_advice_is_given_up_after_so_many_attempts(play: Play, card: Card) -> None:
    on = play(NetworkPlan(advice_attempts=2, misses=99)).signed_on()
    buy(on, card, mti="0120")
    on.wait(200)
    assert [mti for mti in on.mtis() if mti[1] == "1"] == ["0120", "0121"]
    assert on.kinds().count(EventKind.ADVICE_ABANDONED) == 1
    assert len(on.core.stored.abandoned) == 1


def test_a_silent_issuer_is_signed_off_probed_and_signed_on_again_and_then_gets_what_was_stored(play: Play, card: Card) -> None:
    on = play(NetworkPlan(misses=2)).signed_on()
    buy(on, card, 1_00)
    buy(on, card, 2_00)
    on.wait(8)
    assert on.core.presence is Presence.SILENT
    ticket = buy(on, card, 3_00)
    assert on.kinds(ticket) == [EventKind.STOOD_IN, EventKind.ADVICE_STORED]
    on.wait(10)
    assert (on.sent[-1].mti, on.sent[-1].text(70)) == ("0800", "270")
    on.reply(on.sent[-1])
    assert on.sent[-1].text(70) == "061"
    on.reply(on.sent[-1])
    assert on.core.presence is Presence.ON
    drained = []
    while on.core.stored:
        drained.append((on.sent[-1].mti, int(on.sent[-1].text(4)), on.sent[-1].text(60)[:3]))
        on.reply(on.sent[-1])
    assert drained == [("0120", 1_00, "102"), ("0120", 2_00, "102"), ("0120", 3_00, "101")]


def test_a_probe_that_is_not_answered_is_followed_by_another(play: Play, card: Card) -> None:
    on = play(NetworkPlan(misses=1)).signed_on()
    buy(on, card)
    on.wait(8 + 10 + 30 + 10)
    assert [message.text(70) for message in on.sent if message.mti == "0800"] == ["061", "270", "270"]


def test_stored_advices_wait_for_the_request_where_the_plan_says_so_and_end_with_363(play: Play, card: Card) -> None:
    on = play(NetworkPlan(waits_for_saf_request=True)).signed_on()
    buy(on, card, mti="0120")
    assert on.mtis() == ["0800"]
    request = Message("0800", {7: "1121120000", 11: "000001", 33: "541333", 70: "060"})
    on.hear(request)
    assert on.mtis()[1:] == ["0810", "0120"]
    on.hear(request)
    assert on.sent[-1].text(39) == "94"
    on.reply(on.sent[2])
    assert (on.sent[-1].mti, on.sent[-1].text(70)) == ("0820", "363")


def test_a_request_for_stored_advices_when_there_are_none_is_ended_at_once(on: Any) -> None:
    on.hear(Message("0800", {7: "1121120000", 11: "000001", 33: "541333", 70: "060"}))
    assert on.mtis()[-2:] == ["0810", "0820"]


def test_an_issuer_that_signs_off_is_stood_in_for_until_it_signs_on(play: Play, card: Card) -> None:
    on = play(NetworkPlan(signs_on=SignsOn.ISSUER))
    on.core.connected(1, on.now)
    for code, presence in (("061", Presence.ON), ("062", Presence.OFF)):
        on.hear(Message("0800", {7: "1121120000", 11: "000001", 33: "541333", 70: code}))
        assert (on.sent[-1].mti, on.sent[-1].text(39), on.core.presence) == ("0810", "00", presence)
    ticket = buy(on, card)
    assert on.kinds(ticket) == [EventKind.STOOD_IN, EventKind.ADVICE_STORED]
    on.hear(Message("0800", {7: "1121120000", 11: "000002", 33: "541333", 70: "061"}))
    assert on.mtis()[-2:] == ["0810", "0120"]


def test_losing_the_last_link_is_a_sign_off_and_ends_the_wait_for_replies(on: Any, card: Card) -> None:
    ticket = buy(on, card)
    on.core.disconnected(1, "reset", on.now)
    on.settle()
    assert on.core.presence is Presence.OFF
    assert EventKind.STOOD_IN in on.kinds(ticket)
    assert on.last(EventKind.TIMED_OUT).detail == "the connection was lost"


def test_an_echo_is_sent_into_silence_and_missing_it_counts(play: Play) -> None:
    on = play(NetworkPlan(misses=2)).signed_on()
    on.wait(60)
    assert on.sent[-1].text(70) == "270"
    on.wait(60)
    assert on.kinds().count(EventKind.ECHO_MISSED) == 2
    assert on.core.presence is Presence.SILENT


def test_a_sign_on_that_is_refused_is_tried_again(play: Play) -> None:
    off = play(NetworkPlan())
    off.core.connected(1, off.now)
    off.settle()
    off.reply(off.sent[-1], "91")
    assert off.core.presence is Presence.OFF
    off.wait(10)
    assert off.mtis() == ["0800", "0800"]
    off.reply(off.sent[-1])
    assert off.core.presence is Presence.ON


def test_a_reply_without_an_answer_code_is_not_passed_on(on: Any, card: Card) -> None:
    ticket = buy(on, card)
    on.reply(on.sent[-1], changes={39: None})
    assert on.kinds(ticket)[1:4] == [EventKind.BAD_REPLY, EventKind.ACKNOWLEDGED, EventKind.STOOD_IN]
    assert on.sent[-1].text(60) == "1090000"


def test_a_reply_that_cannot_be_read_to_its_end_is_known_by_its_key(on: Any, card: Card) -> None:
    ticket = buy(on, card)
    elements = {number: on.sent[-1].elements[number] for number in (2, 7, 11, 32, 33)}
    whole = Codec("cp037").encode(Message("0110", elements | {39: "00", 49: "978"}))
    on.core.received(1, whole[:-2], on.now)
    on.settle()
    assert EventKind.BAD_REPLY in on.kinds(ticket)
    on.core.received(1, b"\xff\x00garbage", on.now)
    on.settle()
    assert on.kinds()[-1] is EventKind.UNREADABLE


def test_a_reply_to_nothing_is_reported_and_changes_nothing(on: Any) -> None:
    on.hear(Message("0110", {7: "1121120000", 11: "999999", 32: "200001", 39: "00"}))
    assert on.kinds()[-1] is EventKind.UNMATCHED


def test_a_repeat_has_the_key_of_its_original_and_both_replies_find_their_ticket(on: Any, card: Card) -> None:
    first = buy(on, card)
    second = on.core.repeat(first, on.now)
    on.settle()
    assert on.mtis()[-2:] == ["0100", "0101"]
    for _ in range(2):
        on.reply(on.sent[-1])
    assert [event.ticket for event in on.events if event.kind is EventKind.ANSWERED] == [first, second]


def test_cash_machines_are_waited_for_longer(on: Any, card: Card) -> None:
    ticket = buy(on, card, merchant=CASH_MACHINE, currency="978")
    on.wait(19)
    assert on.kinds(ticket) == [EventKind.SENT]
    on.wait(1)
    assert EventKind.TIMED_OUT in on.kinds(ticket)


def test_links_take_turns(on: Any, card: Card) -> None:
    on.core.connected(2, on.now)
    on.settle()
    for _ in range(4):
        buy(on, card)
    links = [event.link for event in on.events if event.kind is EventKind.SENT and event.ticket is not None]
    assert sorted(links) == [1, 1, 2, 2]


@pytest.mark.parametrize("overrides", [{4: "ten"}, dict.fromkeys(range(111, 121), "x" * 999)], ids=["no digits", "too long"])
def test_what_no_wire_can_carry_is_refused_before_anything_has_happened(on: Any, card: Card, overrides: dict[int, str]) -> None:
    with pytest.raises(EncodeError):
        buy(on, card, overrides=overrides)
    assert not on.core.exchanges
    assert on.core.frames_to_send() == []


def test_the_same_seed_and_times_write_the_same_bytes(play: Play, card: Card) -> None:
    def bytes_of(seed: int) -> list[bytes]:
        played = play(NetworkPlan(seed=seed)).signed_on()
        buy(played, card)
        played.wait(9)
        written: list[bytes] = played.payloads
        return written

    assert bytes_of(7) == bytes_of(7)
    assert bytes_of(7) != bytes_of(8)


def test_a_pin_is_not_passed_on_in_an_advice(play: Play, card: Card) -> None:
    on = play(NetworkPlan()).signed_on()
    buy(on, card, overrides={52: bytes(8), 53: "9701100001000000"})
    on.wait(9)
    assert on.sent[-1].mti == "0120"
    assert not {52, 53} & on.sent[-1].elements.keys()


def test_each_reply_in_time_is_confirmed_where_the_issuer_subscribed(play: Play, card: Card) -> None:
    on = play(NetworkPlan(acknowledges=True)).signed_on()
    buy(on, card)
    on.reply(on.sent[-1])
    assert on.mtis()[-1] == "0180"


def test_a_network_that_signed_off_does_not_sign_on_by_itself(play: Play) -> None:
    off = play(NetworkPlan())
    off.core.connected(1, off.now)
    off.settle()
    off.reply(off.sent[-1], "91")
    off.core.sign_off(off.now)
    off.settle()
    off.reply(off.sent[-1])
    off.wait(300)
    assert [message.text(70) for message in off.sent] == ["061", "062"]


def test_an_approval_that_does_not_reach_the_acquirer_is_given_back_once(on: Any, card: Card) -> None:
    ticket = buy(on, card)
    request = on.sent[-1]
    assert not on.core.undelivered(ticket, on.now)
    on.reply(request, "00", {38: "ABC123"})
    assert on.core.undelivered(ticket, on.now, reason="401")
    assert not on.core.undelivered(ticket, on.now)
    on.settle()
    reversal = on.sent[-1]
    assert [reversal.mti, *(reversal.text(n) for n in (38, 60, 90))] == ["0420", "ABC123", "4010000", original_data(request)]


def test_what_the_network_approved_itself_is_not_given_back(on: Any, card: Card) -> None:
    ticket = buy(on, card)
    on.wait(9)
    assert not on.core.undelivered(ticket, on.now)


def test_a_single_message_that_times_out_is_told_by_0220_and_repeated_as_0221(on: Any, card: Card) -> None:
    buy(on, card, mti="0200")
    on.wait(8)
    on.wait(30)
    assert on.mtis()[-3:] == ["0200", "0220", "0221"]
    assert on.last(EventKind.STOOD_IN).message.mti == "0210"


def test_an_empty_payload_is_a_sign_of_life_and_no_message(on: Any) -> None:
    on.wait(59)
    on.core.received(1, b"", on.now)
    on.settle()
    assert EventKind.UNREADABLE not in on.kinds()
    on.wait(59)
    assert on.mtis() == ["0800"]
