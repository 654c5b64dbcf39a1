"""The bytes of a batch: what Postgres is sent and what the chain hashes, made once. Pure.

A fact row is encoded as PostgreSQL sends a record of its row type in binary (`record_send`), with its length before
it. The writer hands these bytes to the database as they are, and SQL rebuilds them from the stored rows (`verify`
does), so what is hashed is what is stored. Records carry the lengths of their fields: no two rows share their bytes.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from itertools import groupby
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
    BOOL = "boolean"


OIDS = {
    Form.INT2: 21, Form.INT4: 23, Form.INT8: 20, Form.TEXT: 25, Form.WORD: 25, Form.BYTES: 17, Form.DAY: 1082, Form.TIME: 1184,
    Form.BOOL: 16,
}  # fmt: skip
"""Of PostgreSQL's own types: the same in every server."""
_SHORT = {
    "s": Form.INT2, "n": Form.INT4, "i": Form.INT8, "t": Form.TEXT, "w": Form.WORD, "x": Form.BYTES, "d": Form.DAY,
    "m": Form.TIME, "b": Form.BOOL,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class RowType:
    """A row type of the schema and its columns in their order. `required` ones are never absent."""

    name: str
    columns: tuple[tuple[str, Form], ...]
    required: frozenset[str]


def _row_type(name: str, columns: str) -> RowType:
    """Columns as `name:form`, the form in capitals where the column is required."""
    pairs = [item.split(":") for item in columns.split()]
    required = frozenset(column for column, form in pairs if form.isupper())
    return RowType(name, tuple((column, _SHORT[form.lower()]) for column, form in pairs), required)


FACTS: dict[str, RowType] = {
    "journal": _row_type(
        "journal_row_1",
        "journal_id:I value_date:D kind:W reason:W event_at:M actor:W reverses:i idempotency_key:x content_hash:x "
        "authorization_id:i",
    ),
    "posting": _row_type(
        "posting_row_1", "journal_id:I line:S account_id:I asset:W layer:W amount:I account_version:I"
    ),
    "authorization": _row_type(
        "authorization_row_1",
        "authorization_id:I chain_id:I card_id:i account_id:i mti:W stan:T rrn:t transmitted_at:M acquirer:W network_reference:t "
        "approval_code:t amount:I asset:W response_code:W verdict:W reason:W rule:W policy:W seen:T request:T message_id:I "
        "received_at:M expires_at:m",
    ),
    "authorization_event": _row_type(
        "event_row_1", "chain_id:I sequence:N authorization_id:I kind:W amount:I asset:W at:M message_id:i journal_id:i"
    ),
    "outcome": _row_type(
        "outcome_row_1",
        "key:X key_date:D content:X mti:W account_id:i authorization_id:i chain_id:i trace_id:t rrn:t original_key:x "
        "original_trace:t replacement:i verdict:W reason:W response_code:W approval_code:t amount:I available:i message_id:I",
    ),
}  # fmt: skip
"""Every fact table that the chain covers, in the order in which a batch is hashed."""

ORDER = {
    "journal": "journal_id",
    "posting": "journal_id, line",
    "authorization": "authorization_id",
    "authorization_event": "chain_id, sequence",
    "outcome": "key, key_date",
}
"""How the rows of a table stand inside a batch."""

BESIDE: dict[str, RowType] = {
    "balance": _row_type("balance_row_2", "account_id:I posted:I holds:I excused:I version:I is_related:B"),
    "hold": _row_type(
        "hold_row_1",
        "chain_id:I account_id:I asset:W authorized:I incremented:I reversed:I captured:I refunded:I expired:I held:I "
        "last_event:N expires_at:M",
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


def _day(value: date) -> int:
    return value.toordinal() - POSTGRES_EPOCH_DAY


def _time(value: datetime) -> int:
    past = value - POSTGRES_EPOCH
    return (past.days * 86_400 + past.seconds) * 1_000_000 + past.microseconds


_PREFIX, _LENGTH = Struct("!ii").pack, Struct("!i").pack
_NUMBERS = {
    Form.INT2: ("h", 2, "{0}"),
    Form.INT4: ("i", 4, "{0}"),
    Form.INT8: ("q", 8, "{0}"),
    Form.BOOL: ("?", 1, "{0}"),
    Form.DAY: ("i", 4, "day({0})"),
    Form.TIME: ("q", 8, "time({0})"),
}
"""Of fixed size: how `struct` packs the value, its length, and the number that stands for it."""
_OTHERS = {Form.TEXT: "text({0})", Form.WORD: "word({0})", Form.BYTES: "PREFIX(17, len({0})) + {0}"}


def _encoder(row_type: RowType) -> Callable[[Iterable[Row]], bytes]:
    # Compiled once per type, as dataclasses do: a loop over the columns costs several times as much per payment.
    names = [f"v{number}" for number in range(len(row_type.columns))]
    namespace: dict[str, Any] = {
        "PREFIX": _PREFIX, "LENGTH": _LENGTH, "text": _text, "day": _day, "time": _time, "word": _word_encoder(),
        "join": b"".join, "HEAD": pack("!i", len(names)),
        **{f"NULL_{form.name}": pack("!ii", oid, -1) for form, oid in OIDS.items()},
    }  # fmt: skip
    fields = ", ".join(_fields(row_type, namespace))
    source = (
        f"def encode(rows):\n parts = []\n add = parts.append\n for {', '.join(names)}, in rows:\n"
        f"  record = join((HEAD, {fields}))\n  add(LENGTH(len(record)))\n  add(record)\n return join(parts)"
    )
    exec(source, namespace)  # noqa: S102 - built from the tables above only
    encode: Callable[[Iterable[Row]], bytes] = namespace["encode"]
    return encode


def _fields(row_type: RowType, namespace: dict[str, Any]) -> Iterator[str]:
    """An expression for each column, or one for several numbers that follow each other and are never absent."""
    columns = [(f"v{number}", name in row_type.required, form) for number, (name, form) in enumerate(row_type.columns)]
    for is_packed, group in groupby(columns, key=lambda column: column[1] and column[2] in _NUMBERS):
        run = list(group)
        if is_packed:
            yield _packed(run, namespace)
            continue
        for name, is_required, form in run:
            field = _packed([(name, is_required, form)], namespace) if form in _NUMBERS else _OTHERS[form].format(name)
            yield field if is_required else f"({field}) if {name} is not None else NULL_{form.name}"


def _packed(run: Sequence[tuple[str, bool, Form]], namespace: dict[str, Any]) -> str:
    kinds = [(OIDS[form], *_NUMBERS[form], name) for name, _, form in run]
    packer = f"PACK_{'_'.join(letter if letter != '?' else 'b' for _, letter, _, _, _ in kinds)}"
    namespace[packer] = Struct("!" + "".join(f"ii{letter}" for _, letter, _, _, _ in kinds)).pack
    values = ", ".join(f"{oid}, {length}, {number.format(name)}" for oid, _, length, number, name in kinds)
    return f"{packer}({values})"


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
    rows.outcomes.sort(key=_by_key)
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


def _by_key(row: Row) -> tuple[bytes, date]:
    key, day = row[0], row[1]
    assert isinstance(key, bytes)
    assert isinstance(day, date)
    return key, day


def _first_two(row: Row) -> tuple[int, int]:
    chain_id, sequence = row[0], row[1]
    assert isinstance(chain_id, int)
    assert isinstance(sequence, int)
    return chain_id, sequence


def sql_record(table: str, alias: str) -> str:
    """The SQL expression that rebuilds a stored row's bytes."""
    columns = ", ".join(f"{alias}.{name}" for name, _ in FACTS[table].columns)
    return f"record_send(row({columns})::ledger.{FACTS[table].name})"
