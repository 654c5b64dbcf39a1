"""Which items a posted chunk leaves: what is at stake of each record, and one of a kind per record."""

from dataclasses import replace

from clearing_samples import record

from clearing.matches import Concern, Match, Rule
from clearing.questions import items_of, not_understood
from clearing.records import Flaw, Sum, Untranslatable
from clearing.storing import DIFFERENCE, Booked

FEE, DAY = Flaw(None, "0146", "2 long"), Flaw(None, "0158", "no business date")
MATCH = Match(2, Rule.TRACE, "same trace id", 50, 1250, "EUR", 900, 900)
POSTED = Booked(2, 0, "presentment", True, 77, "posted")


def test_all_flaws_of_a_record_are_one_item_with_what_was_posted() -> None:
    assert items_of([record(flaws=(FEE, DAY))], {2: MATCH}, [POSTED]) == [(2, Concern.FLAWED, 1250, "EUR")]


def test_a_flaw_and_what_matching_has_against_the_record_are_an_item_each() -> None:
    over = replace(MATCH, concern=Concern.OVER_CLEARED, concern_amount=250)
    question = Booked(2, DIFFERENCE, "difference", False, 78, "suspense")
    found = items_of([record(flaws=(FEE,), settled=Sum(1350, "EUR"))], {2: over}, [POSTED, question])
    assert found == [
        (2, Concern.OVER_CLEARED, 250, "EUR"), (2, Concern.FLAWED, 1250, "EUR"), (2, Concern.SETTLED_OTHERWISE, 100, "EUR"),
    ]  # fmt: skip


def test_what_the_books_refuse_is_one_item_with_its_amount_whatever_else_is_odd() -> None:
    refused = Booked(2, 0, "refused", True, None, "unbookable", "no such account")
    doubled = replace(MATCH, concern=Concern.DOUBLED)
    assert items_of([record(flaws=(FEE,))], {2: doubled}, [refused]) == [(2, Concern.UNBOOKABLE, 1250, "EUR")]


def test_what_cannot_be_understood_is_an_item_with_its_amount_as_far_as_that_can_be_read() -> None:
    known = Untranslatable(2, Flaw(3, None, "absent"), Sum(1250, "EUR"))
    unknown = Untranslatable(3, Flaw(49, None, "currency 999 is not kept here"))
    rows = [not_understood(known), not_understood(unknown)]
    assert [(row.kind, row.status, row.detail) for row in rows] == [
        ("unbookable_record", "unbookable", "DE 3: absent"),
        ("unknown_currency", "unbookable", "DE 49: currency 999 is not kept here"),
    ]
    assert items_of([known, unknown], {}, rows) == [
        (2, Concern.UNBOOKABLE, 1250, "EUR"), (3, Concern.UNKNOWN_CURRENCY, None, None),
    ]  # fmt: skip


def test_what_stands_beside_a_booking_and_is_refused_is_an_item() -> None:
    beside = Booked(2, DIFFERENCE, "difference", False, None, "unbookable", "no such account")
    assert items_of([record()], {2: MATCH}, [POSTED, beside]) == [(2, Concern.UNBOOKABLE, None, None)]
