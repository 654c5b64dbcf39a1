"""A played day is cleared: every account is where the simulator says, every disagreement is an item for people."""

import hashlib
import io
import json
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from acceptance.desk import Run
from acceptance.issuer import HeldCard, Issuer

from cardline.cli import main
from clearing.ipm.messages import IpmMessage
from clearing.ipm.reader import Flaw, IpmReader
from simulator.currencies import by_alpha
from simulator.day import DayPlan, plan_day
from simulator.player import play
from simulator.settlement.day_played import payments_of
from simulator.settlement.evening import EveningPlan, evening

AS_ITEMS = {
    "doubled": "doubled_presentment",
    "over_cleared": "over_cleared",
    "unauthorized": "unauthorized_presentment",
    "unknown_card": "unknown_card",
    "after_expiry": "after_expiry",
    "after_reversal": "after_reversal",
    "wrong_currency": "wrong_currency",
    "chargeback": "chargeback",
    "second_presentment": "second_presentment",
}
"""Disagreements that one clearing record shows, by the kind of item they become. The others need the whole evening."""
CREDITS = ("20", "28")


@dataclass(frozen=True)
class Cleared:
    """A day that was played and cleared, and what the simulator knows of it."""

    cards: dict[str, HeldCard]
    played: dict[str, Any]
    files: list[Path]
    manifest: dict[str, Any]
    said: list[dict[str, Any]]

    def messages(self) -> list[tuple[Path, IpmMessage]]:
        found = []
        for path in self.files:
            for record in IpmReader(io.BytesIO(path.read_bytes())):
                assert not isinstance(record, Flaw)
                found.append((path, record.message))
        return found


@pytest.fixture(scope="module")
def told() -> dict[str, Cleared]:
    """The day is played once for the module."""
    return {}


@pytest.fixture
async def cleared(issuer: Issuer, run: Run, told: dict[str, Cleared], tmp_path_factory: pytest.TempPathFactory) -> Cleared:
    if not told:
        told["day"] = await _cleared(issuer, run, tmp_path_factory.mktemp("evening"))
    return told["day"]


async def _cleared(issuer: Issuer, run: Run, directory: Path) -> Cleared:
    held = [
        *await issuer.cards(24, balance_minor=100_000),
        *await issuer.cards(4, balance_minor=50_000, currency="USD"),
        *await issuer.cards(4, balance_minor=0, credit_limit_minor=80_000),
    ]
    plan = DayPlan(11, datetime.now(UTC), messages=600)
    day = plan_day([one.card for one in held], plan)
    outcome = await play(day, issuer.switch.target())
    assert not outcome.unfinished
    payments = payments_of(day, outcome.replies, outcome.unfinished, year_of=plan.starts_at)
    settled = evening(payments, EveningPlan(7, plan.starts_at.date()))
    files = []
    for name, content in settled.files.items():
        if name.startswith("clearing-"):
            files.append(directory / name)
            files[-1].write_bytes(content)
    said = run("clearing", "ingest", *files, "--json", "--actor", "ada")
    cards = {one.card.pan: one for one in held}
    return Cleared(cards, day.balances, files, json.loads(settled.files["manifest.json"]), said)


async def test_every_account_is_where_the_simulator_says(issuer: Issuer, cleared: Cleared) -> None:
    presented: dict[str, int] = defaultdict(int)
    for _, message in cleared.messages():
        held = cleared.cards.get(message.text(2))
        billed = 51 if 51 in message.elements else 49
        if held is None or message.mti + message.function_code != "1240200" or message.text(billed) != held.card.currency:
            continue
        is_debit = (message.text(3)[:2] not in CREDITS) is ("0025" not in message.pds)
        presented[held.card.pan] += int(message.text(6 if billed == 51 else 4)) * (1 if is_debit else -1)
    assert sum(map(abs, presented.values())) > 0
    # What nobody presented stays held; what came in a currency that could not be booked to it does not.
    waiting = [d for d in cleared.manifest["disagreements"] if d["kind"] == "missing"]
    held_back = Counter(dict.fromkeys(cleared.cards, 0))
    for pan, held in cleared.cards.items():
        held_back[pan] = sum(
            d["authorized"]["minor"]
            for d in waiting
            if d["card"] == f"{pan[:6]}******{pan[-4:]}" and d["origin"] != "single_message"
        )
        account = await issuer.account(held)
        expected = cleared.played[pan].posted_minor - presented[pan]
        assert (account["posted"], account["holds"]) == (expected, held_back[pan]), pan[-4:]


