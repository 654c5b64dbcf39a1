"""What clearing made of a payment, and what people made of that, in sentences with their times. Pure."""

from collections.abc import Iterator

from cardline.explaining.wording import moment, money
from clearing.payments import Cleared, Row
from ledger.payments import Told

_ENDED = {
    "posted": "posted", "suspense": "booked to suspense", "unbookable": "not bookable", "nothing": "nothing to book",
    "reversed": "posted and taken back", "received": "not booked yet",
}  # fmt: skip
_DONE = {
    "booked": "booked as proposed", "matched": "matched with another", "written_off": "given up",
    "settled_itself": "settled by itself",
}  # fmt: skip

_NEXT = {
    "present_again": "the acquirer may present it again",
    "pre_arbitration": "we may take it to pre-arbitration",
    "arbitration_case": "the acquirer may make it an arbitration case",
}
"""What may follow a record of a dispute."""


def told(cleared: Cleared) -> Iterator[Told]:
    """Each with when it happened; in no order."""
    for record in cleared.records:
        yield record["at"], f"{moment(record['at'])}: {_record(record)}."
    for item in cleared.items:
        yield item["opened_at"], f"{moment(item['opened_at'])}: {_opened(item)}."
        if item["resolved_at"] is not None:
            yield item["resolved_at"], f"{moment(item['resolved_at'])}: {_resolved(item)}."


def _record(row: Row) -> str:
    kind = str(row["kind"] or f"record {row['mti']}/{row['function_code']}").replace("_", " ")
    what = f"a reversal of a {kind}" if row["is_reversal"] else f"a {kind}"
    amount = "" if row["amount"] is None else f" of {money(row['amount'], row['asset'])}"
    where = f"record {row['position']} of clearing file {row['file_id']} ({row['file_name']}) was {what}{amount}"
    rule = row["match_rule"] or "none"
    matched = "matched to nothing" if rule == "none" else f"matched by {rule.removeprefix('by_').replace('_', ' ')}"
    if rule == "by_hand" and row["authorization_id"] is None:
        matched = "taken off its authorization by hand"
    why = f" ({row['match_reason']})" if row["match_reason"] else ""
    concern = f"; what is odd: {row['concern'].replace('_', ' ')}" if row["concern"] not in {None, row["kind"]} else ""
    journal = f", journal {row['journal_id']}" if row["journal_id"] else ""
    ended = _ENDED.get(row["status"], row["status"])
    detail = f" ({row['detail']})" if row["detail"] else ""
    return f"{where}, {matched}{why}; {ended}{detail}{journal}{concern}"


def _opened(row: Row) -> str:
    amount = "" if row["amount"] is None else f" of {money(row['amount'], row['asset'])}"
    said = f": {row['said']}" if row["said"] else ""
    owner = f"; with {row['owner']}" if row["owner"] else ""
    waits = "; it still waits" if row["status"] == "open" else ""
    return f"exception {row['exception_id']} was opened, {row['kind'].replace('_', ' ')}{amount}{said}{_due(row)}{owner}{waits}"


def _due(row: Row) -> str:
    """Of a presentment until when we may charge it back; of a dispute its own reason, and what may follow."""
    until = f", until {row['deadline']:%Y-%m-%d}" if row["deadline"] else ""
    if (follows := _NEXT.get(row["due_act"] or "")) is not None:
        reason = f"; under reason {row['reason']}" if row["reason"] else ""
        return f"{reason}; {follows}{until}"
    return f"; may be disputed under {row['reason']}{until}" if row["reason"] else until


def _resolved(row: Row) -> str:
    journal = f", journal {row['resolution_journal_id']}" if row["resolution_journal_id"] else ""
    act = _DONE.get(row["act"], row["act"])
    return f"exception {row['exception_id']} was {act} by {row['resolved_by']} ({row['resolution_reason']}){journal}"
