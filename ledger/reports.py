"""Reads for people: the trial balance and its kin. Values only, no formatting."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from ledger.periods import Period, PeriodKind, PeriodStatus
from ledger.statements import statement


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
class RoleBalance:
    """What a role has in one asset and layer, all its stripes as one account; customers each on the side where they stand."""

    asset: str
    layer: str
    role: str
    name: str
    debits: int
    credits: int


async def role_balances(connection: Any) -> list[RoleBalance]:
    """Those that have something, by asset and layer in the order of the chart."""
    rows = await connection.fetch(
        "select asset, layer, role, name, debits, credits from report.role_balance where debits + credits > 0"
    )
    return [RoleBalance(r["asset"], r["layer"], r["role"], r["name"], int(r["debits"]), int(r["credits"])) for r in rows]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A command that could not be stored: what it was, since when it waits, the hash of its payload, and why."""

    dead_letter_id: int
    at: str
    age_seconds: int
    command: str
    payload_hash: str
    reason: str


async def dead_letters(connection: Any) -> list[DeadLetter]:
    now = datetime.now(UTC)
    rows = await connection.fetch("select dead_letter_id, at, command, payload_hash, reason from ledger.dead_letter order by 1")
    return [
        DeadLetter(
            r["dead_letter_id"],
            r["at"].isoformat(),
            max(0, int((now - r["at"]).total_seconds())),
            r["command"],
            r["payload_hash"].hex(),
            r["reason"],
        )
        for r in rows
    ]


class PeriodAct(StrEnum):
    SEALED = "sealed"
    REOPENED = "reopened"


@dataclass(frozen=True, slots=True)
class ActOnPeriod:
    """That a period was sealed or reopened, by whom and why; no act yet while it is being closed for the first time."""

    period: Period
    status: PeriodStatus
    """The period's now."""
    act: PeriodAct | None
    seal: int | None
    supersedes: int | None
    actor: str | None
    at: datetime | None
    reason: str | None
    hash: bytes | None


async def acts_on_periods(connection: Any) -> list[ActOnPeriod]:
    """Each seal ever made, also those that were superseded, and each reopening: by period, in the order of time."""
    return [
        ActOnPeriod(Period(PeriodKind(kind), starts, ends), PeriodStatus(status), PeriodAct(act) if act else None, *rest)
        for kind, starts, ends, status, act, *rest in await connection.fetch(statement("acts_on_periods"))
    ]
