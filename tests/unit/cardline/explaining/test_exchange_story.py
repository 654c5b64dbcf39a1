"""Kept messages to sentences: what was answered, and which element was at fault."""

from datetime import UTC, datetime

from cardline.explaining.exchange_story import sentences
from ledger.exchanges import Exchange

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def exchange(code: str | None, more: str | None = None) -> Exchange:
    answer = "0110" if code else None
    return Exchange(7, "mastercard", AT, "0100", "000001", "000000000001", answer, AT if code else None, code, more)


def test_a_format_error_names_its_element_and_who_can_fix_it() -> None:
    _, told, advice = sentences([exchange("30", "049")])
    assert told == (
        "2026-03-01 12:00:00 UTC on link mastercard: a 0100 (STAN 000001, RRN 000000000001) was answered 0110, DE 39 = 30: "
        "element 49 (Currency code, transaction) is missing or could not be read."
    )
    assert advice.startswith("Who can fix it: the acquirer or the network")


def test_a_message_without_an_answer_is_told_without_advice() -> None:
    assert sentences([exchange(None)])[1:] == [
        "2026-03-01 12:00:00 UTC on link mastercard: a 0100 (STAN 000001, RRN 000000000001) got no answer."
    ]


def test_another_answer_points_to_the_log() -> None:
    assert "in the log, by these STANs" in sentences([exchange("91")])[-1]
