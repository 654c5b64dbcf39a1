"""Clearing messages in the terms of our books: direction, amounts, names, and what cannot be booked."""

from datetime import UTC, date, datetime

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ipm_samples import MESSAGES, PAN, presentment

from authorizer.pan import Pan
from authorizer.tokens import Tokenizer
from clearing.days import days_of_file
from clearing.ipm.messages import IpmMessage
from clearing.records import ClearingRecord, Fee, RecordKind, Sum, Untranslatable
from clearing.translate import translate

TOKENIZER = Tokenizer(bytes(32))
OTHER = "5413330000000027"
DAYS = days_of_file("0022611250000020090000001", date(2026, 11, 25))


def message(mti: str = "1240", changes: dict[int, str | None] | None = None, **pds: str) -> IpmMessage:
    made = presentment(**pds)
    elements = {**made.elements, **(changes or {})}
    return IpmMessage(mti, {number: value for number, value in elements.items() if value is not None}, made.pds)


def record(mti: str = "1240", changes: dict[int, str | None] | None = None, **pds: str) -> ClearingRecord:
    found = translate(message(mti, changes, **pds), TOKENIZER, DAYS)
    assert isinstance(found, ClearingRecord)
    return found


def test_a_presentment_has_its_card_as_a_token_its_amount_and_its_names() -> None:
    found = record()
    assert (found.kind, found.number, found.is_debit) == (RecordKind.PRESENTMENT, 2, True)
    assert found.card_token == TOKENIZER.token(Pan(PAN))
    assert found.amount == found.transaction == Sum(1250, "EUR")
    assert found.at == datetime(2026, 11, 26, 10, 11, 12, tzinfo=UTC)
    names = found.references
    assert (names.trace_id, names.approval_code, names.arn) == ("MCCABC1231126", "A12345", "1" * 23)
    assert PAN not in repr(found)


def test_the_billing_amount_counts_where_there_is_one() -> None:
    found = record(changes={4: "000000000900", 49: "840", 6: "000000000830", 51: "978", 5: "000000000830", 50: "978"})
    assert (found.amount, found.transaction, found.settled) == (Sum(830, "EUR"), Sum(900, "USD"), Sum(830, "EUR"))


@pytest.mark.parametrize(
    ("currency", "exponents", "is_taken"),
    [
        ("392", "3920", True),
        ("048", "0483", True),
        ("392", "3922", False),
        ("048", "0482", False),
        ("978", "9782", True),
        ("978", "", True),
        ("978", "9783X", False),
    ],
)
def test_amounts_with_other_decimals_than_their_currency_has_here_are_refused(
    currency: str, exponents: str, is_taken: bool
) -> None:
    stated = {"P0148": exponents} if exponents else {}
    found = translate(message(changes={49: currency}, **stated), TOKENIZER, DAYS)
    assert isinstance(found, ClearingRecord) is is_taken
    if isinstance(found, Untranslatable):
        assert (found.flaw.tag, "decimals" in found.flaw.reason) == ("0148", True)


@pytest.mark.parametrize(
    ("mti", "function", "processing", "reversal", "is_debit"),
    [
        ("1240", "200", "000000", "", True),
        ("1240", "200", "200000", "", False),
        ("1240", "200", "280000", "", False),
        ("1240", "200", "000000", "R261126", False),
        ("1240", "200", "200000", "R261126", True),
        ("1240", "205", "000000", "", True),
        ("1442", "450", "000000", "", False),
        ("1442", "450", "000000", "R261126", True),
        ("1442", "453", "200000", "", True),
        ("1740", "700", "190000", "", True),
        ("1740", "700", "290000", "", False),
        *[("1740", code, "190000", "", True) for code in ("780", "781", "782", "783", "790")],
        *[("1740", code, "290000", "", False) for code in ("780", "781", "782", "783", "790")],
        ("1740", "700", "190000", "R261126", False),
        ("1240", "282", "000000", "", True),
        ("1442", "451", "000000", "", False),
        ("1442", "454", "000000", "", False),
    ],
)
def test_which_way_the_money_goes(mti: str, function: str, processing: str, reversal: str, is_debit: bool) -> None:
    found = record(mti, {24: function, 3: processing}, **({"P0025": reversal} if reversal else {}))
    assert (found.is_debit, found.is_reversal) == (is_debit, bool(reversal))


