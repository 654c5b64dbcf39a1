"""The bytes that the writer sends and the chain hashes."""

from datetime import UTC, date, datetime
from struct import pack

import pytest

from ledger.books import Rows
from ledger.canonical import BESIDE, FACTS, OIDS, Encoded, Form, encoded, facts_of, header, link

NONE_YET: dict[Form, object] = {
    Form.INT2: 0, Form.INT4: 0, Form.INT8: 0, Form.TEXT: "", Form.WORD: "", Form.BYTES: b"", Form.DAY: date(2000, 1, 1),
    Form.TIME: datetime(2000, 1, 1, tzinfo=UTC), Form.BOOL: False,
}  # fmt: skip
SAMPLES: dict[Form, object] = {
    Form.INT2: 7, Form.INT4: 7, Form.INT8: 7, Form.TEXT: "x", Form.WORD: "x", Form.BYTES: b"x", Form.DAY: date(2026, 1, 1),
    Form.TIME: datetime(2026, 1, 1, tzinfo=UTC), Form.BOOL: True,
}  # fmt: skip
TYPES = {**FACTS, **BESIDE}


def row(table: str, **given: object) -> tuple[object, ...]:
    """With nothing, or the least there is, in every column that is not given."""
    row_type = TYPES[table]
    return tuple(given.get(name, NONE_YET[form] if name in row_type.required else None) for name, form in row_type.columns)


def payload(table: str, **given: object) -> bytes:
    return encoded(table, [row(table, **given)]).payload


def test_a_record_is_its_length_its_fields_and_each_with_type_length_and_value() -> None:
    fields = (7, "x", 5, "é")
    expected = pack("!i", 4) + b"".join(
        pack("!ii", OIDS[form], len(raw)) + raw
        for form, raw in ((Form.WORD, b"k"), (Form.TEXT, b"x"), (Form.INT8, pack("!q", 5)), (Form.WORD, "é".encode()))
    )
    assert encoded("exception", [("k", *fields[1:])]).payload == pack("!i", len(expected)) + expected


def test_absent_and_empty_text_differ() -> None:
    assert payload("outcome", rrn="") != payload("outcome", rrn=None)


def test_a_word_beyond_those_remembered_is_the_same_bytes() -> None:
    words = [encoded("exception", [(f"word {n}", "x", 1, "EUR")]).payload for n in range(5000)]
    assert words == [encoded("exception", [(f"word {n}", "x", 1, "EUR")]).payload for n in range(5000)]


@pytest.mark.parametrize("table", sorted(TYPES))
def test_every_column_changes_the_bytes(table: str) -> None:
    empty = payload(table)
    for name, form in TYPES[table].columns:
        assert payload(table, **{name: SAMPLES[form]}) != empty


def test_a_link_depends_on_the_one_before_on_the_header_and_on_the_facts() -> None:
    other = facts_of(Rows(postings=[row("posting", journal_id=1)]))
    links = {
        link(previous, head, facts) for previous in (b"a", b"b") for head in ("x", "y") for facts in (facts_of(Rows()), other)
    }
    assert len(links) == 8


def test_outcomes_stand_in_the_order_of_their_keys_whatever_order_they_came_in() -> None:
    one, two = row("outcome", key=b"\x01"), row("outcome", key=b"\x02")
    assert facts_of(Rows(outcomes=[two, one])) == facts_of(Rows(outcomes=[one, two]))


def test_nothing_to_write_is_no_bytes() -> None:
    assert encoded("posting", []) == Encoded(0, b"")


def test_a_header_names_stream_batch_items_and_microseconds() -> None:
    assert header(1, 2, 3, datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)) == "batch|1|2|3|1000000"


def test_a_header_ends_with_the_booking_date_in_days_where_there_is_one() -> None:
    at = datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
    assert header(1, 2, 3, at, date(1970, 1, 5)) == "batch|1|2|3|1000000|4"
