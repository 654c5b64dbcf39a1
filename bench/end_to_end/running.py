"""A whole cardline of its own for the benches: embedded parts in a temporary directory, free loopback ports, seeded cards."""

import asyncio
import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cardline.background_up import BackgroundUp, background_up
from cardline.data_directory import DataDirectory
from cardline.endpoints import Endpoints
from cardline.seed import seed
from cardline.settings import Address, load
from ledger.money import ASSETS
from simulator.cards import Card

CURRENCY = "EUR"
BALANCE_MINOR = 10**11
"""Never spent up: what is measured is the approval, the longest way."""


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
def running(cards: int) -> Iterator[Running]:
    """Stopped, reaped and removed at the end."""
    with contextlib.ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="cardline-bench-"))
        system = stack.enter_context(background_up(Path(directory) / "data"))
        yield Running(system.endpoints, system.data_dir, asyncio.run(_seeded(system, cards)))


async def _seeded(system: BackgroundUp, count: int) -> list[Card]:
    stores = {"postgres_dsn": system.endpoints.postgres_dsn, "redis_url": system.endpoints.redis_url}
    settings = load(None, allow_test_keys=True, fallback={**stores, "token_key": DataDirectory(system.data_dir).token_key()})
    asset = ASSETS[CURRENCY]
    assert asset.numeric is not None
    seeded = await seed(settings, cards=count, asset=asset, balance_minor=BALANCE_MINOR, actor="bench")
    return [Card(card.pan, card.expiry, card.cvc2, card.pin, asset.numeric, card.available_minor) for card in seeded]
