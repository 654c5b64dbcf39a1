"""Reads for people: the trial balance and its kin. Values only, no formatting."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class TrialBalanceRow:
    """Debits and credits of one asset and layer, in minor units; equal when the books balance."""

    asset: str
    layer: str
    debits: int
    credits: int

    @property
    def is_balanced(self) -> bool:
        return self.debits == self.credits


async def trial_balance(connection: Any) -> list[TrialBalanceRow]:
    rows = await connection.fetch("select asset, layer, debits, credits from report.trial_balance")
    return [TrialBalanceRow(row["asset"], row["layer"], int(row["debits"]), int(row["credits"])) for row in rows]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A command that could not be stored: what it was, the hash of its payload, and why."""

    dead_letter_id: int
    at: str
    command: str
    payload_hash: str
    reason: str


async def dead_letters(connection: Any) -> list[DeadLetter]:
    rows = await connection.fetch("select dead_letter_id, at, command, payload_hash, reason from ledger.dead_letter order by 1")
    return [
        DeadLetter(r["dead_letter_id"], r["at"].isoformat(), r["command"], r["payload_hash"].hex(), r["reason"]) for r in rows
    ]
