"""The rules of matching: each finds what it should, in their order, and says what somebody must look at."""

from dataclasses import replace
from datetime import timedelta

import pytest
from clearing_samples import AT, CARD, FILE, NAMES, earlier, known, matched, one, payment, record

from clearing.matches import Concern, Known, Rule
from clearing.matching import window
from clearing.records import EntryMode, RecordKind, References, Sum

NAMELESS = References()


def test_a_trace_id_finds_its_authorization_and_no_concern() -> None:
    found = one(record(), known(payment()))
    assert (found.rule, found.authorization_id, found.chain_id, found.account_id) == (Rule.TRACE, 900, 900, 50)
    assert (found.amount, found.asset, found.concern) == (1250, "EUR", None)


def test_a_trace_id_wins_over_every_other_name() -> None:
    other = payment(authorization_id=901, chain_id=901, trace_id="MCCOTHER11126")
    assert one(record(), known(other, payment())).authorization_id == 900


def test_a_link_identifier_is_asked_before_the_approval_code() -> None:
    linked = payment(authorization_id=901, chain_id=901, trace_id=None, link_id="L" * 22, approval_code="Z")
    found = one(record(names=replace(NAMES, trace_id=None, link_id="L" * 22)), known(linked, payment(trace_id=None)))
    assert (found.rule, found.authorization_id) == (Rule.LINK, 901)


def test_an_approval_code_counts_on_the_same_account_at_the_same_merchant() -> None:
    names = replace(NAMES, trace_id=None, rrn=None)
    assert one(record(names=names), known(payment(trace_id=None))).rule is Rule.APPROVAL
    assert one(record(names=names), known(payment(trace_id=None, acceptor_id="OTHER"))).rule is Rule.NONE


def test_an_approval_code_does_not_stand_for_an_amount_far_beyond_it() -> None:
    names = replace(NAMES, trace_id=None, rrn=None, acceptor_id=None)
    assert one(record(amount=5000, names=names), known(payment(trace_id=None))).rule is Rule.NONE


def test_the_retrieval_reference_is_a_fallback() -> None:
    found = one(record(names=References(rrn=NAMES.rrn)), known(payment(trace_id=None, amount=9000, left=9000, held=9000)))
    assert (found.rule, found.authorization_id) == (Rule.FALLBACK, 900)


def test_of_two_under_one_retrieval_reference_the_one_of_the_same_amount_is_meant() -> None:
    ours = payment(amount=3000, authorization_id=890, chain_id=890, trace_id=None, at=AT - timedelta(days=1))
    advice = payment(amount=3500, trace_id=None)
    found = one(record(amount=3500, names=References(rrn=NAMES.rrn)), known(ours, advice))
    assert (found.authorization_id, found.concern) == (900, None)


def test_amount_and_merchant_are_a_fallback_for_the_oldest_that_still_holds() -> None:
    old = payment(authorization_id=890, chain_id=890, trace_id=None, held=0, captured=1250, at=AT - timedelta(days=2))
    middle = payment(authorization_id=895, chain_id=895, trace_id=None, at=AT - timedelta(days=1))
    found = one(record(names=References(acceptor_id="SHOP1")), known(payment(trace_id=None), middle, old))
    assert (found.rule, found.authorization_id) == (Rule.FALLBACK, 895)


def test_the_same_number_in_another_currency_is_not_the_same_amount() -> None:
    found = one(record(asset="USD", names=References(acceptor_id="SHOP1")), known(payment(trace_id=None)))
    assert (found.rule, found.concern) == (Rule.NONE, Concern.WRONG_CURRENCY)


def test_a_refund_that_a_single_message_has_credited_is_not_its_presentment_once_more() -> None:
    found = one(record(is_debit=False), known(payment(is_single=True, held=0)))
    assert (found.chain_id, found.concern) == (None, Concern.DOUBLED)


def test_two_alike_in_one_file_find_an_authorization_each() -> None:
    names = References(acceptor_id="SHOP1")
    both = [payment(trace_id=None), payment(trace_id=None, authorization_id=901, chain_id=901)]
    found = matched([record(2, names=names), record(3, names=names)], known(*both))
    assert [match.authorization_id for match in found] == [900, 901]


def test_a_fallback_never_takes_a_payment_that_names_itself_otherwise() -> None:
    found = one(record(names=replace(NAMES, trace_id="MCCOTHER11126", rrn=None, approval_code=None)), known(payment()))
    assert (found.rule, found.concern) == (Rule.NONE, Concern.UNAUTHORIZED)


