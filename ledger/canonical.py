"""The bytes of a batch: what Postgres is sent and what the chain hashes, made once. Pure.

A fact row is encoded as PostgreSQL sends a record of its row type in binary (`record_send`), with its length before
it. The writer hands these bytes to the database as they are, and SQL rebuilds them from the stored rows (`verify`
does), so what is hashed is what is stored. Records carry the lengths of their fields: no two rows share their bytes.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from struct import Struct, pack
from typing import Any

from ledger.books import Row, Rows

EPOCH, EPOCH_DAY = datetime(1970, 1, 1, tzinfo=UTC), date(1970, 1, 1).toordinal()
MICROSECOND = timedelta(microseconds=1)
POSTGRES_EPOCH, POSTGRES_EPOCH_DAY = datetime(2000, 1, 1, tzinfo=UTC), date(2000, 1, 1).toordinal()
"""Where PostgreSQL counts days and microseconds from."""
MAX_WORDS = 4096
"""Distinct words remembered in their encoded form. Far more than there are reasons, kinds and codes."""


class Form(StrEnum):
    """How a column travels. A word is text from a small vocabulary: its bytes are remembered."""

    INT2 = "int2"
    INT4 = "int4"
    INT8 = "int8"
    TEXT = "text"
    WORD = "word"
    BYTES = "bytea"
    DAY = "date"
    TIME = "timestamptz"


OIDS = {
    Form.INT2: 21, Form.INT4: 23, Form.INT8: 20, Form.TEXT: 25, Form.WORD: 25, Form.BYTES: 17, Form.DAY: 1082, Form.TIME: 1184,
}  # fmt: skip
"""Of PostgreSQL's own types: the same in every server."""
_SHORT = {
    "s": Form.INT2,
    "n": Form.INT4,
    "i": Form.INT8,
    "t": Form.TEXT,
    "w": Form.WORD,
    "x": Form.BYTES,
    "d": Form.DAY,
    "m": Form.TIME,
}


@dataclass(frozen=True, slots=True)
class RowType:
    """A row type of the schema and its columns in their order."""

    name: str
    columns: tuple[tuple[str, Form], ...]


def _row_type(name: str, columns: str) -> RowType:
    return RowType(name, tuple((column, _SHORT[form]) for column, form in (item.split(":") for item in columns.split())))


FACTS: dict[str, RowType] = {
    "journal": _row_type(
        "journal_row_1",
        "journal_id:i value_date:d kind:w reason:w event_at:m actor:w reverses:i idempotency_key:x content_hash:x "
        "authorization_id:i",
    ),
    "posting": _row_type(
        "posting_row_1", "journal_id:i line:s account_id:i asset:w layer:w amount:i account_version:i"
    ),
    "authorization": _row_type(
        "authorization_row_1",
        "authorization_id:i chain_id:i card_id:i account_id:i mti:w stan:t rrn:t transmitted_at:m acquirer:w network_reference:t "
        "approval_code:t amount:i asset:w response_code:w verdict:w reason:w rule:w policy:w seen:t request:t message_id:i "
        "received_at:m expires_at:m",
    ),
    "authorization_event": _row_type(
        "event_row_1", "chain_id:i sequence:n authorization_id:i kind:w amount:i asset:w at:m message_id:i journal_id:i"
    ),
    "outcome": _row_type(
        "outcome_row_1",
        "key:x key_date:d content:x mti:w account_id:i authorization_id:i chain_id:i trace_id:t rrn:t original_key:x "
        "original_trace:t replacement:i verdict:w reason:w response_code:w approval_code:t amount:i available:i message_id:i",
    ),
}  # fmt: skip
"""Every fact table that the chain covers, in the order in which a batch is hashed."""

ORDER = {
    "journal": "journal_id",
    "posting": "journal_id, line",
    "authorization": "authorization_id",
    "authorization_event": "chain_id, sequence",
    "outcome": "key",
}
"""How the rows of a table stand inside a batch."""

