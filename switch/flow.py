"""The story of each message, one function per class, as ordinary awaits. The only place that opens a deadline.

Bytes are decoded, a story is told, a reply is encoded. Batching hides in the rooms below; nobody calls back up.
Whatever happens, the message ends in one line of the log and one observation.
"""

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import structlog

from authorizer.decide import Approved, Decision, Policy, decide
from authorizer.errors import AuthorizerError, StoreOverloadedError
from authorizer.facts import CardFacts
from authorizer.hsm import Hsm
from authorizer.reasons import DeclineReason
from authorizer.request import AuthorizationClass, AuthorizationRequest, Effect
from authorizer.reservation import Reservation
from authorizer.shadow import shadowed
from authorizer.store import Store
from authorizer.tokens import Tokenizer
from ledger.commands import Advise, Answer, Authorize, Outcome, Reverse, Verdict
from ledger.errors import LedgerError, Overloaded, Poisoned
from ledger.journal import Journal
from switch import translate
from switch.arrival import Arrival, Exchange, Told
from switch.connection import Connection
from switch.fairness import Shares
from switch.instructions import obey
from switch.iso8583 import Malformed, Message
from switch.message_ids import MessageIds
from switch.responses import (
    ANSWERS,
    APPROVED,
    NOT_DECLINED,
    RESPONSE_CODES,
    SYSTEM_ERROR,
    answer,
    format_error,
    is_response,
    message_class,
    reply,
    response_mti,
)
from switch.translate import Financial, FormatError

log = structlog.get_logger("cardline.message")

NO_ELEMENT = (None, 1)
"""Where a message fails that has no readable header: in its type or its bit maps."""


class FlowMeter(Protocol):
    """What operations see of the messages. Seconds are receipt to reply."""

    def message(self, link: str, mti: str, direction: str) -> None: ...
    def authorization(self, decision: str, reason: str, seconds: float) -> None: ...
    def stage(self, stage: str, seconds: float) -> None: ...
    def repeated(self) -> None: ...
    def malformed(self, link: str) -> None: ...
    def overloaded(self, link: str) -> None: ...
    def shadow_difference(self, change: str) -> None: ...


class MessageSink(Protocol):
    """Where messages are kept for people; masks before it stores. Never blocks, never raises."""

    def keep(self, exchange: Exchange) -> None: ...


@dataclass(frozen=True, slots=True)
class Rooms:
    """What the stories are told with."""

    store: Store
    journal: Journal
    hsm: Hsm
    tokenizer: Tokenizer
    policy: Policy
    shadow: Policy | None = None
    """A draft that is asked too, without effect."""


