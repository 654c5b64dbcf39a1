"""One writer: a queue, and a session on a leased stream that takes what waits as one batch after the other.

Whatever waits goes together: a batch is taken when the one before it has committed, with no timer, so a lone
command waits for nobody. A caller that is cancelled (its deadline has passed) abandons its command: still queued
it is dropped, in flight its approval is voided as soon as it is known (G9). Nothing else is ever cancelled.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable
from hashlib import sha256
from typing import Protocol

import asyncpg
import structlog

from ledger.business_day import insists_on_a_day
from ledger.commands import Advise, Authorize, Command, Outcome, Reverse, Void
from ledger.errors import Fenced, LedgerError, Overloaded, Poisoned, Unavailable, WentAway
from ledger.poison import flaw_of, told
from ledger.session import Attempt, CommitUnknown, Session
from ledger.verdicts import Verdict

log = structlog.get_logger("cardline.ledger")

BISECTIONS_PER_SECOND = 40
"""Beyond it the rest of a batch is run one by one: searching by halves what is full of poison costs more than that."""

BUSY_PAUSE_SECONDS = 0.5
"""Before a void is tried again on an account that somebody holds."""
STALLED_SECONDS = 3.0
"""A batch that has run for so long is not coming back in time for anybody: Postgres hangs, or its host is lost."""
CLOSE_SECONDS = 5.0
"""For what is queued at the end; with a Postgres that hangs, the end must come all the same."""


class WriterMeter(Protocol):
    """What operations see of the writer."""

    def batch_committed(self, size: int, seconds: float) -> None: ...
    def command_poisoned(self) -> None: ...
    def approval_voided(self) -> None: ...
    def writer_changed(self, is_ready: bool) -> None: ...


class _Pending:
    __slots__ = ("command", "future", "is_abandoned")

    def __init__(self, command: Command, future: asyncio.Future[Outcome] | None) -> None:
        self.command, self.future, self.is_abandoned = command, future, False

    @property
    def is_void(self) -> bool:
        return isinstance(self.command, Void)

    @property
    def was_given_up(self) -> bool:
        """Also in the moment between the deadline's cancelling of the future and its caller's learning of it."""
        return self.is_abandoned or (self.future is not None and self.future.cancelled())

    def settle(self, outcome: Outcome) -> None:
        if self.future is not None and not self.future.done():
            self.future.set_result(outcome)

    def fail(self, error: LedgerError) -> None:
        if self.future is not None and not self.future.done():
            self.future.set_exception(error)


class Writer:
    """`start` before use; `record` and `submit` from any task of the same loop."""

    def __init__(
        self,
        dsn: str,
        meter: WriterMeter,
        *,
        max_batch: int = 200,
        max_waiting: int = 4000,
        on_epoch: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`on_epoch` is told the ledger's epoch at every connection (see sql/epoch.sql)."""
        self._on_epoch = on_epoch
        self._dsn, self._meter, self._max_batch, self._max_waiting = dsn, meter, max_batch, max_waiting
        self._queue: deque[_Pending] = deque()
        self._wake = asyncio.Event()
        self._session: Session | None = None
        self._unknown: tuple[Attempt, list[_Pending]] | None = None
        self._stream: int | None = None
        self._is_closing = False
        self._worker: asyncio.Task[None] | None = None
        self._bisections = (0, 0)
        self._running_since: float | None = None
        self._busy_voids: list[_Pending] = []

    # --- the outside ---

    async def start(self) -> None:
        """Lease a stream and begin. Raises Unavailable, SchemaError when that cannot be done now."""
        await self._connect()
        self._worker = asyncio.create_task(self._work(), name="ledger writer")

    async def close(self, grace_seconds: float = CLOSE_SECONDS) -> None:
        """Write what is queued, then give the stream back; within the grace, whatever Postgres does."""
        self._is_closing = True
        self._wake.set()
        if self._worker is not None:
            _, unfinished = await asyncio.wait({self._worker}, timeout=grace_seconds)
            if unfinished and self._session is not None:
                log.error("closed_unfinished", waiting=len(self._queue))
                self._session.connection.terminate()
                self._worker.cancel()
                await asyncio.wait({self._worker}, timeout=1.0)
            self._give_up("the writer was closed")
        if self._session is not None:
            await self._session.close()

    @property
    def is_ready(self) -> bool:
        return self._session is not None and self._unknown is None and not self.is_stalled

    @property
    def is_stalled(self) -> bool:
        """The batch under way has taken longer than any caller waits."""
        since = self._running_since
        return since is not None and time.perf_counter() - since > STALLED_SECONDS

    @property
    def stream(self) -> int:
        """The stream that this process leases (0..63)."""
        assert self._stream is not None, "not started"
        return self._stream

    @property
    def waiting(self) -> int:
        return len(self._queue)

    async def record(self, command: Command) -> Outcome:
        """Durable when it returns. Raises Unavailable, Overloaded (nothing stored), Poisoned.

        Cancelling this call abandons the command (see above).
        """
        pending = self._accept(command)
        assert pending.future is not None
        try:
            return await pending.future
        except asyncio.CancelledError:
            pending.is_abandoned = True
            if pending.future.done() and not pending.future.cancelled() and pending.future.exception() is None:
                self._void_if_approved(pending, pending.future.result())
            raise

    def submit(self, command: Command) -> asyncio.Future[Outcome]:
        """As `record`, for jobs with many commands under way; not to be cancelled. Raises as `record` does."""
        future = self._accept(command).future
        assert future is not None
        return future

    async def reserve_ids(self, count: int) -> range:
        """Durable ids for rows outside the batches (accounts, cards). Only while no batch is under way."""
        if self._session is None:
            raise Unavailable("Postgres is away")
        assert not self._queue, "ids are reserved by jobs that own their journal"
        return await self._session.reserve_ids(count)

    # --- the worker ---

    def _accept(self, command: Command) -> _Pending:
        if not self.is_ready:
            raise Unavailable("Postgres is away")
        if len(self._queue) >= self._max_waiting:
            raise Overloaded(f"{len(self._queue)} commands are waiting")
        pending = _Pending(command, asyncio.get_running_loop().create_future())
        self._enqueue(pending)
        return pending

    def _enqueue(self, pending: _Pending) -> None:
        self._queue.append(pending)
        self._wake.set()

    async def _work(self) -> None:
        while not (self._is_closing and not self._queue and not self._busy_voids and self._unknown is None):
            if self._session is None or self._session.connection.is_closed():
                await self._reconnect()
                continue
            batch = self._take()
            if batch:
                await self._run(batch)
            else:
                self._wake.clear()
                await self._wake.wait()

    def _take(self) -> list[_Pending]:
        batch: list[_Pending] = []
        while self._queue and len(batch) < self._max_batch:
            is_alone = insists_on_a_day(self._queue[0].command)
            if is_alone and batch:
                break
            pending = self._queue.popleft()
            if not pending.is_abandoned:
                batch.append(pending)
                if is_alone:
                    break
        return batch

    async def _run(self, batch: list[_Pending]) -> None:
        assert self._session is not None
        self._running_since = started = time.perf_counter()
        try:
            outcomes = await self._session.run([pending.command for pending in batch])
        except CommitUnknown as error:
            self._unknown = (error.attempt, batch)
            await self._lose_session("a commit is unknown")
        except Unavailable as error:
            self._fail(batch, error)
            if isinstance(error, Fenced) or self._session.connection.is_closed():
                await self._lose_session(str(error))
        except Exception as error:  # noqa: BLE001 - anything a single command can provoke: find it, keep the others
            await self._isolate(batch, error)
        else:
            self._meter.batch_committed(len(batch), time.perf_counter() - started)
            self._settle(batch, outcomes)
        finally:
            self._running_since = None

    def _settle(self, batch: list[_Pending], outcomes: list[Outcome]) -> None:
        for pending, outcome in zip(batch, outcomes, strict=True):
            if pending.is_void and outcome.verdict is Verdict.BUSY:
                self._busy_voids.append(pending)
                asyncio.get_running_loop().call_later(BUSY_PAUSE_SECONDS, self._try_busy_voids)
            elif pending.is_void:
                if outcome.verdict is Verdict.VOIDED:
                    self._meter.approval_voided()
            elif pending.was_given_up:
                self._void_if_approved(pending, outcome)
            else:
                pending.settle(outcome)

    def _try_busy_voids(self) -> None:
        voids, self._busy_voids = self._busy_voids, []
        for pending in voids:
            self._enqueue(pending)

    def _void_if_approved(self, pending: _Pending, outcome: Outcome) -> None:
        """The network was told 91, so what was recorded for it must say so too, unless a repeat of it is answered."""
        command = pending.command
        if isinstance(command, Authorize) and outcome.authorization_id is not None:
            request = command.request
            self._enqueue(_Pending(Void(request.key, request.account_id, request.transmitted_at), None))

    def _fail(self, batch: list[_Pending], error: LedgerError) -> None:
        for pending in batch:
            if pending.is_void:
                self._queue.append(pending)
            else:
                pending.fail(error)

    async def _isolate(self, batch: list[_Pending], error: Exception) -> None:
        """Bury what is seen to be poison, find the rest of it by halves, or one by one; everybody else is recorded."""
        flaws = [(pending, flaw) for pending in batch if (flaw := flaw_of(pending.command)) is not None]
        if len(batch) == 1:
            await self._bury(batch[0], flaws[0][1] if flaws else told(error))
            return
        if flaws:
            for pending, flaw in flaws:
                await self._bury(pending, flaw)
            seen = {id(pending) for pending, _ in flaws}
            parts = [[pending for pending in batch if id(pending) not in seen]]
        elif self._may_bisect():
            middle = len(batch) // 2
            parts = [batch[:middle], batch[middle:]]
        else:
            parts = [[pending] for pending in batch]  # slow for as long as it lasts, but nobody is turned away
        for part in filter(None, parts):
            if self._session is None:
                self._fail(part, WentAway("Postgres went away"))
            else:
                await self._run(part)

    def _may_bisect(self) -> bool:
        second, used = int(time.monotonic()), self._bisections[1] + 1
        self._bisections = (second, used if self._bisections[0] == second else 1)
        return self._bisections[1] <= BISECTIONS_PER_SECOND

    async def _bury(self, pending: _Pending, reason: str) -> None:
        payload_hash = sha256(repr(pending.command).encode(errors="backslashreplace")).digest()
        name, message_id = type(pending.command).__name__, _message_id(pending.command)
        log.error("command_poisoned", command=name, message_id=message_id, reason=reason, payload=payload_hash.hex())
        self._meter.command_poisoned()
        if self._session is not None:
            with contextlib.suppress(Exception):
                await self._session.dead_letter(pending.command, payload_hash, reason)
        pending.fail(Poisoned(reason))

    # --- the connection ---

    async def _connect(self) -> None:
        session = await Session.open(self._dsn, prefer=self._stream)
        loop = asyncio.get_running_loop()
        session.connection.add_termination_listener(lambda _: loop.call_soon(self._wake.set))
        self._session, self._stream = session, session.stream
        self._on_epoch(session.epoch)
        self._meter.writer_changed(True)
        log.info("stream_leased", stream=session.stream)

    async def _lose_session(self, why: str) -> None:
        session, self._session = self._session, None
        self._meter.writer_changed(False)
        log.warning("stream_lost", why=why)
        if session is not None:
            session.connection.terminate()
        self._fail_waiting()

    def _fail_waiting(self) -> None:
        waiting, voids = list(self._queue), [p for p in self._queue if p.is_void]
        self._queue.clear()
        self._queue.extend(voids)
        for pending in waiting:
            pending.fail(Unavailable("Postgres is away"))

    async def _reconnect(self) -> None:
        """Until Postgres is back (or we close): lease a stream, then settle the commit whose end we did not see."""
        if self._session is not None:
            await self._lose_session("the connection was closed")
        pause = 0.05
        while self._session is None:
            try:
                await self._connect()
            except (LedgerError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
                if self._is_closing:
                    self._give_up(str(error))
                    return
                log.warning("postgres_away", why=str(error))
                await asyncio.sleep(pause)
                pause = min(pause * 2, 1.0)
        await self._resolve_unknown()

    async def _resolve_unknown(self) -> None:
        if self._unknown is None or self._session is None:
            return
        attempt, batch = self._unknown
        try:
            happened = await self._session.resolve(attempt)
        except Unavailable as error:
            await self._lose_session(str(error))
            return
        self._unknown = None
        log.warning("commit_resolved", happened=happened, commands=len(batch))
        if happened:
            self._settle(batch, attempt.outcomes)
        else:
            await self._run([pending for pending in batch if not pending.is_abandoned])

    def _give_up(self, why: str) -> None:
        lost = self._unknown[1] if self._unknown else []
        self._unknown = None
        self._fail([p for p in lost if not p.is_void], Unavailable(why))
        for pending in self._queue:
            pending.fail(Unavailable(why))
        self._queue.clear()


def _message_id(command: Command) -> int | None:
    """Of the message that the command came from; None where it came from none."""
    source = command.request if isinstance(command, Authorize | Advise | Reverse) else command
    return getattr(source, "message_id", None)
