"""One caller on its way through the store, and what it is told at the end. Data and small computations, no I/O."""

import asyncio
import time
from collections.abc import Callable

from authorizer import limits
from authorizer.errors import FactsUnavailableError
from authorizer.facts import AccountSnapshot, CardFacts
from authorizer.reservation import Basis, FundsHint, Reservation
from authorizer.scripts import NOTHING_SEEN, Hit, LoadItem

# A confirmation comes after the commit, and a commit is never cancelled: it may outlast the payment's deadline.
RESERVATION_GRACE_MS = 10_000


class Waiting:
    """Wants a reservation, or (`wants_facts_only`) nothing but facts fresh from the ledger."""

    __slots__ = (
        "account_id",
        "amount_minor",
        "as_of_ms",
        "attempts",
        "deadline_ms",
        "describe",
        "future",
        "is_increment",
        "is_partial",
        "lifetime_ms",
        "reservation_id",
        "seen",
        "token",
        "traits",
        "wants_facts_only",
    )  # fmt: skip

    def __init__(
        self,
        token: bytes,
        amount_minor: int = 0,
        reservation_id: bytes = b"",
        deadline_ms: int = 0,
        *,
        is_partial: bool = False,
        is_increment: bool = False,
        describe: Callable[[], bytes] | None = None,
    ) -> None:
        self.token = token
        self.amount_minor = amount_minor
        self.reservation_id = reservation_id
        self.deadline_ms = deadline_ms
        self.is_partial = is_partial
        self.is_increment = is_increment
        self.describe = describe
        self.traits = b""
        self.lifetime_ms = 0
        self.account_id = 0
        self.attempts = 0
        self.as_of_ms = 0
        self.seen = NOTHING_SEEN
        self.wants_facts_only = False
        self.future: asyncio.Future[Reservation] = asyncio.get_running_loop().create_future()

    @property
    def is_gone(self) -> bool:
        """The caller has given up, or has been told already."""
        return self.future.done()

    def lasts_from(self, now_ms: int) -> None:
        """A lifetime instead of a time, because the clock of Redis is another one."""
        self.lifetime_ms = self.deadline_ms - now_ms + RESERVATION_GRACE_MS

    def tell(self, reservation: Reservation) -> None:
        if not self.future.done():
            self.future.set_result(reservation)

    def fail(self, error: Exception) -> None:
        if not self.future.done():
            self.future.set_exception(error)

    def fail_like(self, error: BaseException) -> None:
        """Each caller gets an error of its own: a shared one would gather the tracebacks of all."""
        if isinstance(error, asyncio.CancelledError):
            self.future.cancel()
        else:
            unavailable = FactsUnavailableError(type(error).__name__)
            unavailable.__cause__ = error
            self.fail(unavailable)

    def reserved(self, hit: Hit) -> Reservation:
        left = None if hit.available is None else hit.available - hit.pending
        return Reservation(
            reservation_id=self.reservation_id,
            amount_minor=self.amount_minor,
            facts=hit.facts,
            hint=FundsHint.ENOUGH if left is None or left >= self.amount_minor else FundsHint.SHORT,
            is_held=hit.is_taken,
            cached_available=hit.available,
            cached_version=hit.version,
            usage=hit.usage,
            basis=Basis(hit.version, hit.available, hit.times, hit.pending) if hit.usage else None,
        )

    def uncached(self, facts: CardFacts | None, snapshot: AccountSnapshot | None = None) -> Reservation:
        """From the ledger alone, which knows nothing of what is under way."""
        usage = basis = None
        if facts is not None and facts.limits and snapshot is not None:
            usage = limits.used(facts.limits, snapshot.spent or (), facts.lineage, int(time.time() * 1000))
            basis = Basis(snapshot.version, snapshot.available, 0, 0)
        return Reservation(
            reservation_id=self.reservation_id, amount_minor=self.amount_minor, facts=facts, usage=usage, basis=basis
        )


def load_item(waiters: list[Waiting], loaded: tuple[CardFacts, AccountSnapshot]) -> LoadItem:
    """One load serves all who wait for the same card; it began after everything that any of them had seen."""
    facts, snapshot = loaded
    return LoadItem(
        token=waiters[0].token,
        facts=facts,
        snapshot=snapshot,
        as_of_ms=max(waiter.as_of_ms for waiter in waiters),
        seen=max(waiter.seen for waiter in waiters),
    )


def fail_all(batch: list[Waiting], error: BaseException) -> None:
    for waiting in batch:
        waiting.fail_like(error)
