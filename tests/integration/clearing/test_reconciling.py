"""Reconciliations on a real database: a day's files of the simulator against our own books, found, worked off, found again."""

import asyncio
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from ledger_samples import authorize
from unit.simulator.settlement.conftest import payment

from authorizer.pan import Pan
from authorizer.tokens import Tokenizer
from cardline.network.seed import Silent
from clearing.errors import NotPosted
from clearing.intake.keeping import keep
from clearing.intake.proving import ProvedFile, proved
from clearing.ipm.reader import IpmReader, IpmRecord
from clearing.posting import Desk, post_file
from clearing.reconciliation.resolving import Act, Done, NotDone, Resolver
from clearing.reconciliation.running import Run, reconcile
from clearing.rematching import Mandate, rematch
from clearing.settlement.keeping import Kept, book_entries, keep_statements
from ledger.cards import NewCard, open_cards
from ledger.commands import Single
from ledger.journal import Journal
from ledger.money import ASSETS
from simulator.settlement.clearing_file import written as written_file
from simulator.settlement.disagreements import Disagreement
from simulator.settlement.evening import EveningPlan, evening
from simulator.settlement.played import Origin, PlayedTransaction

KEY = bytes(range(32))
DAY = datetime.now(UTC).date()
PAYMENTS = [payment(number) for number in (1, 2, 3)]
BOOK, GIVE_UP = Act("booked", "ada", "4808 charged back"), Act("written_off", "ada", "too small to follow")


@dataclass
class Office:
    """What a reconciliation is made from, with the cards of the payments opened. None of them was authorized."""

    connection: asyncpg.Connection
    reader: asyncpg.Connection
    journal: Journal
    tokenizer: Tokenizer

    async def clear(self, *wrong: Disagreement, without: str = "nothing", more: tuple[PlayedTransaction, ...] = ()) -> None:
        """Takes in the files of an evening but those `without` names; `more` payments beside the usual ones."""
        for name, content in evening([*PAYMENTS, *more], EveningPlan(1, DAY, wrong)).files.items():
            if name.startswith(without):
                continue
            if name.endswith(".ipm"):
                await self.take(name, content)
            elif name.endswith(".xml"):
                await self.pay(content)

    async def take(self, name: str, content: bytes) -> None:
        proof = proved(io.BytesIO(content), name)
        assert isinstance(proof, ProvedFile)
        await keep(self.connection, proof, io.BytesIO(content), key=KEY, actor="clerk")
        await post_file(Desk(self.connection, self.reader, self.journal, self.tokenizer, KEY), proof.file_id)

    async def take_settled_off(self, more: int) -> None:
        """The clearing file alone, its first payment settled by so much more than is billed."""
        for name, content in evening(PAYMENTS, EveningPlan(1, DAY, ())).files.items():
            if name.startswith("clearing-"):
                await self.take(name, settled_off(content, PAYMENTS[0].amount.minor, more))

    async def pay(self, content: bytes) -> None:
        kept = await keep_statements(self.connection, content, "day.xml", key=KEY, actor="clerk", accounts={})
        assert isinstance(kept, Kept)
        await book_entries(self.connection, self.journal)

    async def run(self, day: date = DAY) -> Run:
        return await reconcile(self.connection, self.journal, day, key=KEY, actor="clerk")

    async def item(self, kind: str) -> Any:
        (row,) = await self.connection.fetch("select * from report.exception where kind = $1", kind)
        return row

    async def balance(self, role: str) -> int:
        """Debit positive, as posted."""
        query = (
            "select coalesce(sum(p.amount), 0) from ledger.posting p join ledger.account a using (account_id) where a.kind = $1"
        )
        return int(await self.connection.fetchval(query, role))

    async def authorized(self, number: int, *, trace_id: str | None = None, single: Single | None = None, days: int = 7) -> int:
        """An authorization, approved, of the card of the payment with this number; its id."""
        account = "select c.account_id from ledger.card c where c.pan_token = $1"
        token = self.tokenizer.token(Pan(payment(number).pan))
        asked = authorize(
            f"payment {number} {single}", payment(number).amount.minor, trace_id=trace_id, single=single, lifetime_days=days,
            account_id=await self.connection.fetchval(account, token), at=datetime.now(UTC),
        )  # fmt: skip
        outcome = await self.journal.record(asked)
        assert outcome.authorization_id is not None
        return outcome.authorization_id

    @property
    def resolver(self) -> Resolver:
        return Resolver(self.connection, self.journal)


