"""What a run has found, as values with a canonical form. Pure."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from hashlib import sha256

from clearing.disputes.deadlines import Due
from clearing.reconciliation.terms import terms_of
from ledger.commands import Entry, Layer, Line

RULES = "5"
"""Version of the judgement; it changes when the same facts may give other findings."""


class Resolution(StrEnum):
    """Rules by which a finding is settled without anybody."""

    TIMING = "timing"
    """It is awaited, and nothing so late has come yet."""
    LATE_PRESENTMENT = "late_presentment"
    """What had not been presented in its time has been since."""
    LATE_AUTHORIZATION = "late_authorization"
    """What was presented before it was authorized has been authorized since."""
    ROUNDING = "rounding"
    """A minor unit per record; booked as a rounding when its record was posted."""
    WITHDRAWN = "withdrawn"
    """A later record took the dispute back, as its bookings have."""
    CHARGED_BACK = "charged_back"
    """The network has cleared the chargeback of a claim."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`amount` is what it is about: by how much what is stated exceeds what is expected, or what is at stake.

    `since`: of which date it is. `rule`: settled by it; None makes an exception item.
    """

    kind: str
    subject: str
    said: str
    since: date
    asset: str | None = None
    amount: int | None = None
    expected: int | None = None
    stated: int | None = None
    rule: Resolution | None = None
    reason: str | None = None
    due: Due | None = None
    proposal: tuple[Entry, ...] = ()

    @property
    def deadline(self) -> date | None:
        return self.due.on if self.due is not None else None

    @property
    def owner(self) -> str:
        return terms_of(self.kind).owner.value


def result_hash(findings: Sequence[Finding]) -> bytes:
    """Of all that was found, in its order: equal for equal results."""
    digest = sha256()
    for one in findings:
        row = (one.kind, one.subject, one.said, one.since.isoformat(), one.asset, one.amount, one.expected, one.stated, one.rule,
               one.reason, one.due and _due_words(one.due), entries_json(one.proposal))  # fmt: skip
        digest.update(json.dumps(row).encode() + b"\n")
    return digest.digest()


def _due_words(due: Due) -> str:
    return f"{due.step} by the {due.side} from {due.since} until {due.on}"


def entries_json(entries: Sequence[Entry]) -> str:
    """Journals to be, as they are stored beside an item."""
    return json.dumps(
        [
            {"kind": entry.kind, "reason": entry.reason, "forced": entry.is_forced,
             "lines": [[line.account, line.asset, line.amount] for line in entry.lines]}
            for entry in entries
        ]
    )  # fmt: skip


def entries_of(text: str) -> tuple[Entry, ...]:
    """The same back. All of them are posted, none holds anything."""
    return tuple(
        Entry(
            stored["kind"],
            stored["reason"],
            tuple(Line(account, asset, Layer.POSTED, amount) for account, asset, amount in stored["lines"]),
            stored["forced"],
        )
        for stored in json.loads(text)
    )