def test_the_advice_that_replaced_our_answer_is_what_is_matched() -> None:
    ours = payment(left=0, held=0)
    advice = payment(authorization_id=901, chain_id=901, at=AT)
    assert one(record(), known(ours, advice)).authorization_id == 901


OURS = payment(left=0, held=0, approval_code="OURS01", rrn="633010000009")
"""Our own answer, whose hold the network's advice has replaced."""
ADVICE = payment(1300, authorization_id=901, chain_id=901, at=AT, approval_code="THEIRS", rrn="633010000008")


@pytest.mark.parametrize(
    ("names", "rule"),
    [
        (NAMES, Rule.TRACE),
        (References(link_id="L" * 22), Rule.LINK),
        (References(approval_code="OURS01"), Rule.APPROVAL),
        (References(approval_code="OURS01", rrn="633010000009", acceptor_id="SHOP1"), Rule.APPROVAL),
        (References(approval_code="THEIRS"), Rule.APPROVAL),
        (References(rrn="633010000009"), Rule.FALLBACK),
    ],
)
@pytest.mark.parametrize("advice_comes_first", [True, False])
def test_whatever_name_is_presented_the_chain_that_holds_is_matched(
    names: References, rule: Rule, *, advice_comes_first: bool
) -> None:
    ours = replace(OURS, link_id="L" * 22)
    both = [ADVICE, ours] if advice_comes_first else [ours, ADVICE]
    found = one(record(names=names), known(*both))
    assert (found.rule, found.authorization_id, found.chain_id, found.concern) == (rule, 901, 901, None)


def test_a_payment_without_a_trace_id_stands_for_itself() -> None:
    ours, other = replace(OURS, trace_id=None), replace(ADVICE, trace_id=None)
    found = one(record(names=References(approval_code="OURS01")), known(ours, other))
    assert (found.authorization_id, found.concern) == (900, Concern.AFTER_REVERSAL)


SINGLE = payment(is_single=True, held=0, captured=1250, expires_at=None)


def test_a_presentment_that_names_a_single_message_takes_its_place() -> None:
    for single in (SINGLE, replace(SINGLE, is_presented=True, captured=0)):
        first, more = matched([record(), record(3, 10, names=replace(NAMES, arn="3" * 23))], known(single))
        assert (first.chain_id, first.account_id, first.concern) == (900, 50, None)
        assert (more.concern, more.concern_amount) == (Concern.OVER_CLEARED, 10)
    completed = one(record(), known(payment(left=0, held=0), replace(SINGLE, authorization_id=901, chain_id=901)))
    assert (completed.authorization_id, completed.chain_id, completed.concern) == (901, 901, None)
    assert one(record(), known(replace(SINGLE, is_presented=True))).concern is Concern.OVER_CLEARED


def test_what_a_single_message_has_booked_that_a_presentment_only_resembles_is_booked_again() -> None:
    """And an item says that the money may have left twice."""
    found = one(record(names=replace(NAMES, trace_id=None)), known(SINGLE))
    assert (found.authorization_id, found.chain_id, found.account_id) == (900, None, 50)
    assert (found.concern, found.concern_amount, found.amount) == (Concern.DOUBLED, None, 1250)
    assert "single message" in found.reason


def test_a_refund_of_a_single_message_is_tied_to_it() -> None:
    found = one(record(is_debit=False, amount=500), known(payment(is_single=True, held=0, captured=1250)))
    assert (found.chain_id, found.concern) == (900, None)


def test_several_presentments_add_up_without_concern() -> None:
    parts = [record(2, 500, reason="1403"), record(3, 400, reason="1403"), record(4, 350, reason="1404")]
    parts = [replace(part, references=replace(NAMES, arn=str(part.number) * 23)) for part in parts]
    assert [match.concern for match in matched(parts, known(payment()))] == [None, None, None]


def test_several_presentments_beyond_what_was_authorized_are_seen_where_they_go_beyond_it() -> None:
    parts = [record(2, 800, reason="1403"), record(3, 700, reason="1404")]
    parts = [replace(part, references=replace(NAMES, arn=str(part.number) * 23)) for part in parts]
    first, second = matched(parts, known(payment()))
    assert (first.concern, second.concern, second.concern_amount) == (None, Concern.OVER_CLEARED, 250)


