"""What happened to a payment after its authorization, as clearing and people have it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from unit.cardline.explaining.test_explanation import AT, event, row

from cardline.explaining import clearing_story, log_story
from cardline.explaining.explanation import sentences
from clearing.payments import Cleared
from ledger.payments import Payment

FILE = "0022611260000020090000001"


def record(**changed: Any) -> dict[str, Any]:
    base = {
        "file_id": FILE, "position": 4, "file_name": "day.ipm", "mti": "1240", "function_code": "200", "kind": "presentment",
        "is_reversal": False, "amount": 13_00, "asset": "EUR", "authorization_id": 7, "match_rule": "trace_id", "match_reason": "MCCABC1231126",
        "concern": "over_cleared", "status": "posted", "journal_id": 12, "detail": "", "at": AT + timedelta(days=1),
    }  # fmt: skip
    return base | changed


def item(**changed: Any) -> dict[str, Any]:
    base = {
        "exception_id": 3, "kind": "over_cleared", "opened_at": AT + timedelta(days=1, seconds=1), "amount": 66, "asset": "EUR",
        "status": "resolved", "owner": "disputes", "said": "more than was authorized", "reason": "4834", "deadline": date(2026, 6, 1),
        "due_act": "charge_back", "due_by": "issuer",
        "act": "booked", "resolved_by": "ada", "resolution_reason": "charged back", "resolved_at": AT + timedelta(days=3),
        "resolution_journal_id": 20,
    }  # fmt: skip
    return base | changed


def test_a_record_an_item_and_its_end_are_told_with_their_times() -> None:
    told = [sentence for _, sentence in sorted(clearing_story.told(Cleared([record()], [item()])))]
    assert told == [
        f"2026-03-02 12:00:00 UTC: record 4 of clearing file {FILE} (day.ipm) was a presentment of 13.00 EUR, matched by trace id "
        "(MCCABC1231126); posted, journal 12; what is odd: over cleared.",
        "2026-03-02 12:00:01 UTC: exception 3 was opened, over cleared of 0.66 EUR: more than was authorized; may be disputed under "
        "4834, until 2026-06-01; with disputes.",
        "2026-03-04 12:00:00 UTC: exception 3 was booked as proposed by ada (charged back), journal 20.",
    ]


def test_an_item_that_waits_and_a_record_that_is_taken_back_are_told_as_such() -> None:
    waiting = item(status="open", act=None, resolved_at=None, said=None, reason=None, deadline=None, owner=None)
    back = record(
        is_reversal=True, match_rule="acquirer_reference", match_reason="", concern=None, status="suspense", journal_id=None
    )
    told = [sentence for _, sentence in clearing_story.told(Cleared([back], [waiting]))]
    assert "was a reversal of a presentment of 13.00 EUR, matched by acquirer reference; booked to suspense." in told[0]
    assert told[1].endswith("exception 3 was opened, over cleared of 0.66 EUR; it still waits.")


def test_a_dispute_says_its_reason_and_what_the_other_side_may_do_until_when() -> None:
    case = record(mti="1442", function_code="450", kind="chargeback", concern="chargeback")
    due = item(kind="chargeback", reason="4853", due_act="present_again", due_by="acquirer", status="open", resolved_at=None)
    told = [sentence for _, sentence in clearing_story.told(Cleared([case], [due]))]
    assert "what is odd" not in told[0]
    assert "; under reason 4853; the acquirer may present it again, until 2026-06-01; with disputes" in told[1]


def test_a_record_that_people_have_unmatched_was_taken_off_its_authorization() -> None:
    alone = record(match_rule="by_hand", match_reason="another shop", authorization_id=None, concern=None)
    ((_, told),) = clearing_story.told(Cleared([alone]))
    assert ", taken off its authorization by hand (another shop); posted" in told


def test_the_log_s_lines_stand_at_their_time_in_the_story() -> None:
    line = {
        "message_id": 9, "link": "mastercard", "mti": "0100", "stan": "000001", "rrn": "000000000001", "response_code": "00",
        "decision": "approved", "reason": "approved", "repeat": False, "authorization_id": 7, "milliseconds": 4.125,
        "event": "message", "level": "info", "timestamp": "2026-03-01T12:00:00.004500Z",
    }  # fmt: skip
    poisoned = {"command": "Reverse", "message_id": 10, "reason": "22P05", "event": "command_poisoned", "level": "error"}
    later = poisoned | {"timestamp": "2026-03-01T18:00:00.000000Z"}
    life = [event("authorized", 12_34), event("captured_last", 13_00, recorded_at=AT + timedelta(days=1))]
    told = sentences(Payment(row(), life, []), log_story.told([later, line]))[4:8]
    assert told == [
        "2026-03-01 12:00:00 UTC: 12.34 EUR were held.",
        "2026-03-01 12:00:00 UTC in the log: message 9 on link mastercard, a 0100, was answered 00: approved (approved), 4.125 ms.",
        "2026-03-01 18:00:00 UTC in the log: error command_poisoned (command Reverse, message_id 10, reason 22P05).",
        "2026-03-02 12:00:00 UTC: the last presentment, of 13.00 EUR, was posted.",
    ]


def test_a_life_keeps_the_order_of_the_books_where_clocks_disagree() -> None:
    life = [event("authorized", 12_34, recorded_at=AT + timedelta(seconds=2)), event("reversed", 12_34, recorded_at=AT)]
    told = sentences(Payment(row(), life, []))
    assert [("held." in one, "reversed" in one) for one in told[4:6]] == [(True, False), (False, True)]


def test_the_times_of_the_log_are_read_as_utc() -> None:
    ((at, _),) = log_story.told([{"event": "x", "level": "info", "timestamp": "2026-03-01T12:00:00.000000Z"}])
    assert at == datetime(2026, 3, 1, 12, tzinfo=UTC)
