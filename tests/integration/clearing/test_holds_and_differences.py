"""What clearing does to holds, and to what the network is owed, where the plain match of a presentment is not all."""

import asyncio
import itertools
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from integration.clearing.clearing_world import FILE_ID, KEY, World, file_of, message

from cardline.explaining.explain import explain_payment
from clearing import posting
from clearing.intake.naming import shown_name
from clearing.intake.proving import Cause, Refused
from clearing.intake.refusing import record_refusal
from clearing.reconciliation.resolving import Act, Done, NotDone, Resolver
from clearing.reconciliation.running import reconcile
from clearing.statements import statement
from ledger.commands import Single
from ledger.replay import replay
from ledger.verify import verify

NAMES = {
    "trace id": {},
    "approval code of ours": {"de63": " " * 16, "de38": "123456", "de42": " " * 15},
    "retrieval reference of ours": {"de63": " " * 16, "de38": " " * 6, "de37": "633010000009", "de42": " " * 15},
}
"""By which a presentment may name our own answer, although the network's advice has replaced it."""


async def owed(world: World) -> dict[str, int]:
    """To the network, by asset, of all that clearing has booked."""
    rows = await world.connection.fetch(
        "select p.asset, -sum(p.amount)::bigint as owed from ledger.posting p join ledger.account a using (account_id) "
        "join ledger.journal j using (journal_id, booking_date) where a.kind = 'network_settlement' and j.actor = 'clearing' group by 1"
    )
    return {row["asset"]: row["owed"] for row in rows if row["owed"]}


async def items(world: World) -> list[tuple[str, str, int | None]]:
    rows = await world.connection.fetch("select kind, subject, amount::bigint as amount from report.exception order by 2, 1")
    return [(row["kind"], row["subject"].removeprefix(f"clearing {FILE_ID}/"), row["amount"]) for row in rows]


async def test_after_a_request_its_advice_and_the_last_presentment_nothing_is_held_whatever_came_first(
    world: World, postgres: asyncpg.Connection
) -> None:
    orders = ["request advice presentment", "advice request presentment", "request presentment advice", "presentment advice"]
    cases = [(order.split(), names) for order in orders for names in NAMES.values() if order != orders[3] or not names]
    cards = await world.cards(len(cases))

    async def play(wanted: bool) -> None:
        """What comes before the file, or after it."""
        for number, (order, _) in enumerate(cases):
            place = order.index("presentment")
            for step in order[:place] if wanted else order[place + 1 :]:
                say = world.authorize if step == "request" else world.advise
                rrn = "633010000009" if step == "request" else "633010000008"
                await say(cards[number], 1_000, f"MCCO{number:05d}1126", rrn=rrn)

    await play(True)
    await world.ingest(file_of(
        message(cards[number], 1_000, f"MCCO{number:05d}1126", de25="1404", **names) for number, (_, names) in enumerate(cases)
    ))  # fmt: skip
    await play(False)
    ends = {(" ".join(order), number): await world.account(cards[number]) for number, (order, _) in enumerate(cases)}
    assert ends == dict.fromkeys(ends, (99_000, 0))
    assert [kind for kind, _, _ in await items(world)] == ["unauthorized_presentment"]
    assert list(await verify(postgres)) == []


STEPS = ("first", "increment", "part", "last")