async def test_every_disagreement_that_a_record_shows_is_an_item(issuer: Issuer, cleared: Cleared) -> None:
    rows = await issuer.fetch("select kind, subject from report.exception where subject like 'clearing %'")
    raised = {(row["kind"], row["subject"]) for row in rows}
    by_name = {found["file"]: found["file_id"] for found in cleared.said}
    wanted = set()
    for entry in cleared.manifest["disagreements"]:
        kind = AS_ITEMS.get(entry["kind"])
        if kind is not None:
            messages = entry["messages"][1:] if entry["kind"] == "doubled" else entry["messages"]
            messages = [m for m in messages if kind != "chargeback" or m["mti"] == "1442"]
            messages = [m for m in messages if kind != "second_presentment" or m["function_code"] == "205"]
            wanted |= {(kind, f"clearing {by_name[entry['file']]}/{m['number']}") for m in messages}
    # The second presentment was preceded by its chargeback, which is a case of its own.
    second = next(d for d in cleared.manifest["disagreements"] if d["kind"] == "second_presentment")
    wanted |= {
        ("chargeback", f"clearing {by_name[second['file']]}/{m['number']}") for m in second["messages"] if m["mti"] == "1442"
    }
    assert raised == wanted
    assert len(wanted) > len(AS_ITEMS)


async def test_the_books_hold_and_each_record_is_booked(issuer: Issuer, cleared: Cleared) -> None:
    assert await issuer.findings() == []
    counts = Counter(
        (row["status"], row["has_journal"])
        for row in await issuer.fetch("select status, journal_id is not null as has_journal from report.clearing_record")
    )
    assert counts.keys() == {("posted", True), ("suspense", True)}
    assert sum(counts.values()) == sum(message.mti != "1644" for _, message in cleared.messages())
    progress = await issuer.fetch("select messages, posted, is_posted from report.clearing_progress")
    assert [row["is_posted"] and row["posted"] == row["messages"] for row in progress] == [True] * len(cleared.files)
    rules = {row["match_rule"] for row in await issuer.fetch("select distinct match_rule from report.clearing_record")}
    assert {"trace_id", "acquirer_reference"} <= rules


async def test_what_is_owed_to_the_network_is_what_it_settles(issuer: Issuer, cleared: Cleared) -> None:
    """Amounts and fees of all records in the currency they settle in, against the network's clearing account."""
    owed: dict[str, int] = defaultdict(int)
    for _, message in cleared.messages():
        if 5 in message.elements:
            processing, is_reversal = message.text(3)[:2], "0025" in message.pds
            is_debit = processing == "19" if message.mti == "1740" else (processing not in CREDITS) is (message.mti == "1240")
            owed[message.text(50)] += int(message.text(5)) * (1 if is_debit is not is_reversal else -1)
            fee = message.pds.get("0146", "")
            for part in (fee[at : at + 36] for at in range(0, len(fee), 36)):
                owed[part[21:24]] += int(part[24:36]) * (1 if part[2:4] == "19" else -1)
    query = (
        "select p.asset, -sum(p.amount)::bigint as owed from ledger.posting p join ledger.account a using (account_id) "
        "join ledger.journal j using (journal_id, booking_date) "
        "where a.kind = 'network_settlement' and p.layer = 'posted' and j.actor = 'clearing' group by p.asset"
    )
    booked = {by_alpha(row["asset"]).numeric: row["owed"] for row in await issuer.fetch(query)}
    assert booked == {currency: minor for currency, minor in owed.items() if minor or currency in booked}


async def test_the_same_file_again_changes_nothing_and_says_so(issuer: Issuer, run: Run, cleared: Cleared) -> None:
    query = (
        "select (select count(*) from ledger.journal), (select count(*) from clearing.record), (select count(*) from ledger.exception), "
        "(select count(*) from ledger.outcome), (select count(*) from ledger.audit)"
    )
    before = await issuer.fetch(query)
    said = run("clearing", "ingest", cleared.files[0])
    assert "nothing changed" in said
    assert await issuer.fetch(query) == before