@pytest.fixture
async def office(postgres_dsn: str) -> AsyncIterator[Office]:
    pool = await asyncpg.create_pool(postgres_dsn, min_size=1, max_size=2, server_settings={"role": "cardline_writer"})
    journal = Journal(postgres_dsn, Silent())
    await journal.start()
    tokenizer = Tokenizer(KEY)
    cards = [NewCard(tokenizer.token(Pan(one.pan)), one.masked_pan, "2912", "00", "1234", 50_000) for one in PAYMENTS]
    await open_cards(pool, journal, ASSETS["EUR"], cards, actor="tester")
    async with pool.acquire() as connection, pool.acquire() as reader:
        yield Office(connection, reader, journal, tokenizer)
    await journal.close()
    await pool.close()


def kinds(run: Run) -> list[tuple[str, int | None]]:
    return [(one.kind, one.amount) for one in run.open]


FORCED = [("unauthorized_presentment", one.amount.minor) for one in PAYMENTS]
"""What every run finds of the day, for nobody has authorized it; the totals agree."""


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


async def test_totals_that_are_wrong_are_found_worked_off_and_explain_the_settlement_account(office: Office) -> None:
    await office.clear(Disagreement.POSITION_DIFFERS, Disagreement.BANK_DIFFERS)
    assert kinds(await office.run())[3:] == [("position_differs", -1_000), ("bank_differs", -1_000)]
    assert await office.balance("network_settlement") == 2_000
    for kind in ("position_differs", "bank_differs"):
        done = await office.resolver.book_proposal((await office.item(kind))["exception_id"], BOOK)
        assert isinstance(done, Done)
        row = await office.item(kind)
        assert (row["status"], row["resolution_journal_id"], row["resolved_by"]) == ("resolved", done.journal_id, "ada")
    assert await office.balance("network_settlement") == 0
    later = await office.run()
    assert (kinds(later), later.is_repeat) == (FORCED, False)
    audited = await office.connection.fetch("select actor, reason from report.audit where action = 'exception_booked'")
    assert [tuple(row) for row in audited] == [("ada", "4808 charged back")] * 2


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
    assert (await office.balance("rounding"), await office.balance("suspense")) == (1, 0)


async def test_a_difference_that_nothing_explains_waits_in_suspense_until_somebody_decides(office: Office) -> None:
    await office.take_settled_off(250)
    found = await office.run()
    assert ("settled_otherwise", 250) in kinds(found)
    assert (await office.balance("suspense"), await office.balance("write_offs")) == (250, 0)
    item = await office.item("settled_otherwise")
    assert isinstance(await office.resolver.book_proposal(item["exception_id"], BOOK), Done)
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


def settled_off(content: bytes, minor: int, more: int) -> bytes:
    """The clearing file with one presentment of so much settled by more than it is billed (DE 5)."""
    messages = [one.message for one in IpmReader(io.BytesIO(content)) if isinstance(one, IpmRecord)]
    (changed,) = [one for one in messages if one.text(4, "0") == f"{minor:012d}"]
    changed.elements[5] = f"{minor + more:012d}"
    return written_file(messages, EveningPlan(1, DAY).form)


async def test_a_match_by_hand_settles_the_item_of_its_record(office: Office) -> None:
    authorization_id = await office.authorized(1, trace_id="MCCOTHER11126")
    await office.clear()
    await office.run()
    (item,) = await office.connection.fetch("select exception_id, subject from report.exception where amount = 1010")
    file_id, position = item["subject"].removeprefix("clearing ").split("/")
    await rematch(office.connection, office.journal, (file_id, int(position)), authorization_id, Mandate("ada", "the same shop"))
    refused = await office.resolver.book_proposal(item["exception_id"], BOOK)
    assert isinstance(refused, NotDone)
    assert "matched by hand" in refused.reason
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