@pytest.mark.parametrize(("reason", "is_last"), [("1401", True), ("1402", True), ("1404", True), (None, True), ("1403", False)])
def test_which_presentment_is_the_last(reason: str | None, is_last: bool) -> None:
    assert record(changes={25: reason}).is_last is is_last


def test_only_presentments_release_what_is_held() -> None:
    assert not record("1442", {24: "450", 25: "4853"}).is_last


@pytest.mark.parametrize(("function", "is_partial"), [("205", False), ("282", True)])
def test_a_part_is_told_from_the_whole(function: str, is_partial: bool) -> None:
    assert record(changes={24: function}).is_partial is is_partial


@pytest.mark.parametrize(("mti", "function"), [("1240", "282"), ("1442", "453"), ("1442", "454")])
def test_a_part_is_of_the_amount_that_is_billed_for_it_whatever_the_whole_was(mti: str, function: str) -> None:
    """DE 4 is the part that moves; PDS 0268 repeats it, DE 30 has what was presented first."""
    found = record(mti, {24: function, 4: "000000000400", 30: "000000001250000000001250"}, P0268=f"{400:012d}978")
    assert (found.amount, found.is_partial) == (Sum(400, "EUR"), True)


def test_spaces_count_as_absent() -> None:
    names = record(changes={38: " " * 6, 37: " " * 12, 63: " " * 16}).references
    assert (names.approval_code, names.rrn, names.trace_id) == (None, None, None)


def test_the_link_identifier_is_found_in_its_tag() -> None:
    assert record(changes={105: "001022" + "L" * 22}).references.link_id == "L" * 22
    assert record(changes={105: "002022" + "L" * 22}).references.link_id is None


def test_fees_are_read_with_their_side() -> None:
    found = record(P0146="002901840000000000027978000000000025" + "011901978000000000010978000000000010")
    assert found.fees == (Fee("00", Sum(25, "EUR"), True), Fee("01", Sum(10, "EUR"), False))


def test_days_cycles_and_service_come_from_business_activity_and_settlement_data() -> None:
    settlement = "00000900900" + "900001".ljust(28) + "3" + "EUR0000001" + "N" + "26112702" + "26113003"
    found = record(P0158="DMC1010401  26112601    NNNNNNN", P0159=settlement)
    assert (found.business_date, found.business_cycle, found.service) == (date(2026, 11, 26), 1, "EUR0000001")
    assert (found.reconciliation_date, found.reconciliation_cycle) == (date(2026, 11, 27), 2)
    assert (found.settlement_date, found.settlement_cycle) == (date(2026, 11, 30), 3)


@pytest.mark.parametrize("settlement", ["", "short", "X" * 67, "00000900900".ljust(51) + "261399XX" + "26993199"])
def test_settlement_data_that_says_no_day_keeps_no_presentment_from_posting(settlement: str) -> None:
    found = record(P0159=settlement)
    assert (found.reconciliation_date, found.settlement_date, found.reconciliation_cycle) == (None, None, None)
    assert [flaw.tag for flaw in found.flaws] == ["0159"] * bool(settlement)


@pytest.mark.parametrize(
    ("code", "mode"),
    [
        ("C10101C13144", "chip_pin"), ("C10101C03144", "chip"), ("C10101M03144", "contactless"), ("B10101A03144", "contactless"),
        ("B10101B53144", "stripe"), ("110101210000", "stripe"), ("110101150000", "manual"), ("110101650000", "manual"),
        ("310101300000", "code"), ("600550S00100", "not_present"), ("600500100100", "not_present"), ("600141T00100", "not_present"),
        ("000000000000", "not_present"), ("000001000000", "unknown"), ("short", "unknown"), (None, "unknown"),
    ],
)  # fmt: skip
def test_how_the_card_came_is_read_from_the_point_of_service_code(code: str | None, mode: str) -> None:
    assert record(changes={22: code}).entry.value == mode