async def test_a_payment_is_told_from_the_log_of_its_request_to_its_presentment_and_what_is_odd_about_it(
    issuer: Issuer, run: Run, cleared: Cleared
) -> None:
    query = (
        "select r.authorization_id, r.file_id, r.position, a.rrn, a.message_id from report.clearing_record r "
        "join report.authorization a using (authorization_id) where r.concern = 'over_cleared' and a.verdict = 'approved' limit 1"
    )
    (row,) = await issuer.fetch(query)
    known = run("explain", row["authorization_id"], "--log", issuer.switch.log_path, "--json")[0]
    story = known["story"]
    asked = place(story, f"in the log: message {row['message_id']} on link mastercard, a 0100, was answered 00: approved")
    held = place(story, " were held, journal ")
    presented = place(story, f"record {row['position']} of clearing file {row['file_id']}")
    assert held < presented < place(story, "was opened, over cleared of ")
    assert asked < presented
    assert [line["message_id"] for line in known["log"]].count(row["message_id"]) == 1
    assert row["message_id"] in {message["message_id"] for message in known["messages"]}
    assert known["clearing_records"][0]["authorization_id"] == row["authorization_id"]


def place(story: list[str], words: str) -> int:
    (found,) = [number for number, sentence in enumerate(story) if words in sentence]
    return found


def refusal(capfd: pytest.CaptureFixture[str], config: Path, path: Path) -> list[str]:
    """What standard error says of a file that is refused."""
    capfd.readouterr()
    with ThreadPoolExecutor(1) as thread:
        code = thread.submit(main, ["clearing", "ingest", str(path), "--config", str(config)]).result()
    assert code == 1
    return capfd.readouterr().err.strip().splitlines()


async def test_a_damaged_file_is_refused_in_one_line_and_leaves_nothing_behind(
    issuer: Issuer, run: Run, cleared: Cleared, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "damaged.ipm"
    path.write_bytes(cleared.files[0].read_bytes()[:5070])
    before = await issuer.value("select count(*) from clearing.file")
    errors = refusal(capfd, issuer.config, path)
    assert len(errors) == 1
    assert errors[0].startswith("cardline: damaged.ipm: ")
    assert await issuer.value("select count(*) from clearing.file") == before
    (kept,) = run("clearing", "refusals", path, "--json")
    assert (kept["name"], kept["sha256"]) == ("damaged.ipm", hashlib.sha256(path.read_bytes()).hexdigest())
    assert kept["record"] > 1
    assert errors[0].endswith(kept["reason"])
    assert "damaged.ipm" in run("clearing", "refusals", path)


async def test_a_test_file_is_refused_where_a_key_is_a_real_one(
    issuer: Issuer, cleared: Cleared, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "production.toml"
    config.write_text(issuer.config.read_text() + '[keys]\ncvk = "00112233445566778899AABBCCDDEEFF"\n')
    (error,) = refusal(capfd, config, cleared.files[0])
    assert "PDS 0122: a test file" in error


async def test_a_match_is_taken_back_by_command(issuer: Issuer, run: Run, cleared: Cleared) -> None:
    query = (
        "select r.file_id, r.position, r.account_id, b.posted from report.clearing_record r "
        "join ledger.balance b using (account_id) where r.match_rule = 'trace_id' and r.kind = 'presentment' and r.is_debit "
        "and r.concern is null and r.authorization_id is not null and r.journal_id in "
        "(select journal_id from ledger.journal where kind = 'capture') and not exists (select from clearing.match m "
        "where m.refers_file = r.file_id and m.refers_position = r.position) order by r.position limit 1"
    )
    (row,) = await issuer.fetch(query)
    place = row["file_id"], row["position"]
    done = run("clearing", "unmatch", *place, "--reason", "another payment", "--actor", "ada", "--json")
    assert done["authorization_id"] is None
    assert await issuer.value("select posted from ledger.balance where account_id = $1", row["account_id"]) == row["posted"]
    assert await issuer.findings() == []
