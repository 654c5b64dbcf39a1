"""Prints a reconciliation, as it was just made or as it is stored: findings by kind, then what the clearing accounts hold."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from cardline import desk
from ledger.money import ASSETS

if TYPE_CHECKING:
    from cardline.settings import Settings
    from clearing.reconciliation.findings import Finding
    from clearing.reconciliation.running import Run


_OPEN_ITEMS = (
    "select coalesce(owner, '') as owner, count(*) as open, count(*) filter (where is_overdue) as overdue, "
    "min(deadline) as next_due from report.exception where status = 'open' group by 1 order by 1"
)
"""As they are now, not as they were when the run was made."""


_ITEMS = (
    "select kind, subject, max(exception_id) as exception_id from report.exception where subject = any ($1::text[]) group by 1, 2"
)


def run_document(run: "Run", findings: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "run_id": run.run_id, "business_date": run.day.isoformat(), "is_repeat": run.is_repeat, "is_same": run.is_same,
        "open": len(run.open), "findings": findings,
    }  # fmt: skip


def print_run(run: "Run", findings: list[dict[str, Any]], out: Console) -> None:
    again = ": the same inputs and the same result as before" if run.is_repeat and run.is_same else ""
    out.print(f"run {run.run_id} of business date {run.day}{again}")
    settled = Counter(f"{one.kind} ({one.rule})" for one in run.findings if one.rule is not None)
    for kind, count in sorted(settled.items()):
        out.print(f"settled by rule: {count} {kind}")
    if run.open:
        still = {(one.kind, one.subject) for one in run.open}
        out.print(findings_table([one for one in findings if (one["kind"], one["subject"]) in still]))
    else:
        out.print("nothing is left for people")


def findings_table(findings: list[dict[str, Any]]) -> Table:
    """`item`: the exception's id, where there is one."""
    table = Table("item", "kind", "about", "amount", "owner", "deadline", "why")
    table.columns[3].justify = "right"
    for one in findings:
        item, amount = str(one["exception_id"] or ""), money(one["amount"], one["asset"])
        table.add_row(item, one["kind"], one["subject"], amount, one["owner"], one["deadline"] or "", one["said"])
    return table


async def with_items(books: Any, findings: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each with the id of its item, the newest where there were several; None where a rule has settled it."""
    rows = await books.fetch(_ITEMS, [one["subject"] for one in findings])
    ids = {(row["kind"], row["subject"]): row["exception_id"] for row in rows}
    return [{**one, "exception_id": None if one["rule"] else ids.get((one["kind"], one["subject"]))} for one in findings]


def money(minor: int | None, asset: str | None) -> str:
    """An asset that is not ours is shown by its code."""
    if minor is None or asset is None:
        return ""
    return ASSETS[asset].format(minor) if asset in ASSETS else f"{minor} {asset}"


async def stored_run(settings: "Settings", run_id: int | None) -> dict[str, Any]:
    """Raises Refusal where there is no such run."""
    from clearing.reconciliation.ageing import aged
    from clearing.reconciliation.reading import read_balances, read_movements

    async with desk.books(settings) as books:
        wanted = run_id if run_id is not None else await books.fetchval("select max(run_id) from clearing.run")
        run = await books.fetchrow("select * from report.reconciliation_run where run_id = $1", wanted)
        if run is None:
            raise desk.Refusal("there is no run yet" if run_id is None else f"there is no run {run_id}")
        inputs = await books.fetch(
            "select kind, name, sha256 from clearing.run_input where run_id = $1 order by kind, name", wanted
        )
        rows = await books.fetch("select * from report.finding where run_id = $1 order by number", wanted)
        day = run["business_date"]
        # A date ahead of today is no reason to call what has come today old.
        ageing = aged(await read_balances(books, day), await read_movements(books, day), min(day, datetime.now(UTC).date()))
        waiting = await books.fetch(_OPEN_ITEMS)
        findings = await with_items(books, [_row_document(row) for row in rows])
    return {
        "run_id": run["run_id"], "business_date": day.isoformat(), "at": run["at"].isoformat(), "actor": run["actor"],
        "rules": run["rules"], "inputs": [{**one, "sha256": one["sha256"].hex()} for one in map(dict, inputs)],
        "findings": findings,
        "clearing_accounts": [
            {"role": one.role, "asset": one.asset, "balance": one.balance, "parts": list(one.parts),
             "oldest_on": one.oldest_on.isoformat() if one.oldest_on else None}
            for one in ageing
        ],
        "open_items": [
            {**row, "next_due": row["next_due"].isoformat() if row["next_due"] else None} for row in map(dict, waiting)
        ],
    }  # fmt: skip


def print_stored(run: dict[str, Any], out: Console) -> None:
    from clearing.reconciliation.ageing import BUCKETS

    out.print(
        f"run {run['run_id']} of business date {run['business_date']}, {run['at']}, by {run['actor']}, rules {run['rules']}"
    )
    for one in run["inputs"]:
        out.print(f"input: {one['kind']} {one['name']} {one['sha256'][:16]}")
    if run["findings"]:
        out.print(findings_table(run["findings"]))
    for one in run["open_items"]:
        late = f", {one['overdue']} overdue" if one["overdue"] else ""
        due = f", the next is due on {one['next_due']}" if one["next_due"] else ""
        out.print(f"open items of {one['owner'] or 'nobody'}: {one['open']}{late}{due}")
    if not run["clearing_accounts"]:
        out.print("every clearing account has returned to zero")
        return
    table = Table("account", "balance", *(f"up to {days} days" for days in BUCKETS), "older", "since")
    for one in run["clearing_accounts"]:
        amounts = [money(amount, one["asset"]) if amount else "" for amount in (one["balance"], *one["parts"])]
        table.add_row(f"{one['role']} {one['asset']}", *amounts, one["oldest_on"] or "")
    out.print(table)


def finding_document(one: "Finding") -> dict[str, Any]:
    return {
        "kind": one.kind, "subject": one.subject, "asset": one.asset, "amount": one.amount, "expected": one.expected,
        "stated": one.stated, "rule": one.rule, "said": one.said, "owner": one.owner, "since": one.since.isoformat(),
        "reason": one.reason, "deadline": one.deadline.isoformat() if one.deadline else None,
    }  # fmt: skip


def _row_document(row: Any) -> dict[str, Any]:
    names = ("kind", "subject", "asset", "amount", "expected", "stated", "rule", "said", "owner", "reason")
    dates = {name: row[name].isoformat() if row[name] else None for name in ("since", "deadline")}
    return {name: row[name] for name in names} | dates
