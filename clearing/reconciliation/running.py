"""Runs the reconciliation of a business date: reads, judges, stores, raises items, settles by rule what needs nobody. I/O only.

The same inputs under the same rules are one run: asked again, it is judged again and must find the same.
"""

import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from datetime import date
from hashlib import sha256
from typing import Any

from clearing.disputes.reasons import VERSION
from clearing.disputes.standing import WITHDRAWN, claims, moot, short
from clearing.pairing import pair_waiting
from clearing.reconciliation.agreement import Agreement, agreement_of
from clearing.reconciliation.case_reading import raise_claim, standing_now, waiting_of
from clearing.reconciliation.facts import Facts
from clearing.reconciliation.findings import RULES, Finding, Resolution, entries_json, result_hash
from clearing.reconciliation.judging import judge
from clearing.reconciliation.reading import read_facts
from clearing.reconciliation.resolving import Act, close
from clearing.rematching import finish_begun
from clearing.settlement.keeping import book_entries
from clearing.settlement.position_reading import read_new_positions
from clearing.statements import statement
from clearing.tolerances import NONE, Tolerances
from ledger.journal import Journal

_FINDING = (
    "run_id", "number", "kind", "subject", "asset", "expected", "stated", "amount", "rule", "said", "owner", "since", "reason",
    "deadline", "proposal",
)  # fmt: skip
_TOTAL = ("run_id", "service", "asset", "cycle", "records", "expected", "stated", "paid", "state")


@dataclass(frozen=True, slots=True)
class Run:
    """`is_repeat`: the same inputs were judged before; `is_same`: with the same result, which must always hold."""

    run_id: int
    day: date
    facts: Facts
    findings: tuple[Finding, ...]
    agreement: Agreement
    is_repeat: bool = False
    is_same: bool = True
    worked_off: frozenset[tuple[str, str]] = frozenset()

    @property
    def open(self) -> tuple[Finding, ...]:
        """What is for people: settled by no rule and not worked off before."""
        return tuple(one for one in self.findings if one.rule is None and (one.kind, one.subject) not in self.worked_off)


async def reconcile(
    connection: Any, journal: Journal, day: date, *, key: bytes, actor: str, tolerances: Tolerances = NONE
) -> Run:  # fmt: skip
    """`key` opens kept clearing files. Raises NotPosted, SealedFileError, PostingError, SettlementError; what is done stays."""
    await read_new_positions(connection, key)
    await book_entries(connection, journal)
    await finish_begun(connection, journal)
    await pair_waiting(connection, journal, tolerances)
    facts = await read_facts(connection, day)
    findings = tuple(judge(facts))
    run = await _stored(connection, Run(0, day, facts, findings, agreement_of(facts, findings)), actor)
    return replace(run, worked_off=await _worked_off(connection, findings))


async def _stored(connection: Any, run: Run, actor: str) -> Run:
    """With its id: its own, or that of the run that had the same inputs."""
    facts, findings, agreed = run.facts, run.findings, run.agreement
    inputs, result = _inputs_hash(facts), result_hash(findings)
    async with connection.transaction():
        await connection.execute("select pg_advisory_xact_lock(hashtextextended('cardline reconciliation', 0))")
        before = await connection.fetchrow(statement("run_of"), facts.day, RULES, inputs)
        if before is not None:
            return replace(run, run_id=before["run_id"], is_repeat=True, is_same=before["result"] == result)
        run_id = await connection.fetchval(
            statement("insert_run"), facts.day, RULES, inputs, result, actor, agreed.records, agreed.agreeing
        )
        totals = [(run_id, *astuple(one)) for one in agreed.totals]
        await connection.copy_records_to_table("run_total", schema_name="clearing", records=totals, columns=_TOTAL)
        await connection.executemany(
            "insert into clearing.run_input (run_id, kind, name, sha256) values ($1, $2, $3, $4)",
            [(run_id, one.kind, one.name, one.sha256) for one in facts.inputs],
        )
        rows = [_row(run_id, number, one) for number, one in enumerate(findings, 1)]
        await connection.copy_records_to_table("finding", schema_name="clearing", records=rows, columns=_FINDING)
        for finding in await _to_raise(connection, findings):
            await _raise(connection, finding)
        await _settle_by_rule(connection, facts.day, run_id)
        await connection.execute(
            "select ledger.record_audit($1, 'reconciled', $2, $3, $4)",
            actor, f"business date {facts.day}", f"{len(findings)} findings", result.hex(),
        )  # fmt: skip
    return replace(run, run_id=run_id)


async def _worked_off(connection: Any, findings: Sequence[Finding]) -> frozenset[tuple[str, str]]:
    kinds, subjects = [one.kind for one in findings], [one.subject for one in findings]
    return frozenset((row["kind"], row["subject"]) for row in await connection.fetch(statement("worked_off"), kinds, subjects))


