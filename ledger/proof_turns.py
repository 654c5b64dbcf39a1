"""The proofs that read the whole books, in turns, beside the verification of the chain and on a connection of their own.

A proof is one statement with one snapshot; after it comes a pause in proportion to what it took, and none takes longer
than its limit. The cheap ones come after each of the others, so what they find is found soon however large the books are.
Sums of postings, journals and the chain are not among them: `bites` proves those piece by piece.
"""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import structlog

from ledger.anchors import anchored_wrongly, read_anchors
from ledger.findings import Finding
from ledger.proofs import found_by

log = structlog.get_logger("cardline.ledger")

HEAVY = (
    "holds_are_the_pending_layer",
    "sums_are_folds_of_events",
    "excused_only_by_force",
    "stripes_are_the_sub_ledger",
    "outcomes_are_one_to_one",
    "relations_are_whole",
    "early_reversals",
    "related_accounts",
    "period_seals",
)
CHEAP = ("heads", "floors", "assets", "audit_chain", "seals")
ORDER = tuple(proof for heavy in HEAVY for proof in (heavy, *CHEAP, "anchors"))
SHARE = 0.4
"""Of the verifier's share of the time: two hundredths while payments run."""
SHORTEST_PAUSE = 1.0
SETTINGS = {
    "application_name": "cardline proofs",
    "role": "cardline_verifier",
    "timezone": "UTC",
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",  # one core at the most, payments have the others
    "work_mem": "32MB",
    "statement_timeout": "30s",
}

DEFEATING = ("22", "0A")
"""SQLSTATE classes of what somebody may have written into a row that no proof can count with, an infinite time for one."""

Report = Callable[[Any, list[Finding]], Awaitable[None]]


def all_turns() -> Iterator[str]:
    return itertools.cycle(ORDER)


async def prove_in_turns(connection: Any, turns: Iterator[str], report: Report, *, anchors: Path | None, share: float) -> None:
    """Until cancelled. `report` is given what each proof found. Raises what a proof raises: the next call goes on after it."""
    for proof in turns:
        begun = time.monotonic()
        try:
            await report(connection, await _found(connection, proof, anchors))
        except asyncpg.QueryCanceledError:
            log.warning("proof_takes_too_long", proof=proof, limit=SETTINGS["statement_timeout"])
        except asyncpg.PostgresError as error:
            if str(error.sqlstate)[:2] not in DEFEATING:
                raise
            await report(connection, [Finding(proof, "the proof itself", f"could not be proved: {error.sqlstate} {error}")])
        await asyncio.sleep(max(SHORTEST_PAUSE, (time.monotonic() - begun) * (1 / (share * SHARE) - 1)))


async def _found(connection: Any, proof: str, anchors: Path | None) -> list[Finding]:
    if proof != "anchors":
        return await found_by(connection, proof)
    # Not there yet: whoever makes the first seals writes it, with all that were made before.
    anchored = await read_anchors(anchors) if anchors is not None else None
    if anchored is None or not anchored.is_there:
        return []
    return await anchored_wrongly(connection, anchored)
