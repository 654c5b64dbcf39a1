"""Cards, authorizations and clearing files on a real database, and a process that posts a file and is killed on the way."""

import io
import itertools
import os
import random
import signal
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
from ipm_samples import day_file, presentment

from authorizer.pan import Pan, luhn_check_digit
from authorizer.tokens import Tokenizer
from cardline.network.seed import Silent
from cardline.settling.tolerances import load_tolerances
from clearing import posting
from clearing.desk import Desk, Summary
from clearing.intake.keeping import AlreadyTaken, Taken, keep
from clearing.intake.proving import ProvedFile, proved
from clearing.ipm.characters import CharacterSet
from clearing.ipm.framing import Framing
from clearing.ipm.messages import IpmMessage
from clearing.ipm.recognition import FileForm
from clearing.posting import post_file
from ledger.cards import NewCard, OpenedCard, open_cards
from ledger.commands import Advise, Answer, Answers, Authorize, RepeatKey, Request, Reverse, Single
from ledger.journal import Journal
from ledger.money import ASSETS

KEY = bytes(range(32))
TOKENIZER = Tokenizer(bytes(32))
TOLERANCES = load_tolerances()
FORM = FileForm(Framing.BLOCKED, CharacterSet.CP500)
FILE_ID = "0022611260000020090000001"
HERE = Path(__file__)
_numbers = itertools.count(1)


@dataclass(frozen=True)
class HeldCard:
    """A card with its number in clear; test range only."""

    pan: str
    card: OpenedCard


@dataclass
class World:
    """What a test plays with. `connection` is the writer's."""

    dsn: str
    connection: asyncpg.Connection
    reader: asyncpg.Connection
    journal: Journal
    pool: asyncpg.Pool

    @property
    def desk(self) -> Desk:
        return Desk(self.connection, self.reader, self.journal, TOKENIZER, KEY, tolerances=TOLERANCES)

    async def cards(self, count: int, balance: int = 100_000) -> list[HeldCard]:
        payloads = [f"541333{next(_numbers):09d}" for _ in range(count)]
        pans = [payload + luhn_check_digit(payload) for payload in payloads]
        new = [NewCard(TOKENIZER.token(Pan(p)), Pan(p).masked, "2912", "00", "1234", balance) for p in pans]
        opened = await open_cards(self.pool, self.journal, ASSETS["EUR"], new, actor="tester")
        return [HeldCard(pan, card) for pan, card in zip(pans, opened, strict=True)]

    async def authorize(
        self, held: HeldCard, amount: int, trace: str, *, rrn: str | None = None, single: Single | None = None
    ) -> int:
        """Its id."""
        request = _request(held, amount, trace, "0200" if single else "0100", rrn)
        command = Authorize(
            request=request, facts_version=1, refusal=None, approved=Answer("00", "approved"), approval_code="123456",
            expires_at=request.received_at + timedelta(days=7), rule="", policy="test/1", seen="{}", answers=Answers(),
            holds=single is None, single=single,
        )  # fmt: skip
        outcome = await self.journal.record(command)
        assert outcome.verdict == "approved", outcome
        assert outcome.authorization_id is not None
        return outcome.authorization_id

    async def advise(
        self,
        held: HeldCard,
        amount: int,
        trace: str,
        *,
        rrn: str | None = None,
        single: Single | None = None,
        adds_to: str | None = None,
    ) -> int:
        """The network's own decision; its id. `adds_to`: the trace id of the payment that it is an increment of."""
        request = _request(held, amount, trace, "0220" if single else "0120", rrn)
        until = request.received_at + timedelta(days=7)
        outcome = await self.journal.record(
            Advise(request, "00", "654321", until, "test/1", holds=single is None, single=single, chain_trace=adds_to)
        )
        assert outcome.verdict == "accepted", outcome
        assert outcome.authorization_id is not None
        return outcome.authorization_id

    async def reverse(self, held: HeldCard, trace: str, *, at: datetime) -> None:
        """The network's, of what is named by the trace id; `at`: when it was sent."""
        request = replace(_request(held, 0, trace, "0420", None), transmitted_at=at)
        outcome = await self.journal.record(Reverse(request, None, trace, None, 0))
        assert outcome.reason == "reversed", outcome

    async def take(self, content: bytes) -> str:
        taken = await keep(self.connection, proof(content), io.BytesIO(content), key=KEY, actor="clerk")
        assert isinstance(taken, Taken | AlreadyTaken), taken
        return taken.file_id

    async def ingest(self, content: bytes) -> Summary:
        summary = await post_file(self.desk, await self.take(content))
        assert summary is not None
        return summary

    async def account(self, held: HeldCard) -> tuple[int, int]:
        """posted, holds."""
        query = "select posted, holds from ledger.balance where account_id = $1"
        return tuple(await self.connection.fetchrow(query, held.card.account_id))

    async def record(self, position: int, file_id: str = FILE_ID) -> asyncpg.Record:
        query = "select * from report.clearing_record where file_id = $1 and position = $2"
        return await self.connection.fetchrow(query, file_id, position)


