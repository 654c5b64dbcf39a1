"""The evening of a day: what the network would send for the payments that a running `cardline up` has approved.

    .venv/bin/python examples/clearing_day.py cards.csv evening [DIR/endpoints.json of another --data-dir]

Reads from the books what is held for the cards of the file, and writes into `evening/` a clearing file that presents each
in full, the network's positions, and the settlement bank's statement. Once a day: the second file of a date has the same name
for the network, and is refused. What to do with them is printed, and stands in docs/start.md.
"""

import asyncio
import csv
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from simulator.currencies import by_alpha
from simulator.settlement.evening import EveningPlan, evening
from simulator.settlement.played import Money, Origin, Place, PlayedTransaction

HELD = """
    select card_id, held, asset, transmitted_at, acquirer, network_reference, rrn, approval_code, request::json as request
      from report.authorization
     where mti = '0100' and held > 0 and authorization_id = chain_id and card_id = any ($1::bigint[])
     order by received_at"""


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


async def held(dsn: str, cards: dict[int, dict[str, str]]) -> list[PlayedTransaction]:
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        return [presented(row, cards[row["card_id"]]) for row in await connection.fetch(HELD, list(cards))]
    finally:
        await connection.close()


if len(sys.argv) < 3:
    sys.exit("usage: clearing_day.py CARDS.csv DIRECTORY [ENDPOINTS.json]")
lines = Path(sys.argv[1]).read_text(encoding="ascii").splitlines()
data_dir = os.environ.get("CARDLINE_DATA_DIR", ".cardline")
where = Path(sys.argv[3] if len(sys.argv) > 3 else f"{data_dir}/endpoints.json")
if not where.is_file():
    sys.exit(f"clearing_day.py: {where} is not there: start `cardline up`, or give the endpoints.json of its --data-dir")
endpoints = json.loads(where.read_text(encoding="utf-8"))
payments = asyncio.run(held(endpoints["postgres_dsn"], {int(card["card_id"]): card for card in csv.DictReader(lines)}))
if not payments:
    sys.exit("clearing_day.py: nothing is held for these cards: pay first (`cardline pay cards.csv --amount 12.50`)")
today = datetime.now(UTC).date()
directory = Path(sys.argv[2])
directory.mkdir(exist_ok=True)
for name, content in evening(payments, EveningPlan(1, today, disagreements=())).files.items():
    (directory / name).write_bytes(content)
print(f"{len(payments)} payments are presented. Now:")
print(f"  .venv/bin/cardline clearing show --summary {directory}/clearing-{today:%Y%m%d}.ipm")
print(f"  .venv/bin/cardline clearing ingest {directory}/clearing-{today:%Y%m%d}.ipm {directory}/positions-{today:%Y%m%d}.ipm")
print(f"  .venv/bin/cardline reconcile statement {directory}/statement-{today:%Y%m%d}.camt053.xml")
print(f"  .venv/bin/cardline reconcile run {today}")
