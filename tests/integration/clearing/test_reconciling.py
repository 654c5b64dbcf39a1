"""Reconciliations on a real database: a day's files of the simulator against our own books, found, worked off, found again."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from integration.clearing.office import (
    BOOK,
    DAY,
    FORCED,
    GIVE_UP,
    KEY,
    PAYMENTS,
    Office,
    kinds,
    renamed,
    settled_off,
    undated,
)
from unit.simulator.settlement.conftest import payment

from clearing.errors import NotPosted
from clearing.reconciliation.findings import result_hash
from clearing.reconciliation.resolving import Act, Done, NotDone, Resolver
from clearing.reconciliation.running import reconcile
from clearing.rematching import Mandate, rematch
from clearing.settlement.keeping import keep_statements
from clearing.statements import statement
from ledger.commands import Single
from simulator.settlement.disagreements import Disagreement
from simulator.settlement.evening import EveningPlan, evening
from simulator.settlement.played import Origin


async def test_the_same_inputs_are_one_run_with_one_result_and_each_item_once(office: Office) -> None:
    await office.clear()
    first, again = await office.run(), await office.run()
    assert kinds(first) == FORCED
    assert (again.run_id, again.is_repeat, again.is_same) == (first.run_id, True, True)
    assert await office.balance("network_settlement") == 0
    items = await office.connection.fetch("select kind, owner, reason, deadline from report.exception")
    assert [tuple(row)[:3] for row in items] == [("unauthorized_presentment", "disputes", "4808")] * 3
    inputs = await office.connection.fetch("select kind from clearing.run_input order by kind")
    assert [row["kind"] for row in inputs] == ["bank_statement", "books", "clearing_file", "position_file"]


async def test_a_second_cycle_is_awaited_file_by_file_and_every_run_stays_with_what_it_read(office: Office) -> None:
    await office.clear()
    runs = [await office.run()]
    closing = await office.connection.fetchval("select closing from clearing.bank_statement")
    second = EveningPlan(1, DAY, (Disagreement.BANK_DIFFERS,), cycle=2, opening={"978": closing})
    timing = []
    for name, content in evening(PAYMENTS, second).files.items():
        if name.endswith(".ipm"):
            await office.take(name, content)
        elif name.endswith(".xml"):
            await office.pay(content)
        else:
            continue
        first, again = await office.run(), await office.run()
        assert (again.run_id, again.is_repeat, again.is_same, first.is_repeat) == (first.run_id, True, True, False)
        runs.append(first)
        timing.append([(one.kind, one.subject[-7:]) for one in first.findings if one.rule])
    assert timing == [[("position_missing", "cycle 2")], [], []]
    assert (await office.item("bank_entry_missing"))["resolved_by"] == "rule timing"
    (wrong,) = [one for one in runs[-1].open if one.kind == "bank_differs"]
    assert wrong.subject == f"settlement EUR0000001 EUR of {DAY} cycle 2"
    stored = await office.connection.fetch("select run_id, result from report.reconciliation_run order by 1")
    assert [tuple(row.values()) for row in stored] == [(one.run_id, result_hash(one.findings).hex()) for one in runs]


async def test_totals_that_are_wrong_are_found_worked_off_and_explain_the_settlement_account(office: Office) -> None:
    await office.clear(Disagreement.POSITION_DIFFERS, Disagreement.BANK_DIFFERS)
    assert kinds(await office.run())[3:] == [("position_differs", -1_000), ("bank_differs", -1_000)]
    assert await office.balance("network_settlement") == 2_000
    for kind in ("position_differs", "bank_differs"):
        exception_id = (await office.item(kind))["exception_id"]
        refused = await office.resolver.book_proposal(exception_id, BOOK)
        assert refused == NotDone("its journal is a write-off, nobody is asked for the money: use --write-off")
        done = await office.resolver.write_off(exception_id, GIVE_UP)
        assert isinstance(done, Done)
        row = await office.item(kind)
        assert (row["status"], row["resolution_journal_id"], row["resolved_by"]) == ("resolved", done.journal_id, "ada")
    assert await office.balance("network_settlement") == 0
    later = await office.run()
    assert (kinds(later), later.is_repeat) == (FORCED, False)
    audited = await office.connection.fetch("select actor, reason from report.audit where action = 'exception_written_off'")
    assert [tuple(row) for row in audited] == [("ada", "too small to follow")] * 2


async def test_what_cannot_be_booked_ends_with_its_reason_and_its_money_with_the_files_position(
    office: Office,
) -> None:
    for name, content in evening(PAYMENTS, EveningPlan(1, DAY, ())).files.items():
        if name.startswith("clearing-"):
            await office.take(name, undated(content, without_direction=PAYMENTS[0].amount.minor))
    await office.clear(without="clearing-")
    found, lost = await office.run(), PAYMENTS[0].amount.minor
    assert kinds(found) == [("unbookable_record", lost), *FORCED[1:], ("position_differs", 2 - lost)]  # 2 is its interchange
    assert {one.business_date for one in found.facts.items} == {DAY}
    for kind in ("unbookable_record", "position_differs"):
        done = await office.resolver.write_off((await office.item(kind))["exception_id"], GIVE_UP)
        assert isinstance(done, Done)
        assert (done.journal_id is None) is (kind == "unbookable_record")
    assert kinds(await office.run()) == FORCED[1:]
    assert await office.balance("network_settlement") == 0


async def test_what_comes_late_settles_by_rule_and_no_item_is_left_of_it(office: Office) -> None:
    await office.clear(without="statement")
    early = await office.run()
    assert kinds(early) == FORCED
    assert [(one.kind, one.rule) for one in early.findings if one.rule] == [("bank_entry_missing", "timing")]
    statements = {n: c for n, c in evening(PAYMENTS, EveningPlan(1, DAY, ())).files.items() if n.endswith(".xml")}
    await office.pay(*statements.values())
    assert [one.rule for one in (await office.run()).findings] == [None] * 3


async def test_an_item_that_later_files_explain_resolves_itself(office: Office) -> None:
    await office.clear(without="clearing")
    assert [kind for kind, _ in kinds(await office.run())] == ["position_differs"]
    await _clear_only(office)
    assert kinds(await office.run()) == FORCED
    row = await office.item("position_differs")
    assert (row["status"], row["act"], row["resolved_by"]) == ("resolved", "settled_itself", "rule timing")
    for name, content in evening(PAYMENTS, EveningPlan(1, DAY, ())).files.items():
        if name.startswith("positions"):
            await office.take(name, renamed(content))
    found = await office.run()
    assert [kind for kind, _ in kinds(found)[3:]] == ["position_differs", "bank_differs"]
    assert found.open[3].amount == row["amount"], "what settled itself has come back"


async def _clear_only(office: Office) -> None:
    for name, content in evening(PAYMENTS, EveningPlan(1, DAY, ())).files.items():
        if name.startswith("clearing-"):
            await office.take(name, content)


async def test_a_claim_gives_the_cardholder_the_money_once_whoever_acts(office: Office, postgres_dsn: str) -> None:
    await office.clear()
    await office.run()
    (item, *_) = await office.connection.fetch("select exception_id, amount from report.exception order by exception_id")
    other = await asyncpg.connect(postgres_dsn, server_settings={"role": "cardline_writer"})
    outcomes = await asyncio.gather(
        office.resolver.book_proposal(item["exception_id"], BOOK),
        Resolver(other, office.journal).write_off(item["exception_id"], GIVE_UP),
    )
    await other.close()
    assert sorted(type(one).__name__ for one in outcomes) == ["Done", "NotDone"]
    (refused,) = [one for one in outcomes if isinstance(one, NotDone)]
    assert "is resolved already" in refused.reason
    moved = await office.balance("disputes_receivable") + await office.balance("write_offs")
    assert moved == item["amount"]


async def test_what_was_booked_and_not_written_down_is_found_and_nothing_else_may_be_booked(
    office: Office, superuser_dsn: str
) -> None:
    await office.clear()
    await office.run()
    (item, *_) = await office.connection.fetch("select exception_id from report.exception order by exception_id")
    done = await office.resolver.book_proposal(item["exception_id"], BOOK)
    assert isinstance(done, Done)
    breaker = await asyncpg.connect(superuser_dsn, server_settings={"session_replication_role": "replica"})
    await breaker.execute("update ledger.exception set status = 'open', resolution_journal_id = null")
    await breaker.execute("delete from clearing.exception_act")
    await breaker.close()
    refused = await office.resolver.write_off(item["exception_id"], GIVE_UP)
    assert isinstance(refused, NotDone)
    assert "something else was booked" in refused.reason
    assert await office.resolver.book_proposal(item["exception_id"], BOOK) == done


async def test_a_charge_nobody_can_explain_is_matched_with_the_payment_that_is_missing(office: Office) -> None:
    await office.clear(without="statement")
    (text,) = [c for n, c in evening(PAYMENTS, EveningPlan(1, DAY, ())).files.items() if n.endswith(".xml")]
    await office.pay(text.replace(b"EUR0000001", b"SOMETHING"))
    found = await office.run()
    missing, unknown = found.open[3:]
    assert (missing.kind, unknown.kind) == ("bank_entry_missing", "bank_entry_unknown")
    ids = [(await office.item(kind))["exception_id"] for kind in ("bank_entry_unknown", "bank_entry_missing")]
    assert isinstance(await office.resolver.book_proposal(ids[1], BOOK), NotDone)
    done = await office.resolver.match(*ids, Act("matched", "ada", "the bank has confirmed it"))
    assert isinstance(done, Done)
    assert (await office.balance("suspense"), await office.balance("network_settlement")) == (0, 0)
    assert kinds(await office.run()) == FORCED


async def test_a_match_that_was_refused_binds_neither_item(office: Office) -> None:
    await office.clear(Disagreement.POSITION_DIFFERS, Disagreement.BANK_DIFFERS)
    await office.run()
    ids = [(await office.item(kind))["exception_id"] for kind in ("position_differs", "bank_differs")]
    assert isinstance(await office.resolver.match(*ids, Act("matched", "ada", "the same")), NotDone)
    assert await office.connection.fetchval("select count(*) from clearing.match_intent") == 0
    assert [type(await office.resolver.write_off(one, GIVE_UP)) for one in ids] == [Done, Done]
    assert await office.balance("network_settlement") == 0


async def test_a_match_that_was_meant_and_never_booked_leaves_its_items_to_be_ended_apart(office: Office) -> None:
    await office.clear(without="statement")
    (text,) = [c for n, c in evening(PAYMENTS, EveningPlan(1, DAY, ())).files.items() if n.endswith(".xml")]
    await office.pay(text.replace(b"EUR0000001", b"SOMETHING"))
    await office.run()
    ids = [(await office.item(kind))["exception_id"] for kind in ("bank_entry_missing", "bank_entry_unknown")]
    for one, other in (ids, ids[::-1]):
        await office.connection.execute("insert into clearing.match_intent values ($1, $2, 'ada')", one, other)
    assert [type(await office.resolver.write_off(one, GIVE_UP)) for one in ids] == [Done, Done]
    assert (await office.balance("suspense"), await office.balance("network_settlement")) == (0, 0)
    assert kinds(await office.run()) == FORCED


async def test_single_messages_are_settled_without_a_presentment(office: Office) -> None:
    single = payment(3, origin=Origin.SINGLE_MESSAGE)
    await office.clear(more=(single,))
    assert ("position_differs", -single.amount.minor) in kinds(await office.run())
    await office.authorized(3, single=Single.DEBIT)
    assert kinds(await office.run()) == FORCED
    assert await office.balance("network_settlement") == 0


async def test_a_rounding_is_booked_with_its_record_and_is_nothing_for_anybody(office: Office) -> None:
    await office.take_settled_off(1)
    for _ in range(2):
        run = await office.run()
        assert [kind for kind, _ in kinds(run)] == ["unauthorized_presentment"] * 3
        assert [(one.kind, one.amount) for one in run.findings if one.rule == "rounding"] == [("rounded", -1)]
    assert (await office.balance("rounding"), await office.balance("suspense")) == (1, 0)


async def test_a_rounding_that_the_books_refused_is_an_item_whose_journal_is_booked_once(
    office: Office, postgres: asyncpg.Connection
) -> None:
    await postgres.execute("update ledger.account set status = 'closed' where kind = 'rounding'")
    await office.take_settled_off(1)
    await postgres.execute("update ledger.account set status = 'open' where kind = 'rounding'")
    assert ("rounding", -1) in kinds(await office.run())
    assert isinstance(await office.resolver.book_proposal((await office.item("rounding"))["exception_id"], BOOK), Done)
    for _ in range(2):
        assert [kind for kind, _ in kinds(await office.run())] == ["unauthorized_presentment"] * 3
    assert await office.balance("rounding") == 1


async def test_a_difference_that_nothing_explains_waits_in_suspense_until_somebody_decides(office: Office) -> None:
    await office.take_settled_off(250)
    found = await office.run()
    assert ("settled_otherwise", 250) in kinds(found)
    assert (await office.balance("suspense"), await office.balance("write_offs")) == (250, 0)
    item = await office.item("settled_otherwise")
    assert isinstance(await office.resolver.write_off(item["exception_id"], GIVE_UP), Done)
    assert (await office.balance("suspense"), await office.balance("write_offs")) == (0, 250)
    assert ("settled_otherwise", 250) not in kinds(await office.run())


async def test_an_authorization_that_is_never_presented_is_an_item_until_it_is_presented_late(office: Office) -> None:
    late = DAY + timedelta(days=10)
    authorization_id = await office.authorized(1, trace_id=PAYMENTS[0].trace_id.strip())
    waiting = await office.run()
    assert [(one.kind, one.rule) for one in waiting.findings] == [("awaiting_presentment", "timing")]
    found = await office.run(late)
    assert [(one.kind, one.subject, one.amount) for one in found.open] == [
        ("not_presented", f"authorization {authorization_id}", PAYMENTS[0].amount.minor)
    ]
    await office.clear()
    await office.run(late)
    row = await office.item("not_presented")
    assert (row["status"], row["resolved_by"]) == ("resolved", "rule late_presentment")


async def test_a_match_by_hand_settles_the_item_of_its_record(office: Office) -> None:
    authorization_id = await office.authorized(1, trace_id="MCCOTHER11126")
    await office.clear()
    await office.run()
    (item,) = await office.connection.fetch("select exception_id, subject from report.exception where amount = 1010")
    file_id, position = item["subject"].removeprefix("clearing ").split("/")
    await rematch(office.connection, office.journal, (file_id, int(position)), authorization_id, Mandate("ada", "the same shop"))
    refused = await office.resolver.book_proposal(item["exception_id"], BOOK)
    assert isinstance(refused, NotDone)
    assert "resolved already, settled itself by rule matched_by_hand" in refused.reason
    assert kinds(await office.run()) == FORCED[1:]
    row = await office.connection.fetchrow(
        "select status, act from report.exception where exception_id = $1", item["exception_id"]
    )
    assert tuple(row) == ("resolved", "settled_itself")


async def test_a_date_whose_file_is_only_partly_in_the_books_is_not_reconciled(office: Office, superuser_dsn: str) -> None:
    await office.clear()
    breaker = await asyncpg.connect(superuser_dsn, server_settings={"session_replication_role": "replica"})
    await breaker.execute("delete from clearing.posted_chunk")
    await breaker.close()
    with pytest.raises(NotPosted, match="is in the books up to message 0 of 5"):
        await office.run()
    assert await office.connection.fetchval("select count(*) from clearing.run") == 0


async def test_a_date_is_not_reconciled_while_a_file_is_kept_and_not_begun(office: Office) -> None:
    await office.clear(without="clearing")
    (content,) = [c for name, c in evening(PAYMENTS, EveningPlan(1, DAY, ())).files.items() if name.startswith("clearing")]
    file_id = await office.keep("clearing.ipm", content)
    with pytest.raises(NotPosted, match=rf"{file_id} may be of this date and is not posted to its end.* message 0 of 5"):
        await office.run()
    assert await office.connection.fetchval("select count(*) from clearing.run") == 0


async def test_an_item_is_opened_and_resolved_and_nothing_else(office: Office, postgres: asyncpg.Connection) -> None:
    await office.clear()
    await office.run()
    for change in ("update ledger.exception set amount = 1", "delete from ledger.exception", "delete from clearing.finding"):
        with pytest.raises(asyncpg.PostgresError, match=r"append-only|opened and resolved"):
            await postgres.execute(change)
    (item, *_) = await office.connection.fetch("select exception_id from report.exception order by exception_id")
    await office.resolver.write_off(item["exception_id"], GIVE_UP)
    with pytest.raises(asyncpg.PostgresError, match="opened and resolved"):
        await postgres.execute("update ledger.exception set status = 'open' where status = 'resolved'")


async def test_what_is_worked_off_the_day_after_puts_right_the_date_that_it_is_of(office: Office) -> None:
    yesterday = DAY - timedelta(days=1)
    await office.clear(Disagreement.POSITION_DIFFERS, Disagreement.BANK_DIFFERS, without="clearing", day=yesterday)
    plan = EveningPlan(1, yesterday, (Disagreement.POSITION_DIFFERS, Disagreement.BANK_DIFFERS))
    for name, content in evening(PAYMENTS, plan).files.items():
        if name.startswith("clearing-"):
            await office.take(name, settled_off(content, PAYMENTS[0].amount.minor, 1))
    assert [kind for kind, _ in kinds(await office.run(yesterday))][3:] == ["position_differs", "bank_differs"]
    for kind in ("position_differs", "bank_differs"):
        assert isinstance(await office.resolver.write_off((await office.item(kind))["exception_id"], GIVE_UP), Done)
    assert kinds(again := await office.run(yesterday)) == FORCED
    assert kinds(await office.run()) == []
    assert (await office.run(yesterday)).run_id == again.run_id
    dates = await office.connection.fetch(
        "select distinct value_date from report.journal where kind in ('difference', 'rounding')"
    )
    assert [row["value_date"] for row in dates] == [yesterday]


class Meanwhile:
    """A connection on which somebody else does something just before a statement."""

    def __init__(self, connection: Any, before: str, work: Callable[[], Awaitable[None]]) -> None:
        self._connection, self._before, self._work = connection, before, work

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._connection, name)
        if name != "fetch":
            return found

        async def fetch(query: str, *arguments: Any) -> Any:
            if query == self._before:
                self._before = ""
                await self._work()
            return await found(query, *arguments)

        return fetch


@pytest.mark.parametrize("late", ["clearing", "positions", "statement"])
async def test_what_comes_while_a_date_is_read_is_not_half_of_its_run(office: Office, postgres_dsn: str, late: str) -> None:
    await office.clear(without=late)
    other = await asyncpg.connect(postgres_dsn, server_settings={"role": "cardline_writer"})
    (content,) = [c for name, c in evening(PAYMENTS, EveningPlan(1, DAY, ())).files.items() if name.startswith(late)]

    async def arrive() -> None:
        if late == "statement":
            await keep_statements(other, content, "day.xml", key=KEY, actor="clerk", accounts={})
        else:
            await replace(office, connection=other).take(f"{late}.ipm", content)

    disturbed = Meanwhile(office.connection, statement("unpresented"), arrive)
    with pytest.raises(NotPosted, match="came meanwhile"):
        await reconcile(disturbed, office.journal, DAY, key=KEY, actor="clerk")
    await other.close()
    assert await office.connection.fetchval("select count(*) from clearing.run") == 0
    assert kinds(await office.run()) == FORCED
