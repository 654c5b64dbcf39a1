"""Prints a reconciliation, as it was just made or as it is stored: how far the three sides agree, what a rule has settled, what
is for people, and what the clearing accounts hold.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
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
_TOTALS = (
    "select service, asset, cycle, records, expected, stated, paid, state from report.reconciliation_total where run_id = $1 "
    "order by service, asset, cycle"
)
_ITEMS = (
    "select distinct on (kind, subject) kind, subject, exception_id, status, age_days, act, resolved_by from report.exception "
    "where subject = any ($1::text[]) order by kind, subject, exception_id desc"
)
"""The newest where there were several."""


def run_document(run: "Run", findings: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "run_id": run.run_id, "business_date": run.day.isoformat(), "is_repeat": run.is_repeat, "is_same": run.is_same,
        "open": len(run.open), "findings": findings, "records": run.agreement.records, "agreeing": run.agreement.agreeing,
        "totals": [asdict(one) for one in run.agreement.totals],
    }  # fmt: skip


def print_run(run: "Run", findings: list[dict[str, Any]], out: Console) -> None:
    again = ": the same inputs and the same result as before" if run.is_repeat and run.is_same else ""
    out.print(f"run {run.run_id} of business date {run.day}{again}")
    still = {(one.kind, one.subject) for one in run.open}
    _print_agreement(run_document(run, findings), out)
    _print_findings([one for one in findings if one["rule"] or (one["kind"], one["subject"]) in still], out)
    if not still:
        out.print("nothing is left for people")


def _print_agreement(run: Mapping[str, Any], out: Console) -> None:
    """Of each record and of each total; runs of an earlier release have not written it down."""
    if run["records"] is None:
        return
    off = run["records"] - run["agreeing"]
    rest = f", {off} do not" if off else ""
    out.print(f"clearing records: {run['records']}, of which {run['agreeing']} agree (authorization, presentment, journal){rest}")
    if not run["totals"]:
        return
    table = Table("settlement", "cycle", "records", "our records", "network", "bank", "", title="Totals, minus where we pay")
    for column in (2, 3, 4, 5):
        table.columns[column].justify = "right"
    for one in run["totals"]:
        sides = [money(one[side], one["asset"]) or "-" for side in ("expected", "stated", "paid")]
        name = f"{one['service'] or 'no service'} {one['asset']}"
        table.add_row(name, str(one["cycle"] or "all"), str(one["records"]), *sides, one["state"])
    out.print(table)


def _print_findings(findings: Sequence[Mapping[str, Any]], out: Console) -> None:
    for one in findings:
        if one["rule"]:
            amount = money(one["amount"], one["asset"])
            out.print(f"settled by rule {one['rule']}: {one['kind']}, {one['said']}{f' ({amount})' if amount else ''}")
    for_people = [one for one in findings if not one["rule"]]
    if for_people:
        out.print(_items_table(for_people))


def _items_table(findings: Sequence[Mapping[str, Any]]) -> Table:
    """`days`: how old the item is now."""
    table = Table("item", "kind", "about", "amount", "owner", "days", "deadline", "ends by", "why", title="For people")
    table.columns[3].justify = table.columns[5].justify = "right"
    for one in findings:
        item, amount = str(one["exception_id"] or ""), money(one["amount"], one["asset"])
        days = "" if one["age_days"] is None else str(one["age_days"])
        table.add_row(
            item, one["kind"], one["subject"], amount, one["owner"], days, one["deadline"] or "", one["ends_by"], one["said"]
        )  # fmt: skip
    return table


async def with_items(books: Any, findings: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return joined(findings, await books.fetch(_ITEMS, [one["subject"] for one in findings]))


def joined(findings: Sequence[dict[str, Any]], items: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each with the id and the age of its item and how that ends, or has ended; None where a rule has settled it."""
    by_subject = {(item["kind"], item["subject"]): item for item in items}
    return [_with_item(one, None if one["rule"] else by_subject.get((one["kind"], one["subject"]))) for one in findings]