class Flow:
    """Turns request bytes into reply bytes. One per process; all connections of all links share it."""

    def __init__(
        self, rooms: Rooms, meter: FlowMeter, messages: MessageSink, message_ids: MessageIds, *, max_inflight: int = 2000
    ) -> None:
        self._rooms, self._meter, self._messages, self._ids = rooms, meter, messages, message_ids
        self._shares = Shares(max_inflight)

    async def handle(self, connection: Connection, payload: bytes, received_at: float) -> bytes | None:
        """The server's handler: a request's payload to its reply's, None where there is nothing to say."""
        at, codec, message_id = datetime.now(UTC), connection.codec, self._ids.next()
        decoded = codec.decode(payload)
        self._meter.message(connection.link_name, decoded.mti or "unreadable", "in")
        if isinstance(decoded, Malformed):
            told = self._malformed(connection, decoded)
        elif is_response(decoded.mti):
            told = Told(None, *connection.settle(decoded))
        else:
            arrival = Arrival(decoded, message_id, at, received_at, codec.character_set, connection)
            told = await self._bounded(arrival)
        return self._ended(connection, decoded, told, message_id, at, received_at)

    async def _bounded(self, arrival: Arrival) -> Told:
        connection = arrival.connection
        if connection not in self._shares and not connection.closed.is_set():
            self._shares.join(connection)
            connection.when_closed(self._shares.leave)
        if not self._shares.begin(connection, connection.link_name, connection.profile.max_inflight_per_link):
            self._meter.overloaded(connection.link_name)
            return _refused(arrival, DeclineReason.OVERLOADED)
        try:
            async with asyncio.timeout(arrival.seconds_left):
                return await self._tell(arrival)
        except TimeoutError:
            return _refused(arrival, DeclineReason.TIMEOUT)
        except (Overloaded, StoreOverloadedError):
            self._meter.overloaded(connection.link_name)
            return _refused(arrival, DeclineReason.OVERLOADED)
        except Poisoned:
            return Told(reply(arrival.message, SYSTEM_ERROR), "failed", "poisoned")
        except (LedgerError, AuthorizerError):
            return _refused(arrival, DeclineReason.SYSTEM_UNAVAILABLE)
        finally:
            self._shares.end(connection, connection.link_name)

    async def _tell(self, arrival: Arrival) -> Told:
        match message_class(arrival.message.mti):
            case "0100":
                return await self._authorize(arrival)
            case "0120":
                return await self._advise(arrival)
            case "0400" | "0420":
                return await self._reverse(arrival)
            case "0620":
                return Told(reply(arrival.message, APPROVED), "accepted", "administrative")
            case "0800" | "0820":
                return _manage(arrival)
            case _ if response_mti(arrival.message.mti) is None:
                return Told(None, "ignored", "no_answer_due")
            case _:
                return _refused(arrival, DeclineReason.TRANSACTION_NOT_SUPPORTED)

    # --- 0100 ---

    async def _authorize(self, arrival: Arrival) -> Told:
        """Facts, rules, then the ledger's last word; the answer leaves only after the commit (G1)."""
        rooms, message = self._rooms, arrival.message
        if not arrival.connection.link.may_authorize:
            return _refused(arrival, DeclineReason.SYSTEM_UNAVAILABLE)
        parts = self._financial(arrival)
        if isinstance(parts, FormatError):
            return _format_error(arrival, parts)
        request = translate.authorization_request(message, parts, rooms.hsm)
        held = _held_amount(request)
        started = time.perf_counter()
        reservation = await rooms.store.reserve(
            parts.token, held, parts.key.digest, _deadline_ms(arrival),
            is_partial=request.may_be_partial, is_counted=not request.is_increment,
        )  # fmt: skip
        self._meter.stage("reserve", time.perf_counter() - started)
        try:
            outcome = await self._decided(arrival, parts, request, reservation)
        except BaseException:
            rooms.store.undo(reservation)
            raise
        self._settle_cache(reservation, outcome)
        if outcome.verdict in (Verdict.STALE_FACTS, Verdict.BUSY):
            return _refused(arrival, DeclineReason.SYSTEM_UNAVAILABLE)
        added = translate.added_elements(message, parts, outcome, request, arrival.charset)
        return _told(reply(message, outcome.response_code, added), outcome)

    async def _decided(
        self, arrival: Arrival, parts: Financial, request: AuthorizationRequest, reservation: Reservation
    ) -> Outcome:
        """Decide and record; on stale facts reload them from the ledger and do so once more."""
        outcome = await self._record(self._command(arrival, parts, request, reservation))
        if outcome.verdict is Verdict.STALE_FACTS:
            reservation = await self._rooms.store.again(parts.token)
            outcome = await self._record(self._command(arrival, parts, request, reservation))
        if self._rooms.shadow is not None and not outcome.is_repeat:
            change = shadowed(self._rooms.policy, self._rooms.shadow, request, reservation, arrival.at)
            if change is not None:
                self._meter.shadow_difference(change)
        return outcome

    async def _record(self, command: Authorize | Advise | Reverse) -> Outcome:
        started = time.perf_counter()
        outcome = await self._rooms.journal.record(command)
        self._meter.stage("record", time.perf_counter() - started)
        return outcome

    def _command(self, arrival: Arrival, parts: Financial, request: AuthorizationRequest, reservation: Reservation) -> Authorize:
        facts = reservation.facts
        decision = decide(request, facts, self._rooms.policy, arrival.at, reservation.usage)
        approved = isinstance(decision, Approved)
        return Authorize(
            request=parts.request(facts, arrival.message_id, arrival.at),
            facts_version=facts.facts_version if facts else 0,
            refusal=None if isinstance(decision, Approved) else answer(decision.reason),
            approved=_approval(request),
            approval_code=_approval_code(parts.key.digest),
            expires_at=decision.expires_at if isinstance(decision, Approved) else arrival.at,
            rule="" if isinstance(decision, Approved) else decision.rule,
            policy=decision.policy,
            seen=_seen(facts, request, decision),
            answers=ANSWERS,
            at_most=decision.at_most if isinstance(decision, Approved) else None,
            partial=isinstance(decision, Approved) and decision.partial,
            holds=approved and request.effect is Effect.SPEND,
            chain_trace=translate.chain_trace(arrival.message, parts),
        )

    def _settle_cache(self, reservation: Reservation, outcome: Outcome) -> None:
        """Tell the cache what the commit made of the reservation. Never awaited: the answer does not wait for it."""
        mark = outcome.mark
        if mark is None:
            self._rooms.store.undo(reservation)
            return
        self._rooms.store.confirm(
            reservation,
            version=mark.version,
            available=mark.available,
            facts_version=mark.facts_version,
            locked_version=mark.locked_version,
            locked_available=mark.locked_available,
            taken=outcome.amount if outcome.verdict in (Verdict.APPROVED, Verdict.PARTIAL) else 0,
        )

    # --- 0120, 0400, 0420 ---

    async def _advise(self, arrival: Arrival) -> Told:
        """A decision that the network has made: recorded, held even beyond the balance, never declined."""
        parts = self._financial(arrival)
        if isinstance(parts, FormatError):
            return _format_error(arrival, parts)
        request = translate.authorization_request(arrival.message, parts, self._rooms.hsm)
        facts = await self._rooms.store.reload(parts.token)
        code = translate.clean(arrival.message.text(39)) or APPROVED
        is_hold = code in translate.APPROVED_BY_NETWORK and request.effect is Effect.SPEND
        policy = self._rooms.policy
        is_foreign = facts is not None and facts.asset != parts.asset
        outcome = await self._record(
            Advise(
                request=parts.request(facts, arrival.message_id, arrival.at),
                response_code=code,
                approval_code=translate.clean(arrival.message.text(38)) or None,
                expires_at=arrival.at + policy.lifetime(request),
                policy=f"{policy.name}/{policy.version}",
                holds=is_hold and facts is not None and not is_foreign,
                raises="advice_in_another_currency" if is_hold and is_foreign else None,
            )
        )
        self._refresh_cache(facts, outcome)
        kept = translate.kept_additional_data(parts, arrival.charset)
        return _told(reply(arrival.message, outcome.response_code, kept), outcome)

    async def _reverse(self, arrival: Arrival) -> Told:
        """Undo all or part of an authorization; one that is not known yet is cancelled when it comes."""
        parts = self._financial(arrival)
        if isinstance(parts, FormatError):
            return _format_error(arrival, parts)
        named = translate.reversal(arrival.message, parts, arrival.at)
        if isinstance(named, FormatError):
            return _format_error(arrival, named)
        facts = await self._rooms.store.reload(parts.token)
        outcome = await self._record(
            Reverse(
                request=parts.request(facts, arrival.message_id, arrival.at),
                original=named.original,
                original_trace=named.original_trace,
                approval_code=named.approval_code,
                replacement=named.replacement,
            )
        )
        self._refresh_cache(facts, outcome)
        kept = translate.kept_additional_data(parts, arrival.charset)
        return _told(reply(arrival.message, outcome.response_code, kept), outcome)

    def _refresh_cache(self, facts: CardFacts | None, outcome: Outcome) -> None:
        mark = outcome.mark
        if facts is not None and mark is not None:
            version, available = mark.version, mark.available
            self._rooms.store.observe(facts.account_id, version=version, available=available, facts_version=mark.facts_version)

    # --- the door ---

    def _financial(self, arrival: Arrival) -> Financial | FormatError:
        return translate.financial(arrival.message, arrival.charset, self._rooms.tokenizer, arrival.at)

    def _malformed(self, connection: Connection, decoded: Malformed) -> Told:
        self._meter.malformed(connection.link_name)
        log.warning("malformed", link=connection.link_name, element=decoded.element, offset=decoded.offset, why=decoded.reason)
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
        if decoded.mti and message_class(decoded.mti) == "0100":
            self._meter.authorization(told.decision, told.reason, seconds)
        if told.is_repeat:
            self._meter.repeated()
        elements = decoded.elements
        log.info(
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


def _told(answered: Message | None, outcome: Outcome) -> Told:
    return Told(answered, outcome.verdict.value, outcome.reason, outcome.is_repeat, outcome.authorization_id)


def _refused(arrival: Arrival, reason: DeclineReason) -> Told:
    """An answer that nothing is stored for: a repeat is decided afresh."""
    return Told(reply(arrival.message, RESPONSE_CODES[reason]), "declined", reason.value)


def _format_error(arrival: Arrival, error: FormatError) -> Told:
    return Told(format_error(arrival.message, error.element), "declined", DeclineReason.FORMAT_ERROR.value)


def _manage(arrival: Arrival) -> Told:
    """0800 and 0820: sign-on, sign-off, echo, keys, stored advices. DE 70 says which."""
    missing = translate.missing_element(arrival.message)
    if missing is not None:
        return _format_error(arrival, FormatError(missing, "missing"))
    connection = arrival.connection
    done = obey(arrival.message, connection.link, connection.profile.management, arrival.charset, connection.now())
    if isinstance(done, FormatError):
        return _format_error(arrival, done)
    return Told(reply(arrival.message, done.response_code), done.decision, done.reason)


def _held_amount(request: AuthorizationRequest) -> int:
    return request.amount_minor if request.effect is Effect.SPEND else 0


def _deadline_ms(arrival: Arrival) -> int:
    """The deadline as wall-clock milliseconds: Redis shares no monotonic clock with us."""
    return int((time.time() + arrival.seconds_left) * 1000)


def _approval(request: AuthorizationRequest) -> Answer:
    """An account in good standing that was only asked about is answered 85, all else 00."""
    if request.authorization_class is AuthorizationClass.STATUS_INQUIRY:
        return Answer(NOT_DECLINED, "not_declined")
    return ANSWERS.approved


def _approval_code(digest: bytes) -> str:
    """Six digits, the same for a request that is decided twice (stale facts, a batch that is tried again)."""
    return f"{int.from_bytes(digest[:8], 'big') % 1_000_000:06d}"


def _seen(facts: CardFacts | None, request: AuthorizationRequest, decision: Decision) -> str:
    """What the decision was made on, as JSON text (G11). Built by hand from vetted values: it is written for every payment."""
    detail = "" if isinstance(decision, Approved) else decision.detail
    if facts is None:
        return f'{{"card":null,"detail":"{detail}"}}'
    return (
        f'{{"card":"{facts.card_status.value}","account":"{facts.account_status.value}","expiry":"{facts.expiry}",'
        f'"facts_version":{facts.facts_version},"cvc2":"{request.cvc2_check.value}","detail":"{detail}"}}'
    )