async def test_after_the_last_presentment_nothing_of_an_advised_increment_is_held_in_any_order(
    world: World, postgres: asyncpg.Connection
) -> None:
    orders = list(itertools.permutations(STEPS))
    cards = [await world.cards(len(orders)) for _ in ("ours", "the network's")]
    cases = [(first, order, held) for first, of in enumerate(cards) for order, held in zip(orders, of, strict=True)]
    for step in range(len(STEPS)):
        presented = []
        for number, (first, order, held) in enumerate(cases):
            trace = f"MCCI{number:05d}1126"
            match order[step]:
                case "first":
                    await (world.advise if first else world.authorize)(held, 3_000, trace, rrn="633010000011")
                case "increment":
                    await world.advise(held, 2_000, f"MCCJ{number:05d}1126", rrn="633010000012", adds_to=trace)
                case "part":
                    presented.append(message(held, 3_000, trace, de25="1403"))
                case "last":
                    presented.append(message(held, 2_000, trace, de25="1404"))
        await world.ingest(file_of(presented, f"002261126002009000000002{step}"))
    ends = {(first, order): await world.account(held) for first, order, held in cases}
    assert ends == dict.fromkeys(ends, (95_000, 0))
    over = await world.connection.fetchval("select count(*) from report.exception where kind = 'over_cleared'")
    told_late = [
        order
        for order in orders
        if order.index("first") < max(order.index("part"), order.index("last")) < order.index("increment")
    ]
    assert over == 2 * len(told_late), "only where the increment is not known yet"
    assert list(await verify(postgres)) == []
    assert await replay(postgres) == []


async def test_parts_use_up_the_hold_and_the_last_one_gives_back_the_rest(world: World) -> None:
    (held,) = await world.cards(1)
    await world.authorize(held, 1_000, "MCCM000001126")
    first, last = (message(held, 300, "MCCM000001126", de25=reason) for reason in ("1403", "1404"))
    await world.ingest(file_of([first]))
    assert await world.account(held) == (99_700, 700)
    await world.ingest(file_of([last], "0022611270000020090000002"))
    assert await world.account(held) == (99_400, 0)
    assert await items(world) == []


async def test_a_presentment_in_suspense_is_not_held_any_more(
    world: World, postgres: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "CHUNK", 1)  # while one chunk asks for its holds, the next one is matched
    closed, foreign, more = await world.cards(3)
    held = [await world.authorize(one, 1_000, f"MCCS{n:05d}1126") for n, one in enumerate((closed, foreign, more))]
    await postgres.execute("update ledger.account set status = 'closed' where account_id = $1", closed.card.account_id)
    await world.ingest(file_of([
        message(closed, 1_000, "MCCS000001126"),
        message(foreign, 1_100, "MCCS000011126", de49="840"),
        message(more, 600, "MCCS000021126", de49="840", de25="1403"),
    ]))  # fmt: skip
    assert [(await world.account(one))[1] for one in (closed, foreign, more)] == [0, 0, 1_000]
    rows = await world.connection.fetch(
        "select held, captured, status from report.authorization where authorization_id = any ($1) order by authorization_id",
        held,
    )
    assert [tuple(row) for row in rows] == [(0, 0, "closed"), (0, 0, "closed"), (1_000, 0, "open")]
    kinds = [kind for kind, _, _ in await items(world)]
    assert kinds == ["closed_account", "wrong_currency", "wrong_currency"]
    await world.ingest(file_of([message(more, 400, "MCCS000021126", de49="840", de25="1404")], "0022611270000020090000002"))
    assert (await world.account(more))[1] == 0
    assert list(await verify(postgres)) == []


async def test_the_network_is_owed_what_it_settles_to_the_cent(world: World, postgres: asyncpg.Connection) -> None:
    (held,) = await world.cards(1)
    settled = {"de6": f"{1_000:012d}", "de51": "978", "de50": "978"}
    messages = [
        message(held, 1_100, "MCCD000001126", de49="840", de5=f"{980:012d}", **settled),  # our margin
        message(held, 1_000, "MCCD000011126", de5=f"{1_001:012d}", **settled),  # a rounding
        message(held, 1_000, "MCCD000021126", de5=f"{1_300:012d}", **settled),  # nothing explains it
        message(held, 1_000, "MCCD000031126", de5=f"{1_000:012d}", **settled),
        message(held, 1_100, "MCCD000041126", de49="840", de5=f"{1_100:012d}", de50="840", de6=f"{1_000:012d}", de51="978"),
        message(held, 1_000, "MCCD000051126", de3="200000", de5=f"{970:012d}", **settled),  # a refund
    ]
    await world.ingest(file_of(messages))
    assert (await world.account(held))[0] == 100_000 - 5 * 1_000 + 1_000
    assert await owed(world) == {"EUR": 980 + 1_001 + 1_300 + 1_000 - 970, "USD": 1_100}
    rows = await world.connection.fetch(
        "select a.kind, sum(p.amount)::bigint as amount from ledger.posting p join ledger.account a using (account_id) "
        "where a.kind in ('fx_margin', 'rounding', 'suspense') group by 1 order by 1"
    )
    assert [tuple(row) for row in rows] == [("fx_margin", -20), ("rounding", 1), ("suspense", 300 + 30)]
    questions = [item for item in await items(world) if item[0] == "settled_otherwise"]
    assert questions == [("settled_otherwise", "4", 300), ("settled_otherwise", "7", 30)]
    assert list(await verify(postgres)) == []


