"""Verifies the books all the time, in the background of a switch process: new batches first, then everything again and again.

One process at a time does it, under an advisory lock; it also makes the seals. Every process writes the seals to its own
anchors and tells how old the oldest batch is that nobody has verified yet.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar

import asyncpg
import structlog

from ledger import proof_turns
from ledger.anchors import append_missing
from ledger.bites import AccountPass, Backlog, backlog, verify_new, verify_old
from ledger.findings import Finding
from ledger.seals import SEAL_SECONDS, make_seal
from ledger.statements import statement

log = structlog.get_logger("cardline.ledger")

LOCK = 0x63617264_76657269
SHARE = 0.05
"""Of the time, at most, while payments run: after a bite of 30 ms it pauses for 570."""
IDLE_SHARE = 0.5
"""While nobody pays."""
POLL_SECONDS = 1.0
"""Between looks for new batches when all are verified, and the longest wait of the rolling pass."""
RETRY_SECONDS = 5.0
LOGGED = 1000
"""Findings remembered, so that each is a line in the log once."""
SETTINGS = {
    "application_name": "cardline verifier",
    "role": "cardline_verifier",
    "timezone": "UTC",
    "plan_cache_mode": "force_generic_plan",  # planning a window costs as much as reading a small one
    "enable_seqscan": "off",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "work_mem": "16MB",
    "statement_timeout": "20s",
}
FAULTS = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, TimeoutError)
_Result = TypeVar("_Result")


class VerifierMeter(Protocol):
    """What operations see of the verification."""

    def verified_until(self, age_seconds: float) -> None: ...
    def batches_verified(self, count: int) -> None: ...
    def findings_open(self, count: int) -> None: ...


class Verifier:
    """Runs until cancelled. A fault is logged, and everything is tried again on a new connection."""

    def __init__(
        self,
        dsn: str,
        meter: VerifierMeter,
        *,
        anchors: Path | None = None,
        share: float = SHARE,
        seal_seconds: float = SEAL_SECONDS,
    ) -> None:
        self._dsn, self._meter, self._anchors, self._share, self._seal_seconds = dsn, meter, anchors, share, seal_seconds
        self._accounts = AccountPass()
        self._turns = proof_turns.all_turns()
        self._logged: dict[Finding, None] = {}
        self._worked = 0.0
        self._is_accounts_turn = True

    async def run(self) -> None:
        await self._with_connection(SETTINGS, self._watch)

    async def _with_connection(self, settings: dict[str, str], work: Callable[[Any], Awaitable[None]]) -> None:
        while True:
            try:
                connection = await asyncpg.connect(self._dsn, timeout=10, server_settings=settings)
                try:
                    await work(connection)
                finally:
                    connection.terminate()
            except FAULTS as error:
                log.warning("verifier_failed", why=type(error).__name__)
            await asyncio.sleep(RETRY_SECONDS)

    async def _watch(self, connection: Any) -> None:
        """The proofs of the whole books run beside, for as long as this connection leads."""
        proving: asyncio.Task[None] | None = None
        seal_due = 0.0
        heads: dict[int, int] = {}
        try:
            while True:
                self._worked = 0.0
                if proving is None and await connection.fetchval("select pg_try_advisory_lock($1)", LOCK):
                    proving = asyncio.create_task(self._with_connection(proof_turns.SETTINGS, self._prove), name="proofs")
                waiting = await backlog(connection)
                await self._tell(connection, waiting)
                if proving is not None:
                    await self._work(connection, waiting)
                if time.monotonic() >= seal_due:
                    seal_due = time.monotonic() + self._seal_seconds
                    await self._seal(connection, is_leading=proving is not None)
                is_idle, heads = heads == waiting.heads, waiting.heads
                await self._pause(is_idle, has_more=proving is not None and waiting.oldest is not None)
        finally:
            if proving is not None:
                proving.cancel()
                await asyncio.gather(proving, return_exceptions=True)

    async def _prove(self, connection: Any) -> None:
        await proof_turns.prove_in_turns(connection, self._turns, self._raise, anchors=self._anchors, share=self._share)

    async def _tell(self, connection: Any, waiting: Backlog) -> None:
        age = (datetime.now(UTC) - waiting.oldest).total_seconds() if waiting.oldest else 0.0
        self._meter.verified_until(max(0.0, age))
        await self._raise(connection, waiting.findings)
        self._meter.findings_open(await connection.fetchval(
            "select count(*) from ledger.exception where kind = 'books_do_not_hold' and status = 'open'"
        ))  # fmt: skip

    async def _work(self, connection: Any, waiting: Backlog) -> None:
        if waiting.oldest is not None:
            findings, count = await self._timed(lambda: verify_new(connection, waiting))
            self._meter.batches_verified(count)
        elif self._is_accounts_turn:
            findings = await self._timed(lambda: self._accounts.bite(connection))
        else:
            findings = await self._timed(lambda: verify_old(connection))
        self._is_accounts_turn = not self._is_accounts_turn
        await self._raise(connection, findings)

    async def _seal(self, connection: Any, is_leading: bool) -> None:
        if is_leading:
            await make_seal(connection, datetime.now(UTC))
        if self._anchors is not None:
            await append_missing(connection, self._anchors)

    async def _raise(self, connection: Any, findings: list[Finding]) -> None:
        """An item as long as it is found, also after somebody closed the last one; a line in the log once."""
        for finding in findings:
            if finding not in self._logged:
                log.error("books_do_not_hold", proof=finding.proof, subject=finding.subject, detail=finding.detail)
                self._logged[finding] = None
                if len(self._logged) > LOGGED:
                    del self._logged[next(iter(self._logged))]
            about = f"{finding.proof}: {finding.subject}: "
            await connection.execute(statement("raise_finding"), about + finding.detail, about)

    async def _timed(self, work: Callable[[], Awaitable[_Result]]) -> _Result:
        begun = time.monotonic()
        try:
            return await work()
        finally:
            self._worked = time.monotonic() - begun

    async def _pause(self, is_idle: bool, *, has_more: bool) -> None:
        share = IDLE_SHARE if is_idle else self._share
        pause = self._worked * (1 / share - 1)
        await asyncio.sleep(pause if has_more else max(pause, POLL_SECONDS))
