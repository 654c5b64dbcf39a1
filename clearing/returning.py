"""Reversals of presentments whose money the cardholder was given back before, by a claim or a chargeback. I/O only.

He is given it once: such a reversal waits in suspense for people, who book what it ends. Judged while the items of its case are
held, so that what is booked for one of them at the same time is seen, or sees it.
"""

from collections.abc import Sequence
from dataclasses import replace

import asyncpg

from clearing.errors import PostingError
from clearing.matches import Concern, Match
from clearing.reconciliation.case_reading import standing_at
from clearing.records import ClearingRecord, RecordKind
from clearing.statements import statement

LOCK = "select pg_advisory_xact_lock(hashtextextended('cardline clearing pairing', 0))"
"""One after the other: the second of two reversals finds that its presentment was taken back, and items are held in one order."""
WAIT = "30s"
"""For somebody else who is at the same items; an act takes a fraction of a second."""


async def given_once(connection: asyncpg.Connection, records: Sequence[ClearingRecord], matches: Sequence[Match]) -> list[Match]:
    """The matches, as far as the cardholder still pays what they take back; in the transaction that writes them down."""
    back = {record.number: record for record in records if record.kind is RecordKind.PRESENTMENT and record.is_reversal}
    if not back:
        return list(matches)
    found = []
    await connection.execute("select set_config('lock_timeout', $1, true)", WAIT)
    await connection.execute(LOCK)
    for match in matches:
        record = back.get(match.number)
        if record is not None and match.refers is not None and match.concern is None:
            found.append(match if await still_pays(connection, match, is_debit=record.is_debit) else _waiting(record, match))
        else:
            found.append(match)
    return found


async def still_pays(connection: asyncpg.Connection, match: Match, *, is_debit: bool) -> bool:
    """Of what this takes back: the cardholder, or suspense for nobody. The items of the case are held from here on.

    `is_debit`: of what takes back, so what was presented is a credit.
    """
    assert match.refers is not None
    try:
        held = await connection.fetch(statement("hold_case_of_record"), *match.refers)
    except asyncpg.LockNotAvailableError:
        raise PostingError("somebody else holds the items of a presentment that is taken back: ask again") from None
    if not held:
        return True
    standing = await standing_at(connection, match.refers, match.asset, side=-1 if is_debit else 1)
    return (standing.suspended if match.account_id is None else standing.paid) >= match.amount


def _waiting(record: ClearingRecord, match: Match) -> Match:
    said = f"{match.reason}, whose money was given back before"
    return replace(
        match, account_id=None, chain_id=None, amount=record.amount.minor, asset=record.amount.asset, reason=said,
        concern=Concern.CREDITED_BEFORE,
    )  # fmt: skip
