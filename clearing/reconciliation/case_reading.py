"""Reads how the money of an item's case stands, and keeps the items of its claims to it. I/O only.

To be believed only while the items of the case are held.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from clearing.disputes.deadlines import Stage
from clearing.disputes.standing import CLAIM_TO_SEND, Moved, Recorded, Standing, Waiting, standing_of
from clearing.reconciliation.case_remedies import is_of_case
from clearing.reconciliation.remedies import side_of
from clearing.reconciliation.terms import terms_of
from clearing.statements import statement


@dataclass(frozen=True, slots=True)
class Found:
    """`item` with its `standing`, which is None where it is about no case. Neither holds what was booked for itself before.

    `own`: the journal that was, and the accounts it moved.
    """

    item: dict[str, Any]
    own: tuple[int, frozenset[str]] | None = None


async def with_standing(connection: Any, row: Any) -> Found:
    item = {**row, "standing": None}
    if item["file_id"] is None or item["amount"] is None or item["asset"] is None or not is_of_case(item["kind"]):
        return Found(item)
    records, moves, journals = await _read(connection, item)
    mine = [move for move in moves if move.exception_id == item["exception_id"]]
    others = [move for move in moves if move.exception_id != item["exception_id"]]
    item["standing"] = standing_of(records, others, side=side_of(item))
    if not mine:
        return Found(item)
    return Found(item, (journals[item["exception_id"]], frozenset(move.account for move in mine)))


async def standing_now(connection: Any, item: Any) -> Standing:
    records, moves, _ = await _read(connection, item)
    return standing_of(records, moves, side=side_of(item))


async def standing_at(connection: Any, place: tuple[str, int], asset: str, *, side: int) -> Standing:
    """Of a record's case."""
    records, moves, _ = await _read(connection, {"file_id": place[0], "position": place[1], "asset": asset})
    return standing_of(records, moves, side=side)


async def waiting_of(connection: Any, item: Any) -> list[Waiting]:
    """Open items of its case."""
    rows = await connection.fetch(statement("open_items_of_case"), item["file_id"], item["position"], item["asset"])
    return [Waiting(row["exception_id"], row["kind"], _stage(row), row["amount"]) for row in rows]


async def raise_claim(connection: Any, item: Any, amount: int) -> None:
    """One more item: so much is claimed and not with the network."""
    await connection.execute(
        statement("raise_claim"), item["file_id"], item["position"], CLAIM_TO_SEND, terms_of(CLAIM_TO_SEND).owner, amount,
        item["asset"],
    )  # fmt: skip


async def _read(connection: Any, item: Any) -> tuple[Sequence[Recorded], Sequence[Moved], dict[int, int]]:
    case = item["file_id"], item["position"], item["asset"]
    records = [
        Recorded(
            (row["file_id"], row["position"]), _stage(row), row["is_debit"], row["amount"], row["account_id"], row["is_waiting"]
        )
        for row in await connection.fetch(statement("case_records"), *case)
    ]  # fmt: skip
    rows = await connection.fetch(statement("case_moves"), *case)
    moves = [
        Moved(row["exception_id"], row["kind"], (row["file_id"], row["position"]), _stage(row), row["account"], row["amount"])
        for row in rows
    ]
    return records, moves, {row["exception_id"]: row["journal_id"] for row in rows}


def _stage(row: Any) -> Stage | None:
    return Stage(row["stage"]) if row["stage"] is not None else None
