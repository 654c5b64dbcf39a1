"""The views that people and scripts read (contract: the books, readable by SQL), and that no card data is in any store."""

import asyncio
from collections.abc import Callable

import pytest
from acceptance.issuer import PATIENCE_SECONDS, HeldCard, Issuer
from acceptance.network import advice, code, connection, purchase, reversal
from redis import Redis

from simulator.messages import altered, repeated
from simulator.pin import pin_block

VIEWS = {
    "trial_balance": "asset, layer, debits, credits",
    "account_balance": "account_id, code, name, kind, asset, posted, holds, available, floor",
    "posting": "journal_id, line, account_id, asset, layer, amount, booked_at, kind, reason, stream, batch",
    "journal": "journal_id, kind, reason, actor, booked_at, value_date, reverses, idempotency_key, authorization_id",
    "authorization": "authorization_id, card_id, account_id, mti, stan, rrn, transmitted_at, acquirer, network_reference, "
    "approval_code, amount, asset, response_code, reason, status, authorized, incremented, reversed, captured, refunded, "
    "expired, held, received_at, answered_at, expires_at, chain_id",
    "authorization_event": "authorization_id, sequence, kind, amount, asset, at, message_id, journal_id",
    "message": "message_id, link, direction, mti, stan, rrn, at, fields",
    "exception": "exception_id, kind, opened_at, subject, amount, asset, status, owner, resolution_journal_id",
    "audit": "at, actor, action, subject, reason, detail, hash",
}
AMOUNTS = {"amount", "posted", "holds", "available", "floor", "debits", "credits", "authorized", "incremented", "reversed",
           "captured", "refunded", "expired", "held"}  # fmt: skip
TIMES = {"booked_at", "transmitted_at", "received_at", "answered_at", "expires_at", "opened_at", "at"}


@pytest.mark.parametrize("view", VIEWS)
async def test_a_view_has_the_promised_columns(issuer: Issuer, view: str) -> None:
    rows = await issuer.fetch(
        "select column_name, data_type from information_schema.columns where table_schema = 'report' and table_name = $1", view
    )
    types = {row["column_name"]: row["data_type"] for row in rows}
    promised = VIEWS[view].split(", ")
    assert [name for name in promised if name not in types] == []
    assert {types[name] for name in promised if name in AMOUNTS} <= {"bigint", "numeric"}
    assert {types[name] for name in promised if name in TIMES} <= {"timestamp with time zone"}


async def test_a_payment_can_be_read_from_end_to_end(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=100_00)
    original = purchase(held, 30_00)
    async with connection(issuer.switch) as link:
        assert await code(link, original) == "00"
        assert await code(link, purchase(held, 90_00)) == "51"
        assert await code(link, reversal(original, left=10_00)) == "00"
    spent, refused = await issuer.authorizations(held)
    assert (spent["mti"], spent["stan"], spent["rrn"]) == ("0100", original.text(11), original.text(37))
    assert (spent["status"], spent["authorized"], spent["reversed"], spent["held"]) == ("partially_reversed", 30_00, 20_00, 10_00)
    assert (refused["response_code"], refused["reason"], refused["held"]) == ("51", "insufficient_funds", 0)
    assert (spent["card_id"], spent["account_id"]) == (held.card_id, held.account_id)
    query = "select kind, amount from report.authorization_event where authorization_id = $1 order by sequence"
    events = await issuer.fetch(query, spent["authorization_id"])
    assert [tuple(row) for row in events] == [("authorized", 30_00), ("partially_reversed", 10_00)]
    for row in await issuer.fetch("select * from report.trial_balance"):
        assert row["debits"] == row["credits"] > 0


async def test_no_card_data_is_in_the_database_the_cache_the_log_or_the_metrics(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=100_00)
    secrets = await played_with_everything(issuer, held)
    await kept(issuer, held, 10)
    assert await found_in_tables(issuer, "t::text", secrets) == []
    elsewhere = {"cache": in_redis(issuer.redis_url), "log": issuer.switch.log, "metrics": issuer.switch.get("/metrics")[1]}
    assert [(name, secret) for name, text in elsewhere.items() for secret in secrets if secret in text] == []