def _with_item(finding: dict[str, Any], item: Any) -> dict[str, Any]:
    if item is None:
        return {**finding, "exception_id": None, "age_days": None, "ends_by": None}
    is_ended = item["status"] != "open"
    ends_by = (
        f"{item['act'].replace('_', ' ')} by {item['resolved_by']}" if is_ended and item["act"] else _way(finding["proposal"])
    )
    return {**finding, "exception_id": item["exception_id"], "age_days": item["age_days"], "ends_by": ends_by}


def _way(proposal: Sequence[Mapping[str, Any]]) -> str:
    """The option of `exceptions resolve`. A journal that gives money up is only booked as such."""
    if not proposal:
        return "--match or --write-off"
    gives_up = any(account == "write_offs" for entry in proposal for account, _, _ in entry["lines"])
    return "--write-off" if gives_up else "--proposed"


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
        totals = await books.fetch(_TOTALS, wanted)
        rows = await books.fetch("select * from report.finding where run_id = $1 order by number", wanted)
        day = run["business_date"]
        # A date ahead of today is no reason to call what has come today old.
        ageing = aged(await read_balances(books, day), await read_movements(books, day), min(day, datetime.now(UTC).date()))
        waiting = await books.fetch(_OPEN_ITEMS)
        findings = await with_items(books, [_row_document(row) for row in rows])
    return {
        "run_id": run["run_id"], "business_date": day.isoformat(), "at": run["at"].isoformat(), "actor": run["actor"],
        "rules": run["rules"], "records": run["records"], "agreeing": run["agreeing"], "totals": [dict(row) for row in totals],
        "inputs": [{**one, "sha256": one["sha256"].hex()} for one in map(dict, inputs)],
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

    at = datetime.fromisoformat(run["at"]).astimezone(UTC)
    made = f"made {at:%Y-%m-%d %H:%M:%S} UTC by {run['actor']}"
    out.print(f"run {run['run_id']} of business date {run['business_date']}, {made}, rules {run['rules']}")
    for one in run["inputs"]:
        out.print(f"input: {one['kind']} {one['name']} {one['sha256'][:16]}")
    _print_agreement(run, out)
    _print_findings(run["findings"], out)
    for one in run["open_items"]:
        late = f", {one['overdue']} overdue" if one["overdue"] else ""
        due = f", the next is due on {one['next_due']}" if one["next_due"] else ""
        out.print(f"open items of {one['owner'] or 'nobody'}: {one['open']}{late}{due}")
    if not run["clearing_accounts"]:
        out.print("every clearing account has returned to zero")
        return
    title = "What the clearing accounts hold, minus where we owe it, by age"
    table = Table("account", "balance", *(f"up to {days} days" for days in BUCKETS), "older", "since", title=title)
    for one in run["clearing_accounts"]:
        amounts = [money(amount, one["asset"]) if amount else "" for amount in (one["balance"], *one["parts"])]
        table.add_row(f"{one['role']} {one['asset']}", *amounts, one["oldest_on"] or "")
    out.print(table)
    if not any(one["kind"] == "clearing_account_open" for one in run["findings"]):
        out.print("at the run, what is told above explained all that network_settlement held")


def finding_document(one: "Finding") -> dict[str, Any]:
    from clearing.reconciliation.findings import entries_json

    return {
        "kind": one.kind, "subject": one.subject, "asset": one.asset, "amount": one.amount, "expected": one.expected,
        "stated": one.stated, "rule": one.rule, "said": one.said, "owner": one.owner, "since": one.since.isoformat(),
        "reason": one.reason, "deadline": one.deadline.isoformat() if one.deadline else None,
        "proposal": json.loads(entries_json(one.proposal)),
    }  # fmt: skip


def _row_document(row: Any) -> dict[str, Any]:
    names = ("kind", "subject", "asset", "amount", "expected", "stated", "rule", "said", "owner", "reason")
    dates = {name: row[name].isoformat() if row[name] else None for name in ("since", "deadline")}
    return {name: row[name] for name in names} | dates | {"proposal": json.loads(row["proposal"])}