@pytest.mark.parametrize(
    ("mcc", "entry", "amount", "most"),
    [
        ("5411", "stripe", 1250, 1250), ("5812", "stripe", 1250, 1500), ("5812", "chip", 1250, 1500), ("5813", "manual", 1250, 1500),
        ("5812", "unknown", 1250, 1500), ("5812", "chip_pin", 1250, 1250), ("5812", "contactless", 1250, 1250),
        ("5812", "not_present", 1250, 1250), ("5812", "code", 1250, 1250), ("7011", "stripe", 1250, 1250),
        ("5542", "chip", 100, 15000), ("5542", "chip", 101, 101), ("5552", "contactless", 100, 15000), ("5541", "chip", 100, 100),
        (None, "unknown", 1250, 1250),
    ],
)  # fmt: skip
def test_what_a_merchant_may_add_depends_on_its_category_and_on_how_the_card_came(
    mcc: str | None, entry: str, amount: int, most: int
) -> None:
    mode = EntryMode(entry)
    assert one(record(amount=most, mcc=mcc, entry=mode), known(payment(amount))).concern is None
    over = one(record(amount=most + 1, mcc=mcc, entry=mode), known(payment(amount)))
    assert (over.concern, over.concern_amount, over.amount) == (Concern.OVER_CLEARED, most + 1 - amount, most + 1)
    assert one(record(amount=amount - 1, mcc=mcc, entry=mode), known(payment(amount))).concern is None


def test_what_is_over_says_by_which_rule() -> None:
    found = one(record(amount=1600, mcc="5812"), known(payment()))
    assert found.reason == "same trace id; 16.00 EUR presented of 12.50 EUR authorized, 15.00 EUR allowed (gratuity of default/1)"


def test_a_ceiling_of_fuel_is_that_of_the_currency_and_covers_all_parts_together() -> None:
    held = payment(100, chain_id=900)
    parts = [record(2, 9000, mcc="5542", reason="1403"), record(3, 6001, mcc="5542", reason="1404")]
    parts = [replace(part, references=replace(NAMES, arn=str(part.number) * 23)) for part in parts]
    assert [match.concern for match in matched(parts, known(held))] == [None, Concern.OVER_CLEARED]
    yen = one(record(amount=101, asset="JPY", mcc="5542"), known(payment(100), card=replace(CARD, asset="JPY")))
    assert yen.concern is Concern.OVER_CLEARED


def test_a_payment_in_another_currency_may_be_billed_a_little_more() -> None:
    dollars = record(amount=1300, transaction=Sum(1400, "USD"))
    assert one(dollars, known(payment())).concern is None
    assert one(replace(dollars, amount=Sum(1400, "EUR")), known(payment())).concern is Concern.OVER_CLEARED


@pytest.mark.parametrize(
    ("changes", "concern"),
    [
        ({"left": 0, "held": 0}, Concern.AFTER_REVERSAL),
        ({"held": 0, "expired": 1250}, Concern.AFTER_EXPIRY),
        ({"expires_at": AT - timedelta(days=1)}, Concern.AFTER_EXPIRY),
        ({"chain_id": None, "is_approved": False}, Concern.UNAUTHORIZED),
    ],
)
def test_what_came_too_late_or_was_never_approved_posts_with_its_concern(changes: dict[str, object], concern: Concern) -> None:
    found = one(record(), known(payment(**changes)))
    assert (found.concern, found.account_id, found.authorization_id) == (concern, 50, 900)


def test_what_came_too_late_says_by_which_dates() -> None:
    found = one(record(), known(payment(expires_at=AT - timedelta(days=1))))
    assert found.reason == "same trace id; its time was over on 2026-11-25, it is of 2026-11-26"


def test_without_an_authorization_it_posts_by_force() -> None:
    found = one(record(names=NAMELESS), known())
    assert (found.rule, found.concern, found.account_id, found.chain_id) == (Rule.NONE, Concern.UNAUTHORIZED, 50, None)


def test_an_unknown_card_goes_to_suspense() -> None:
    found = one(record(), known(payment(), card=None))
    assert (found.concern, found.account_id, found.amount) == (Concern.UNKNOWN_CARD, None, 1250)


def test_a_presentment_for_suspense_uses_up_what_its_authorization_holds() -> None:
    """Two alike in one file: the second is not matched to what the first one has ended."""
    both = known(payment(trace_id=None), payment(trace_id=None, authorization_id=901, chain_id=901))
    names = References(rrn=NAMES.rrn)
    found = matched([record(2, asset="USD", names=names), record(3, names=names)], both)
    assert [match.authorization_id for match in found] == [900, 901]


