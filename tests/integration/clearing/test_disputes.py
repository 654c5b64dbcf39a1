"""Disputes that files tell of: recorded on their authorization, a case with a deadline from the moment they are posted."""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from integration.clearing.clearing_world import FILE_ID, HeldCard, World, file_of, message

from clearing.ipm.messages import IpmMessage
from clearing.reconciliation.resolving import Act, Done, NotDone, Resolver
from clearing.reconciliation.running import reconcile
from ledger.verify import verify

ARN, TRACE = "8" * 23, "MCCDIS0011126"
TODAY = datetime.now(UTC).date()
BOOK, GIVE_UP = Act("booked", "ada", "as proposed"), Act("written_off", "ada", "too small to follow")
CONTROL = "CB00000000000000007"


def business(day: date) -> str:
    return f"DMC1010401  {day:%y%m%d}01    NNNNNNN"


def dispute(held: HeldCard, amount: int, *, day: date = TODAY, pds: dict[str, str] | None = None, **elements: str) -> IpmMessage:
    return message(held, amount, TRACE, arn=ARN, pds={"0158": business(day), **(pds or {})}, **elements)


def chargeback(held: HeldCard, amount: int, *, day: date = TODAY, **pds: str) -> IpmMessage:
    code = "453" if "P0268" in pds else "450"
    return dispute(held, amount, day=day, mti="1442", de24=code, de25="4853", de30=f"{1_000:012d}" * 2,
                   pds={"0262": "0", "0241": CONTROL} | {tag.removeprefix("P"): text for tag, text in pds.items()})  # fmt: skip


def second(held: HeldCard, amount: int, *, day: date = TODAY, **elements: str) -> IpmMessage:
    return dispute(held, amount, day=day, de24="205", de25="2700", pds={"0262": "1"}, **elements)


async def item(world: World, kind: str) -> Any:
    (row,) = await world.connection.fetch("select * from report.exception where kind = $1", kind)
    return row


async def case_of(world: World) -> Any:
    (row,) = await world.connection.fetch("select * from report.dispute_case")
    return row


async def balance(world: World, role: str) -> int:
    query = "select coalesce(sum(p.amount), 0) from ledger.posting p join ledger.account a using (account_id) where a.kind = $1"
    return int(await world.connection.fetchval(query, role))


def resolver(world: World) -> Resolver:
    return Resolver(world.connection, world.journal)


async def disputed(world: World, *messages: IpmMessage) -> None:
    """A file of a presentment of 1,000 and what follows it."""
    await world.ingest(file_of(messages))


async def test_a_dispute_is_an_element_of_its_authorization_and_an_item_that_is_due(
    world: World, postgres: asyncpg.Connection
) -> None:
    (held,) = await world.cards(1)
    authorization = await world.authorize(held, 1_000, TRACE)
    day = TODAY - timedelta(days=2)
    part = {"P0268": f"{600:012d}978"}
    await disputed(world, dispute(held, 1_000, day=day), chargeback(held, 600, day=day, **part))
    events = await world.connection.fetch(
        "select kind, amount, journal_id from report.authorization_event where authorization_id = $1 order by sequence",
        authorization,
    )
    assert [tuple(row)[:2] for row in events] == [("authorized", 1_000), ("captured_last", 1_000), ("disputed", 600)]
    raised = await item(world, "chargeback")
    assert (raised["reason"], raised["deadline"], raised["clock_on"]) == ("4853", day + timedelta(days=45), day)
    assert (raised["due_act"], raised["due_by"], raised["owner"], raised["terms"]) == (
        "present_again", "acquirer", "disputes", "2",
    )  # fmt: skip
    case = await case_of(world)
    assert (case["authorization_id"], case["arn"], case["stage"], case["status"]) == (authorization, ARN, "chargeback", "open")
    assert (case["amount"], case["is_partial"], case["control_number"], case["documents"]) == (600, True, CONTROL, "0")
    record = await world.connection.fetchrow("select * from report.dispute_record")
    assert (record["partial_amount"], record["partial_asset"], record["original_amount"], record["journal_id"]) == (
        600, "EUR", 1_000, events[-1]["journal_id"],
    )  # fmt: skip
    assert await verify(postgres) == []