def _request(held: HeldCard, amount: int, trace: str, mti: str, rrn: str | None) -> Request:
    now = datetime.now(UTC)
    return Request(
        key=RepeatKey(os.urandom(16), now.date()), content=b"c" * 16, mti=mti, account_id=held.card.account_id,
        card_id=held.card.card_id, amount=amount, asset="EUR", stan="000001", rrn=rrn, transmitted_at=now, acquirer="200001",
        network_reference=trace[:9], trace_id=trace, message_id=1, received_at=now, details='{"merchant_id":"SHOP"}',
    )  # fmt: skip


def proof(content: bytes) -> ProvedFile:
    found = proved(io.BytesIO(content), "day.ipm")
    assert isinstance(found, ProvedFile), found
    return found


def message(
    held: HeldCard,
    amount: int,
    trace: str,
    *,
    arn: str | None = None,
    mti: str = "1240",
    pds: dict[str, str] | None = None,
    **elements: str,
) -> IpmMessage:
    """A presentment of this card; elements as de24="205"."""
    made = presentment(amount=amount)
    more = {int(name[2:]): value for name, value in elements.items()}
    own: dict[int, Any] = {
        2: held.pan, 63: f" {trace}  ", 31: arn or f"{next(_numbers):023d}", 12: f"{datetime.now(UTC):%y%m%d%H%M%S}", 25: "1401",
    }  # fmt: skip
    return replace(made, mti=mti, elements={**made.elements, **own, **more}, pds={**made.pds, **(pds or {})})


def file_of(messages: Iterable[IpmMessage], file_id: str = FILE_ID) -> bytes:
    numbered = [replace(m, elements={**m.elements, 71: f"{n:08d}"}) for n, m in enumerate(messages, 2)]
    return day_file(numbered, FORM, file_id)


class _Deadly:
    """A connection or a journal whose n-th statement, or command, never comes: the process is killed before it."""

    def __init__(self, inner: Any, left: list[int]) -> None:
        self._inner, self._left = inner, left

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name in ("fetch", "fetchrow", "fetchval", "execute", "copy_records_to_table", "record_all"):
            self._step()
        if name == "record_all":
            return lambda commands: found(self._each(commands))
        return found

    def _each(self, commands: Iterable[Any]) -> Iterable[Any]:
        for command in commands:
            self._step()
            yield command

    def _step(self) -> None:
        self._left[0] -= 1
        if self._left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)


async def post_and_die(dsn: str, file_id: str, steps: int, chunk: int) -> None:
    """In a process of its own."""
    posting.CHUNK = chunk
    connection = await asyncpg.connect(dsn, server_settings={"role": "cardline_writer"})
    reader = await asyncpg.connect(dsn, server_settings={"role": "cardline_writer"})
    journal = Journal(dsn, Silent(), max_batch=2)
    await journal.start()
    left = [steps]
    desk: Any = (_Deadly(connection, left), _Deadly(reader, left), _Deadly(journal, left))
    await post_file(Desk(*desk, TOKENIZER, KEY), file_id)
    await journal.close()


def deaths(rng: random.Random, count: int) -> list[int]:
    """After how many steps each process dies; steps of matching one chunk and of booking another lie between each other."""
    return [rng.randrange(3, 30) for _ in range(count)]


if __name__ == "__main__":
    import asyncio

    asyncio.run(post_and_die(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
