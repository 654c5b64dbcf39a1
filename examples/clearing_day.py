"""The evening of a day: what the network would send for the payments that a running `cardline up` has approved.

    .venv/bin/python examples/clearing_day.py cards.csv evening
    .venv/bin/python examples/clearing_day.py cards.csv evening --with chargeback --with "several presentments"

Reads from the books what is held for the cards of the file, and writes into `evening/` a clearing file that presents each
in full, the network's positions, and the settlement bank's statement. A second evening of a date is its second clearing
cycle, with names and file ids of its own. What to do with them is printed, and stands in docs/start.md.
"""

import argparse
import asyncio
import csv
import json
import os
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import asyncpg

from simulator.currencies import by_alpha
from simulator.settlement.disagreements import Disagreement
from simulator.settlement.evening import EveningPlan, evening
from simulator.settlement.played import Money, Origin, Place, PlayedTransaction

HELD = """
    select card_id, held, asset, transmitted_at, acquirer, network_reference, rrn, approval_code, request::json as request
      from report.authorization
     where mti = '0100' and held > 0 and authorization_id = chain_id and card_id = any ($1::bigint[])
     order by received_at"""
ENDINGS = {"clearing": ".ipm", "positions": ".ipm", "statement": ".camt053.xml"}
CYCLES = "select coalesce(max(right(file_id, 5)::int), 0) from report.clearing_file where file_id like '002' || $1 || '%'"
CLOSED = """
    select distinct on (asset) asset, closing from report.bank_statement
     where account = 'SETTLEMENT' || asset order by asset, closed_on desc, reference desc"""


@dataclass(frozen=True, slots=True)
class Books:
    """What is held, how many cycles of the day are cleared, and what the bank's last statement of each currency closed with."""

    payments: list[PlayedTransaction]
    cycles: int
    closed: dict[str, int]


def place_of(asked: dict[str, str], merchant: str) -> Place:
    """DE 43 has a name of 22 characters, a city of 13 and a country of three."""
    name, city, country = merchant[:22].strip(), merchant[23:36].strip(), merchant[37:]
    return Place(asked["mcc"], asked.get("merchant_id", ""), name, city, country, asked.get("terminal_id"))


def presented(row: asyncpg.Record, card: dict[str, str]) -> PlayedTransaction:
    asked = json.loads(row["request"])
    return PlayedTransaction(
        origin=Origin.APPROVED,
        pan=card["pan"],
        expiry=card["expiry"],
        processing_code=asked["processing_code"],
        amount=Money(row["held"], by_alpha(row["asset"]).numeric),
        at=row["transmitted_at"],
        acquirer=row["acquirer"],
        place=place_of(asked, asked.get("merchant", "")),
        network_reference=row["network_reference"] or "",
        settlement_date=f"{row['transmitted_at']:%m%d}",
        rrn=row["rrn"],
        approval_code=row["approval_code"],
    )


async def read(dsn: str, cards: dict[int, dict[str, str]], today: date) -> Books:
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        payments = [presented(row, cards[row["card_id"]]) for row in await connection.fetch(HELD, list(cards))]
        cycles = await connection.fetchval(CYCLES, f"{today:%y%m%d}")
        closed = {by_alpha(row["asset"]).numeric: row["closing"] for row in await connection.fetch(CLOSED)}
        return Books(payments, cycles, closed)
    finally:
        await connection.close()


asked = argparse.ArgumentParser(description="Write the evening's clearing file, positions and bank statement.")
asked.add_argument("cards", type=Path, help="CSV of `cardline seed`")
asked.add_argument("directory", type=Path, help="where the files go")
asked.add_argument("endpoints", type=Path, nargs="?", help="endpoints.json of another --data-dir")
asked.add_argument("--with", dest="wrong", action="append", type=Disagreement, default=[], metavar="WHAT",
                   help=f"clear one payment otherwise: {', '.join(Disagreement)}")  # fmt: skip
said = asked.parse_args()
data_dir = Path(os.environ.get("CARDLINE_DATA_DIR", ".cardline"))
where = said.endpoints or data_dir / "endpoints.json"
if not where.is_file():
    asked.exit(1, f"clearing_day.py: {where} is not there: start `cardline up`, or give the endpoints.json of its --data-dir\n")
endpoints = json.loads(where.read_text(encoding="utf-8"))
owners = {int(card["card_id"]): card for card in csv.DictReader(said.cards.read_text(encoding="ascii").splitlines())}
today = datetime.now(UTC).date()
books = asyncio.run(read(endpoints["postgres_dsn"], owners, today))
if not books.payments:
    asked.exit(1, "clearing_day.py: nothing is held for these cards: pay first (`cardline pay cards.csv --amount 12.50`)\n")
cycle = books.cycles + 1
written = evening(books.payments, EveningPlan(1, today, disagreements=said.wrong, cycle=cycle, opening=books.closed))
said.directory.mkdir(exist_ok=True)
for name, content in written.files.items():
    (said.directory / name).write_bytes(content)
print(f"{len(books.payments)} payments are cleared{' but for what was asked' if said.wrong else ''}. Now:")
for name in (one for one in written.files if one.startswith("clearing-")):  # what comes after its time is an evening of its own
    evening_of = name.removeprefix("clearing-").removesuffix(".ipm")
    files = {kind: f"{said.directory}/{kind}-{evening_of}{ending}" for kind, ending in ENDINGS.items()}
    print(f"  .venv/bin/cardline clearing show --summary {files['clearing']}")
    print(f"  .venv/bin/cardline clearing ingest {files['clearing']} {files['positions']}")
    print(f"  .venv/bin/cardline reconcile statement {files['statement']}")
    print(f"  .venv/bin/cardline reconcile run {date.fromisoformat(evening_of[:8])}")
