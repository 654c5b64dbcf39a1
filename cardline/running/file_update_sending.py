"""Sends what the ledger's outbox has for the networks' stand-in: claims, asks, writes down what came of it. Beside the payments.

What a message says and an answer means is in `switch.file_updates`, what may be claimed in `ledger.file_updates`. A row
waits unharmed while its link is down or nobody has signed on there.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

import asyncpg
import structlog

from authorizer.errors import SealedPanError
from authorizer.sealed_pan import PanCipher
from ledger.file_updates import ClaimedUpdate, Ending, claim_updates, finish_update
from switch.errors import SwitchError
from switch.file_updates import FileUpdate, Listing, Next, UpdateCode, concluded, file_update_message
from switch.iso8583 import Message
from switch.server import NoReply, SwitchServer

log = structlog.get_logger("cardline.file_updates")

POLL_SECONDS = 1.0
"""How soon a change is told; one small query where a network that takes updates is signed on, none elsewhere."""
AT_ONCE = 16
"""Updates in flight per process: a network's file takes few, and payments come first on the link."""
CLAIM_SLACK_SECONDS = 10.0
"""A claim outlasts the wait for the answer by this, for what is done before and after."""
_UNSENT = frozenset({NoReply.NOT_CONNECTED, NoReply.DRAINING, NoReply.TOO_MANY, NoReply.KEY_IN_USE})
_AWAY = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


class UpdateMeter(Protocol):
    def file_update(self, link: str, outcome: str) -> None:
        """One attempt has ended: done, again, otherwise, failed, unsent."""


class FileUpdateSender:
    """One per process; the processes share the work by claims."""

    def __init__(
        self,
        pool: Any,
        cipher: PanCipher,
        servers: Sequence[SwitchServer],
        passwords: Mapping[str, str],
        meter: UpdateMeter,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`servers`: of the links that take file updates; `passwords` of DE 96 by link, "" for none."""
        self._pool, self._cipher, self._meter, self._now = pool, cipher, meter, now
        self._servers = {server.link_name: server for server in servers}
        self._passwords = {
            name: passwords.get(name, "").encode(server.profile.character_set) for name, server in self._servers.items()
        }
        answers = [server.profile.file_updates.response_seconds for server in servers]
        self._claim_seconds = max(answers, default=0.0) + CLAIM_SLACK_SECONDS

    async def run(self) -> None:
        """Until cancelled. What was in flight then is claimed again, by whoever is there, when its claim is over."""
        while True:
            try:
                if not await self.round():
                    await asyncio.sleep(POLL_SECONDS)
            except _AWAY as error:
                log.warning("file_updates_failed", why=type(error).__name__)
                await asyncio.sleep(POLL_SECONDS)

    async def round(self) -> int:
        """Claim what is due and see it through. How many attempts ended other than unsent."""
        ready = [name for name, server in self._servers.items() if server.is_signed_on]
        if not ready:
            return 0
        claimed = await claim_updates(self._pool, ready, most=AT_ONCE, seconds=self._claim_seconds)
        return sum(await asyncio.gather(*(self._see_through(update) for update in claimed)))

    async def _see_through(self, update: ClaimedUpdate) -> bool:
        ending, outcome = await self._attempt(update)
        self._meter.file_update(update.link, outcome)
        try:
            is_ours = await finish_update(self._pool, update, ending)
        except _AWAY as error:  # claimed and said again later, which the network's file takes
            log.warning("file_update_not_finished", update_id=update.update_id, why=type(error).__name__)
            return ending.was_sent
        say = log.warning if ending.state == "failed" or not is_ours else log.info
        say("file_update", update_id=update.update_id, card_id=update.card_id, link=update.link, listing=update.listing,
            attempt=update.attempts, result=ending.result, outcome=outcome, is_ours=is_ours)  # fmt: skip
        return ending.was_sent

    async def _attempt(self, update: ClaimedUpdate) -> tuple[Ending, str]:
        server, code = self._servers[update.link], UpdateCode(update.update_code)
        said = server.profile.file_updates
        try:
            message = self._message(update, server, code)
            found = await server.request(message, timeout_seconds=said.response_seconds, signed_on=True)
        except SealedPanError as error:
            log.error("number_does_not_open", why=str(error))  # noqa: TRY400 - it says which card; there is no more to trace
            return Ending("failed", code, "number_does_not_open"), Next.FAILED.value
        except SwitchError:
            return Ending("failed", code, "cannot_be_written"), Next.FAILED.value
        if isinstance(found, NoReply) and found in _UNSENT:
            return Ending("pending", code, found.value, said.retry_first_seconds, was_sent=False), "unsent"
        answered = found.text(39) if isinstance(found, Message) else None
        silence = found.value if isinstance(found, NoReply) else ""
        end = concluded(said, code, update.attempts, answered, silence=silence)
        state = {Next.DONE: "done", Next.FAILED: "failed"}.get(end.what, "pending")
        pause = said.pause_seconds(update.attempts) if end.what is Next.AGAIN else 0.0
        return Ending(state, end.code, end.result, pause), end.what.value

    def _message(self, update: ClaimedUpdate, server: SwitchServer, code: UpdateCode) -> Message:
        pan = self._cipher.open(update.sealed_number, update.card_id)
        return file_update_message(
            server.profile.file_updates,
            FileUpdate(pan, Listing(update.listing), code, update.expiry),
            forwarder=server.profile.management.forwarder,
            stan=server.stan(),
            transmitted=f"{self._now():%m%d%H%M%S}",
            password=self._passwords[update.link],
        )