async def test_a_single_message_and_its_presentment_are_booked_once_in_either_order(
    world: World, postgres: asyncpg.Connection
) -> None:
    """0200 alone, 0220 alone, 0220 in place of a 0100: before the presentment, after it, and without one."""
    cards = await world.cards(8)

    async def say(number: int) -> None:
        if number % 3 == 2:
            await world.authorize(cards[number], 1_000, f"MCCB{number:05d}1126", single=Single.DEBIT)
        else:
            await world.advise(cards[number], 1_000, f"MCCB{number:05d}1126", single=Single.DEBIT)

    for number in (0, 3):
        await world.authorize(cards[number], 1_000, f"MCCB{number:05d}1126")
    for number in (0, 1, 2, 6, 7):
        await say(number)
    locally = [f"{datetime.now(UTC) + timedelta(days=off):%y%m%d%H%M%S}" for off in (-1, 0, 1)]
    await world.ingest(
        file_of(message(cards[number], 1_000, f"MCCB{number:05d}1126", de12=locally[number % 3]) for number in range(6))
    )
    for number in (3, 4, 5):
        await say(number)
    assert [await world.account(one) for one in cards] == [(99_000, 0)] * 8
    assert [(kind, at) for kind, at, _ in await items(world)] == [
        ("unauthorized_presentment", "6"),
        ("unauthorized_presentment", "7"),
    ]
    await reconcile(world.connection, world.journal, datetime.now(UTC).date(), key=KEY, actor="clerk")
    open_ones = await world.connection.fetch("select kind from report.exception where status = 'open' and subject ~ '^clearing'")
    assert [row["kind"] for row in open_ones] == [], "what was presented has been authorized since"
    await world.reverse(cards[7], f"MCCB{7:05d}1126", at=datetime.now(UTC) + timedelta(days=1))
    days = [datetime.now(UTC).date() + timedelta(days=off) for off in range(-2, 3)]
    settled = {day: await world.connection.fetch(statement("settled_singles"), day) for day in days}
    expected = {
        day: (row["debits"] or 0) - (row["credits"] or 0) for day, (row, *_) in filter(lambda one: one[1], settled.items())
    }
    assert list(expected.values()) == [2_000, -1_000], "only what was not presented, and each reversal on its own day"
    booked = await world.connection.fetch(
        "select value_date, -sum(amount)::bigint from ledger.journal j join ledger.posting using (journal_id, booking_date) "
        "join ledger.account a using (account_id) where a.kind = 'network_settlement' and j.kind ~ 'debit' "
        "group by 1 having sum(amount) <> 0 order by 1"
    )
    assert dict(booked) == expected, "on every day what the network settles of them is what the books hold"
    assert list(await verify(postgres)) == []
    assert await replay(postgres) == []


