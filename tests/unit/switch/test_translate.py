"""ISO message to domain values: keys, amounts, relations; and an outcome back to elements."""

from datetime import UTC, datetime
from unittest.mock import ANY

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authorizer.card_checks import CardChecks, Check
from authorizer.reasons import DeclineReason
from authorizer.request import AuthorizationClass
from authorizer.tokens import Tokenizer
from ledger.commands import Outcome
from ledger.verdicts import Verdict
from switch import originals, translate
from switch.iso8583 import Message
from switch.translate import Financial, FormatError

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
PAN = "5413330000000005"
TOKENIZER = Tokenizer(bytes(32))
BASE: dict[int, str | bytes] = {
    2: PAN, 3: "000000", 4: "000000001000", 7: "0301120000", 11: "000001", 14: "2912", 15: "0301", 18: "5411", 22: "051",
    32: "123456", 33: "654321", 37: "000000000001", 41: "TERM0001", 42: "MERCHANT0000001", 49: "978", 63: "MCC000001",
}  # fmt: skip


def message(mti: str = "0100", **changes: str | bytes | None) -> Message:
    """`e4="..."` sets DE 4, None leaves it out."""
    given_elements = {int(name[1:]): value for name, value in changes.items()}
    merged = {**BASE, **given_elements}
    return Message(mti, {number: value for number, value in merged.items() if value is not None})


def parts(sent: Message) -> Financial:
    found = translate.financial(sent, "ascii", TOKENIZER, NOW)
    assert isinstance(found, Financial)
    return found


@pytest.mark.parametrize("element", [2, 3, 4, 7, 11, 32, 49])
def test_a_missing_mandatory_element_is_named(element: int) -> None:
    found = translate.financial(message(**{f"e{element}": None}), "ascii", TOKENIZER, NOW)
    assert found == FormatError(element, "missing")


@pytest.mark.parametrize(("element", "value"), [(7, "1332250000"), (7, "0230120000"), (2, "0"), (48, b"R9")])
def test_an_element_that_makes_no_sense_is_named(element: int, value: str | bytes) -> None:
    found = translate.financial(message(**{f"e{element}": value}), "ascii", TOKENIZER, NOW)
    assert isinstance(found, FormatError)
    assert found.element == element


def test_the_billing_amount_counts_where_there_is_one() -> None:
    domestic, foreign = parts(message()), parts(message(e6="000000000900", e51="840"))
    assert (domestic.amount_minor, domestic.asset) == (1000, "EUR")
    assert (foreign.amount_minor, foreign.asset) == (900, "USD")


def test_a_repeat_has_the_key_of_its_request_and_another_class_has_not() -> None:
    assert parts(message("0101")).key == parts(message("0100")).key
    assert parts(message("0120")).key != parts(message("0100")).key


@pytest.mark.parametrize(
    "change", [{"e2": "5413330000000013"}, {"e7": "0301120001"}, {"e11": "000002"}, {"e32": "123457"}, {"e33": None}]
)
def test_every_part_of_the_key_counts(change: dict[str, str | None]) -> None:
    assert parts(message(**change)).key != parts(message()).key


@pytest.mark.parametrize(
    "change", [{"e3": "010000"}, {"e4": "000000001001"}, {"e18": "5812"}, {"e41": "TERM0002"}, {"e42": "MERCHANT0000002"}, {"e49": "840"},
               {"e6": "000000001000", "e51": "978"}]
)  # fmt: skip
def test_content_is_what_the_contract_says(change: dict[str, str]) -> None:
    assert parts(message(**change)).content != parts(message()).content
    assert parts(message(e37="000000000002", e22="812")).content == parts(message()).content


def test_de_90_names_the_key_of_the_original() -> None:
    reversal = originals.reversal(
        message("0400", e90="0100" + "000001" + "0301120000" + "00000123456" + "00000654321"), parts(message("0400")), NOW
    )
    assert not isinstance(reversal, FormatError)
    assert reversal.original == parts(message()).key
    assert reversal.replacement == 0


@pytest.mark.parametrize(("changes", "replacement"), [({}, 400), ({"e51": "978", "e6": "000000001000"}, 300)])
def test_de_95_counts_in_the_currency_of_the_hold(changes: dict[str, str], replacement: int) -> None:
    sent = message("0400", e95=f"{400:012d}{0:012d}{300:012d}000000", **changes)
    found = originals.reversal(sent, parts(sent), NOW)
    assert not isinstance(found, FormatError)
    assert found.replacement == replacement


