"""`cardline explain`: one payment's story from books, messages, clearing and log, in sentences or as JSON. Reads only."""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import orjson

from authorizer.decide import Policy
from cardline.explaining import clearing_story, exchange_story, log_story
from cardline.explaining.explanation import sentences
from cardline.explaining.log_files import Names, find_lines
from cardline.explaining.past_requests import past_requests
from cardline.explaining.second_opinion import opinion
from clearing.intake.naming import shown_name
from clearing.payments import Cleared, cleared, payment_of, record_alone
from ledger.exchanges import Exchange, find_exchanges
from ledger.money import ASSETS
from ledger.payments import Payment, Row, find_by_short_name, find_payments, with_journals
from switch.masking import printable

_CONNECT_SECONDS = 10.0
DECIDED_HERE = frozenset({"0100", "0200"})
_SETTINGS = {"application_name": "cardline explain", "role": "cardline_reader", "timezone": "UTC"}
_ADVICE = "see `cardline card show CARD_ID` for a card's recent ones"


class Ambiguous(Exception):
    """More than one payment has this STAN or approval code."""

    def __init__(self, payments: list[Row]) -> None:
        super().__init__(f"{len(payments)} payments")
        self.payments = payments


@dataclass(frozen=True, slots=True)
class _Known:
    """Of one payment or of some messages: what else is known, and what another policy says."""

    subject: Payment | Sequence[Exchange]
    cleared: Cleared = Cleared()  # noqa: RUF009 - a frozen value
    opinion: str | None = None

    @property
    def names(self) -> Names:
        if isinstance(self.subject, Payment):
            return Names(self.subject.message_ids, frozenset(self.subject.elements))
        return Names(frozenset(one.message_id for one in self.subject))


def explain_payment(dsn: str, reference: str, *, policy: Policy | None, logs: Sequence[Path], as_json: bool) -> int:
    """1 when there is no such payment, or more than one of that STAN or approval code. `policy`: asked for its opinion.

    Raises ConfigurationError where one of the `logs` cannot be read.
    """
    try:
        found = asyncio.run(_read(dsn, reference, policy))
    except Ambiguous as several:
        print(f"explain: give the id or the RRN: {_listed(several.payments)} have the STAN or approval code", file=sys.stderr)
        return 1
    if not found:
        said = f"no authorization has the id, RRN, STAN or approval code {reference[:40]!r}, and no message that was kept"
        print(f"explain: {shown_name(said)}; {_ADVICE}", file=sys.stderr)
        return 1
    lines = find_lines(logs, [one.names for one in found])
    documents = [_document(one, [line for line in lines if one.names.cover(line)]) for one in found]
    if as_json:
        sys.stdout.write(orjson.dumps(documents, option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        # What stands in a story has come from networks, files and people: no terminal takes orders from it.
        print("\n\n".join("\n".join(map(printable, document["story"])) for document in documents))
    return 0


def _listed(payments: list[Row]) -> str:
    """1.00 EUR of 12:00:00 (281474976710657), ..."""

    def said(row: Row) -> str:
        asset = ASSETS.get(row["asset"])
        amount = asset.format(row["amount"]) if asset else f"{row['amount']} {row['asset']}"
        return f"{row['authorization_id']} ({amount}, {row['received_at']:%Y-%m-%d %H:%M:%S} UTC)"

    return ", ".join(said(row) for row in payments)


def _document(known: _Known, lines: Sequence[dict[str, Any]]) -> dict[str, Any]:
    if not isinstance(known.subject, Payment):
        return _exchanged(known.subject, lines) if known.subject else _of_record(known.cleared)
    payment, known_cleared = known.subject, known.cleared
    row = dict(payment.authorization)
    told = {name: orjson.loads(row.pop(name) or "{}") for name in ("seen", "request")}
    story = sentences(payment, [*clearing_story.told(known_cleared), *log_story.told(lines)])
    return {
        "story": [*story, *([known.opinion] if known.opinion else [])],
        "authorization": row | told,
        "events": payment.events,
        "postings": payment.postings,
        "messages": [{**one, "fields": orjson.loads(one["fields"])} for one in payment.messages],
        "log": lines,
        "clearing_records": known_cleared.records,
        "exceptions": known_cleared.items,
    }


def _of_record(alone: Cleared) -> dict[str, Any]:
    """A record that belongs to no payment of ours."""
    told = [sentence for _, sentence in sorted(clearing_story.told(alone))]
    return {"story": told, "clearing_records": alone.records, "exceptions": alone.items}


def _exchanged(exchanges: Sequence[Exchange], lines: Sequence[dict[str, Any]]) -> dict[str, Any]:
    told = [sentence for _, sentence in log_story.told(lines)]
    return {"story": [*exchange_story.sentences(exchanges), *told], "messages": [asdict(one) for one in exchanges], "log": lines}


async def _read(dsn: str, reference: str, policy: Policy | None) -> list[_Known]:
    """What is found, and the policy's opinion of it. Raises Ambiguous."""
    connection = await asyncpg.connect(dsn, server_settings=_SETTINGS, timeout=_CONNECT_SECONDS)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            if (of := await payment_of(connection, reference)) is not None:
                reference = str(of["authorization_id"])
            elif (alone := await record_alone(connection, reference)).records:
                return [_Known((), alone)]
            payments = await _payments(connection, reference)
            if not payments and (exchanges := await find_exchanges(connection, reference)):
                return [_Known(exchanges)]
            return [await _known(connection, payment, policy) for payment in payments]
    finally:
        await connection.close()


async def _known(connection: Any, payment: Payment, policy: Policy | None) -> _Known:
    """What items about it gave its account, or took, is of its effect too."""
    told = await cleared(connection, payment.elements)
    booked = [item["resolution_journal_id"] for item in told.items if item["resolution_journal_id"] is not None]
    said = None if policy is None else await _opinion(connection, payment.authorization, policy)
    return _Known(await with_journals(connection, payment, booked), told, said)


async def _payments(connection: Any, reference: str) -> list[Payment]:
    if payments := await find_payments(connection, reference):
        return payments
    match await find_by_short_name(connection, reference):
        case []:
            return []
        case [one]:
            return await find_payments(connection, str(one["authorization_id"]))
        case several:
            raise Ambiguous(several)


async def _opinion(connection: Any, row: Row, policy: Policy) -> str:
    """Requests are read by the time at which they came, which names one but for a rare coincidence."""
    at = row["received_at"]
    pasts = [past async for past in past_requests(connection, at, at + timedelta(microseconds=1), policy.mcc_groups)]
    own = [past for past in pasts if (past.rule, past.request.amount_minor) == (row["rule"], row["amount"])]
    return opinion(own[0] if row["mti"] in DECIDED_HERE and own else None, policy)
