"""`cardline explain`: one payment's story from the books, in sentences or as JSON. Reads only."""

import asyncio
import sys
from typing import Any

import asyncpg
import orjson

from cardline.explanation import sentences
from ledger.payments import Payment, find_payments

_CONNECT_SECONDS = 10.0
_SETTINGS = {"application_name": "cardline explain", "role": "cardline_reader", "timezone": "UTC"}


def explain_payment(dsn: str, reference: str, *, as_json: bool) -> int:
    """1 when there is no such payment."""
    payments = asyncio.run(_read(dsn, reference))
    if not payments:
        print(f"explain: no authorization has the id or the RRN {reference[:40]!r}", file=sys.stderr)
        return 1
    if as_json:
        document = [_document(payment) for payment in payments]
        sys.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n")
        return 0
    print("\n\n".join("\n".join(sentences(payment)) for payment in payments))
    return 0


def _document(payment: Payment) -> dict[str, Any]:
    row = dict(payment.authorization)
    told = {name: orjson.loads(row.pop(name) or "{}") for name in ("seen", "request")}
    events, postings = list(payment.events), list(payment.postings)
    return {"story": sentences(payment), "authorization": row | told, "events": events, "postings": postings}


async def _read(dsn: str, reference: str) -> list[Payment]:
    connection = await asyncpg.connect(dsn, server_settings=_SETTINGS, timeout=_CONNECT_SECONDS)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            return await find_payments(connection, reference)
    finally:
        await connection.close()