def test_a_payment_is_named_by_de_63_and_15_or_else_by_amount_acquirer_and_rrn() -> None:
    assert parts(message()).trace_id == "MCC0000010301"
    assert parts(message(e63=None)).trace_id == "~000000001000|123456|000000000001"
    assert parts(message(e63=None, e37=None)).trace_id is None


@pytest.mark.parametrize(("now", "text", "year"), [
    (datetime(2026, 1, 1, 0, 5, tzinfo=UTC), "1231235959", 2025), (datetime(2026, 12, 31, 23, 55, tzinfo=UTC), "0101000010", 2027),
    (datetime(2026, 6, 1, tzinfo=UTC), "0601000000", 2026), (datetime(2028, 3, 1, tzinfo=UTC), "0229120000", 2028),
])  # fmt: skip
def test_de_7_gets_the_year_that_brings_it_nearest(now: datetime, text: str, year: int) -> None:
    found = translate.resolve_transmission(text, now)
    assert found is not None
    assert (found.year, f"{found:%m%d%H%M%S}") == (year, text)


def test_text_that_postgres_cannot_hold_is_escaped() -> None:
    found = parts(message(e37="00000\x00000001", e42="A\x01B            "))
    assert found.rrn == "00000\\x00000001"
    assert "\x00" not in found.details
    assert "\\u0001" not in found.details


@given(st.text(max_size=30))
def test_clean_text_is_printable(text: str) -> None:
    assert translate.clean(text).isprintable()


def test_nothing_that_leaves_shows_the_card_number() -> None:
    sent = message(e48=b"R9203123", e35=f"{PAN}=2912")
    found = parts(sent)
    assert PAN not in repr((found, translate.authorization_request(sent, found), found.request(None, 1, NOW)))


def _request(**changes: str | bytes | None) -> translate.AuthorizationRequest:
    sent = message(**changes)
    return translate.authorization_request(sent, parts(sent))


@pytest.mark.parametrize(("pos_data", "de_48", "expected"), [
    ("0000004000000000", b"R", AuthorizationClass.PREAUTHORIZATION), ("0000008000000000", b"R", AuthorizationClass.STATUS_INQUIRY),
    ("0000000000000000", b"R610500001", AuthorizationClass.FINAL), ("0000000000000000", b"R", AuthorizationClass.UNDEFINED),
])  # fmt: skip
def test_de_61_and_de_48_61_tell_the_class(pos_data: str, de_48: bytes, expected: AuthorizationClass) -> None:
    assert _request(e61=pos_data, e48=de_48).authorization_class is expected


def test_only_a_preauthorization_that_names_a_first_one_is_an_increment() -> None:
    named = b"R6315MCC0000010301  "
    assert _request(e61="0000004000000000", e48=named).is_increment
    assert not _request(e61="0000000000000000", e48=named).is_increment
    assert not _request(e61="0000004000000000", e48=named, e3="200000").is_increment
    assert not _request(mti="0200", e61="0000004000000000", e48=named).is_increment


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({}, "TNW0000020228"),
        ({"e61": "0000000000000000"}, None),
        ({"e3": "200000"}, None),
        ({"e60": "1910000"}, None),  # a completion stands for what it names
        ({"e63": "TNW000002", "e15": "0228"}, None),  # it names itself
        ({"e48": b"R"}, None),
    ],
)
def test_an_advice_is_of_an_increment_where_it_is_a_preauthorization_that_names_a_first_one(
    changes: dict[str, str | bytes], named: str | None
) -> None:
    sent = message("0120", **{"e61": "0000004000000000", "e48": b"R6315TNW0000020228  ", **changes})
    assert translate.chain_trace(sent, parts(sent)) == named


def _added(outcome: Outcome, **changes: str | bytes | None) -> dict[int, str | bytes]:
    sent = message(**changes)
    return translate.added_elements(sent, parts(sent), outcome, _request(**changes), "ascii")


def test_a_partial_approval_reduces_the_amounts_and_names_the_originals() -> None:
    partial = Outcome(Verdict.PARTIAL, "partially_approved", "10", "123456", 450)
    assert _added(partial) == {38: "123456", 4: "000000000450", 54: "0057978C000000001000"}
    foreign = _added(partial, e6="000000000900", e51="840")
    assert (foreign[4], foreign[6]) == ("000000000500", "000000000450")
    assert foreign[54] == "0057978C000000001000" + "0057840C000000000900"


def test_a_balance_too_large_for_de_54_does_not_fail_after_the_commit() -> None:
    approved = Outcome(Verdict.APPROVED, "approved", "00", "123456", 0, available=10**14)
    assert _added(approved, e3="300000")[54] == "0002978C999999999999"