def test_a_closed_account_goes_to_suspense_and_still_says_what_it_was_matched_to() -> None:
    found = one(record(), known(payment(), card=replace(CARD, is_open=False)))
    assert (found.concern, found.account_id, found.authorization_id) == (Concern.CLOSED_ACCOUNT, None, 900)


def test_another_currency_is_converted_where_there_is_a_rate_and_goes_to_suspense_where_there_is_none() -> None:
    dollars = record(amount=1000, asset="USD")
    without = one(dollars, known(payment()))
    assert (without.concern, without.account_id, without.asset) == (Concern.WRONG_CURRENCY, None, "USD")
    converted = one(dollars, known(payment()), convert=lambda amount, sold, bought, is_spend: amount * 9 // 10)
    assert (converted.concern, converted.account_id, converted.amount, converted.asset) == (None, 50, 900, "EUR")


@pytest.mark.parametrize("is_debit", [True, False])
def test_what_is_settled_for_a_bill_that_cannot_be_read_waits_in_suspense_and_no_cardholder_pays_it(*, is_debit: bool) -> None:
    found = one(record(is_billed=False, is_debit=is_debit), known(payment()))
    assert (found.account_id, found.concern, found.amount, found.chain_id) == (None, Concern.WRONG_CURRENCY, 1250, 900)
    assert "cannot be read" in found.reason


@pytest.mark.parametrize(
    ("facts", "chain_id"),
    [
        (known(payment()), 900),
        (known(), None),
        (known(card=None), None),
        (known(payment(chain_id=None, amount=0)), None),
        (known(payment(left=0, held=0)), 900),
        (known(payment(expired=1250, held=0)), 900),
        (known(payment(captured=5_000)), 900),
        (known(payment(), card=replace(CARD, is_open=False)), 900),
        (known(payment(), references={"7" * 23: [earlier(amount=0)]}), 900),
    ],
)
def test_a_presentment_of_nothing_asks_nobody_anything_and_finds_the_hold_that_it_ends(
    facts: Known, chain_id: int | None
) -> None:
    found = one(record(amount=0), facts)
    assert (found.concern, found.amount, found.chain_id) == (None, 0, chain_id)


def test_a_chargeback_of_nothing_is_a_case_all_the_same() -> None:
    assert one(record(amount=0, kind=RecordKind.CHARGEBACK, function_code="450"), known(payment())).concern is Concern.CHARGEBACK


def test_a_refund_without_an_authorization_is_ordinary() -> None:
    found = one(record(names=NAMELESS, is_debit=False), known())
    assert (found.concern, found.account_id) == (None, 50)


def test_a_refund_is_tied_to_the_purchase_that_it_names() -> None:
    found = one(record(is_debit=False, amount=500), known(payment(captured=1250, held=0)))
    assert (found.authorization_id, found.chain_id, found.concern) == (900, 900, None)


def test_a_fee_of_the_network_concerns_no_cardholder() -> None:
    fee = record(kind=RecordKind.FEE_COLLECTION, function_code="700", card_token=None, names=NAMELESS)
    assert (one(fee, known()).account_id, one(fee, known()).concern) == (None, None)


def test_what_follows_a_last_presentment_is_over_although_the_first_was_less() -> None:
    first, second = record(2, 500, reason="1402"), record(3, 800, reason="1404", names=replace(NAMES, arn="3" * 23))
    found = matched([first, second], known(payment()))
    assert [(match.concern, match.concern_amount) for match in found] == [(None, None), (Concern.OVER_CLEARED, 50)]


def test_a_payment_is_looked_for_forty_five_days_back_and_three_ahead_of_the_terminals_time() -> None:
    assert window(record(), FILE) == (AT - timedelta(days=45), AT + timedelta(days=3))


def test_a_terminal_whose_clock_is_far_off_is_not_believed() -> None:
    noon = AT.replace(hour=12, minute=0, second=0)
    for wrong in (None, AT - timedelta(days=300), AT + timedelta(days=300)):
        assert window(record(at=wrong), FILE) == (noon - timedelta(days=45), noon + timedelta(days=3))


def test_every_match_says_why() -> None:
    for found in matched([record(2), record(3), record(4, names=NAMELESS)], known(payment())):
        assert found.reason
