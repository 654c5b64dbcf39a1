"""Prints a reconciliation, as it was just made or as it is stored: findings by kind, then what the clearing accounts hold."""

from collections import Counter
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from cardline import desk
from ledger.money import ASSETS

if TYPE_CHECKING:
    from cardline.settings import Settings
    from clearing.reconciliation.findings import Finding
    from clearing.reconciliation.running import Run


def run_document(run: "Run") -> dict[str, Any]:
    return {
        "run_id": run.run_id, "business_date": run.day.isoformat(), "is_repeat": run.is_repeat, "is_same": run.is_same,
        "open": len(run.open), "findings": [_finding_document(one) for one in run.findings],
    }  # fmt: skip


def print_run(run: "Run", out: Console) -> None:
    again = ": the same inputs and the same result as before" if run.is_repeat and run.is_same else ""
    out.print(f"run {run.run_id} of business date {run.day}{again}")
    settled = Counter(f"{one.kind} ({one.rule})" for one in run.findings if one.rule is not None)
    for kind, count in sorted(settled.items()):
        out.print(f"settled by rule: {count} {kind}")
    if run.open:
        out.print(findings_table([_finding_document(one) for one in run.open]))
    else:
        out.print("nothing is left for people")


def findings_table(findings: list[dict[str, Any]]) -> Table:
    table = Table("kind", "about", "amount", "owner", "deadline", "why")
    table.columns[2].justify = "right"
    for one in findings:
        table.add_row(
            one["kind"], one["subject"], money(one["amount"], one["asset"]), one["owner"], one["deadline"] or "", one["said"]
        )
    return table


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
        ageing = aged(await read_balances(books, day), await read_movements(books, day), day)
    return {
        "run_id": run["run_id"], "business_date": day.isoformat(), "at": run["at"].isoformat(), "actor": run["actor"],
        "rules": run["rules"], "inputs": [{**one, "sha256": one["sha256"].hex()} for one in map(dict, inputs)],
        "findings": [_row_document(row) for row in rows],
        "clearing_accounts": [
            {"role": one.role, "asset": one.asset, "balance": one.balance, "parts": list(one.parts),
             "oldest_on": one.oldest_on.isoformat() if one.oldest_on else None}
            for one in ageing
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
    if not run["clearing_accounts"]:
        out.print("every clearing account has returned to zero")
        return
    table = Table("account", "balance", *(f"up to {days} days" for days in BUCKETS), "older", "since")
    for one in run["clearing_accounts"]:
        amounts = [money(amount, one["asset"]) if amount else "" for amount in (one["balance"], *one["parts"])]
        table.add_row(f"{one['role']} {one['asset']}", *amounts, one["oldest_on"] or "")
    out.print(table)


def _finding_document(one: "Finding") -> dict[str, Any]:
    return {
        "kind": one.kind, "subject": one.subject, "asset": one.asset, "amount": one.amount, "expected": one.expected,
        "stated": one.stated, "rule": one.rule, "said": one.said, "owner": one.owner, "since": one.since.isoformat(),
        "reason": one.reason, "deadline": one.deadline.isoformat() if one.deadline else None,
    }  # fmt: skip


def _row_document(row: Any) -> dict[str, Any]:
    names = ("kind", "subject", "asset", "amount", "expected", "stated", "rule", "said", "owner", "reason")
    dates = {name: row[name].isoformat() if row[name] else None for name in ("since", "deadline")}
    return {name: row[name] for name in names} | dates
