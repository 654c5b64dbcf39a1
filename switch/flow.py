"""The door of the stories: bytes are decoded, the story of the message's class is told, a reply is encoded.

The only place that opens a deadline. Batching hides in the rooms below; nobody calls back up. Whatever happens, the message
ends in one line of the log and one observation.
"""

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol

import structlog

from authorizer.errors import AuthorizerError, StoreOverloadedError
from authorizer.reasons import DeclineReason
from ledger.errors import LedgerError, Overloaded, Poisoned
from switch.arrival import Arrival, Exchange, Told
from switch.connection import Connection
from switch.fairness import Shares
from switch.iso8583 import Malformed, Message
from switch.message_ids import MessageIds
from switch.responses import APPROVED, SYSTEM_ERROR, format_error, is_response, message_class, reply, response_mti
from switch.stories.acknowledgement import acknowledged, not_accepted
from switch.stories.advice import advise
from switch.stories.authorization import authorize
from switch.stories.endings import refused
from switch.stories.network_management import manage
from switch.stories.reversal import reverse
from switch.stories.rooms import Rooms

log = structlog.get_logger("cardline.message")

NO_ELEMENT = (None, 1)
"""Where a message fails that has no readable header: in its type or its bit maps."""


class FlowMeter(Protocol):
    """What operations see of the messages. Seconds are receipt to reply."""

    def message(self, link: str, mti: str, direction: str) -> None: ...
    def authorization(self, decision: str, reason: str, seconds: float) -> None: ...
    def authorization_late(self) -> None: ...
    def repeated(self) -> None: ...
    def malformed(self, link: str) -> None: ...
    def overloaded(self, link: str) -> None: ...
    def shadow_difference(self, change: str) -> None: ...


class MessageSink(Protocol):
    """Where messages are kept for people; masks before it stores. Never blocks, never raises."""

    def keep(self, exchange: Exchange) -> None: ...


class Flow:
    """Turns request bytes into reply bytes. One per process; all connections of all links share it."""

    def __init__(
        self, rooms: Rooms, meter: FlowMeter, messages: MessageSink, message_ids: MessageIds, *, max_inflight: int = 2000
    ) -> None:
        self._rooms, self._meter, self._messages, self._ids = rooms, meter, messages, message_ids
        self._shares = Shares(max_inflight)
        self._log = log.bind()  # once, not for every message

    async def handle(self, connection: Connection, payload: bytes, received_at: float) -> bytes | None:
        """The server's handler: a request's payload to its reply's, None where there is nothing to say."""
        at, codec, message_id = datetime.now(UTC), connection.codec, self._ids.next()
        decoded = codec.decode(payload)
        self._meter.message(connection.link_name, decoded.mti or "unreadable", "in")
        if isinstance(decoded, Malformed):
            told = self._malformed(connection, decoded, message_id)
        elif is_response(decoded.mti):
            told = Told(None, *connection.settle(decoded))
        else:
            arrival = Arrival(decoded, message_id, at, received_at, codec.character_set, connection)
            try:
                told = await self._bounded(arrival)
            except Exception:
                log.error(  # noqa: TRY400 - a traceback carries the message; `handler_failed` says where
                    "request_failed", message_id=message_id, link=connection.link_name, mti=decoded.mti,
                    stan=decoded.elements.get(11), rrn=decoded.elements.get(37),
                )  # fmt: skip
                raise
        return self._ended(connection, decoded, told, message_id, at, received_at)

    async def _bounded(self, arrival: Arrival) -> Told:
        connection = arrival.connection
        if connection not in self._shares and not connection.closed.is_set():
            self._shares.join(connection)
            connection.when_closed(self._shares.leave)
        if not self._shares.begin(connection, connection.link_name, connection.profile.max_inflight_per_link):
            self._meter.overloaded(connection.link_name)
            return refused(arrival, DeclineReason.OVERLOADED)
        try:
            async with asyncio.timeout(arrival.seconds_left):
                return await self._tell(arrival)
        except TimeoutError:
            return refused(arrival, DeclineReason.TIMEOUT)
        except (Overloaded, StoreOverloadedError):
            self._meter.overloaded(connection.link_name)
            return refused(arrival, DeclineReason.OVERLOADED)
        except Poisoned:
            return Told(reply(arrival.message, SYSTEM_ERROR), "failed", "poisoned")
        except (LedgerError, AuthorizerError):
            return refused(arrival, DeclineReason.SYSTEM_UNAVAILABLE)
        finally:
            self._shares.end(connection, connection.link_name)

    async def _tell(self, arrival: Arrival) -> Told:
        rooms = self._rooms
        match message_class(arrival.message.mti):
            case "0100" | "0200":
                return await authorize(rooms, arrival)
            case "0120" | "0220":
                return await advise(rooms, arrival)
            case "0400" | "0420":
                return await reverse(rooms, arrival)
            case "0180":
                return await acknowledged(rooms, arrival)
            case "0190":
                return await not_accepted(rooms, arrival)
            case "0620":
                return Told(reply(arrival.message, APPROVED), "accepted", "administrative")
            case "0800" | "0820":
                return manage(arrival)
            case _ if response_mti(arrival.message.mti) is None:
                return Told(None, "ignored", "no_answer_due")
            case _:
                return refused(arrival, DeclineReason.TRANSACTION_NOT_SUPPORTED)

    def _malformed(self, connection: Connection, decoded: Malformed, message_id: int) -> Told:
        self._meter.malformed(connection.link_name)
        log.warning(
            "malformed", message_id=message_id, link=connection.link_name, element=decoded.element, offset=decoded.offset,
            why=decoded.reason,
        )  # fmt: skip
        is_header_readable = decoded.mti is not None and decoded.element not in NO_ELEMENT
        answered = format_error(decoded, decoded.element) if is_header_readable else None
        return Told(answered, "malformed", DeclineReason.FORMAT_ERROR.value)

    def _ended(
        self, connection: Connection, decoded: Message | Malformed, told: Told, message_id: int, at: datetime, received_at: float
    ) -> bytes | None:
        codec = connection.codec
        payload = codec.encode(told.reply) if told.reply is not None else None
        seconds = time.perf_counter() - received_at
        code = told.reply.text(39) if told.reply is not None else None
        if told.reply is not None:
            self._meter.message(connection.link_name, told.reply.mti, "out")
        self._messages.keep(
            Exchange(message_id, connection.link_name, codec.character_set, at, decoded, datetime.now(UTC), told.reply)
        )
        if decoded.mti and message_class(decoded.mti) in ("0100", "0200"):
            self._meter.authorization(told.decision, told.reason, seconds)
            if seconds > connection.profile.response_deadline_seconds:
                self._meter.authorization_late()
        if told.is_repeat:
            self._meter.repeated()
        elements = decoded.elements
        self._log.info(
            "message",
            message_id=message_id,
            link=connection.link_name,
            mti=decoded.mti,
            stan=elements.get(11),
            rrn=elements.get(37),
            response_code=code,
            decision=told.decision,
            reason=told.reason,
            repeat=told.is_repeat,
            authorization_id=told.authorization_id,
            milliseconds=round(seconds * 1000, 3),
        )
        return payload
