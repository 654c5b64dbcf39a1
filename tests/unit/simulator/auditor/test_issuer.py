import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.auditor.issuer import IssuerModel
from simulator.cards import Card, Condition
from simulator.desk import Desk
from simulator.expectation import ApprovalCode, Expectation
from simulator.messages import REFUND, Amounts, Extras, advice, altered, repeated
from simulator.network.parties import MERCHANTS
from simulator.pin import pin_block
from simulator.script import Kind
from switch.iso8583 import Message

EUR = "978"


def ask(desk: Desk, message: Message) -> Expectation:
    return desk.model.expect(message)


def bought(desk: Desk, card: Card, minor: int, **extras: object) -> Message:
    message = desk.purchase(card, Amounts(minor, EUR), Extras(**extras))  # type: ignore[arg-type]
    assert ask(desk, message).code == "00"
    return message


def advised(desk: Desk, card: Card, minor: int, code: str = "00") -> Message:
    message = unsent_advice(desk, card, minor, code)
    assert ask(desk, message).code == "00"
    return message


def unsent_advice(desk: Desk, card: Card, minor: int, code: str = "00") -> Message:
    return advice(desk.header(), card, Amounts(minor, EUR), MERCHANTS[0], character_set="cp037", code=code)


def test_an_approval_holds_its_amount(desk: Desk, card: Card) -> None:
    message = desk.purchase(card, Amounts(2_500, EUR))
    expected = ask(desk, message)
    assert (expected.mti, expected.code, expected.approval_code) == ("0110", "00", ApprovalCode.PRESENT)
    assert (desk.model.balance(card.pan).holds_minor, desk.available(card)) == (2_500, 7_500)


def test_the_billing_amount_is_held_where_there_is_one(desk: Desk, card: Card) -> None:
    ask(desk, desk.purchase(card, Amounts(100_000, "392", 610, EUR, "70061000")))
    assert desk.available(card) == 10_000 - 610


def test_all_the_money_may_be_spent_and_not_one_unit_more(desk: Desk, card: Card) -> None:
    bought(desk, card, 10_000)
    expected = ask(desk, desk.purchase(card, Amounts(1, EUR)))
    assert (expected.code, expected.approval_code) == ("51", ApprovalCode.ABSENT)


def test_the_floor_is_what_credit_allows(make_desk: Callable[..., Desk], make_card: Callable[..., Card]) -> None:
    card = replace(make_card(posted_minor=0), floor_minor=-5_000)
    desk = make_desk(card)
    bought(desk, card, 5_000)
    assert ask(desk, desk.purchase(card, Amounts(1, EUR))).code == "51"


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        (Condition.UNKNOWN, "14"),
        (Condition.LOST, "41"),
        (Condition.STOLEN, "43"),
        (Condition.BLOCKED, "62"),
        (Condition.INACTIVE, "72"),
        (Condition.CLOSED, "46"),
    ],
)
def test_a_card_that_is_not_active_is_refused_in_its_own_words(
    make_desk: Callable[..., Desk], make_card: Callable[..., Card], condition: Condition, code: str
) -> None:
    card = make_card(condition=condition)
    assert ask(make_desk(card), make_desk(card).purchase(card, Amounts(100, EUR))).code == code


def test_a_card_may_be_used_in_its_last_month(make_desk: Callable[..., Desk], make_card: Callable[..., Card]) -> None:
    last_month, expired = make_card(1, expiry="2611"), make_card(2, expiry="2610")
    desk = make_desk(last_month, expired)
    assert ask(desk, desk.purchase(last_month, Amounts(100, EUR))).code == "00"
    assert ask(desk, desk.purchase(expired, Amounts(100, EUR))).code == "54"


@pytest.mark.parametrize(
    ("extras", "code"),
    [
        (Extras(elements={14: "3001"}), "54"),
        (Extras(subelements={"92": "124"}), "05"),
        (Extras(subelements={"92": "123"}), "00"),
        (Extras(elements={3: REFUND}), "00"),
    ],
)
def test_what_a_message_carries_is_checked(desk: Desk, card: Card, extras: Extras, code: str) -> None:
    assert ask(desk, desk.purchase(card, Amounts(100, EUR), extras)).code == code


def test_a_wrong_cvc2_is_named_in_the_reply(desk: Desk, card: Card) -> None:
    assert ask(desk, desk.purchase(card, Amounts(100, EUR), Extras(subelements={"92": "999"}))).subelements == {"87": "N"}


@pytest.mark.parametrize(("pin", "code"), [("1234", "00"), ("4321", "55")])
def test_a_pin_is_checked(desk: Desk, card: Card, pin: str, code: str) -> None:
    secret = Extras(elements={52: pin_block(pin, card.pan)})
    assert ask(desk, desk.purchase(card, Amounts(100, EUR), secret)).code == code


def test_a_refund_does_not_raise_what_is_available(desk: Desk, card: Card) -> None:
    bought(desk, card, 5_000, elements={3: REFUND})
    assert desk.available(card) == 10_000


