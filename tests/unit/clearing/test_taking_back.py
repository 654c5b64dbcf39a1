"""What refers to an earlier record: reversals, whichever came first, and disputes."""

from dataclasses import replace

import pytest
from clearing_samples import FILE, NAMES, earlier, known, matched, payment, record

from clearing.matches import Concern, Earlier, Match, Payment, Rule
from clearing.matching import Matcher
from clearing.records import RecordKind

ARN = "7" * 23


def one(given: object, *payments: Payment, of: tuple[Earlier, ...] = ()) -> Match:
    return matched([given], known(*payments, references={ARN: list(of)}))[0]  # type: ignore[list-item]


TAKEN_BACK = record(4, is_reversal=True, is_debit=False)


def test_a_reversal_that_stands_before_its_presentment_takes_it_back_all_the_same() -> None:
    first, second = matched([replace(TAKEN_BACK, number=2), record(3)], known(payment()))
    assert (first.rule, first.refers, first.account_id, first.concern) == (Rule.REFERENCE, (FILE.file_id, 3), 50, None)
    assert (second.authorization_id, second.concern) == (900, None)


def test_a_reversal_that_waited_is_for_one_presentment_and_leaves_room_for_what_is_presented_again() -> None:
    again = record(5, names=replace(NAMES, arn="7" * 22 + "8"))
    found = matched([replace(TAKEN_BACK, number=2), replace(TAKEN_BACK, number=3), record(4), again], known(payment()))
    assert [match.concern for match in found] == [None, Concern.ORPHAN_REVERSAL, None, None]


@pytest.mark.parametrize(
    ("changes", "is_met"),
    [
        ({}, True),
        ({"is_orphan": False}, False),
        ({"function_code": "205"}, False),
        ({"amount": 1249}, False),
        ({"is_debit": True}, False),
        ({"card_account_id": 51}, False),
        ({"card_account_id": None}, True),
        ({"card_account_id": None, "masked_pan": "541333******0027"}, False),
    ],
)
def test_a_reversal_of_an_earlier_file_is_met_by_its_own_presentment_only(changes: dict[str, object], *, is_met: bool) -> None:
    waits = replace(earlier(is_presentment=True, is_reversal=True, is_debit=False, is_orphan=True), **changes)
    matcher = Matcher(known(payment(), references={"7" * 23: [waits]}), FILE)
    matcher.match_all([record()])
    assert (matcher.meets_waiting, matcher.paired) == (is_met, {})


def test_a_reversal_of_another_card_or_of_the_same_direction_takes_nothing_back() -> None:
    for changes in ({"card_account_id": 51}, {"is_debit": False}):
        found = one(TAKEN_BACK, payment(), of=(earlier(**changes),))
        assert found.concern is Concern.ORPHAN_REVERSAL


NAMELESS = replace(NAMES, arn=None)


@pytest.mark.parametrize("is_first", [True, False])
def test_without_an_acquirer_reference_on_either_the_trace_id_names_the_presentment(*, is_first: bool) -> None:
    presented = record(3 if is_first else 2, names=NAMELESS)
    reversal = record(5 - presented.number, is_reversal=True, is_debit=False, names=NAMELESS)
    found = {match.number: match for match in matched(sorted([reversal, presented], key=lambda r: r.number), known(payment()))}
    assert (found[reversal.number].refers, found[reversal.number].concern) == ((FILE.file_id, presented.number), None)


@pytest.mark.parametrize("changes", [{"names": replace(NAMELESS, trace_id="MCCOTHER11126")}, {"names": NAMES}, {"amount": 1249}])
def test_another_trace_id_amount_or_an_acquirer_reference_on_one_of_both_takes_nothing_back(changes: dict[str, object]) -> None:
    reversal = record(3, is_reversal=True, is_debit=False, **{"names": NAMELESS, **changes})
    found = matched([record(2, names=NAMELESS), reversal], known(payment()))
    assert found[1].concern is Concern.ORPHAN_REVERSAL


def test_two_alike_without_an_acquirer_reference_may_be_parts_of_one_payment() -> None:
    found = matched([record(2, names=NAMELESS), record(3, names=NAMELESS)], known(payment(2500)))
    assert [match.concern for match in found] == [None, None]


def test_a_refund_is_taken_back_by_a_debit() -> None:
    refund, reversal = record(2, is_debit=False), record(3, is_reversal=True)
    _, found = matched([refund, reversal], known(payment(captured=1250, held=0)))
    assert (found.refers, found.account_id, found.concern) == ((FILE.file_id, 2), 50, None)


REVERSED = earlier(9, is_reversal=True, is_debit=False)
CHARGEBACK = record(3, kind=RecordKind.CHARGEBACK, function_code="450", is_debit=False)
AGAIN = record(3, kind=RecordKind.SECOND_PRESENTMENT, function_code="205")


@pytest.mark.parametrize("dispute", [CHARGEBACK, AGAIN])
@pytest.mark.parametrize(
    ("of", "number"),
    [
        ((earlier(2),), 2),
        ((REVERSED, earlier(2, is_taken_back=True)), 2),
        ((earlier(2, is_taken_back=True), REVERSED, earlier(4)), 4),
        ((earlier(2, card_account_id=51), earlier(4)), 4),
    ],
    ids=["alone", "after its reversal", "presented again", "another card's"],
)
def test_a_dispute_is_of_the_presentment_that_stands_and_of_no_reversal(
    dispute: object, of: tuple[Earlier, ...], number: int
) -> None:
    found = one(dispute, of=of)
    assert (found.rule, found.refers, found.disputed_account_id) == (Rule.REFERENCE, ("0022611250000020090000001", number), 50)


@pytest.mark.parametrize("dispute", [CHARGEBACK, AGAIN])
def test_a_dispute_of_what_is_not_known_is_a_case_all_the_same(dispute: object) -> None:
    found = one(dispute, of=(REVERSED,))
    assert (found.rule, found.account_id, found.refers, found.amount) == (Rule.NONE, None, None, 1250)
    assert found.concern in (Concern.CHARGEBACK, Concern.SECOND_PRESENTMENT)


def test_an_approval_code_counts_whatever_the_minor_units_of_another_currency_come_to() -> None:
    names = replace(NAMES, trace_id=None, rrn=None)
    found = one(record(names=names, amount=500_000, asset="HUF"), payment(trace_id=None))
    assert (found.rule, found.authorization_id, found.concern) == (Rule.APPROVAL, 900, Concern.WRONG_CURRENCY)


@pytest.mark.parametrize("amount", [500, 1250, 5000])
def test_a_refund_that_names_its_purchase_is_tied_to_it_whatever_its_amount(amount: int) -> None:
    found = one(record(is_debit=False, amount=amount), payment(captured=1250, held=0))
    assert (found.chain_id, found.amount, found.concern) == (900, amount, None)
