"""Our requests on one link: sent on one of its connections, awaited, and told how they ended.

The I/O around outgoing, which says whose reply is whose. What a request means is its caller's affair.
"""

import asyncio
import itertools
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from enum import Enum

import structlog

from switch.connection import Connection, SwitchMeter
from switch.iso8583 import Message
from switch.outgoing import Late, Matched, Outgoing, Refusal, Unmatched
from switch.profile import NetworkProfile

log = structlog.get_logger(__name__)

STANS = 999_999


class NoReply(Enum):
    """Why there is no reply."""

    TIMEOUT = "timeout"
    CONNECTION_LOST = "connection_lost"
    NOT_CONNECTED = "not_connected"
    DRAINING = "draining"
    TOO_MANY = "too_many"
    KEY_IN_USE = "key_in_use"


_REFUSED = {Refusal.TOO_MANY: NoReply.TOO_MANY, Refusal.KEY_IN_USE: NoReply.KEY_IN_USE}
_Waiting = asyncio.Future[Message | NoReply]
OnSent = Callable[[str, str, Message], None]
"""Told the link, its character set and each request of ours that leaves; keeps it for people. Never blocks, never raises."""


class Requests:
    """What one link has asked its network."""

    def __init__(self, link_name: str, profile: NetworkProfile, meter: SwitchMeter, on_sent: OnSent | None = None) -> None:
        self._link_name, self._profile, self._meter, self._on_sent = link_name, profile, meter, on_sent
        self._outgoing: Outgoing[_Waiting] = Outgoing(profile.max_outgoing)
        self._stans = itertools.count(secrets.randbelow(STANS))  # a restart must not begin with the numbers of before
        self._timer: asyncio.TimerHandle | None = None

    def stan(self) -> str:
        """000001 to 999999 and round again."""
        return f"{next(self._stans) % STANS + 1:06d}"

    def management(self, code: str) -> Message:
        """An 0800 of ours with this DE 70."""
        return self._profile.management.request(code, self.stan(), f"{datetime.now(UTC):%m%d%H%M%S}")

    async def exchange(self, message: Message, connection: Connection, timeout_seconds: float) -> Message | NoReply:
        """Send a request and wait for its reply. EncodeError where it cannot be written; a cancelled wait is withdrawn."""
        if connection.closed.is_set():
            return NoReply.CONNECTION_LOST
        loop = asyncio.get_running_loop()
        frame = connection.link.frame(connection.codec.encode(message))
        waiting: _Waiting = loop.create_future()
        refusal = self._outgoing.sent(message, waiting, loop.time(), timeout_seconds)
        if refusal is not None:
            return _REFUSED[refusal]
        self._arm()
        connection.awaits.add(waiting)
        connection.send(frame)
        if self._on_sent is not None:
            self._on_sent(self._link_name, self._profile.character_set, message)
        try:
            found = await waiting
        finally:
            connection.awaits.discard(waiting)
            self._outgoing.withdraw(message, loop.time())
            self._arm()
        if found is NoReply.TIMEOUT:
            self._meter.reply(self._link_name, "unanswered")
        return found

    def settle(self, reply: Message) -> tuple[str, str]:
        """Hand a reply to whoever waits for it. Decision and reason, for the one line of its message."""
        match self._outgoing.answered(reply, asyncio.get_running_loop().time()):
            case Matched(waiter=waiting, seconds=seconds):
                self._meter.reply(self._link_name, "matched")
                self._end(waiting, reply)
                log.debug("reply_matched", link=self._link_name, seconds=round(seconds, 4))
                return "matched", "reply_matched"
            case Late(key=key, seconds=seconds):
                self._meter.reply(self._link_name, "late")
                log.warning("reply_late", link=self._link_name, key=str(key), late_seconds=round(seconds, 3))
                return "late", "reply_late"
            case Unmatched() as unmatched:
                self._meter.reply(self._link_name, "unmatched")
                log.warning("reply_unmatched", link=self._link_name, why=unmatched.explanation)
                return "unmatched", "reply_unmatched"

    def abandon(self, connection: Connection) -> None:
        """The connection is gone, and the replies that were to come on it."""
        for waiting in connection.awaits:
            self._end(waiting, NoReply.CONNECTION_LOST)

    @staticmethod
    def _end(waiting: _Waiting, result: Message | NoReply) -> None:
        if not waiting.done():
            waiting.set_result(result)

    def _arm(self) -> None:
        due = self._outgoing.next_timer()
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(due, self._on_timer) if due is not None else None

    def _on_timer(self) -> None:
        for waiting in self._outgoing.timeout(asyncio.get_running_loop().time()):
            self._end(waiting, NoReply.TIMEOUT)
        self._arm()
