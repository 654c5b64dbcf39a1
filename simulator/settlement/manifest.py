"""What an evening contains and what a reconciliation of it must find, as JSON. Pure; card numbers are masked."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clearing.ipm.messages import IpmMessage
from simulator.cards import masked
from simulator.settlement.disagreements import Disagreement
from simulator.settlement.played import Money, PlayedTransaction

VERSION = 1


@dataclass(frozen=True, slots=True)
class Noted:
    """One disagreement as it was played: about a payment and its messages, or about a total.

    No payment where nothing was authorized; the messages name card and references.
    """

    kind: Disagreement
    file: str
    payment: PlayedTransaction | None = None
    messages: Sequence[IpmMessage] = ()
    expected: Money | None = None
    stated: Money | None = None

    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = {"kind": self.kind.name.lower(), "is_exception": self.kind.is_exception, "file": self.file}
        if self.payment is not None:
            found |= _payment(self.payment)
        found["messages"] = [_message(message) for message in self.messages]
        for name, money in (("expected", self.expected), ("stated", self.stated)):
            if money is not None:
                found[name] = _money(money)
        return found


@dataclass(frozen=True, slots=True)
class Summary:
    """The evening in figures."""

    seed: int
    business_date: str
    payments: int
    presented: int
    not_played: Sequence[Disagreement]
    """Kinds that were wanted but found no payment to suit them."""


def manifest(summary: Summary, files: Mapping[str, bytes], noted: Iterable[Noted]) -> bytes:
    """The document, with what each file must hash to."""
    document = {
        "version": VERSION,
        "seed": summary.seed,
        "business_date": summary.business_date,
        "payments": summary.payments,
        "presented": summary.presented,
        "files": [
            {"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in files.items()
        ],
        "disagreements": [entry.document() for entry in noted],
        "not_played": [kind.name.lower() for kind in summary.not_played],
    }
    return json.dumps(document, indent=1).encode() + b"\n"


def _payment(payment: PlayedTransaction) -> dict[str, Any]:
    return {
        "origin": payment.origin.name.lower(),
        "card": payment.masked_pan,
        "trace_id": payment.trace_id,
        "rrn": payment.rrn,
        "approval_code": payment.approval_code,
        "authorized": _money(payment.settled),
        "is_reversed": payment.is_reversed,
    }


def _message(message: IpmMessage) -> dict[str, Any]:
    return {
        "number": int(message.text(71)),
        "mti": message.mti,
        "function_code": message.function_code,
        "card": masked(message.text(2)) or None,
        "arn": message.text(31) or None,
        "trace_id": message.text(63)[1:] or None,
        "is_reversal": "0025" in message.pds,
        "amount": _money(Money(int(message.text(4)), message.text(49))),
        "settled": _money(Money(int(message.text(5)), message.text(50))),
    }


def _money(money: Money) -> dict[str, Any]:
    return {"minor": money.minor, "currency": money.currency}
