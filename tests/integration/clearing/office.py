"""A back office on a real database: a day's files of the simulator against our own books."""

import io
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import asyncpg
from ledger_samples import authorize
from unit.simulator.settlement.conftest import payment

from authorizer.pan import Pan
from authorizer.tokens import Tokenizer
from clearing.desk import Desk
from clearing.intake.keeping import keep
from clearing.intake.proving import ProvedFile, proved
from clearing.ipm.reader import IpmReader, IpmRecord
from clearing.posting import post_file
from clearing.reconciliation.resolving import Act, Resolver
from clearing.reconciliation.running import Run, reconcile
from clearing.settlement.keeping import Kept, book_entries, keep_statements
from ledger.commands import Single
from ledger.journal import Journal
from simulator.settlement.clearing_file import written as written_file
from simulator.settlement.disagreements import Disagreement
from simulator.settlement.evening import EveningPlan, evening
from simulator.settlement.played import PlayedTransaction

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

    async def clear(
        self, *wrong: Disagreement, without: str = "nothing", more: tuple[PlayedTransaction, ...] = (), day: date = DAY
    ) -> None:
        """Takes in the files of an evening but those `without` names; `more` payments beside the usual ones."""
        for name, content in evening([*PAYMENTS, *more], EveningPlan(1, day, wrong)).files.items():
            if name.startswith(without):
                continue
            if name.endswith(".ipm"):
                await self.take(name, content)
            elif name.endswith(".xml"):
                await self.pay(content)

    async def take(self, name: str, content: bytes) -> None:
        file_id = await self.keep(name, content)
        await post_file(Desk(self.connection, self.reader, self.journal, self.tokenizer, KEY), file_id)

    async def keep(self, name: str, content: bytes) -> str:
        """Kept and not begun to be posted; its id."""
        proof = proved(io.BytesIO(content), name)
        assert isinstance(proof, ProvedFile)
        await keep(self.connection, proof, io.BytesIO(content), key=KEY, actor="clerk")
        return proof.file_id

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


def kinds(run: Run) -> list[tuple[str, int | None]]:
    return [(one.kind, one.amount) for one in run.open]


FORCED = [("unauthorized_presentment", one.amount.minor) for one in PAYMENTS]
"""What every run finds of the day, for nobody has authorized it; the totals agree."""


def paid_on(positions: bytes, day: date) -> bytes:
    """The positions file with another settlement date (PDS 0359): the bank pays them on that day."""
    messages = [one.message for one in IpmReader(io.BytesIO(positions)) if isinstance(one, IpmRecord)]
    for one in messages:
        if (text := one.pds.get("0359")) is not None:
            one.pds["0359"] = f"{text[:59]}{day:%y%m%d}{text[65:]}"
    return written_file(messages, EveningPlan(1, DAY).form)


def reconciled_on(clearing: bytes, minor: int, day: date) -> bytes:
    """The clearing file with the presentment of so much settled by the network on another date (PDS 0159), in its first cycle."""
    messages = [one.message for one in IpmReader(io.BytesIO(clearing)) if isinstance(one, IpmRecord)]
    (changed,) = [one for one in messages if one.text(4, "0") == f"{minor:012d}"]
    text = changed.pds["0159"]
    changed.pds["0159"] = f"{text[:51]}{day:%y%m%d}01{text[59:]}"
    return written_file(messages, EveningPlan(1, DAY).form)


def renamed(content: bytes) -> bytes:
    """The same file under another file id (PDS 0105)."""
    messages = [one.message for one in IpmReader(io.BytesIO(content)) if isinstance(one, IpmRecord)]
    for one in (messages[0], messages[-1]):
        one.pds["0105"] = f"{one.pds['0105'][:-1]}9"
    return written_file(messages, EveningPlan(1, DAY).form)


def settled_off(content: bytes, minor: int, more: int) -> bytes:
    """The clearing file with one presentment of so much settled by so much more than it is billed (DE 5)."""
    messages = [one.message for one in IpmReader(io.BytesIO(content)) if isinstance(one, IpmRecord)]
    (changed,) = [one for one in messages if one.text(4, "0") == f"{minor:012d}"]
    changed.elements[5] = f"{minor + more:012d}"
    return written_file(messages, EveningPlan(1, DAY).form)


def undated(content: bytes, *, without_direction: int) -> bytes:
    """The clearing file without any business date (PDS 0158), and its presentment of so much without DE 3."""
    messages = [one.message for one in IpmReader(io.BytesIO(content)) if isinstance(one, IpmRecord)]
    for one in messages:
        one.pds.pop("0158", None)
        if one.text(4, "0") == f"{without_direction:012d}":
            del one.elements[3]
    return written_file(messages, EveningPlan(1, DAY).form)