def test_a_decline_carries_no_approval_code_and_the_result_of_the_cvc2() -> None:
    declined, sent = Outcome(Verdict.DECLINED, "wrong_cvc2", "05"), message(e48=b"R9203123")
    request = _request(e48=b"R9203123")
    request.checks = CardChecks(cvc2=Check.NO_MATCH)
    assert translate.added_elements(sent, parts(sent), declined, request, "ascii") == {48: b"R8701N"}


def test_chip_data_that_is_no_tlv_is_a_format_error_of_a_request_and_no_matter_in_an_advice() -> None:
    broken = bytes.fromhex("9F2608AABB")
    assert translate.financial(message(e55=broken), "ascii", TOKENIZER, NOW) == FormatError(55, ANY)
    assert isinstance(translate.financial(message("0120", e55=broken), "ascii", TOKENIZER, NOW), Financial)


def test_a_refusal_before_any_decision_advises_the_merchant_whatever_stands_in_de_48() -> None:
    late = translate.merchant_advice(message(e48=b"\xff9999"), DeclineReason.TIMEOUT, "ascii")
    assert late == {48: b"\xff840202"}
    assert translate.merchant_advice(message(e48=b"R"), DeclineReason.TRANSACTION_NOT_SUPPORTED, "ascii") == {48: b"R"}
    assert translate.merchant_advice(message("0400", e48=b"R"), DeclineReason.TIMEOUT, "ascii") is None
    assert translate.merchant_advice(message(), DeclineReason.TIMEOUT, "ascii") is None


@pytest.mark.parametrize(("mti", "reason", "is_undelivered"), [
    ("0420", "4020000", True), ("0420", "4000000", True), ("0420", "4100000", False), ("0400", "4020000", False),
])  # fmt: skip
def test_only_a_0420_with_the_reasons_of_an_undelivered_answer_is_about_ours_alone(
    mti: str, reason: str, is_undelivered: bool
) -> None:
    sent = message(mti, e60=reason)
    found = originals.reversal(sent, parts(sent), NOW)
    assert not isinstance(found, FormatError)
    assert found.is_undelivered is is_undelivered


def test_a_0420_that_names_an_advice_is_about_that_advice() -> None:
    sent = message("0420", e60="4020000", e90="0120" + "000001" + "0301120000" + "00000123456" + "00000654321")
    found = originals.reversal(sent, parts(sent), NOW)
    assert not isinstance(found, FormatError)
    assert not found.is_undelivered


def test_a_completion_goes_by_the_trace_id_of_what_it_completes() -> None:
    named = b"R6315TNW0000020228  "
    assert parts(message("0120", e60="1910000", e48=named)).trace_id == "TNW0000020228"
    assert parts(message("0120", e60="1910000")).trace_id == "MCC0000010301"
    assert parts(message("0120", e60="1020000", e48=named)).trace_id == "MCC0000010301"


OTHER = "5413330000000027"
GROUPED = "5413 3300 0000 0005"


@pytest.mark.parametrize(
    "planted",
    [
        {"e43": PAN}, {"e43": GROUPED}, {"e43": "54133300A00000005"}, {"e43": "54133\x0030000000005 X"}, {"e43": OTHER},
        {"e43": "5413.3300.0000.0027"}, {"e105": f"001016{OTHER}"}, {"e105": f"001016{PAN}"}, {"e61": f"SEE {OTHER}"}, {"e61": f"{PAN}0123456789"},
        {"e63": PAN}, {"e63": OTHER}, {"e63": GROUPED}, {"e48": f"R6316{OTHER}", "e60": "1910000", "mti": "0120"}, {"e37": None, "e63": f"X{PAN}"},
    ],
)  # fmt: skip
def test_no_card_number_wherever_it_stands_and_however_it_is_written_is_handed_on(planted: dict[str, str | None]) -> None:
    elements: dict[str, str | bytes | None] = {name: value for name, value in planted.items() if name != "mti"}
    if isinstance(planted.get("e48"), str):
        elements["e48"] = str(planted["e48"]).encode()
    stored = parts(message(planted.get("mti") or "0100", **elements)).request(None, 1, NOW)
    texts = [stored.details, stored.rrn, stored.network_reference, stored.trace_id, stored.acquirer]
    digits = ["".join(c for c in text if c.isdigit()) for text in texts if text]
    assert [found for found in digits if PAN in found or OTHER in found] == []
    assert "*" in "".join(text for text in texts if text)


def test_what_payments_are_matched_by_keeps_its_digits_where_it_only_looks_like_a_card() -> None:
    found = parts(message(e63="541333000", e15="0003", e42=OTHER[:15], e61="00000000008002501234567890"))
    assert found.trace_id == "5413330000003"
    assert OTHER[:15] in found.details
    assert "00000000008002501234567890" in found.details
