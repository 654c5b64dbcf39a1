"""The chain rebuilt from the rows: the query over one window of batches, the windows, and the judgement. Pure.

Facts are found by their time, which is exactly their batch's: a window is read through BRIN indexes without touching
the rest of the books, fits in memory however large the books are, and can be given to whichever connection is free.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from hashlib import sha256
from itertools import pairwise
from typing import Any

from ledger.canonical import FACTS, ORDER, sql_record
from ledger.findings import Finding
from ledger.statements import statement

TIMES = {"journal": "booked_at", "authorization": "answered_at", "authorization_event": "recorded_at", "outcome": "recorded_at"}
"""The column in which a row bears its batch's `booked_at`; postings have their journal's."""

Window = tuple[datetime, datetime]
"""From, until (not included)."""

ALL_TIME: Window = (datetime.min, datetime.max)  # noqa: DTZ901 - as asyncpg writes minus infinity and infinity


@cache
def window_query() -> str:
    """The batches booked in [$1, $2) with the bytes that their links are the hashes of, and rows without a batch."""
    return statement("proof_chain_window").replace("/*facts*/", "\nunion all\n".join(map(_data, FACTS)))


def _data(table: str) -> str:
    """The bytes of each batch's rows in one table. Only names from the table of columns go into it."""
    of_journal = table == "posting"
    alias, source, time = ("j", _POSTINGS, "j.booked_at") if of_journal else ("f", f"ledger.{table} f", f"f.{TIMES[table]}")
    day = "null::date" if table == "outcome" else f"{alias}.booking_date"
    order = ", ".join(f"f.{column.strip()}" for column in ORDER[table].split(","))
    return (
        f"select {alias}.stream, {alias}.batch, {list(FACTS).index(table)} as part, "  # noqa: S608
        f"string_agg(int4send(octet_length(r.record)) || r.record, ''::bytea order by {order}) as data, "
        f"min({time}) as first_at, max({time}) as last_at, min({day}) as first_day, max({day}) as last_day "
        f"from {source} cross join lateral (select {sql_record(table, 'f')} as record offset 0) as r "
        f"where {time} >= $1 and {time} < $2 group by 1, 2"
    )


_POSTINGS = (
    "(select stream, min(journal_id) as first, max(journal_id) as last from ledger.journal "
    "where booked_at >= $1 and booked_at < $2 group by stream) as ids "
    "cross join lateral (select * from ledger.posting p where p.journal_id between ids.first and ids.last offset 0) as f "
    "join ledger.journal j on j.journal_id = f.journal_id and j.booking_date = f.booking_date"
)
"""A stream's journals of a window have ids that follow each other, so its postings are one range of their key."""


def windows(batches: Iterable[tuple[datetime, int]], size: int) -> Sequence[Window]:
    """Cuts all time so that each window has about `size` items. `batches`: (booked_at, items) in the order of time.

    Batches of one moment stay together, and nothing lies outside: a row with a time of its own invention is in some window.
    """
    cuts: list[datetime] = []
    filled = 0
    before: datetime | None = None
    for booked_at, items in batches:
        if filled >= size and booked_at != before:
            cuts.append(booked_at)
            filled = 0
        filled += items
        before = booked_at
    edges = [ALL_TIME[0], *cuts, ALL_TIME[1]]
    return list(pairwise(edges))


def broken_links(rows: Iterable[Mapping[str, Any]]) -> Iterator[Finding]:
    """What does not hold in the batches of a window, as `window_query` returned them."""
    for row in rows:
        if detail := _broken(row):
            yield Finding("chain", f"stream {row['stream']} batch {row['batch']}", detail)


def _broken(row: Mapping[str, Any]) -> str | None:
    if row["link"] is None:
        return "rows that belong to no batch of their time"
    if row["link_before"] is None:
        return "the batch before it is missing"
    if sha256(row["link_before"] + row["data"]).digest() != row["link"]:
        return "the rows do not give this link"
    return "a row bears another time or booking date than its batch" if row["is_misdated"] else None