async def test_later_records_of_the_same_presentment_join_its_case(world: World) -> None:
    (held,) = await world.cards(1)
    await world.authorize(held, 1_000, TRACE)
    days = [TODAY - timedelta(days=back) for back in (60, 20, 5)]
    await disputed(
        world, dispute(held, 1_000, day=days[0]), chargeback(held, 1_000, day=days[0]), second(held, 1_000, day=days[1])
    )
    third = dispute(held, 1_000, day=days[2], mti="1442", de24="451", de25="4853", pds={"0262": "1"})
    await world.ingest(file_of([third], "0022611270000020090000002"))
    case = await case_of(world)
    assert (case["records"], case["stage"], case["reason"], case["reason_group"]) == (3, "arbitration_chargeback", "4853", "4853")
    assert (case["opened_on"], case["due_on"], case["due_act"]) == (days[0], days[2] + timedelta(days=45), "arbitration_case")
    late = await world.connection.fetch("select is_overdue from report.exception order by clock_on")
    assert [row["is_overdue"] for row in late] == [True, False, False]
    rows = await world.connection.fetch("select stage, due_on, due_by from report.dispute_record order by clock_on")
    assert [(row["stage"], row["due_on"], row["due_by"]) for row in rows[:2]] == [
        ("chargeback", days[0] + timedelta(days=45), "acquirer"),
        ("second_presentment", days[1] + timedelta(days=45), "issuer"),
    ]


async def test_what_a_second_presentment_takes_is_judged_when_it_is_booked_and_not_when_it_came(world: World) -> None:
    (held,) = await world.cards(1)
    await world.authorize(held, 1_000, TRACE)
    await disputed(world, dispute(held, 1_000), chargeback(held, 1_000), second(held, 1_000))
    assert isinstance(await resolver(world).book_proposal((await item(world, "chargeback"))["exception_id"], BOOK), Done)
    assert (await world.account(held))[0] == 100_000
    assert isinstance(await resolver(world).book_proposal((await item(world, "second_presentment"))["exception_id"], BOOK), Done)
    assert (await world.account(held))[0] == 99_000
    assert [await balance(world, role) for role in ("disputes_payable", "disputes_receivable")] == [0, 0]
    assert (await case_of(world))["status"] == "closed"


async def test_a_second_presentment_that_is_dropped_ends_its_chargeback_which_has_nothing_left_to_give(world: World) -> None:
    (held,) = await world.cards(1)
    await world.authorize(held, 1_000, TRACE)
    await disputed(world, dispute(held, 1_000), chargeback(held, 1_000), second(held, 1_000))
    ids = [(await item(world, kind))["exception_id"] for kind in ("chargeback", "second_presentment")]
    done = await resolver(world).write_off(ids[1], GIVE_UP)
    assert isinstance(done, Done)
    assert set(done.exception_ids) == set(ids)
    refused = await resolver(world).book_proposal(ids[0], BOOK)
    assert isinstance(refused, NotDone)
    assert refused.reason == f"exception {ids[0]} is resolved already, written off by ada"
    assert (await world.account(held))[0] == 99_000
    assert [await balance(world, role) for role in ("disputes_payable", "disputes_receivable")] == [0, 0]


async def test_both_items_of_a_case_resolved_at_once_give_and_take_the_money_once(world: World) -> None:
    (held,) = await world.cards(1)
    await world.authorize(held, 1_000, TRACE)
    await disputed(world, dispute(held, 1_000), chargeback(held, 1_000), second(held, 1_000))
    ids = [(await item(world, kind))["exception_id"] for kind in ("chargeback", "second_presentment")]
    other = await asyncpg.connect(world.dsn, server_settings={"role": "cardline_writer"})
    await asyncio.gather(resolver(world).book_proposal(ids[0], BOOK), Resolver(other, world.journal).book_proposal(ids[1], BOOK))
    await other.close()
    assert [await balance(world, role) for role in ("disputes_payable", "disputes_receivable")] == [0, 0]
    assert (await world.account(held))[0] == 99_000


async def test_a_chargeback_that_was_withdrawn_gives_nobody_anything(world: World, postgres: asyncpg.Connection) -> None:
    (held,) = await world.cards(1)
    authorization = await world.authorize(held, 1_000, TRACE)
    await disputed(world, dispute(held, 1_000), chargeback(held, 1_000), chargeback(held, 1_000, P0025="R261126"))
    chargeback_id = (await item(world, "chargeback"))["exception_id"]
    for refused in (
        await resolver(world).book_proposal(chargeback_id, BOOK),
        await resolver(world).write_off(chargeback_id, GIVE_UP),
    ):
        assert isinstance(refused, NotDone)
        assert "a later record has taken it back" in refused.reason
    await reconcile(world.connection, world.journal, TODAY, key=bytes(range(32)), actor="clerk")
    row = await item(world, "chargeback")
    assert (row["status"], row["resolved_by"]) == ("resolved", "rule withdrawn")
    case = await case_of(world)
    assert (case["stage"], case["due_on"], case["status"]) == ("chargeback_withdrawn", None, "closed")
    kinds = await world.connection.fetch(
        "select kind from report.authorization_event where authorization_id = $1 order by sequence", authorization
    )
    assert [row["kind"] for row in kinds][-2:] == ["disputed", "dispute_withdrawn"]
    assert await balance(world, "disputes_payable") == 0
    assert await verify(postgres) == []


