"""Holds end by themselves when their time is over, or when somebody asks; a presentment posts all the same."""

import asyncio
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from acceptance.issuer import PATIENCE_SECONDS, HeldCard, Issuer
from acceptance.network import code, connection, purchase
from integration.ledger.conftest import CountingMeter, digest, key

from ledger.commands import Capture
from ledger.journal import Journal
from ledger.verdicts import Verdict
from simulator.messages import trace_id

PREAUTHORIZED = "0000004000800276"


async def expire(issuer: Issuer, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cardline", "holds", "expire", "--config", str(issuer.config), *arguments]
    return await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)


async def lifetime(issuer: Issuer, held: HeldCard) -> timedelta:
    row = (await issuer.authorizations(held))[0]
    found = row["expires_at"] - row["received_at"]
    assert isinstance(found, timedelta)
    return found


@pytest.mark.parametrize(
    ("elements", "subelements", "stands"),
    [({}, {}, timedelta(days=7)), ({}, {"61": "00001"}, timedelta(days=7)), ({61: PREAUTHORIZED}, {}, timedelta(days=30)),
     ({18: "5542"}, {}, timedelta(hours=2)), ({18: "5552"}, {}, timedelta(days=1))],
    ids=["undefined", "final", "preauthorization", "fuel", "charging"],
)  # fmt: skip
async def test_a_hold_stands_as_long_as_its_rule_says(
    issuer: Issuer, elements: dict[int, str], subelements: dict[str, str], stands: timedelta
) -> None:
    held = await issuer.card(balance_minor=100_00)
    async with connection(issuer.switch) as link:
        assert await code(link, purchase(held, 10_00, elements=elements, subelements=subelements)) == "00"
    assert await lifetime(issuer, held) == stands


async def test_what_is_over_is_given_back_once_and_what_is_not_stays(issuer: Issuer) -> None:
    short, long = await issuer.cards(2, balance_minor=100_00)
    async with connection(issuer.switch) as link:
        assert await code(link, purchase(short, 40_00)) == "00"
        assert await code(link, purchase(long, 40_00, elements={61: PREAUTHORIZED})) == "00"
    later = (datetime.now(UTC) + timedelta(days=8)).isoformat()
    first, again = await expire(issuer, "--as-of", later, "--json"), await expire(issuer, "--as-of", later)
    assert (first.returncode, again.returncode) == (0, 0), first.stderr + again.stderr
    assert orjson.loads(first.stdout)["expired"] >= 1
    assert again.stdout == "no hold is over its time\n"
    assert await issuer.account(short) == {"posted": 100_00, "holds": 0, "available": 100_00}
    assert (await issuer.account(long))["holds"] == 40_00
    (row,) = await issuer.authorizations(short)
    assert (row["status"], row["expired"]) == ("expired", 40_00)
    assert await issuer.findings() == []


async def test_an_increment_keeps_the_whole_hold_longer(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=100_00)
    first = purchase(held, 30_00, elements={61: PREAUTHORIZED})
    more = purchase(held, 20_00, elements={61: PREAUTHORIZED}, subelements={"63": trace_id(first)})
    async with connection(issuer.switch) as link:
        assert [await code(link, first), await code(link, more)] == ["00", "00"]
    (opened, _) = await issuer.authorizations(held)
    before = (opened["expires_at"] - timedelta(seconds=1)).isoformat()
    assert (await expire(issuer, "--as-of", before)).returncode == 0
    assert (await issuer.account(held))["holds"] == 50_00
    assert (await expire(issuer, "--as-of", opened["expires_at"].isoformat())).returncode == 0
    assert (await issuer.account(held))["holds"] == 0


async def test_a_switch_gives_back_by_itself_and_a_later_presentment_posts(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=100_00)
    async with connection(issuer.switch) as link:
        assert await code(link, purchase(held, 40_00)) == "00"
        await issuer.fetch(
            "update ledger.hold set expires_at = now() - interval '1 second' where account_id = $1", held.account_id
        )
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (await issuer.account(held))["holds"]:
                await asyncio.sleep(0.1)
        assert await code(link, purchase(held, 90_00)) == "00"
    journal = Journal(issuer.postgres_dsn, CountingMeter(), writers=1)
    await journal.start()
    try:
        (row, _) = await issuer.authorizations(held)
        now, chain = datetime.now(UTC), row["authorization_id"]
        presented = Capture(key("late", now), digest("late"), held.account_id, "EUR", 40_00, now, now.date(), chain, is_last=True)
        assert (await journal.record(presented)).verdict is Verdict.ACCEPTED
    finally:
        await journal.close()
    assert await issuer.account(held) == {"posted": 60_00, "holds": 90_00, "available": -30_00}
    assert "sums_are_folds_of_events" in {finding.proof for finding in await issuer.findings()}, "the time was played by force"
    await issuer.fetch(
        "update ledger.hold h set expires_at = a.expires_at from ledger.authorization a "
        "where a.authorization_id = h.chain_id and h.account_id = $1", held.account_id,
    )  # fmt: skip
    assert await issuer.findings() == []


@pytest.mark.parametrize("moment", ["tomorrow", "2026-13-01"])
async def test_a_time_that_is_none_is_a_wrong_call(issuer: Issuer, moment: str) -> None:
    done = await expire(issuer, "--as-of", moment)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--as-of" in done.stderr
