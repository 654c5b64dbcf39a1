"""What cannot be stored is named by its field, without its content."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from ledger_samples import CUSTOMER, NOW, advise, authorize, digest, key, reverse

from ledger.card_counters import CardUse
from ledger.commands import Book, Capture, Correct, Entry, Layer, Line, Single
from ledger.poison import flaw_of, told

LINES = (Line(CUSTOMER, "EUR", Layer.POSTED, 5), Line("bank", "EUR", Layer.POSTED, -5))
BOOK = Book(key("b"), digest("b"), "fee", "monthly", "clerk", NOW.date(), NOW, LINES)
CAPTURE = Capture(key("c"), digest("c"), CUSTOMER, "EUR", 10, NOW, NOW.date())
CORRECT = Correct(key("d"), digest("d"), 1, NOW.date(), "wrong", NOW, NOW.date(), "clerk", Entry("fee", "right", LINES))


def test_what_can_be_stored_has_no_flaw() -> None:
    for command in (
        authorize("a"), authorize("a", single=Single.DEBIT), advise("b"), reverse("c", "a"), BOOK, CAPTURE, CORRECT,
        replace(authorize("a"), card_use=CardUse()), replace(authorize("a"), at_most=5, goods=5),
    ):  # fmt: skip
        assert flaw_of(command) is None, command


@pytest.mark.parametrize(
    ("given", "flaw"),
    [
        ({"details": "a\0b"}, "request.details: has a NUL"),
        ({"details": "\ud800"}, "request.details: is not text"),
        ({"received_at": datetime(2026, 3, 1)}, "request.received_at: has no time zone"),  # noqa: DTZ001
        ({"content": b"short"}, "request.content: has 5 bytes"),
        ({"amount": True}, "request.amount: is bool"),
        ({"amount": 2**63}, "request.amount: is too large"),
        ({"rrn": 7}, "request.rrn: is int"),
    ],
)
def test_a_flaw_of_a_request_is_named(given: dict[str, Any], flaw: str) -> None:
    command = authorize("a")
    assert flaw_of(replace(command, request=replace(command.request, **given))) == flaw


def test_a_flaw_of_a_booking_is_named() -> None:
    lines = (LINES[0], LINES[1]._replace(amount=-5.0))  # type: ignore[arg-type]
    assert flaw_of(replace(BOOK, lines=lines)) == "lines[1].amount: is float"
    assert flaw_of(replace(CAPTURE, value_date=NOW)) == "value_date: is datetime"
    assert flaw_of(replace(CAPTURE, key=replace(CAPTURE.key, digest=b""))) == "key.digest: has 0 bytes"


def test_an_error_is_told_without_its_message() -> None:
    assert told(TypeError("4111 1111")) == "TypeError"
