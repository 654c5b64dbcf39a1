"""What clearing knows of one payment: its records, and the items that people have or had about it. Not for posting."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clearing.statements import statement
from clearing.storing import subject_of

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Cleared:
    """Rows as the books have them, in the order of time."""

    records: Sequence[Row] = ()
    items: Sequence[Row] = ()


async def cleared(connection: Any, authorization_ids: Sequence[int]) -> Cleared:
    """Of the elements of one chain."""
    records = [dict(row) for row in await connection.fetch(statement("records_of_payment"), authorization_ids)]
    subjects = [subject_of(row["file_id"], row["position"]) for row in records]
    subjects += [f"authorization {authorization_id}" for authorization_id in authorization_ids]
    items = [dict(row) for row in await connection.fetch(statement("items_of_payment"), subjects)]
    return Cleared(records, items)
