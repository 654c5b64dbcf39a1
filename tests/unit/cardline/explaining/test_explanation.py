"""Rows to sentences: nothing that the books say is left out or made up."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cardline.explaining.explanation import _EVENTS, sentences
from ledger.acts import Act
from ledger.holds import EventKind
from ledger.payments import Payment

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SEEN = '{"card":"active","account":"open","expiry":"2912","facts_version":3,"checks":{"pin":"no_match"},"detail":"the PIN does not match"}'


def row(**changed: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "authorization_id": 7, "chain_id": 7, "account_id": 9, "pan_masked": "541333******0005", "mti": "0100", "stan": "000001",
        "rrn": "000000000001", "acquirer": "002840", "amount": 12_34, "asset": "EUR", "received_at": AT,
        "answered_at": AT + timedelta(milliseconds=4), "response_code": "00", "verdict": "approved", "reason": "approved", "rule": "",
        "policy": "default/1", "approval_code": "123456", "status": "open", "authorized": 12_34, "incremented": 0, "reversed": 0,
        "captured": 0, "refunded": 0, "expired": 0, "held": 12_34, "expires_at": AT + timedelta(days=7), "seen": SEEN,
        "request": '{"processing_code":"000000","mcc":"5411","merchant":"Corner shop            Berlin        DEU"}',
    }  # fmt: skip
    return base | changed


def event(kind: str, amount: int, **changed: Any) -> dict[str, Any]:
    base = {"sequence": 1, "authorization_id": 7, "kind": kind, "amount": amount, "asset": "EUR", "at": AT, "recorded_at": AT}
    return base | {"journal_id": None, "mti": None} | changed


def test_an_approved_payment_is_told_from_the_request_to_what_is_held_now() -> None:
    payment = Payment(
        row(), [event("authorized", 12_34, journal_id=8, mti="0100")], [{"journal_id": 8, "layer": "pending", "amount": 12_34}]
    )
    assert sentences(payment) == [
        "Authorization 7: a purchase of 12.34 EUR at Corner shop Berlin DEU (MCC 5411) with card 541333******0005, received "
        "2026-03-01 12:00:00 UTC as 0100 (STAN 000001, RRN 000000000001, acquirer 002840).",
        "Known of the card then: it was active, good through 2912; its account was open (facts version 3).",
        "Checked of what came with it: PIN: no match.",
        "Approved after 4.0 ms (DE 39 = 00, approval code 123456): nothing in policy default/1 stood against it.",
        "2026-03-01 12:00:00 UTC by a 0100: 12.34 EUR were held, journal 8.",
        "In 1 journal account 9 has had its holds changed by +12.34 EUR.",
        "Now it is open: 12.34 EUR are held until 2026-03-08 12:00:00 UTC; authorized 12.34 EUR.",
    ]


def test_a_decline_names_its_rule_what_came_before_it_and_who_can_fix_it() -> None:
    declined = row(
        verdict="declined", reason="wrong_pin", rule="pin_right", response_code="55", approval_code=None, held=0, authorized=0,
        status="declined",
    )  # fmt: skip
    told = sentences(Payment(declined, [], []))
    assert (
        told[3]
        == "Declined after 4.0 ms as wrong_pin (DE 39 = 55) by rule pin_right of policy default/1: the PIN does not match."
    )
    assert told[4].startswith("Looked at before it and in order: card_usable, account_open, ")
    assert "cryptogram_right" in told[4]
    assert "pin_right" not in told[4]
    assert told[5].startswith("Who can fix it: the cardholder (enter the right PIN")
    assert told[-2:] == ["No journal was written: it moved nothing.", "Now it is declined: nothing is held."]


def test_a_rule_of_the_ledger_has_its_place_and_its_words() -> None:
    tried = row(verdict="declined", reason="pin_tries_exceeded", rule="pin_tries_left", response_code="75", seen=SEEN)
    told = sentences(Payment(tried, [], []))
    assert "by rule pin_tries_left of policy default/1: wrong PINs in a row have used up the tries" in told[3]
    assert told[4].endswith("expiry_matches, sequence_number_matches.")


def test_what_was_used_of_a_limit_is_told_in_major_units() -> None:
    seen = '{"detail":"daily (day), card limits 2, 2500 of 3000 used"}'
    over = row(verdict="declined", reason="over_limit", rule="within_amount_limit", response_code="61", seen=seen)
    assert any("25.00 EUR of 30.00 EUR used" in sentence for sentence in sentences(Payment(over, [], [])))


def test_a_control_is_looked_at_after_all_rules() -> None:
    seen = '{"detail":"no gambling (deny), card controls 2"}'
    refused = row(verdict="declined", reason="mcc_not_allowed", rule="mcc_allowed", response_code="57", seen=seen)
    (passed,) = [one for one in sentences(Payment(refused, [], [])) if one.startswith("Looked at before")]
    assert "pin_tries_left, cryptogram_right, counter_fresh, chip_cvc_right" in passed
    assert passed.endswith("amount_valid.")


@pytest.mark.parametrize(
    ("scope", "fixer"),
    [
        ("card", "the cardholder (pay elsewhere"),
        ("account", "the cardholder (pay elsewhere"),
        ("program", "the issuer's risk team (change what the program"),
        ("policy", "the issuer's risk team (change the policy"),
    ],
)
def test_who_can_fix_it_is_who_set_the_control(scope: str, fixer: str) -> None:
    seen = f'{{"detail":"no gambling (deny), {scope} controls 2"}}'
    refused = row(verdict="declined", reason="mcc_not_allowed", rule="mcc_allowed", response_code="57", seen=seen)
    assert any(f"Who can fix it: {fixer}" in sentence for sentence in sentences(Payment(refused, [], [])))


def test_the_table_that_a_hold_stands_by_is_named() -> None:
    told = sentences(Payment(row(seen='{"card":"active","validity":3}'), [], []))
    assert "are held until 2026-03-08 12:00:00 UTC, as version 3 of the hold validity table has it" in told[-1]
    assert not any("Also seen" in sentence for sentence in told)


def test_a_refusal_for_a_state_names_who_brought_it_about_and_why() -> None:
    blocked = row(verdict="declined", reason="card_blocked", rule="card_usable", response_code="62", approval_code=None)
    acts = [
        Act(AT, "ada", "account_fund", "account 9", "salary", "journal 4, 5.00 EUR"),
        Act(AT, "grace", "card_status", "card 7", "the holder called", "was active, now blocked"),
        Act(AT, "eve", "card_status", "card 7", "an older one", "was active, now blocked"),
    ]
    told = sentences(Payment(blocked, [], [], acts))
    assert "Card 7 is blocked since 2026-03-01 12:00:00 UTC by grace, because: the holder called." in told
    assert not any("an older one" in sentence for sentence in told)


def test_the_ledgers_own_word_on_money_is_said_to_be_its() -> None:
    short = row(
        verdict="declined", reason="insufficient_funds", rule="", response_code="51", approval_code=None, seen='{"detail":""}'
    )
    assert sentences(Payment(short, [], []))[1] == (
        "Declined after 4.0 ms as insufficient_funds (DE 39 = 51) by the ledger, which has the last word on money."
    )


def test_a_card_that_is_not_ours_and_an_unknown_asset_are_told_too() -> None:
    told = sentences(Payment(row(pan_masked=None, asset="XXX", seen='{"card":null,"detail":""}', request="{}", rrn=None), [], []))
    assert "a request of 1234 XXX with a card that is none of ours" in told[0]
    assert "RRN none" in told[0]


def test_what_later_releases_record_is_told_without_being_known() -> None:
    told = sentences(Payment(row(seen='{"card":"active","velocity":"3 of 5"}'), [event("invented_later", 5)], []))
    assert "Also seen: velocity 3 of 5." in told
    assert "2026-03-01 12:00:00 UTC: invented later, 0.05 EUR." in told


def test_an_increment_names_the_authorization_that_it_belongs_to() -> None:
    assert "It belongs to authorization 5, whose life follows." in sentences(Payment(row(chain_id=5), [], []))


def test_every_kind_of_element_has_its_words() -> None:
    assert set(_EVENTS) == {kind.value for kind in EventKind}


def test_a_presentment_that_stands_again_is_not_told_as_a_negative_one() -> None:
    told = " ".join(sentences(Payment(row(), [event("capture_reversed", -90_00)], [])))
    assert "a presentment of 90.00 EUR stands again" in told
    assert "-90" not in told


def test_a_last_presentment_that_was_booked_to_suspense_says_that_nothing_is_held_any_more() -> None:
    told = " ".join(sentences(Payment(row(held=0), [event("captured_last", 0)], [])))
    assert "its last presentment was booked to suspense: what was held is given back" in told
    told = " ".join(sentences(Payment(row(held=0), [event("captured_last", 12_34)], [])))
    assert "the last presentment, of 12.34 EUR, was posted" in told
