"""What clearing knows of one payment: its records, and the items that people have or had about it. Not for posting."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clearing.statements import statement
from clearing.storing import subject_of

Row = Mapping[str, Any]
RECORD = re.compile(r"(?:clearing )?([0-9]{1,25})/([0-9]{1,9})")
"""How a record is named by people: FILE_ID/POSITION, as the subjects of items say it."""


@dataclass(frozen=True, slots=True)
class Cleared:
    """Rows as the books have them, in the order of time."""

    records: Sequence[Row] = ()
    items: Sequence[Row] = ()


async def payment_of(connection: Any, subject: str) -> Row | None:
    """Authorization id and RRN of what an item with this subject is about; None where that is no payment of ours."""
    row = await connection.fetchrow(statement("payment_of_subject"), subject)
    return dict(row) if row is not None else None


async def record_alone(connection: Any, reference: str) -> Cleared:
    """A record by its name, with its items; nothing where there is none."""
    if (named := RECORD.fullmatch(reference)) is None:
        return Cleared()
    rows = await connection.fetch(statement("record_story"), named[1], int(named[2]))
    items = await connection.fetch(statement("items_of_payment"), [subject_of(row["file_id"], row["position"]) for row in rows])
    return Cleared([dict(row) for row in rows], [dict(row) for row in items])


async def cleared(connection: Any, authorization_ids: Sequence[int]) -> Cleared:
    """Of the elements of one chain."""
    records = [dict(row) for row in await connection.fetch(statement("records_of_payment"), authorization_ids)]
    subjects = [subject_of(row["file_id"], row["position"]) for row in records]
    subjects += [f"authorization {authorization_id}" for authorization_id in authorization_ids]
    items = [dict(row) for row in await connection.fetch(statement("items_of_payment"), subjects)]
    return Cleared(records, items)
