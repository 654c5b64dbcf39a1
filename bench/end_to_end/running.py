"""A whole cardline of its own for the benches: embedded parts in a temporary directory, free loopback ports, seeded cards."""

import asyncio
import contextlib
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from authorizer.limits import parse_limit
from cardline.data_directory import DataDirectory
from cardline.endpoints import Endpoints
from cardline.network.seed import seed
from cardline.running.background_up import BackgroundUp, background_up
from cardline.settings import Address, load
from ledger.accounts import Mandate
from ledger.money import ASSETS
from ledger.spend_controls import Subject, put
from simulator.cards import Card

CURRENCY = "EUR"
BALANCE_MINOR = 10**11
"""Never spent up: what is measured is the approval, the longest way."""


LIMITS = (
    {"name": "burst", "window": "60s", "count": 10**9},
    {"name": "daily", "window": "day", "zone": "Europe/Vienna", "amount": 10**12, "currency": CURRENCY},
)
"""One sliding by count, one by the calendar and amount; too high to decline anything."""


@dataclass(frozen=True, slots=True)
class Running:
    """The system under test and its cards."""

    endpoints: Endpoints
    data_dir: Path
    cards: Sequence[Card]

    @property
    def address(self) -> Address:
        """Of the EBCDIC link."""
        assert self.endpoints.iso8583 is not None
        return Address.parse(self.endpoints.iso8583)


@contextlib.contextmanager
def running(cards: int, *, has_limits: bool = False) -> Iterator[Running]:
    """Stopped, reaped and removed at the end. `has_limits`: every payment counts in `LIMITS`."""
    with contextlib.ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="cardline-bench-"))
        system = stack.enter_context(background_up(Path(directory) / "data"))
        seeded = asyncio.run(_seeded(system, cards))
        if has_limits:
            asyncio.run(_limited(system.endpoints.postgres_dsn))
        yield Running(system.endpoints, system.data_dir, seeded)


async def _seeded(system: BackgroundUp, count: int) -> list[Card]:
    stores = {"postgres_dsn": system.endpoints.postgres_dsn, "redis_url": system.endpoints.redis_url}
    settings = load(None, allow_test_keys=True, fallback={**stores, "token_key": DataDirectory(system.data_dir).token_key()})
    asset = ASSETS[CURRENCY]
    assert asset.numeric is not None
    seeded = await seed(settings, cards=count, asset=asset, balance_minor=BALANCE_MINOR, actor="bench")
    return [Card(card.pan, card.expiry, card.cvc2, card.pin, asset.numeric, card.available_minor) for card in seeded]


async def _limited(dsn: str) -> None:
    """Every account joins one program, whose limits count for each account alone."""
    books = await asyncpg.connect(dsn)
    try:
        await books.execute(
            "update ledger.account set program = 'bench' where account_id in (select account_id from ledger.card)"
        )
        anybody = await books.fetchval("select min(account_id) from ledger.card")
        document = json.dumps([parse_limit(limit, "limit").document() for limit in LIMITS])
        await put(books, "limit", Subject("program", "bench", anybody), document, Mandate("bench", "bench"), after=0)
    finally:
        await books.close()