def test_every_pds_is_kept_known_or_not_without_card_numbers() -> None:
    kept = orjson.loads(
        record(P9123="of our own", P0501=f"with {PAN} inside", P0001="C15413330000000027", P9124="5413330000000027",
               P9125=" ".join((PAN[:4], PAN[4:8], PAN[8:12], PAN[12:])), P9126="5413.3300.0000.0027").pds
    )  # fmt: skip
    assert kept["9123"] == "of our own"
    assert kept["0023"] == "POI"
    assert kept["0501"] == f"with {Pan(PAN).masked} inside"
    assert kept["0001"] == "*" * 18
    assert kept["9124"] == "541333******0027"
    assert kept["9125"] == f"{PAN[:4]} {PAN[4:6]}** **** {PAN[12:]}"
    assert kept["9126"] == "5413.33**.****.0027"


def test_a_control_number_that_is_another_cards_is_kept_without_it() -> None:
    found = translate(message("1442", changes={24: "450", 25: "4808"}, P0241=OTHER, P0262="1"), TOKENIZER, DAYS)
    assert isinstance(found, ClearingRecord)
    assert found.dispute is not None
    assert (found.dispute.control_number, found.dispute.documents) == ("541333******0027", "1")


@pytest.mark.parametrize(
    ("element", "text", "kept"),
    [
        (105, f"001022{OTHER}ABCDEF", "541333******0027ABCDEF"),
        (105, "00102257HKQ2Z9AB12CD34EF56GH", "57HKQ2Z9AB12CD34EF56GH"),
        (31, OTHER, "541333******0027"),
        (31, f"{OTHER}0000000", f"{OTHER}0000000"),  # 23 digits are an acquirer's reference
        (42, f"{PAN[:4]}.{PAN[4:8]}.{PAN[8:12]}.{PAN[12:]}", f"{PAN[:4]}.{PAN[4:6]}**.****.{PAN[12:]}"),
    ],
)
def test_references_show_no_card_number_and_keep_what_payments_are_found_by(element: int, text: str, kept: str) -> None:
    references = record(changes={element: text}).references
    assert {31: references.arn, 42: references.acceptor_id, 105: references.link_id}[element] == kept


@given(tag=st.integers(0, 9999), before=st.text(max_size=30), after=st.text(max_size=30))
def test_no_pds_shows_the_card_and_any_of_them_can_be_stored(tag: int, before: str, after: str) -> None:
    found = translate(message(**{f"P{tag:04d}": before + PAN + after}), TOKENIZER, DAYS)
    if isinstance(found, ClearingRecord):
        assert PAN not in found.pds
        assert not any("\0" in value for value in orjson.loads(found.pds).values())


def test_a_fee_collection_needs_no_card() -> None:
    found = record("1740", {2: None, 3: "190000", 24: "700"})
    assert (found.kind, found.card_token, found.masked_pan) == (RecordKind.FEE_COLLECTION, None, None)


@pytest.mark.parametrize(
    ("mti", "changes", "element", "reason", "at_stake"),
    [
        ("1240", {24: "999"}, 24, "not known", 1250),
        ("1240", {3: None}, 3, "absent", 1250),
        ("1240", {3: None, 4: "000000000900", 49: "840", 5: "000000000830", 50: "978"}, 3, "absent", 830),
        ("1240", {4: None}, 4, "absent", None),
        ("1240", {49: None}, 49, "absent", None),
        ("1240", {49: "999"}, 49, "currency 999", None),
        ("1240", {49: "999", 5: "000000000830", 50: "998"}, 49, "currency 999", None),
        ("1240", {51: "978"}, 6, "absent", None),
        ("1740", {24: "700", 3: "000000"}, 3, "neither", 1250),
    ],
)
def test_what_cannot_be_booked_says_where_and_why_and_what_is_at_stake(
    mti: str, changes: dict[int, str | None], element: int, reason: str, at_stake: int | None
) -> None:
    found = translate(message(mti, changes), TOKENIZER, DAYS)
    assert isinstance(found, Untranslatable)
    assert (found.number, found.flaw.element, found.flaw.tag, found.business_date) == (2, element, None, DAYS.own)
    assert reason in found.flaw.reason
    assert found.amount == (Sum(at_stake, "EUR") if at_stake is not None else None)


