"""The sweep that gives back what is held beyond its time, in small batches between everybody else's commands.

Looking for what is due takes no lock; each hold is decided again under its account's lock by the journal (`Expire`), because
an increment may have come meanwhile. A sweep that is broken off, or that two processes make at once, does no harm.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from ledger.commands import Expire, Outcome, RepeatKey
from ledger.statements import statement

BATCH = 50
"""Holds under way at once: a fraction of a writer's batch, so that payments hardly wait for them."""
PAUSE_SECONDS = 0.05
"""Between two batches: at most a thousand holds a second, far more than ever fall due, and the writers are free meanwhile."""
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Swept:
    """How many holds were given back, and how much of each asset (minor units)."""

    holds: int = 0
    released: dict[str, int] = field(default_factory=dict)

    def add(self, asset: str, amount: int) -> None:
        self.holds += 1
        self.released[asset] = self.released.get(asset, 0) + amount


async def sweep(
    source: Any,
    record: Callable[[Expire], Awaitable[Outcome]],
    as_of: datetime,
    *,
    on_expired: Callable[[int, Outcome], None] = lambda _account_id, _outcome: None,
) -> Swept:
    """Expire all that is due at `as_of`. `source`: a connection or a pool to read by; raises as `record` does."""
    swept, place = Swept(), (BEGINNING, 0)
    while due := await source.fetch(statement("due_holds"), as_of, *place, BATCH):
        outcomes = await asyncio.gather(*(record(_command(row, as_of)) for row in due))
        for row, outcome in zip(due, outcomes, strict=True):
            if outcome.reason == "expired" and not outcome.is_repeat:
                swept.add(row["asset"], outcome.amount)
                on_expired(row["account_id"], outcome)
        place = (due[-1]["expires_at"], due[-1]["chain_id"])
        if len(due) < BATCH:
            break
        await asyncio.sleep(PAUSE_SECONDS)
    return swept


def _command(row: Any, as_of: datetime) -> Expire:
    """Its key says which state of the chain was found due: two sweeps that find the same expire it once."""
    name = f"expire|{row['chain_id']}|{row['last_event']}|{row['expires_at'].isoformat()}"
    digest = sha256(name.encode()).digest()[:16]
    key = RepeatKey(digest, datetime.now(UTC).date())
    return Expire(key, digest, row["account_id"], row["chain_id"], as_of)
