"""Books of any size for the benches: holds through the real Journal, so that every link of the chain is the writer's own."""

import asyncio
import os
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import asyncpg

from cardline.embedded.postgres import EmbeddedPostgres
from ledger.cards import NewCard, OpenedCard, open_cards
from ledger.commands import Answer, Answers, Authorize, RepeatKey, Request
from ledger.journal import Journal
from ledger.migrate import migrate
from ledger.money import ASSETS

BATCH = 200
BALANCE_MINOR = 10**11
_APPROVED, _ANSWERS = Answer("00", "approved"), Answers()
_DETAILS = '{"4":"000000001000","18":"5411","22":"051","41":"TERMID01","42":"CARD ACCEPTOR  ","49":"978"}'
_SEEN = '{"available":1000000,"version":1}'


class Silent:
    """Nobody looks at the writer's meter here."""

    def batch_committed(self, size: int, seconds: float) -> None: ...
    def command_poisoned(self) -> None: ...
    def approval_voided(self) -> None: ...
    def writer_changed(self, is_ready: bool) -> None: ...


def started(directory: Path) -> EmbeddedPostgres:
    """A server of its own in that directory; what it holds already is kept."""
    server = EmbeddedPostgres(directory / "postgres")
    server.start()
    return server


async def fill(dsn: str, *, holds: int, accounts: int, writers: int = 1) -> float:
    """Add so many holds, two postings each, spread over new accounts. Returns seconds."""
    await migrate(dsn)
    journals = [Journal(dsn, Silent(), max_batch=BATCH) for _ in range(writers)]
    for journal in journals:
        await journal.start()
    pool = await asyncpg.create_pool(dsn, min_size=1, max_size=2, server_settings={"role": "cardline_writer"})
    cards = await opened(pool, journals[0], accounts)
    begun = time.monotonic()
    share = holds // writers
    await asyncio.gather(*(hold(journal, cards, share) for journal in journals))
    seconds = time.monotonic() - begun
    for journal in journals:
        await journal.close()
    await pool.close()
    return seconds


async def opened(pool: asyncpg.Pool, journal: Journal, accounts: int) -> list[OpenedCard]:
    cards: list[OpenedCard] = []
    for start in range(0, accounts, 1000):
        chunk = [NewCard(os.urandom(16), "541333******0007", "2912", "00", "1234", BALANCE_MINOR)
                 for _ in range(min(1000, accounts - start))]  # fmt: skip
        cards += await open_cards(pool, journal, ASSETS["EUR"], chunk, actor="bench")
    return cards


async def hold(journal: Journal, cards: Sequence[OpenedCard], holds: int) -> None:
    commands = _commands(cards, holds)
    while batch := [command for command, _ in zip(commands, range(BATCH), strict=False)]:
        await journal.record_all(batch)


def _commands(cards: Sequence[OpenedCard], holds: int) -> Iterator[Authorize]:
    run = os.urandom(8)
    for number in range(holds):
        card, now = cards[number % len(cards)], datetime.now(UTC)
        digest = sha256(run + number.to_bytes(8, "big")).digest()
        request = Request(
            key=RepeatKey(digest[:16], now.date()), content=digest[16:], mti="0100", account_id=card.account_id,
            card_id=card.card_id, amount=1000 + number % 5000, asset="EUR", stan=f"{number % 10**6:06d}", rrn=f"{number:012d}",
            transmitted_at=now.replace(microsecond=0), acquirer="00000123456", network_reference=f"MCC{number % 10**9:09d}1125",
            trace_id=digest[:6].hex(), message_id=number, received_at=now, details=_DETAILS,
        )  # fmt: skip
        yield Authorize(
            request=request, facts_version=1, refusal=None, approved=_APPROVED, approval_code=f"{number % 10**6:06d}",
            expires_at=now + timedelta(days=7), rule="", policy="bench/1", seen=_SEEN, answers=_ANSWERS,
        )  # fmt: skip
