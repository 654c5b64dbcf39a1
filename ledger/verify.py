"""Proves the books from their rows alone. Each proof is a query that returns what does not hold; none is expected.

The chain is rebuilt in SQL from the stored rows (`canonical.sql_record`), independently of the writer's Python.
"""

from dataclasses import dataclass
from typing import Any

from ledger.canonical import FACTS, ORDER, sql_record
from ledger.statements import statement


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not hold: which proof, and what it found."""

    proof: str
    subject: str
    detail: str


PROOFS = (
    "journals_balance",
    "balances_are_sums_of_postings",
    "holds_are_the_pending_layer",
    "sums_are_folds_of_events",
    "excused_only_by_force",
    "relations_are_whole",
    "early_reversals",
    "period_seals",
    "booking_dates",
)
LIMIT = 50
"""Findings listed per proof: enough to see the pattern, bounded when everything is broken."""


async def verify(connection: Any) -> list[Finding]:
    """Run every proof in one repeatable-read snapshot. An empty list means that the books hold."""
    findings: list[Finding] = []
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute("set local timezone to 'UTC'; set local work_mem to '64MB'")
        for proof in PROOFS:
            rows = await connection.fetch(statement(f"proof_{proof}") + f" limit {LIMIT}")
            findings += [Finding(proof, str(row["subject"]), str(row["detail"])) for row in rows]
        findings += await _verify_chain(connection)
    return findings


async def _verify_chain(connection: Any) -> list[Finding]:
    rows = await connection.fetch(chain_query())
    return [Finding("chain", f"stream {row['stream']} batch {row['batch']}", row["detail"]) for row in rows]


def chain_query() -> str:
    """Rebuild every link from the rows, and compare links, contiguity and heads."""
    parts = []
    for number, table in enumerate(FACTS):
        source = f"ledger.{table} f"
        stream, batch = "f.stream", "f.batch"
        if table == "posting":
            source += " join ledger.journal j using (journal_id, booking_date)"
            stream, batch = "j.stream", "j.batch"
        order = ", ".join(f"f.{column.strip()}" for column in ORDER[table].split(","))
        # Only names from the table of columns go into the text.
        record = sql_record(table, "f")
        data = f"string_agg(int4send(octet_length({record})) || {record}, ''::bytea order by {order})"
        parts.append(f"select {stream} as stream, {batch} as batch, {number} as part, {data} as data from {source} group by 1, 2")  # noqa: S608
    return statement("proof_chain").replace("/*facts*/", "\nunion all\n".join(parts)) + f" limit {LIMIT}"
