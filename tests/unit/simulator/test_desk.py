from collections.abc import Callable
from datetime import datetime, timedelta

from simulator.cards import Card
from simulator.desk import MESSAGES_PER_SECOND, Desk
from simulator.messages import Amounts, reply_key
from simulator.script import Kind


def test_headers_are_numbered_and_time_moves_slowly(desk: Desk, starts_at: datetime) -> None:
    headers = [desk.header() for _ in range(MESSAGES_PER_SECOND + 1)]
    assert len({header.stan for header in headers}) == len({header.network_reference for header in headers}) == len(headers)
    assert headers[-1].transmitted - starts_at == timedelta(seconds=1)


def test_some_requests_lack_what_acquirers_leave_out(desk: Desk) -> None:
    headers = [desk.header() for _ in range(60)]
    assert {header.rrn is None for header in headers} == {header.forwarder is None for header in headers} == {True, False}
    assert {len(header.rrn) for header in headers if header.rrn} == {12}


def test_an_everyday_amount_leaves_most_of_the_money(desk: Desk, card: Card) -> None:
    assert all(100 <= desk.affordable(card).minor <= 2_500 for _ in range(50))


def test_an_amount_abroad_is_billed_in_the_cards_currency(desk: Desk) -> None:
    for _ in range(20):
        abroad = desk.abroad(Amounts(6_000, "978"))
        assert abroad.currency != "978"
        assert abroad.billing_currency == "978"
        assert 0 < (abroad.billing_minor or 0) <= 3_000


def test_elsewhere_is_another_connection(desk: Desk, card: Card) -> None:
    message = desk.send(card, Kind.PURCHASE, desk.purchase(card, Amounts(100, "978")))
    desk.send_elsewhere(card, Kind.REPEAT_ELSEWHERE, message)
    first, second = (steps[0] for steps in desk.scripts()[0].rounds)
    assert first.connection != second.connection


def test_what_is_sent_at_once_is_one_round_on_several_connections(desk: Desk, card: Card) -> None:
    message = desk.purchase(card, Amounts(100, "978"))
    desk.send_at_once(card, Kind.REPEAT_AT_ONCE, [message, message])
    ((first, second),) = desk.scripts()[0].rounds
    assert first.connection != second.connection
    assert (first.expected.same_as, second.expected.same_as) == (None, reply_key(message))


def test_a_reversal_takes_the_approval_code_from_the_reply_only_if_there_will_be_one(desk: Desk, card: Card) -> None:
    approved = desk.send(card, Kind.PURCHASE, desk.purchase(card, Amounts(100, "978")))
    declined = desk.send(card, Kind.INSUFFICIENT_FUNDS, desk.purchase(card, Amounts(99_999, "978")))
    desk.reverse(card, Kind.FULL_REVERSAL, approved)
    desk.reverse(card, Kind.UNKNOWN_REVERSAL, declined)
    steps = [steps[0] for steps in desk.scripts()[0].rounds]
    assert [step.approval_from for step in steps[2:]] == [reply_key(approved), None]


def test_each_card_has_its_own_script(make_card: Callable[..., Card], make_desk: Callable[..., Desk]) -> None:
    first, second = make_card(1), make_card(2)
    desk = make_desk(first, second)
    for card in (first, second, first):
        desk.send(card, Kind.PURCHASE, desk.purchase(card, Amounts(100, "978")))
    assert [(script.pan, script.messages) for script in desk.scripts()] == [(first.pan, 2), (second.pan, 1)]
    assert desk.sent == 3