async def test_a_chargeback_withdrawn_after_the_cardholder_was_credited_is_an_item_that_takes_it_back(world: World) -> None:
    (held,) = await world.cards(1)
    await world.authorize(held, 1_000, TRACE)
    await disputed(world, dispute(held, 1_000), chargeback(held, 1_000))
    assert isinstance(await resolver(world).book_proposal((await item(world, "chargeback"))["exception_id"], BOOK), Done)
    await world.ingest(file_of([chargeback(held, 1_000, P0025="R261126")], "0022611270000020090000002"))
    await reconcile(world.connection, world.journal, TODAY, key=bytes(range(32)), actor="clerk")
    raised = await item(world, "dispute_withdrawn")
    assert isinstance(await resolver(world).book_proposal(raised["exception_id"], BOOK), Done)
    assert (await world.account(held))[0] == 99_000
    assert await balance(world, "disputes_payable") == 0


@pytest.mark.parametrize(("kind", "pan"), [("unknown_card", "5413330000009994"), ("unauthorized_presentment", None)])
async def test_a_claim_is_open_until_the_network_clears_its_chargeback_and_nobody_is_credited_twice(
    world: World, kind: str, pan: str | None
) -> None:
    (held,) = await world.cards(1)
    held = held if pan is None else replace(held, pan=pan)
    await disputed(world, dispute(held, 1_000))
    assert isinstance(await resolver(world).book_proposal((await item(world, kind))["exception_id"], BOOK), Done)
    claimed, claim = await item(world, kind), await item(world, "claim_to_send")
    assert (claim["status"], claim["owner"], claim["amount"]) == ("open", "disputes", 1_000)
    for about in ("subject", "reason", "deadline", "due_act", "due_by", "clock_on"):
        assert claim[about] == claimed[about] is not None
    held_by = {role: await balance(world, role) for role in ("disputes_receivable", "suspense", "write_offs")}
    assert held_by == {"disputes_receivable": 1_000, "suspense": 0, "write_offs": 0}
    await world.ingest(file_of([chargeback(held, 1_000)], "0022611270000020090000002"))
    cleared = (await item(world, "chargeback"))["exception_id"]
    await reconcile(world.connection, world.journal, TODAY, key=bytes(range(32)), actor="clerk")
    ended = await item(world, "claim_to_send")
    assert (ended["status"], ended["resolved_by"], ended["resolution_journal_id"]) == ("resolved", "rule charged_back", None)
    assert isinstance(await resolver(world).write_off(cleared, GIVE_UP), NotDone)
    assert isinstance(await resolver(world).book_proposal(cleared, BOOK), Done)
    assert [await balance(world, role) for role in ("disputes_receivable", "disputes_payable", "write_offs")] == [0, 0, 0]
    assert (await world.account(held))[0] == 100_000


async def test_what_was_credited_by_its_chargeback_is_not_credited_again_by_the_item_of_its_presentment(world: World) -> None:
    (held,) = await world.cards(1)
    await disputed(world, dispute(held, 1_000), chargeback(held, 1_000))
    assert isinstance(await resolver(world).book_proposal((await item(world, "chargeback"))["exception_id"], BOOK), Done)
    assert (await world.account(held))[0] == 100_000
    presented = (await item(world, "unauthorized_presentment"))["exception_id"]
    assert isinstance(await resolver(world).book_proposal(presented, BOOK), NotDone)
    assert isinstance(await resolver(world).write_off(presented, GIVE_UP), Done)
    assert (await world.account(held))[0] == 100_000
    assert [await balance(world, role) for role in ("disputes_receivable", "disputes_payable", "write_offs")] == [0, 0, 0]