async def test_what_is_authorized_after_it_was_presented_is_nothing_to_look_at_any_more(world: World) -> None:
    added, replaced, still_more, left = await world.cards(4)
    names = [f"MCCLAT{number:03d}1126" for number in range(4)]
    for held, name in zip((added, replaced, still_more, left), names, strict=True):
        await world.authorize(held, 3_000, name)
    parts = [message(added, 3_000, names[0], de25="1403"), message(added, 2_000, names[0], de25="1404")]
    whole = [message(held, 5_000, name) for held, name in zip((replaced, still_more, left), names[1:], strict=True)]
    await world.ingest(file_of([*parts, *whole]))
    await world.advise(added, 2_000, "MCCLAT1001126", adds_to=names[0])
    await world.advise(replaced, 5_000, names[1])
    await world.advise(still_more, 1_000, "MCCLAT1011126", adds_to=names[2])
    await reconcile(world.connection, world.journal, datetime.now(UTC).date() - timedelta(days=9), key=KEY, actor="clerk")
    rows = await world.connection.fetch("select subject, status, resolved_by from report.exception order by subject")
    by_rule = ("resolved", "rule late_authorization")
    assert [(row["status"], row["resolved_by"]) for row in rows] == [by_rule, by_rule, ("open", None), ("open", None)]


async def test_a_record_keeps_its_cycles_its_entry_mode_and_all_its_pds_without_card_numbers(world: World) -> None:
    (held,) = await world.cards(1)
    settlement = "00000900900" + "900001".ljust(28) + "3" + "EUR0000001" + "N" + "26112702" + "26113003"
    pds = {"0158": "DMC1010401  26112601    NNNNNNN", "0159": settlement, "9123": f"of {held.pan}", "0001": f"C1{held.pan}"}
    pds |= {"0146": f"002901978{50:012d}840{55:012d}"}
    nothing = message(held, 0, "MCCP000021126", pds=pds | {"0146": f"002901978{50:012d}840{45:012d}"})
    await world.ingest(
        file_of([message(held, 900, "MCCP000001126", pds=pds), message(held, 900, "MCCP000011126", de49="999"), nothing])
    )
    row = await world.record(2)
    assert (row["business_cycle"], row["reconciliation_cycle"], row["settlement_cycle"], row["entry_mode"]) == (
        1,
        2,
        3,
        "chip_pin",
    )
    assert f"{row['reconciliation_date']} {row['settlement_date']} {row['service']}" == "2026-11-27 2026-11-30 EUR0000001"
    assert '"9123"' in row["pds"]
    assert held.pan not in row["pds"]
    assert (await world.record(3))["pds"] is None
    day = row["reconciliation_date"]
    expected = await world.connection.fetch(statement("expected_positions"), day, FILE_ID, 1, 9)
    assert [(one["asset"], one["debits"], one["debit_count"], one["fee"]) for one in expected] == [
        ("EUR", 900, 1, 0), ("USD", 0, 0, 100)
    ], "interchange in another currency is a total of that one, also of a record of nothing"  # fmt: skip
    later = await world.connection.fetch(statement("settled_later"), row["business_date"])
    assert [(one["asset"], one["count"], one["net"]) for one in later] == [("EUR", 1, -900), ("USD", 0, 100)]


async def test_a_refusal_stays_on_record_and_nothing_can_change_it(world: World, postgres: asyncpg.Connection) -> None:
    refused = Refused("day.ipm: record 3 ...", Cause.BROKEN, 3, 48, "0146", 812, "2 long", FILE_ID, bytes(32))
    await record_refusal(world.connection, shown_name("of 5413330000000027.ipm"), refused, actor="clerk")
    await record_refusal(world.connection, "day.ipm", Refused("day.ipm: is being taken in", Cause.BUSY), actor="clerk")
    (row,) = await world.connection.fetch("select * from report.clearing_refusal")
    assert (row["name"], row["actor"], row["reason"], row["file_id"]) == ("of 541333******0027.ipm", "clerk", "2 long", FILE_ID)
    assert (row["record"], row["element"], row["tag"], row["byte"], row["sha256"]) == (3, 48, "0146", 812, "00" * 32)
    for role in ("cardline_writer", "cardline_owner"):
        await postgres.execute(f"set role {role}")
        for change in ("delete from clearing.refusal", "update clearing.refusal set reason = ''", "truncate clearing.refusal"):
            with pytest.raises(asyncpg.PostgresError, match=r"append-only|permission denied"):
                await postgres.execute(change)
        await postgres.execute("reset role")


