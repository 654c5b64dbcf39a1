"""Microseconds of Valkey's processor time per payment in the reserve and confirm scripts: `python -m bench.decide.velocity`.

Cards without limits, and cards with limits and so many payments counted already. The figures are the server's own
(`INFO commandstats`), the best of several rounds; batches are of 50, each payment of another account.
"""

import argparse
import asyncio
import platform
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from authorizer.cache import Cache
from authorizer.facts import AccountSnapshot, AccountStatus, CardFacts, CardStatus
from authorizer.limits import Limit, Spending
from authorizer.payment_kinds import written_traits
from authorizer.scripts import ConfirmItem, LoadItem
from cardline.embedded.valkey import EmbeddedValkey

BATCH, ROUNDS, CALLS = 50, 7, 40
LIMITS = (Limit("daily", "24h", 10**12, 10**6, currency="EUR"), Limit("monthly", "31d", 10**12, 10**6, currency="EUR"))
KIND = (("country=DEU", "country=FRA"), ("channel=pos",))
TRAITS = frozenset({"country=DEU", "mcc=5411", "presence=present", "channel=pos"})


@dataclass
class Payment:
    token: bytes
    account_id: int
    reservation_id: bytes
    amount_minor: int = 100
    lifetime_ms: int = 10_000
    is_partial: bool = False
    is_increment: bool = False
    traits: bytes = b""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.decide.velocity", description=__doc__)
    parser.add_argument("--counted", type=int, nargs="*", default=[0, 10, 100, 1000], help="payments counted already")
    counted = parser.parse_args().counted
    command = " ".join(["python -m bench.decide.velocity", *sys.argv[1:]])
    print(f"{platform.machine()}, Python {platform.python_version()}, `{command}`\n")
    print("| cards | reserve best us | median us | confirm best us | median us |\n| --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory(prefix="bench-") as directory:
        server = EmbeddedValkey(Path(directory) / "valkey")
        server.start()
        try:
            asyncio.run(_measure(server.url, counted))
        finally:
            server.stop()
    return 0


async def _measure(url: str, counted: list[int]) -> None:
    cache, server = Cache(url, timeout_seconds=5), Redis.from_url(url)
    particular = tuple(replace(limit, where=KIND) for limit in LIMITS)
    cases = [(LIMITS, None), *((LIMITS, count) for count in counted), *((particular, count) for count in counted)]
    for limits, count in cases:
        reserve, confirm = [], []
        for _ in range(ROUNDS):
            await server.flushall()
            await _load(cache, limits, count)
            for figures, used in zip((reserve, confirm), await _round(cache, server), strict=True):
                figures.append(used)
        some = " for some payments" if limits is particular else ""
        name = "without limits" if count is None else f"{len(limits)} limits{some}, {count} counted"
        print(f"| {name} | {' | '.join(f'{min(f):.2f} | {statistics.median(f):.2f}' for f in (reserve, confirm))} |", flush=True)
    await cache.close()
    await server.aclose()


async def _load(cache: Cache, limits: tuple[Limit, ...], counted: int | None) -> None:
    now = int(time.time() * 1000)
    spent = None if counted is None else tuple(Spending(f"s{n}", 1, now - 1000 * n, 100, 1, TRAITS) for n in range(counted))
    items = []
    for number in range(BATCH):
        facts = CardFacts(
            card_id=number + 1, account_id=number + 1, asset="EUR", card_status=CardStatus.ACTIVE,
            account_status=AccountStatus.OPEN, expiry="2912", psn="00", pvv="1234", facts_version=1,
        )  # fmt: skip
        if counted is not None:
            facts = replace(facts, lineage=1, limits=limits)
        snapshot = AccountSnapshot(account_id=number + 1, available=10**9, version=1, facts_version=1, spent=spent, kinds=(KIND,))
        items.append(LoadItem(_token(number), facts, snapshot))
    await cache.load(items)


async def _round(cache: Cache, server: Any) -> tuple[float, float]:
    """Per payment: reserving and confirming. What is confirmed is counted, so there is a little more each time."""
    reserve = confirm = 0.0
    for call in range(CALLS):
        ids = [b"%08d%08d" % (call, number) for number in range(BATCH)]
        before = await _used(server)
        await cache.reserve([Payment(_token(n), n + 1, one, traits=written_traits(TRAITS)) for n, one in enumerate(ids)])
        between = await _used(server)
        version = call + 2
        await cache.confirm([ConfirmItem(n + 1, one, version, 10**9, 1, taken=100) for n, one in enumerate(ids)])
        reserve, confirm = reserve + between - before, confirm + await _used(server) - between
    return reserve / CALLS / BATCH, confirm / CALLS / BATCH


def _token(number: int) -> bytes:
    return number.to_bytes(16, "big")


async def _used(server: Any) -> float:
    """Microseconds that the server has spent in scripts so far."""
    stats = await server.info("commandstats")
    return float(sum(entry["usec"] for name, entry in stats.items() if name in ("cmdstat_evalsha", "cmdstat_eval")))


if __name__ == "__main__":
    sys.exit(main())