class Meanwhile:
    """Books that record when somebody else has had half a second to work off another item."""

    def __init__(self, inner: Any, work: Coroutine[Any, Any, Any]) -> None:
        self._inner, self._work = inner, work
        self.other: asyncio.Task[Any]

    async def record(self, command: Any) -> Any:
        self.other = asyncio.create_task(self._work)
        await asyncio.wait({self.other}, timeout=0.5)
        return await self._inner.record(command)


@pytest.mark.parametrize("first", ["chargeback", "unauthorized_presentment"])
async def test_a_chargeback_and_its_presentment_worked_off_at_once_credit_the_cardholder_once(world: World, first: str) -> None:
    (held,) = await world.cards(1)
    await disputed(world, dispute(held, 1_000), chargeback(held, 1_000))
    (last,) = {"chargeback", "unauthorized_presentment"} - {first}
    ids = {kind: (await item(world, kind))["exception_id"] for kind in (first, last)}
    books: Any = Meanwhile(world.journal, Resolver(world.reader, world.journal).book_proposal(ids[last], BOOK))
    assert isinstance(await Resolver(world.connection, books).book_proposal(ids[first], BOOK), Done)
    assert isinstance(await books.other, Done if last == "chargeback" else NotDone)
    assert (await world.account(held))[0] == 100_000


async def test_a_proposal_for_an_account_closed_meanwhile_is_one_clear_line_and_may_be_written_off(
    world: World, postgres: asyncpg.Connection
) -> None:
    held, other = await world.cards(2, balance=1_000)
    await world.authorize(held, 1_000, TRACE)
    await disputed(world, dispute(held, 1_000), chargeback(held, 1_000), message(other, 900, "MCCOTH0011126"))
    await postgres.execute("update ledger.account set status = 'closed' where kind = 'customer'")
    for kind, what in (("chargeback", "disputes_payable"), ("unauthorized_presentment", "disputes_receivable")):
        exception_id = (await item(world, kind))["exception_id"]
        refused = await resolver(world).book_proposal(exception_id, BOOK)
        assert refused == NotDone("its account is closed: write it off")
        assert isinstance(await resolver(world).write_off(exception_id, GIVE_UP), Done)
        assert await balance(world, what) == 0


async def test_an_item_is_given_to_somebody_and_noted_on_and_each_act_is_on_record(world: World) -> None:
    (held,) = await world.cards(1)
    await world.ingest(file_of([message(held, 900, "MCCNOT0011126")]))
    exception_id = (await item(world, "unauthorized_presentment"))["exception_id"]
    assert isinstance(await resolver(world).assign(exception_id, "grace", Act("assigned", "ada", "knows the shop")), Done)
    assert isinstance(await resolver(world).note(exception_id, Act("noted", "grace", "the shop has been asked")), Done)
    row = await item(world, "unauthorized_presentment")
    assert (row["owner"], row["status"], row["resolved_by"]) == ("grace", "open", None)
    assert isinstance(await resolver(world).write_off(exception_id, GIVE_UP), Done)
    refused = await resolver(world).assign(exception_id, "ada", Act("assigned", "ada", "too late"))
    assert isinstance(refused, NotDone)
    assert isinstance(await resolver(world).note(exception_id, Act("noted", "ada", "seen by the auditor")), Done)
    assert (await item(world, "unauthorized_presentment"))["resolved_by"] == "ada"
    acts = await world.connection.fetch("select act, actor from report.exception_act order by sequence")
    assert [tuple(act) for act in acts] == [
        ("assigned", "ada"), ("noted", "grace"), ("written_off", "ada"), ("noted", "ada"),
    ]  # fmt: skip
    audited = await world.connection.fetchval("select count(*) from report.audit where subject = $1", f"exception {exception_id}")
    assert audited == 4


async def test_what_is_on_record_of_a_dispute_cannot_be_changed(world: World, postgres: asyncpg.Connection) -> None:
    (held,) = await world.cards(1)
    await world.ingest(file_of([chargeback(held, 500)]))
    for role in ("cardline_writer", "cardline_owner"):
        await postgres.execute(f"set role {role}")
        for change in ("delete from clearing.dispute_record", "update clearing.dispute_record set due_on = null"):
            with pytest.raises(asyncpg.PostgresError, match=r"append-only|permission denied"):
                await postgres.execute(change)
        await postgres.execute("reset role")


async def test_the_file_id_names_a_dispute_that_has_no_reference(world: World) -> None:
    (held,) = await world.cards(1)
    lone = chargeback(held, 500)
    del lone.elements[31]
    await world.ingest(file_of([lone]))
    assert (await case_of(world))["case_name"] == f"{FILE_ID}/2"