def test_a_repeat_is_answered_as_before_and_holds_nothing_more(desk: Desk, card: Card) -> None:
    message = bought(desk, card, 4_000)
    expected = ask(desk, repeated(message))
    assert expected.same_as is not None
    assert expected.code == "00"
    assert desk.available(card) == 6_000


def test_the_same_key_with_other_content_is_refused(desk: Desk, card: Card) -> None:
    message = bought(desk, card, 4_000)
    assert ask(desk, altered(message, {4: "000000004001"})).code == "94"
    assert ask(desk, message).code == "00"
    assert desk.available(card) == 6_000


def test_a_decline_is_repeated_too_even_when_money_has_come_back(desk: Desk, card: Card) -> None:
    first = bought(desk, card, 10_000)
    declined = desk.purchase(card, Amounts(5_000, EUR))
    assert ask(desk, declined).code == "51"
    ask(desk, desk.written_reversal(first))
    assert ask(desk, declined).code == "51"


def test_part_of_the_amount_is_granted_where_the_terminal_can_take_it(desk: Desk, card: Card) -> None:
    message = desk.purchase(card, Amounts(12_000, EUR), Extras(subelements={"61": "10000"}))
    expected = ask(desk, message)
    assert (expected.code, expected.elements[4], expected.original_amount) == ("10", "000000010000", (EUR, 12_000))
    assert desk.available(card) == 0
    assert ask(desk, desk.purchase(card, Amounts(1, EUR), Extras(subelements={"61": "10000"}))).code == "51"


def test_a_full_reversal_releases_the_hold_once(desk: Desk, card: Card) -> None:
    message = bought(desk, card, 4_000)
    for mti in ("0400", "0420"):
        assert ask(desk, desk.written_reversal(message, mti=mti)).code == "00"
        assert desk.available(card) == 10_000


def test_zeros_in_de_95_mean_all_of_it(desk: Desk, card: Card) -> None:
    message = bought(desk, card, 4_000)
    ask(desk, altered(desk.written_reversal(message), {95: "0" * 42}))
    assert desk.available(card) == 10_000


def test_a_partial_reversal_takes_the_billing_amount_where_there_is_one(desk: Desk, card: Card) -> None:
    message = desk.purchase(card, Amounts(100_000, "392", 610, EUR, "70061000"))
    ask(desk, message)
    ask(desk, desk.written_reversal(message, remaining=(50_000, 305)))
    assert desk.available(card) == 10_000 - 305


@given(st.permutations([900, 400, 2_000, 650]))
def test_the_order_of_partial_reversals_does_not_matter(remaining: list[int]) -> None:
    card = Card("5413330000000001", "2912", "123", "1234", EUR, 10_000)
    desk = _desk_for(card)
    message = bought(desk, card, 1_000)
    for minor in remaining:
        ask(desk, desk.written_reversal(message, remaining=(minor, minor)))
    assert desk.model.balance(card.pan).holds_minor == 400


def test_a_reversal_of_nothing_known_is_answered_and_changes_nothing(desk: Desk, card: Card) -> None:
    expected = ask(desk, desk.written_reversal(desk.purchase(card, Amounts(100, EUR))))
    assert (expected.mti, expected.code) == ("0410", "00")
    assert desk.available(card) == 10_000


def test_a_reversal_that_overtakes_its_authorization_cancels_it(desk: Desk, card: Card) -> None:
    message = desk.purchase(card, Amounts(100, EUR))
    ask(desk, desk.written_reversal(message, mti="0420"))
    assert ask(desk, message).code == "05"
    assert desk.available(card) == 10_000


def test_the_trace_id_finds_what_de_90_does_not(desk: Desk, card: Card) -> None:
    message = bought(desk, card, 4_000)
    ask(desk, altered(desk.written_reversal(message), {90: "0100" + "0" * 38}))
    assert desk.available(card) == 10_000


def test_an_advice_is_taken_beyond_the_balance_and_stops_spending(desk: Desk, card: Card) -> None:
    message = advised(desk, card, 25_000)
    assert desk.available(card) == -15_000
    assert ask(desk, desk.purchase(card, Amounts(1, EUR))).code == "51"
    ask(desk, desk.written_reversal(message, mti="0420"))
    assert ask(desk, desk.purchase(card, Amounts(1, EUR))).code == "00"


def test_an_advice_of_a_decline_holds_nothing(desk: Desk, card: Card) -> None:
    advised(desk, card, 2_000, code="05")
    assert desk.available(card) == 10_000


def test_an_advice_of_our_own_authorization_replaces_it(desk: Desk, card: Card) -> None:
    ours = bought(desk, card, 4_000)
    theirs = altered(unsent_advice(desk, card, 3_000), {63: ours.text(63), 15: ours.text(15)})
    ask(desk, theirs)
    assert desk.available(card) == 7_000
    ask(desk, desk.written_reversal(ours, mti="0420"))
    assert desk.available(card) == 7_000
    ask(desk, desk.written_reversal(ours, remaining=(1_000, 0)))
    assert desk.available(card) == 9_000
    ask(desk, desk.written_reversal(theirs, mti="0420"))
    assert desk.available(card) == 10_000


