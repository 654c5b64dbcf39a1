"""The text that the chain hashes."""

from datetime import UTC, date, datetime

import pytest

from ledger.books import Rows
from ledger.canonical import FACTS, RENDER, batch_text, header, link


def row(table: str, **given: object) -> tuple[object, ...]:
    return tuple(given.get(name) for name, _ in FACTS[table])


def test_a_line_is_made_of_integers_microseconds_hex_and_measured_text() -> None:
    values = row(
        "journal", journal_id=5, value_date=date(1970, 1, 3), kind="hold", reason="a|b", event_at=datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC),
        actor="", idempotency_key=b"\x01\xff",
    )  # fmt: skip
    assert RENDER["journal"](values) == "journal|5|2|4:hold|3:a|b|1000000|0:||01ff||"


def test_absent_and_empty_text_differ() -> None:
    assert RENDER["outcome"](row("outcome", key=b"", reason="")) != RENDER["outcome"](row("outcome", key=b"", reason=None))


@pytest.mark.parametrize("table", sorted(FACTS))
def test_every_column_changes_the_line(table: str) -> None:
    samples = {"integer": 7, "text": "x", "hex": b"x", "day": date(2026, 1, 1), "time": datetime(2026, 1, 1, tzinfo=UTC)}
    empty = RENDER[table](row(table))
    for name, form in FACTS[table]:
        assert RENDER[table](row(table, **{name: samples[form.value]})) != empty


def test_a_link_depends_on_the_one_before_and_on_the_text() -> None:
    links = {link(previous, text) for previous in (b"a", b"b") for text in ("x", "y")}
    assert len(links) == 4


def test_outcomes_stand_in_the_order_of_their_keys_whatever_order_they_came_in() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    one, two = row("outcome", key=b"\x01"), row("outcome", key=b"\x02")
    assert batch_text(Rows(outcomes=[two, one]), header(1, 2, 2, at)) == batch_text(
        Rows(outcomes=[one, two]), header(1, 2, 2, at)
    )


def test_a_batch_written_before_there_were_periods_keeps_its_header() -> None:
    at = datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
    assert header(1, 2, 3, at) == "batch|1|2|3|1000000"
    assert header(1, 2, 3, at, date(1970, 1, 5)) == "batch|1|2|3|1000000|4"