@pytest.mark.parametrize(
    ("changes", "pds", "said"),
    [
        ({}, {"P0146": "00"}, "PDS 0146: 2 long, not occurrences of 36 (no interchange is booked"),
        ({}, {"P0146": "009901978000000000025978000000000025"}, "PDS 0146: a fee that says neither debit nor credit (no"),
        ({}, {"P0146": "002901978000000000025978XXXXXXXXXXXX"}, "PDS 0146: an amount that is not digits (no"),
        ({}, {"P0146": "002901978000000000025999000000000025"}, "PDS 0146: currency 999 is not kept here (no"),
        (
            {},
            {"P0146": "002901978000000000025978000000000025" + "002901978000000000025840000000000025"},
            "PDS 0146: occurrences in several reconciliation currencies (no interchange is booked",
        ),
        ({}, {"P0158": "DMC1010401  26139901    NNNNNNN"}, "PDS 0158: no business date (it is of the date of its file)"),
        (
            {},
            {"P0158": "DMC1010401  36112601    NNNNNNN"},
            "PDS 0158: a date more than 366 days before its file's or 10 after it (it is of the date of its file)",
        ),
        ({}, {"P0159": "0" * 40 + "EUR00"}, "PDS 0159: 45 long, not 67 (expected in the position that can be read of it)"),
        ({}, {"P0159": "0" * 40 + " " * 27}, "PDS 0159: no settlement service (expected"),
        ({}, {"P0159": "0" * 40 + "EUR0000001N" + "26139901" + " " * 8}, "PDS 0159: no reconciliation date and cycle (expected"),
        ({12: "261399101112"}, {}, "DE 12: no date and time (booked under the time at which its file came)"),
        ({2: "123"}, {}, "DE 2: no card number (no cardholder can be found)"),
        ({2: None}, {}, "DE 2: absent (no cardholder can be found)"),
        ({5: "000000000900"}, {}, "DE 50: absent (taken as settled like it is billed)"),
        ({6: "000000001250", 51: "978", 49: None}, {}, "DE 49: absent (what was paid at the till is not known)"),
    ],
)
def test_what_cannot_be_read_beside_the_amount_is_a_flaw_and_the_record_posts(
    changes: dict[int, str | None], pds: dict[str, str], said: str
) -> None:
    found = record(changes=changes, **pds)
    (flaw,) = found.flaws
    assert flaw.said.startswith(said)
    assert (found.amount, found.is_debit, found.business_date, found.fees) == (Sum(1250, "EUR"), True, DAYS.own, ())
    assert found.service in {None, "EUR0000001"}, "half a name is none"


@given(st.from_regex(r"[0-9]{2}[01][0-9][0-3][0-9][0-2][0-9]([0-6][0-9]){2}", fullmatch=True))
def test_the_terminals_time_is_read_digit_by_digit_or_is_a_flaw(text: str) -> None:
    found = record(changes={12: text})
    year = int(text[:2]) + (1900 if text[:2] >= "69" else 2000)
    try:
        at = datetime(year, *(int(text[place : place + 2]) for place in range(2, 12, 2)), tzinfo=UTC)
    except ValueError:
        at = None
    assert (found.at, len(found.flaws)) == (at, 0 if at else 1)


@pytest.mark.parametrize("changes", [{49: "999"}, {4: None}, {49: None}, {51: "978"}, {6: "000000001250", 51: "999"}])
def test_what_is_settled_stands_for_what_is_billed_and_cannot_be_read(changes: dict[int, str | None]) -> None:
    found = record(changes={5: "000000000830", 50: "978", **changes})
    assert (found.amount, found.is_billed, len(found.flaws)) == (Sum(830, "EUR"), False, 1)


def test_a_sound_record_has_no_flaws_and_its_own_business_date() -> None:
    found = record(P0158="DMC1010401  26112601    NNNNNNN")
    assert (found.flaws, found.is_billed, found.business_date) == ((), True, date(2026, 11, 26))


@pytest.mark.parametrize("function", ["697", "695", "696", "685", "688"])
def test_what_is_no_record_gives_nothing(function: str) -> None:
    assert translate(message("1644", {24: function}), TOKENIZER, DAYS) is None


@settings(max_examples=60)
@given(any_message=MESSAGES)
def test_any_sound_message_gives_a_record_a_reason_or_nothing(any_message: IpmMessage) -> None:
    assert isinstance(translate(any_message, TOKENIZER, DAYS), ClearingRecord | Untranslatable | None)
