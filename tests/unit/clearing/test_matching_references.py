"""Matching of what refers to an earlier record by DE 31: doubles, reversals, what is presented again, disputes."""

from dataclasses import replace

from clearing_samples import NAMES, earlier, known, matched, one, payment, record

from clearing.matches import Concern, Rule
from clearing.records import RecordKind


def test_the_same_presentment_twice_is_doubled_also_across_files() -> None:
    first, second = matched([record(2), record(3)], known(payment()))
    assert (first.concern, second.concern, second.refers) == (None, Concern.DOUBLED, ("0022611260000020090000001", 2))
    again = one(record(2), known(payment(), references={"7" * 23: [earlier(9)]}))
    assert (again.concern, again.refers) == (Concern.DOUBLED, ("0022611250000020090000001", 9))


def test_what_was_taken_back_may_be_presented_again() -> None:
    taken_back = {"7" * 23: [earlier(9, is_taken_back=True)]}
    assert one(record(), known(payment(), references=taken_back)).concern is None


def test_a_reversal_takes_back_the_newest_presentment_of_its_reference_once() -> None:
    reversal = record(4, is_reversal=True, is_debit=False)
    first, second, third = matched([record(2), reversal, replace(reversal, number=5)], known(payment()))
    assert first.concern is None
    assert (second.rule, second.refers, second.account_id) == (Rule.REFERENCE, ("0022611260000020090000001", 2), 50)
    assert (third.concern, third.account_id) == (Concern.ORPHAN_REVERSAL, None)


def test_what_was_taken_back_may_be_presented_again_whether_it_stands_in_this_chunk_or_in_an_earlier_file() -> None:
    reversal, again = record(4, is_reversal=True, is_debit=False), record(5, names=replace(NAMES, arn="7" * 22 + "8"))
    assert matched([record(2), reversal, again], known(payment()))[2].concern is None
    cleared = payment(captured=1250, held=0)
    assert matched([reversal, again], known(cleared, references={"7" * 23: [earlier()]}))[1].concern is None


def test_a_double_that_is_taken_back_leaves_what_was_presented_first() -> None:
    reversal, more = record(4, is_reversal=True, is_debit=False), record(5, amount=10, names=replace(NAMES, arn="7" * 22 + "8"))
    found = matched([record(2), record(3), reversal, more], known(payment()))
    assert [match.concern for match in found] == [None, Concern.DOUBLED, None, Concern.OVER_CLEARED]


def test_a_reversal_of_another_amount_takes_nothing_back() -> None:
    reversal = record(4, amount=1000, is_reversal=True, is_debit=False)
    assert one(reversal, known(payment(), references={"7" * 23: [earlier()]})).concern is Concern.ORPHAN_REVERSAL


def test_a_dispute_is_tied_to_its_presentment_and_touches_no_account() -> None:
    chargeback = record(3, kind=RecordKind.CHARGEBACK, function_code="450", is_debit=False)
    again = record(4, kind=RecordKind.SECOND_PRESENTMENT, function_code="205")
    _, first, second = matched([record(2), chargeback, again], known(payment()))
    assert (first.concern, first.authorization_id, first.account_id, first.refers) == (
        Concern.CHARGEBACK, 900, None, ("0022611260000020090000001", 2),
    )  # fmt: skip
    assert (second.concern, second.authorization_id, second.account_id) == (Concern.SECOND_PRESENTMENT, 900, None)


def test_a_part_presented_again_is_tied_to_its_presentment_whatever_its_amount() -> None:
    part = record(3, 400, kind=RecordKind.SECOND_PRESENTMENT, function_code="282", is_partial=True)
    _, found = matched([record(2), part], known(payment()))
    assert (found.concern, found.refers, found.amount) == (Concern.SECOND_PRESENTMENT, ("0022611260000020090000001", 2), 400)


def test_a_dispute_that_is_taken_back_is_no_case() -> None:
    taken_back = record(3, kind=RecordKind.CHARGEBACK, function_code="450", is_reversal=True)
    assert [match.concern for match in matched([record(2), taken_back], known(payment()))] == [None, None]


def test_a_dispute_of_what_nobody_presented_finds_its_payment_by_the_other_names() -> None:
    chargeback = record(3, kind=RecordKind.CHARGEBACK, function_code="450", is_debit=False)
    found = one(chargeback, known(payment(held=0, captured=1250)))
    assert (found.rule, found.authorization_id, found.concern) == (Rule.TRACE, 900, Concern.CHARGEBACK)
