from datetime import timedelta

import pytest

from simulator.auditor.accounts import Balance
from simulator.cards import Card
from simulator.expectation import Expectation
from simulator.messages import Amounts
from simulator.stage.books import Account
from simulator.stage.composing import Written
from simulator.stage.judging import Came, book_views, broken, life_views, reply_views, silence_views, span_text
from simulator.stage.language import Expected
from simulator.stage.results import View
from switch.iso8583 import Message

CARD = Card("5413330000000019", "2912", "123", "1234", "978", 10_000)
REQUEST = Written(Message("0100", {2: CARD.pan}), CARD, Amounts(1_000, "978"))


def came(reply: Message, earlier: Message | None = None) -> Came:
    return Came(REQUEST, reply, "ascii", None, {"before": earlier} if earlier else {})


def test_all_three_views_stand_side_by_side_where_they_part() -> None:
    reply = Message("0110", {4: "000000001000", 39: "51"})
    found = reply_views(came(reply), Expected(code="00"), Expectation("0110", "05", "some reason"))
    assert View("DE 39", "00", "05", "51") in broken(found)


def test_nothing_is_broken_where_all_agree() -> None:
    reply = Message("0110", {4: "000000001000", 38: "123456", 39: "00", 54: "0057978C000000002000", 48: b"R8702M "})
    stated = Expected(code="00", approval=True, amount="10.00", original="20.00", absent=[55], chip="absent")
    found = reply_views(came(reply, reply), stated.model_copy(update={"same_as": "before"}), Expectation("0110", "00", ""))
    assert broken(found) == ()


def test_each_thing_that_a_scenario_states_is_judged() -> None:
    reply = Message("0110", {4: "000000000900", 39: "00", 55: b"", 63: "X", 48: b"R"})
    stated = Expected(
        approval=True, amount="10.00", billing="1.00", original="1.00", balance="1.00", private={"84": "03"},
        elements={"63": "Y"}, absent=[55],
    )  # fmt: skip
    found = broken(reply_views(came(reply), stated, None))
    assert [view.what for view in found] == [
        "DE 38", "DE 4", "DE 6", "DE 54 type 57", "DE 54 type 02", "DE 48.84", "DE 63", "DE 55"
    ]  # fmt: skip


def test_a_reply_that_nobody_may_give_is_broken() -> None:
    assert broken(silence_views(None)) == ()
    assert [view.got for view in broken(silence_views(Message("0190", {39: "00"})))] == ["0190 00"]


def test_the_books_are_compared_with_both_views() -> None:
    account = Account(10_000, 4_000, 6_000, {}, {})
    predicted = (Balance(10_000, 3_000, 0), [("hold", 3_000)])
    stated = Expected(holds="40.00", postings={"hold": ["40.00"]})
    found = broken(book_views(stated, "EUR", account, [("hold", 4_000)], predicted))
    assert found == (
        View("available", None, "70.00", "60.00"),
        View("holds", "40.00", "30.00", "40.00"),
        View("postings", "hold 40.00", "hold 30.00", "hold 40.00"),
    )
    assert broken(book_views(stated, "EUR", account, [("hold", 4_000)], None)) == ()


@pytest.mark.parametrize(
    ("lasts", "text"),
    [
        (timedelta(days=7), "7d"),
        (timedelta(days=30, seconds=-20), "30d"),
        (timedelta(hours=2, seconds=3), "2h"),
        (timedelta(minutes=1), "1m"),
        (timedelta(days=7, minutes=20), "10100m"),
    ],
)
def test_a_span_is_told_in_the_largest_unit_that_is_near(lasts: timedelta, text: str) -> None:
    assert span_text(lasts) == text


def test_the_scenario_judges_the_latest_hold_and_the_auditor_all_of_them() -> None:
    found = {("000001", "A"): timedelta(days=7), ("000002", "B"): timedelta(days=3)}
    predicted = {("000001", "A"): timedelta(days=30), ("000002", "B"): timedelta(days=7)}
    assert life_views(Expected(expires_in="3d"), found, predicted) == [
        View("expires in", "3d", "7d", "3d"),
        View("expires in (RRN A)", None, "30d", "7d"),
    ]
    assert life_views(Expected(expires_in="3d"), {}, {}) == [View("expires in", "3d", None, "absent")]
    assert life_views(Expected(), found, {}) == []