async def test_no_card_number_in_any_element_and_however_written_is_in_any_table(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=100_00)
    number = held.card.pan
    async with connection(issuer.switch) as link:
        for planted in (number, OTHER):
            for write in WRITTEN:
                text = write(planted)
                elements = {de: text.ljust(length) if length else text for de, length in FREE_ELEMENTS.items()}
                elements[61] = f"0{text}"  # else a card whose seventh digit is 4 would ask for a pre-authorization there
                asked = purchase(held, subelements={"98": text, "33": text, "63": text}, elements=elements)
                told = altered(advice(held, 1_00), {**elements, 38: "A12345"})
                for message in (asked, told, altered(reversal(asked), {de: elements[de] for de in elements if de != 61})):
                    assert await code(link, message) == "00"
    await kept(issuer, held, 2 * 3 * 2 * len(WRITTEN))
    requests = "select count(*) from report.authorization where card_id = $1 and request::text like '%*%'"
    assert await issuer.value(requests, held.card_id) >= 2 * len(WRITTEN)
    digits = "regexp_replace(t::text, '[^0-9]', '', 'g')"
    assert await found_in_tables(issuer, digits, [number, OTHER]) == []
    shown = {"cache": in_redis(issuer.redis_url), "log": issuer.switch.log, "metrics": issuer.switch.get("/metrics")[1]}
    assert [name for name, text in shown.items() if number in text or OTHER in text] == []


OTHER = "5413330000000027"
"""Of a card that nothing else is known of."""
WRITTEN: tuple[Callable[[str], str], ...] = (
    str,
    lambda number: " ".join(number[at : at + 4] for at in range(0, 16, 4)),
    lambda number: ".".join(number[at : at + 4] for at in range(0, 16, 4)),
    lambda number: f"{number[:8]}A{number[8:]}",
    lambda number: f"001016{number}",
)
FREE_ELEMENTS = {43: 40, 98: 25} | dict.fromkeys(
    (44, 46, 47, 56, 57, 58, 59, 60, 61, 62, 63, 104, 105, 106, 107, 108, 109, 111, 112, 113, 114, 115, 116, 117, 118, 119, 120,
     122, 123, 124, 126, 127), 0
)  # fmt: skip
"""With text in them, and how long it is where that is fixed."""


async def kept(issuer: Issuer, held: HeldCard, count: int) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (
            not await issuer.value("select count(*) from report.message where fields->>'2' = $1", held.card.masked_pan) >= count
        ):
            await asyncio.sleep(0.01)


async def found_in_tables(issuer: Issuer, shown: str, secrets: list[str]) -> list[tuple[str, str]]:
    """Which of them stand in which tables, of all schemas; `shown` makes a row `t` a text."""
    query = "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname <> all ($1)"
    found = []
    for (table,) in await issuer.fetch(query, ["pg_catalog", "information_schema"]):
        hits = f"select s from unnest($1::text[]) s where exists (select from {table} t where {shown} like '%' || s || '%')"
        found += [(table, secret) for (secret,) in await issuer.fetch(hits, secrets)]
    return found


async def played_with_everything(issuer: Issuer, held: HeldCard) -> list[str]:
    """Every class of message, also broken ones; what nobody may find afterwards."""
    card, pan = held.card, held.card.pan
    block = pin_block(card.pin, pan)
    track = f"{pan}D{card.expiry}2011234567890"
    telling: dict[int, str | bytes] = {35: track, 45: f"B{pan}^DOE/JOHN^{card.expiry}201123", 52: block, 120: f"ADDRESS {pan}"}
    whole = purchase(held, subelements={"92": card.cvc2}, elements=telling)
    async with connection(issuer.switch) as link:
        for message in (whole, repeated(whole), advice(held, 1_00), reversal(whole), altered(whole, {49: None})):
            assert await code(link, message) in ("00", "30")
        await link.send_frame(b"\x00\x40" + pan.encode() * 4)
    return [pan, pan.encode("cp037").hex(), track[-14:], block.hex(), block.hex().upper(), f"B{pan}"]


def in_redis(url: str) -> str:
    with Redis.from_url(url) as cache:
        names = cache.keys("*")
        return " ".join(repr((name, cache.hgetall(name) if cache.type(name) == b"hash" else cache.get(name))) for name in names)
