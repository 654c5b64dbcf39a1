"""Authorizations made in bulk through the ledger's own writers, and the clearing file that presents them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from bench.clearing.sample import presentments
from bench.ledger.commands import AMOUNT, holds
from bench.ledger.running import journal, pieces
from clearing.ipm.characters import CharacterSet
from clearing.ipm.framing import Framing
from clearing.ipm.messages import IpmMessage
from clearing.ipm.recognition import FileForm
from clearing.ipm.writer import IpmWriter
from ledger.verdicts import Verdict

FORM = FileForm(Framing.BLOCKED, CharacterSet.CP500)
Payment = tuple[int, str]
"""Account and trace id."""


def file_id(number: int = 1) -> str:
    """PDS 0105 of the `number`th file of today."""
    return f"002{datetime.now(UTC):%y%m%d}0000020090{number:06d}"


async def authorize(dsn: str, accounts: Sequence[int], count: int) -> list[Payment]:
    """`count` approved purchases, spread over the accounts, in their order."""
    made: list[Payment] = []
    async with journal(dsn) as books:
        for piece in pieces(holds(accounts, count), 20_000):
            for number, hold in enumerate(piece, len(made)):
                hold.request.trace_id = f"M{number:08d}{datetime.now(UTC):%m%d}"
            outcomes = await books.record_all(piece)
            assert all(outcome.verdict is Verdict.APPROVED for outcome in outcomes)
            made += [(hold.request.account_id or 0, hold.request.trace_id or "") for hold in piece]
    connection = await asyncpg.connect(dsn)
    await connection.execute("analyze ledger.outcome; analyze ledger.hold; analyze ledger.authorization")
    await connection.close()
    return made


def write(path: Path, named: str, presented: Iterable[tuple[str, str]]) -> None:
    """A file named so (PDS 0105) with the last presentment of each (card number, trace id)."""
    with path.open("wb") as out, IpmWriter(out, FORM) as writer:
        writer.write_all(_messages(named, presented))


def _messages(named: str, presented: Iterable[tuple[str, str]]) -> Iterator[IpmMessage]:
    yield IpmMessage("1644", {24: "697", 71: f"{1:08d}"}, {"0105": named, "0122": "T"})
    now, number = f"{datetime.now(UTC):%y%m%d%H%M%S}", 1
    (like,) = presentments(1)
    for number, (pan, trace) in enumerate(presented, 2):
        own = {
            2: pan, 4: f"{AMOUNT:012d}", 5: f"{AMOUNT:012d}", 6: f"{AMOUNT:012d}", 12: now, 31: f"{number:023d}",
            63: f" {trace}  ", 71: f"{number:08d}",
        }  # fmt: skip
        yield replace(like, elements={**like.elements, **own})
    count = number + 1
    sums = {"0105": named, "0301": f"{AMOUNT * (count - 2):016d}", "0306": f"{count:08d}"}
    yield IpmMessage("1644", {24: "695", 71: f"{count:08d}"}, sums)
