"""What people have done, as the audit trail has it: for those who ask who changed something, when and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from ledger.statements import statement

SHOWN = 10
"""The newest; the whole trail is report.audit."""


@dataclass(frozen=True, slots=True)
class Act:
    at: datetime
    actor: str
    action: str
    subject: str
    reason: str
    detail: str


async def acts_on(connection: Any, subjects: Sequence[str], *, until: datetime | None = None, most: int = SHOWN) -> list[Act]:
    """On any of these (`card 7`, `account 3`), newest first; until a time if one is given."""
    return [Act(**dict(row)) for row in await connection.fetch(statement("acts_on"), list(subjects), until, most)]


async def moved_under_key(connection: Any, key: bytes, day: date, account_id: int) -> int | None:
    """Minor units that the journal under a key has moved to or from an account; None where there is none."""
    moved: int | None = await connection.fetchval(statement("moved_under_key"), key, day, account_id)
    return moved


async def booking_reasons(connection: Any, account_id: int) -> dict[int, str]:
    """Why people moved money to or from an account, by journal."""
    rows = await connection.fetch(statement("booking_reasons"), f"account {account_id}")
    return {row["journal_id"]: row["reason"] for row in rows}
