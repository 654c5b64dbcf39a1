"""Misses: what the cache does not know is read from the ledger, put into the cache, and the callers sent back.

One load at a time; the callers of one card share it. A load that turns out older than what the cache has heard in the
meantime is repeated (the cold-load race). With Redis down the callers are served from the ledger alone.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence

from authorizer.batching import Batcher
from authorizer.cache import Cache
from authorizer.directory import Directory
from authorizer.errors import CacheUnavailableError, StoreOverloadedError
from authorizer.facts import AccountSnapshot, CardFacts
from authorizer.meter import StoreMeter
from authorizer.recovery import Recovery
from authorizer.scripts import LoadItem, Older, Stored
from authorizer.waiting import Waiting, fail_all, load_item

Loader = Callable[[Sequence[bytes]], Awaitable[dict[bytes, tuple[CardFacts, AccountSnapshot]]]]

# Who loses a race three times in a row is served from the ledger, uncached.
MAX_ATTEMPTS = 3


class Loading:
    """`send_back` takes a caller whose account is now in the cache."""

    def __init__(
        self,
        load: Loader,
        cache: Cache,
        directory: Directory,
        recovery: Recovery,
        meter: StoreMeter,
        send_back: Callable[[Waiting], None],
        *,
        max_batch: int,
        max_waiting: int,
        timeout_seconds: float,
    ) -> None:
        self._load = load
        self._cache = cache
        self._directory = directory
        self._recovery = recovery
        self._meter = meter
        self._send_back = send_back
        self._timeout_seconds = timeout_seconds
        self._batcher: Batcher[Waiting] = Batcher(self._load_batch, fail_all, max_batch=max_batch, max_waiting=max_waiting)

    def __len__(self) -> int:
        return len(self._batcher)

    def put(self, waiting: Waiting) -> None:
        if not self._batcher.put(waiting):
            waiting.fail(StoreOverloadedError("too many requests wait for the ledger's facts"))

    async def close(self) -> None:
        await self._batcher.close()

    async def _load_batch(self, batch: list[Waiting]) -> None:
        by_token: dict[bytes, list[Waiting]] = defaultdict(list)
        for waiting in batch:
            if not waiting.is_gone:
                by_token[waiting.token].append(waiting)
        if not by_token:
            return
        async with asyncio.timeout(self._timeout_seconds):
            loaded = await self._load(list(by_token))
        items = [load_item(waiters, loaded[token]) for token, waiters in by_token.items() if token in loaded]
        for token in by_token.keys() - loaded.keys():
            _tell(by_token[token], None)
        outcomes = await self._cached(items)
        for item, outcome in zip(items, outcomes, strict=True):
            self._settle(by_token[item.token], item, outcome)

    async def _cached(self, items: list[LoadItem]) -> Sequence[Stored | Older | None]:
        """What became of each item in the cache; None with Redis down."""
        if not items or not self._recovery.is_up:
            return [None] * len(items)
        try:
            outcomes = await self._cache.load(items)
            await self._cache.list_accounts({item.token: item.snapshot.account_id for item in items})
        except CacheUnavailableError:
            self._recovery.went_down()
            return [None] * len(items)
        return outcomes

    def _settle(self, waiters: list[Waiting], item: LoadItem, outcome: Stored | Older | None) -> None:
        self._directory.put(item.token, item.facts.account_id)
        if isinstance(outcome, Older):
            self._meter.missed("older", len(waiters))
        elif outcome is not None and outcome.drifted_from is not None:
            self._meter.drifted(outcome.drifted_from - (item.snapshot.available or 0))
        for waiting in waiters:
            waiting.attempts += 1
            if outcome is None or waiting.attempts >= MAX_ATTEMPTS:
                waiting.tell(waiting.uncached(item.facts, item.snapshot))
            elif isinstance(outcome, Older):
                waiting.seen = outcome
                self.put(waiting)
            elif waiting.wants_facts_only:
                waiting.tell(waiting.uncached(item.facts, item.snapshot))
            else:
                waiting.account_id = item.facts.account_id
                self._send_back(waiting)


def _tell(waiters: list[Waiting], facts: CardFacts | None) -> None:
    for waiting in waiters:
        waiting.tell(waiting.uncached(facts))
