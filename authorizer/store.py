"""The Redis room: card facts in; a reservation made, confirmed or undone.

It never answers for money and never fails for want of Redis: what the cache does not know, the loader reads from the
ledger. The scripts beside this file hold the cache's rules; decisions live in `decide.py`.
"""

import time
from collections.abc import Callable

from authorizer.batching import Batcher
from authorizer.cache import Cache
from authorizer.confirmations import Confirmations
from authorizer.directory import Directory
from authorizer.errors import CacheUnavailableError, StoreOverloadedError
from authorizer.facts import CardFacts
from authorizer.loading import Loader, Loading
from authorizer.meter import StoreMeter
from authorizer.recovery import Recovery
from authorizer.reservation import FundsHint, Reservation
from authorizer.scripts import ConfirmItem, Hit, Miss
from authorizer.waiting import Waiting, fail_all

__all__ = ["FundsHint", "Loader", "Reservation", "Store", "StoreMeter"]


class Store:
    """One per process. Every limit is a constructor argument; `max_waiting` bounds each of its queues."""

    def __init__(
        self,
        redis_url: str,
        load: Loader,
        meter: StoreMeter,
        *,
        max_batch: int = 200,
        max_waiting: int = 4_000,
        max_unconfirmed: int = 20_000,
        timeout_seconds: float = 0.25,
        load_timeout_seconds: float = 1.5,
        probe_interval_seconds: float = 0.5,
    ) -> None:
        self._meter = meter
        self._timeout_seconds = timeout_seconds
        self._directory = Directory()
        self._cache = Cache(redis_url, timeout_seconds=timeout_seconds)
        self._recovery = Recovery(self._cache.probe, self._redis_changed, interval_seconds=probe_interval_seconds)
        self._confirmations = Confirmations(
            self._cache, meter, self._recovery.went_down, max_batch=max_batch, max_waiting=max_unconfirmed
        )
        self._reserving: Batcher[Waiting] = Batcher(self._reserve_batch, fail_all, max_batch=max_batch, max_waiting=max_waiting)
        self._loading = Loading(
            load,
            self._cache,
            self._directory,
            self._recovery,
            meter,
            self._reserve_soon,
            max_batch=max_batch,
            max_waiting=max_waiting,
            timeout_seconds=load_timeout_seconds,
        )

    @property
    def is_up(self) -> bool:
        """Whether Redis is used at the moment. Without it everything works, from the ledger alone."""
        return self._recovery.is_up

    def enter_epoch(self, epoch: str) -> None:
        """Another history of the ledger (restored, promoted, another database): what was cached of others is not used."""
        self._cache.epoch = epoch

    async def start(self) -> None:
        """Does not fail when Redis is away."""
        await self._recovery.start()

    async def close(self) -> None:
        """Sends what still waits to be confirmed, within the time limit of one call."""
        await self._confirmations.close(self._timeout_seconds)
        await self._recovery.close()
        await self._reserving.close()
        await self._loading.close()
        await self._cache.close()

    async def reserve(
        self,
        token: bytes,
        amount: int,
        reservation_id: bytes,
        deadline_ms: int,
        *,
        is_partial: bool = False,
        is_increment: bool = False,
        describe: Callable[[], bytes] | None = None,
    ) -> Reservation:
        """Facts, hint and reservation for one payment. `deadline_ms`: wall clock, milliseconds since 1970.

        Of a card with limits, no more is reserved than they leave: less than asked where `is_partial`, else nothing.
        `is_increment`: it claims to add to an earlier payment; its count refuses nothing here. `describe` tells its traits
        (`payment_kinds.written_traits`); it is called only for cards whose limits are for some kinds of payments.

        Raises FactsUnavailableError when neither cache nor ledger answers, StoreOverloadedError when the queue is full.
        """
        waiting = Waiting(
            token, amount, reservation_id, deadline_ms, is_partial=is_partial, is_increment=is_increment, describe=describe
        )
        waiting.account_id = self._directory.get(token) or 0
        if describe is not None and self._directory.is_particular(token):
            waiting.traits = describe()
        self._reserve_soon(waiting)
        return await waiting.future

    async def reload(self, token: bytes) -> CardFacts | None:
        """The facts as the ledger has them now; the cache is refreshed on the way. Raises like `reserve`."""
        return (await self.again(token)).facts

    async def again(self, token: bytes) -> Reservation:
        """The same with what was used of the limits; nothing is reserved."""
        waiting = Waiting(token)
        waiting.wants_facts_only = True
        self._loading.put(waiting)
        return await waiting.future

    def confirm(
        self,
        reservation: Reservation,
        *,
        version: int,
        available: int | None,
        facts_version: int,
        locked_version: int,
        locked_available: int | None,
        taken: int = 0,
        is_added: bool = False,
    ) -> None:
        """The ledger's word after the commit: the balance at `version`, and what it was under the lock (`locked_*`).

        `taken`: the amount approved, which counts for the limits; `is_added`: to an earlier payment.
        """
        if reservation.facts is None:
            return
        lag = 0 if reservation.cached_version is None else locked_version - reservation.cached_version
        is_drift = (
            reservation.cached_version == locked_version
            and reservation.facts.facts_version == facts_version
            and reservation.cached_available != locked_available
        )
        if is_drift:
            self._meter.drifted((reservation.cached_available or 0) - (locked_available or 0))
        elif lag > 0:
            self._meter.lagged(lag)
        elif lag < 0:
            self._meter.missed("ahead", 1)
        self._confirmations.put(
            ConfirmItem(
                account_id=reservation.facts.account_id,
                reservation_id=reservation.reservation_id,  # also where it is not known to stand: the call may have timed out
                version=version,
                available=available,
                facts_version=facts_version,
                ahead=locked_version - lag if lag < 0 else 0,
                is_measured=is_drift,
                taken=taken,
                is_added=is_added,
            )
        )

    def undo(self, reservation: Reservation) -> None:
        """Nothing came of it: the reservation goes, the balance stays as it is."""
        if reservation.is_held and reservation.facts is not None:
            self._confirmations.put(ConfirmItem(reservation.facts.account_id, reservation.reservation_id))

    def observe(self, account_id: int, *, version: int, available: int | None, facts_version: int) -> None:
        """A balance that changed without a reservation: reversals, advices, bookings, expired holds."""
        self._confirmations.put(ConfirmItem(account_id, b"", version=version, available=available, facts_version=facts_version))

    async def flush(self) -> None:
        """Until Redis has been told what was confirmed so far, or the time limit of one call is over."""
        await self._confirmations.flush(self._timeout_seconds)

    def _redis_changed(self, is_up: bool) -> None:
        self._meter.redis_is_up(is_up)
        if is_up:
            self._confirmations.resume()
        else:
            self._confirmations.pause()

    def _reserve_soon(self, waiting: Waiting) -> None:
        if not self._recovery.is_up:
            self._load_soon(waiting, "down")
        elif not self._reserving.put(waiting):
            waiting.fail(StoreOverloadedError("too many requests wait for the cache"))

    def _load_soon(self, waiting: Waiting, reason: str) -> None:
        self._meter.missed(reason, 1)
        self._loading.put(waiting)

    async def _reserve_batch(self, batch: list[Waiting]) -> None:
        live = [waiting for waiting in batch if not waiting.is_gone]
        try:
            listed = await self._listed(live)
            replies = await self._reserved(listed)
        except CacheUnavailableError:
            self._recovery.went_down()
            for waiting in live:
                self._load_soon(waiting, "down")
            return
        for waiting, reply in zip(listed, replies, strict=True):
            self._settle(waiting, reply)
        for waiting in live:
            if not waiting.account_id:
                self._load_soon(waiting, "unlisted")

    async def _listed(self, live: list[Waiting]) -> list[Waiting]:
        """Those whose account is known, after asking Redis for the accounts of cards new to this process."""
        unlisted = [waiting for waiting in live if not waiting.account_id]
        if not unlisted:
            return live
        accounts = await self._cache.accounts([waiting.token for waiting in unlisted])
        for waiting, account_id in zip(unlisted, accounts, strict=True):
            if account_id:
                waiting.account_id = account_id
                self._directory.put(waiting.token, account_id)
        return [waiting for waiting in live if waiting.account_id]

    async def _reserved(self, listed: list[Waiting]) -> list[Hit | Miss]:
        if not listed:
            return []
        began = time.perf_counter()
        now_ms = int(time.time() * 1000)
        for waiting in listed:
            waiting.lasts_from(now_ms)
        replies = await self._cache.reserve(listed)
        self._meter.reserved(len(listed), time.perf_counter() - began)
        return replies

    def _settle(self, waiting: Waiting, reply: Hit | Miss) -> None:
        if isinstance(reply, Miss):
            if reply.reason == "traits" and waiting.describe is not None and not waiting.traits:
                self._directory.mark_particular(waiting.token)
                waiting.traits = waiting.describe()
                self._reserve_soon(waiting)
                return
            waiting.as_of_ms = reply.now_ms if reply.reason == "expired" else 0
            self._load_soon(waiting, reply.reason)
            return
        reservation = waiting.reserved(reply)
        if waiting.is_gone:
            self.undo(reservation)
        else:
            waiting.tell(reservation)