def _inputs_hash(facts: Facts) -> bytes:
    digest = sha256()
    for one in facts.inputs:
        digest.update(json.dumps([one.kind, one.name, one.sha256.hex()]).encode() + b"\n")
    return digest.digest()


def _row(run_id: int, number: int, one: Finding) -> tuple[object, ...]:
    return (
        run_id, number, one.kind, one.subject, one.asset, one.expected, one.stated, one.amount, one.rule, one.said, one.owner,
        one.since, one.reason, one.deadline, entries_json(one.proposal),
    )  # fmt: skip


async def _to_raise(connection: Any, findings: Sequence[Finding]) -> list[Finding]:
    """Not what is raised already with all that is known of it: a bad day has thousands of those."""
    wanted = [one for one in findings if one.rule is None]
    kinds, subjects, amounts = [one.kind for one in wanted], [one.subject for one in wanted], [one.amount for one in wanted]
    rows = await connection.fetch(statement("raised_before"), kinds, subjects, amounts, [_is_of_record(one) for one in wanted])
    raised = {(row["kind"], row["subject"]) for row in rows}
    return [one for one in wanted if (one.kind, one.subject) not in raised]


def _is_of_record(one: Finding) -> bool:
    """Its item is the one that the posting has raised."""
    return one.subject.startswith("clearing ")


async def _raise(connection: Any, one: Finding) -> int:
    """The item of a finding, with what is known of it. An item about a record is the one that matching has raised."""
    of_records = [one.kind] if _is_of_record(one) else []
    row = await connection.fetchrow(
        statement("open_item"), one.kind, one.subject, one.amount, one.asset, one.owner, of_records, one.deadline
    )  # fmt: skip
    exception_id: int = row["exception_id"]
    await connection.execute(statement("complete_item"), exception_id, one.owner, one.deadline)
    due = (one.due.step, one.due.side, one.due.since, VERSION) if one.due is not None else (None,) * 4
    await connection.execute(
        statement("insert_case"), exception_id, one.said, one.reason, one.deadline, entries_json(one.proposal), *due, one.since
    )
    return exception_id


async def _settle_by_rule(connection: Any, day: date, run_id: int) -> None:
    """What a run no longer finds has settled itself; what was presented, or authorized, late has been since."""
    withdrawn: list[int] = []
    for rule, query, arguments in (
        (Resolution.LATE_PRESENTMENT, "presented_since", ()),
        (Resolution.LATE_AUTHORIZATION, "authorized_since", ()),
        (Resolution.WITHDRAWN, "withdrawn_items", ()),
        (Resolution.TIMING, "vanished_items", (day, run_id)),
    ):
        for row in await connection.fetch(statement(query), *arguments):
            await close(connection, row["exception_id"], _by_rule(rule, run_id))
            if rule is Resolution.WITHDRAWN:
                withdrawn.append(row["exception_id"])
    await _keep_cases(connection, withdrawn, run_id)


def _by_rule(rule: Resolution, run_id: int) -> Act:
    return Act("settled_itself", f"rule {rule.value}", f"{rule.value}, rules {RULES}: not found any more by run {run_id}")


async def _keep_cases(connection: Any, withdrawn: Sequence[int], run_id: int) -> None:
    """What the network has cleared of claims is for people no more; what it left, and what a withdrawal has opened, is."""
    for row in await connection.fetch(statement("cases_to_keep"), withdrawn):
        item = await connection.fetchrow(statement("open_exception"), row["exception_id"])
        if item["file_id"] is None:
            continue
        await connection.execute(statement("hold_case_of_record"), item["file_id"], item["position"])
        standing, waiting = await standing_now(connection, item), await waiting_of(connection, item)
        kept = claims(standing, waiting)
        for one in kept.ended:
            await close(connection, one, _by_rule(Resolution.CHARGED_BACK, run_id))
        if kept.more:
            await raise_claim(connection, item, kept.more)
        for one in sorted({one.exception_id for one in waiting if one.kind == WITHDRAWN}.intersection(moot(standing, waiting))):
            await close(connection, one, _by_rule(Resolution.WITHDRAWN, run_id))
        if row["exception_id"] in withdrawn and (more := short(standing, waiting)):
            await _raise_short(connection, item, more)


async def _raise_short(connection: Any, item: Any, amount: int) -> None:
    """A dispute was taken back while it was open, and a part of its money was used by then."""
    row = await connection.fetchrow(statement("taken_back_by"), item["file_id"], item["position"])
    subject = f"clearing {row['file_id']}/{row['position']}"
    since = item["business_date"] or item["opened_at"].date()
    said = "the dispute was withdrawn after a part of its money was used"
    await _raise(connection, Finding(WITHDRAWN, subject, said, since, item["asset"], amount))
