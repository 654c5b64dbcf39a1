"""Cards, a deck and a fleet against a stub issuer. A fleet waits for its processes, so it is played in a thread."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from simulator.cards import Card, luhn_digit
from simulator.client import Target
from simulator.load.deck import deal
from simulator.load.fleet import Fleet
from simulator.load.job import Job
from simulator.load.mix import Mix, Traffic
from simulator.load.tally import Tally

Play = Callable[..., Coroutine[Any, Any, Tally]]


def cards(count: int = 5) -> list[Card]:
    payloads = (f"541333{number:09d}" for number in range(count))
    return [Card(payload + luhn_digit(payload), "2912", "123", "1234", "978", 10_000) for payload in payloads]


@pytest.fixture
def card_file(tmp_path: Path) -> Path:
    """As `cardline seed` writes it."""
    path = tmp_path / "cards.csv"
    rows = [f"{card.pan},{card.expiry},{card.cvc2},{card.pin},EUR" for card in cards()]
    path.write_text("\n".join(["pan,expiry,cvc2,pin,currency", *rows]) + "\n")
    return path


@pytest.fixture
def play() -> Play:
    """One step against a target."""

    async def one(
        target: Target, rate: float, seconds: float, *, processes: int = 1, limit_seconds: float = 5.0, connections: int = 2
    ) -> Tally:
        deck = deal(Mix("of a test", [Traffic("purchase_repeated", 1), Traffic("purchase", 1)]), cards(), 1)
        job = Job(target.host, target.port, target.framing, deck, 0, connections=connections, limit_seconds=limit_seconds)

        def run() -> Tally:
            with Fleet(job, processes) as fleet:
                return fleet.play_open(rate, seconds, lambda _: None)

        return await asyncio.to_thread(run)

    return one