def test_a_repeated_advice_holds_once(desk: Desk, card: Card) -> None:
    message = advised(desk, card, 2_000)
    assert ask(desk, repeated(message)).mti == "0130"
    assert desk.available(card) == 8_000


def test_replies_carry_back_what_was_sent_and_nothing_secret(desk: Desk, card: Card) -> None:
    message = desk.purchase(card, Amounts(100, EUR))
    expected = ask(desk, message)
    assert expected.elements[63] == message.text(63)
    assert {14, 22, 52} <= expected.absent
    assert not expected.absent & expected.elements.keys()


def test_advice_and_reversal_replies_carry_their_own_subelements(desk: Desk, card: Card) -> None:
    message = desk.send(card, Kind.PURCHASE, desk.purchase(card, Amounts(100, EUR)))
    assert set(ask(desk, desk.written_reversal(message)).subelements) == {"63"}
    assert set(ask(desk, desk.written_reversal(message, mti="0420")).subelements) == {"15"}


def _desk_for(card: Card) -> Desk:
    model = IssuerModel([card], today=date(2026, 11, 21), character_set="cp037")
    return Desk(random.Random(1), model, datetime(2026, 11, 21, tzinfo=UTC), character_set="cp037", links=1)


def acknowledged(message: Message, mti: str = "0190") -> Message:
    return Message(mti, message.elements | {39: "00"})


def test_an_answer_that_was_not_accepted_is_undone_once_and_told_91_from_then_on(desk: Desk, card: Card) -> None:
    message = bought(desk, card, 4_000)
    desk.model.take(acknowledged(message, "0180"))
    assert desk.available(card) == 6_000
    for _ in range(2):
        desk.model.take(acknowledged(message))
        assert desk.available(card) == 10_000
    assert ask(desk, repeated(message)).code == "91"
    assert list(desk.model.taken_postings(card.pan)) == [("hold", 4_000), ("release", 4_000)]


def test_an_acknowledgement_of_nothing_known_changes_nothing(desk: Desk, card: Card) -> None:
    desk.model.take(acknowledged(desk.purchase(card, Amounts(4_000, EUR))))
    assert desk.available(card) == 10_000


def test_money_goes_back_to_a_card_that_may_not_spend_unless_it_is_closed(
    make_desk: Callable[..., Desk], make_card: Callable[..., Card]
) -> None:
    for condition, code in (
        (Condition.FROZEN, "00"),
        (Condition.LOST, "00"),
        (Condition.CLOSED, "46"),
        (Condition.UNKNOWN, "14"),
    ):
        card = make_card(condition=condition)
        desk = make_desk(card)
        assert ask(desk, desk.purchase(card, Amounts(100, EUR), Extras(elements={3: REFUND}))).code == code


def test_what_is_billed_in_another_currency_is_declined_and_advised_without_a_hold(desk: Desk, card: Card) -> None:
    assert ask(desk, desk.purchase(card, Amounts(100, "840"))).code == "57"
    ask(desk, advice(desk.header(), card, Amounts(100, "840"), MERCHANTS[0], character_set="cp037"))
    assert desk.available(card) == 10_000


def test_a_new_pin_gives_all_tries_back(desk: Desk, card: Card) -> None:
    def with_pin(pin: str) -> str:
        return ask(desk, desk.purchase(card, Amounts(100, EUR), Extras(elements={52: pin_block(pin, card.pan)}))).code

    assert [with_pin("0000") for _ in range(3)] + [with_pin("1234")] == ["55", "55", "55", "75"]
    desk.model.set_pin(card.pan, "2468")
    assert [with_pin("1234"), with_pin("2468")] == ["55", "00"]


def answered_with(desk: Desk, message: Message, code: str) -> str | None:
    return desk.model.hear(message, Message("0110", {38: code, 39: "00"}))


def test_one_approval_code_for_every_payment_is_objected_to(desk: Desk, card: Card) -> None:
    payments = [bought(desk, card, 1_000) for _ in range(4)]
    assert [answered_with(desk, each, "000000") for each in payments[:2]] == [None, None]
    assert answered_with(desk, payments[2], "000000") == "000000, as for every other payment"
    assert answered_with(desk, payments[3], "000001") is None


def test_a_reversal_by_rrn_needs_the_code_that_the_payment_was_given(desk: Desk, card: Card) -> None:
    payment = bought(desk, card, 1_000)
    answered_with(desk, payment, "123456")
    for code, left in (("654321", 1_000), ("123456", 0)):
        ask(desk, altered(desk.written_reversal(payment), {38: code, 48: None, 90: None}))
        assert desk.model.balance(card.pan).holds_minor == left


@pytest.mark.parametrize(
    ("elements", "days"), [({}, 7.0), ({61: "0000004000800380"}, 30.0), ({18: "5552"}, 1.0), ({18: "5542"}, 1 / 12)]
)
def test_a_hold_stands_as_long_as_its_class_and_its_merchant_say(
    desk: Desk, card: Card, elements: dict[int, str], days: float
) -> None:
    bought(desk, card, 1_000, elements=elements)
    assert [lasts.total_seconds() / 86_400 for lasts in desk.model.lives(card.pan).values()] == [pytest.approx(days)]