BESIDE: dict[str, RowType] = {
    "balance": _row_type("balance_row_1", "account_id:i posted:i holds:i excused:i version:i"),
    "hold": _row_type(
        "hold_row_1",
        "chain_id:i account_id:i asset:w authorized:i incremented:i reversed:i captured:i refunded:i expired:i held:i "
        "last_event:n expires_at:m",
    ),
    "early": _row_type("early_row_1", "reference:t account_id:i replacement:i key:x"),
    "exception": _row_type("exception_row_1", "kind:w subject:t amount:i asset:w"),
}
"""What the writer sends beside the facts; derived from them, or for people."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """Rows of one type: how many, and their bytes."""

    count: int
    payload: bytes


def _word_encoder() -> Callable[[str], bytes]:
    known: dict[str, bytes] = {}

    def encode(word: str) -> bytes:
        found = known.get(word)
        if found is None:
            raw = word.encode()
            found = pack("!ii", OIDS[Form.TEXT], len(raw)) + raw
            if len(known) < MAX_WORDS:
                known[word] = found
        return found

    return encode


def _text(value: str) -> bytes:
    raw = value.encode()
    return _PREFIX(25, len(raw)) + raw


def _time(value: datetime) -> bytes:
    past = value - POSTGRES_EPOCH
    return _INT8(1184, 8, (past.days * 86_400 + past.seconds) * 1_000_000 + past.microseconds)


_PREFIX, _INT8, _INT4, _INT2, _LENGTH = (Struct(form).pack for form in ("!ii", "!iiq", "!iii", "!iih", "!i"))
_FIELDS = {
    Form.INT2: "INT2(21, 2, {0})",
    Form.INT4: "INT4(23, 4, {0})",
    Form.INT8: "INT8(20, 8, {0})",
    Form.TEXT: "text({0})",
    Form.WORD: "word({0})",
    Form.BYTES: "PREFIX(17, len({0})) + {0}",
    Form.DAY: "INT4(1082, 4, {0}.toordinal() - POSTGRES_EPOCH_DAY)",
    Form.TIME: "time({0})",
}


def _encoder(row_type: RowType) -> Callable[[Iterable[Row]], bytes]:
    # Compiled once per type, as dataclasses do: a loop over the columns costs several times as much per payment.
    names = [f"v{number}" for number in range(len(row_type.columns))]
    forms = [form for _, form in row_type.columns]
    fields = ", ".join(
        f"({_FIELDS[form].format(name)}) if {name} is not None else NULL_{form.name}"
        for name, form in zip(names, forms, strict=True)
    )
    source = (
        f"def encode(rows):\n parts = []\n add = parts.append\n for {', '.join(names)}, in rows:\n"
        f"  record = join((HEAD, {fields}))\n  add(LENGTH(len(record)))\n  add(record)\n return join(parts)"
    )
    namespace: dict[str, Any] = {
        "PREFIX": _PREFIX, "INT8": _INT8, "INT4": _INT4, "INT2": _INT2, "LENGTH": _LENGTH, "text": _text, "time": _time,
        "POSTGRES_EPOCH_DAY": POSTGRES_EPOCH_DAY, "word": _word_encoder(), "join": b"".join, "HEAD": pack("!i", len(names)),
        **{f"NULL_{form.name}": pack("!ii", oid, -1) for form, oid in OIDS.items()},
    }  # fmt: skip
    exec(source, namespace)  # noqa: S102 - built from the tables above only
    encode: Callable[[Iterable[Row]], bytes] = namespace["encode"]
    return encode


_ENCODERS = {table: _encoder(row_type) for table, row_type in {**FACTS, **BESIDE}.items()}


def encoded(table: str, rows: Sequence[Row]) -> Encoded:
    """The rows of a table as the database takes them."""
    return Encoded(len(rows), _ENCODERS[table](rows))


def header(stream: int, batch: int, items: int, booked_at: datetime, booking_date: date | None = None) -> str:
    """Batches written before there were periods have no booking date."""
    day = "" if booking_date is None else f"|{booking_date.toordinal() - EPOCH_DAY}"
    return f"batch|{stream}|{batch}|{items}|{(booked_at - EPOCH) // MICROSECOND}{day}"


def facts_of(rows: Rows) -> dict[str, Encoded]:
    """The batch's facts by table. Outcomes and events are sorted in place, as they must be written."""
    rows.outcomes.sort(key=_first)
    rows.events.sort(key=_first_two)
    of_table = {
        "journal": rows.journals, "posting": rows.postings, "authorization": rows.authorizations,
        "authorization_event": rows.events, "outcome": rows.outcomes,
    }  # fmt: skip
    return {table: encoded(table, of_table[table]) for table in FACTS}


def link(previous: bytes, head: str, facts: dict[str, Encoded]) -> bytes:
    """SHA-256 over the link before, the header and the facts in the order of `FACTS`."""
    digest = sha256(previous)
    digest.update(head.encode())
    for table in FACTS:
        digest.update(facts[table].payload)
    return digest.digest()


def _first(row: Row) -> bytes:
    key = row[0]
    assert isinstance(key, bytes)
    return key


def _first_two(row: Row) -> tuple[int, int]:
    chain_id, sequence = row[0], row[1]
    assert isinstance(chain_id, int)
    assert isinstance(sequence, int)
    return chain_id, sequence


def sql_record(table: str, alias: str) -> str:
    """The SQL expression that rebuilds a stored row's bytes."""
    columns = ", ".join(f"{alias}.{name}" for name, _ in FACTS[table].columns)
    return f"record_send(row({columns})::ledger.{FACTS[table].name})"