async def test_a_flawed_record_posts_with_what_is_sound_of_it_and_one_item_says_what_is_missing(
    world: World, postgres: asyncpg.Connection
) -> None:
    cards = await world.cards(6)
    for number, held in enumerate(cards):
        await world.authorize(held, 1_000, f"MCCF{number:05d}1126")
    names = [f"MCCF{number:05d}1126" for number in range(6)]
    unsigned = message(cards[3], 1_000, names[3])
    del unsigned.elements[3]
    await world.ingest(file_of([
        message(cards[0], 1_000, names[0], pds={"0146": "00"}),
        message(cards[1], 900, names[1], pds={"0146": "00", "0158": "DMC1010401  26139901    NNNNNNN"}, de12="261399101112", de25="1404"),
        message(cards[2], 0, names[2], de25="1402"),
        unsigned,
        message(cards[4], 1_100, names[4], de49="999", de5=f"{1_000:012d}", de50="978"),
        message(cards[5], 1_000, names[5], de2="123"),
    ]))  # fmt: skip
    assert [await world.account(held) for held in cards] == [
        (99_000, 0), (99_100, 0), (100_000, 0), (100_000, 1_000), (100_000, 0), (100_000, 1_000),
    ]  # fmt: skip
    assert await items(world) == [
        ("flawed_record", "2", 1_000),
        ("flawed_record", "3", 900),
        ("unbookable_record", "5", 1_000),
        ("flawed_record", "6", 1_000),
        ("wrong_currency", "6", 1_000),
        ("flawed_record", "7", 1_000),
        ("unknown_card", "7", 1_000),
    ]
    rows = [await world.record(position) for position in range(2, 8)]
    assert [row["status"] for row in rows] == ["posted", "posted", "nothing", "unbookable", "suspense", "suspense"]
    assert [(row["fault"] or "").count("(") for row in rows] == [1, 3, 0, 0, 1, 1]
    assert "ask the network" in rows[0]["fault"]
    said = await world.connection.fetch("select said, fault from report.exception x join report.clearing_record r "
                                        "on x.subject = format('clearing %s/%s', r.file_id, r.position) "
                                        "where x.kind in ('flawed_record', 'unbookable_record')")  # fmt: skip
    assert [row["said"] for row in said] == [row["fault"] for row in said]
    assert await owed(world) == {"EUR": 1_000 + 900 + 1_000 + 1_000}
    resolver = Resolver(world.connection, world.journal)
    item = await world.connection.fetchval("select exception_id from report.exception where kind = 'unbookable_record'")
    refused = await resolver.book_proposal(item, Act("booked", "ada", "4808"))
    assert isinstance(refused, NotDone)
    assert "--write-off" in refused.reason
    assert await resolver.write_off(item, Act("written_off", "ada", "asked the network")) == Done((item,), None)
    assert list(await verify(postgres)) == []


async def test_what_its_items_gave_the_account_is_of_a_payments_effect(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    (held,) = await world.cards(1)
    authorization_id = await world.authorize(held, 1_000, "MCCEFF0011126")
    await world.ingest(file_of([message(held, 2_500, "MCCEFF0011126")]))
    item = await world.connection.fetchval("select exception_id from report.exception")
    assert isinstance(await Resolver(world.connection, world.journal).book_proposal(item, Act("booked", "ada", "4831")), Done)
    told = asyncio.to_thread(explain_payment, world.dsn, str(authorization_id), policy=None, logs=(), as_json=False)
    assert await told == 0
    assert "its posted balance changed by -10.00 EUR." in capsys.readouterr().out
