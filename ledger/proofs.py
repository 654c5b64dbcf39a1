"""The proofs by name, and how one is run: a query that returns what does not hold."""

from typing import Any

from ledger.findings import Finding
from ledger.money import ASSETS
from ledger.statements import statement

PROOFS = (
    "outcomes_are_one_to_one",
    "relations_are_whole",
    "balances_are_sums_of_postings",
    "sums_are_folds_of_events",
    "journals_balance",
    "trial_balance",
    "holds_are_the_pending_layer",
    "stripes_are_the_sub_ledger",
    "excused_only_by_force",
    "early_reversals",
    "related_accounts",
    "floors",
    "heads",
    "audit_chain",
    "seals",
    "period_seals",
    "assets",
)
"""The long ones first, so that no connection is left alone with one at the end."""
LIMIT = 50
"""Findings listed per proof: enough to see the pattern, bounded when everything is broken."""
_GIVEN: dict[str, tuple[object, ...]] = {
    "assets": (
        list(ASSETS),
        [asset.numeric for asset in ASSETS.values()],
        [asset.exponent for asset in ASSETS.values()],
        [asset.kind.value for asset in ASSETS.values()],
    )
}
"""What a proof compares the books with, beside themselves."""


async def found_by(connection: Any, proof: str) -> list[Finding]:
    # Materialized: a limit that the planner sees makes it look for a few rows quickly, where there are none to be found.
    query = f"with found as materialized (\n{statement(f'proof_{proof}')}\n) select * from found limit {LIMIT}"  # noqa: S608
    rows = await connection.fetch(query, *_GIVEN.get(proof, ()))
    return [Finding(proof, str(row["subject"]), str(row["detail"])) for row in rows]
