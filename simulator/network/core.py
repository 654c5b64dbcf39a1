"""The network as a state machine: intents, payloads and time in; frames to send, events and the next timer out. No I/O.

Time is an argument of every call, in UTC, and never goes back. Links are numbers that the caller gives out. Nothing here
raises for what an issuer sends. After each call take `frames_to_send` and `take_events`; call `expire` when `next_timer`
is due. Here is what becomes of a request: answered, or timed out and answered by the network. `management` has the 08xx,
`forwarding` the stored advices.
"""

import random
from dataclasses import dataclass
from datetime import datetime

from simulator.messages import acknowledgement, altered, repeated, reply_key, reply_mti, stood_in
from simulator.network.events import Event, EventKind, Outgoing
from simulator.network.forwarding import Forwarding
from simulator.network.intents import Intent, ReversalIntent, Writer
from simulator.network.management import Management
from simulator.network.open_requests import Open, OpenRequests, Purpose
from simulator.network.outbox import Outbox, Wanted
from simulator.network.plan import NetworkPlan
from simulator.network.presence import IssuerPresence, Presence, Step
from simulator.network.references import References
from simulator.network.stand_in import APPROVED, UNAVAILABLE, Reason, StandIn, Verdict
from simulator.network.store_and_forward import StoreAndForward
from simulator.wire import codec_of
from switch.errors import EncodeError
from switch.framing import MAX_FRAME
from switch.iso8583 import Malformed, Message

APPROVING = frozenset({"00", "08", "10", "85", "87"})
CASH_MCC = "6011"
# Digits two and three of the MTI: what is stored and forwarded, and what is a reversal.
ADVICE_CLASSES, REVERSAL_CLASSES = frozenset({"12", "22", "42"}), frozenset({"40", "42"})
# DE 39 and DE 60 of a 0420 of the network's own: late reply, no reply, a reply that cannot be used.
LATE, NEVER_CAME, UNUSABLE = ("68", "402"), ("82", "402"), ("06", "409")
ANSWERED_BY_US = (2, 3, 4, 6, 7, 10, 11, 15, 16, 32, 33, 37, 41, 49, 51, 62, 63, 90)


# Any framing in use takes this much, with room for the network's own additions to an advice.
MOST_BYTES = MAX_FRAME - 256


@dataclass(slots=True)
class Exchange:
    """What one ticket stands for: the request as first sent, and the answer that the acquirer got."""

    request: Message
    answer: Message | None = None
    is_by_network: bool = False
    is_undone: bool = False
    """The network has reversed what the issuer may have approved."""


class NetworkCore:
    """One network and one issuer behind any number of links."""

    def __init__(self, plan: NetworkPlan) -> None:
        rng = random.Random(plan.seed)  # noqa: S311 - the same seed must play the same bytes
        self.plan = plan
        self.exchanges: dict[int, Exchange] = {}
        timers = plan.timers
        presence = IssuerPresence(plan.misses, timers.echo_seconds, timers.probe_seconds)
        self._out = Outbox(codec_of(plan.character_set), OpenRequests(timers.late_seconds), presence)
        self._references = References(rng, plan.cut_off)
        self._writer = Writer(self._references, plan.rates, plan.settlement_currency, plan.character_set)
        self._stand_in = StandIn(plan.stand_in)
        self._management = Management(plan, self._references, self._out)
        self._forwarding = Forwarding(plan, self._out)

    # What the caller takes.

    @property
    def presence(self) -> Presence:
        return self._out.presence.state

    @property
    def stored(self) -> StoreAndForward:
        """The advices that wait for the issuer."""
        return self._forwarding.stored

    def frames_to_send(self) -> list[Outgoing]:
        """What has to leave now, in order; taken once."""
        taken, self._out.frames = self._out.frames, []
        return taken

    def take_events(self) -> list[Event]:
        """What has happened since, in order; taken once."""
        taken, self._out.events = self._out.events, []
        return taken

    def next_timer(self) -> datetime | None:
        """When `expire` has to be called next; None while nothing is awaited."""
        due = (self._out.open.next_timer(), self._management.next_timer(), self._forwarding.next_timer())
        return min((at for at in due if at is not None), default=None)

    # What the acquirers want.

    def submit(self, intent: Intent | ReversalIntent, now: datetime) -> int:
        """Plays it; the ticket by which its events are known.

        Raises PlanError for a currency without a rate, EncodeError for overrides that no wire can carry.
        """
        return self.submit_message(self._writer.written(intent, now), now)

    def submit_message(self, message: Message, now: datetime) -> int:
        """The same for a message that is written already: a repeat, a fixture."""
        size = len(self._out.codec.encode(message))  # what cannot be sent is refused before anything has happened
        if size > MOST_BYTES:
            raise EncodeError(None, f"{size} bytes are over the limit of {MOST_BYTES} for one message")
        ticket = len(self.exchanges) + 1
        self.exchanges[ticket] = Exchange(message)
        if message.mti[1:3] in ADVICE_CLASSES:
            self._forwarding.store(message, ticket, now)
        elif self._out.presence.is_on and self._out.links:
            self._send(message, ticket, now)
        else:
            self._answer_instead(ticket, Reason.SIGNED_OUT, now)
        self._pump(now)
        return ticket

    def repeat(self, ticket: int, now: datetime) -> int:
        """The acquirer sends the same request again, marked as a repeat (0101, 0401)."""
        return self.submit_message(repeated(self.exchanges[ticket].request), now)

    def reverse(self, ticket: int, now: datetime, *, remaining: tuple[int, int] | None = None) -> int:
        """The acquirer reverses what that ticket asked for."""
        exchange = self.exchanges[ticket]
        approval_code = exchange.answer.text(38) if exchange.answer else ""
        return self.submit(ReversalIntent(exchange.request, remaining=remaining, approval_code=approval_code), now)

    def undelivered(self, ticket: int, now: datetime, *, reason: str = "400") -> bool:
        """The issuer's approval did not reach the acquirer: a 0420 gives back what it holds. Whether there was one to undo.

        `reason` is DE 60, positions 1-3: 400 not deliverable, 401 not acknowledged, 413 undelivered.
        """
        exchange = self.exchanges[ticket]
        is_approved = exchange.answer is not None and exchange.answer.text(39) in APPROVING
        if exchange.is_by_network or exchange.is_undone or not is_approved or exchange.answer is None:
            return False
        exchange.is_undone = True
        message = self._writer.own_reversal(exchange.request, "06", reason, now)
        self._forwarding.store(altered(message, {38: exchange.answer.text(38) or None}), ticket, now)
        self._pump(now)
        return True

    # What the network does by itself, on demand.

    def sign_on(self, now: datetime) -> None:
        """Over every link; stored advices follow when it is answered."""
        self._management.sign_on(now)

    def sign_off(self, now: datetime) -> None:
        """Over every link; from here on the network stands in."""
        self._management.sign_off(now)

    def echo(self, now: datetime) -> None:
        self._management.echo(now)

    # What happens on the links.

    def connected(self, link: int, now: datetime) -> None:
        self._out.links.append(link)
        self._note(EventKind.LINK_UP, now, link=link)
        self._management.link_up(link, now)
        self._pump(now)

    def disconnected(self, link: int, reason: str, now: datetime) -> None:
        """What was sent over it cannot be answered any more. Losing the last link is a sign-off."""
        if link not in self._out.links:
            return
        self._out.links.remove(link)
        self._note(EventKind.LINK_LOST, now, link=link, detail=reason)
        if not self._out.links:
            self._out.step(Step.LINKS_LOST, "no connection", now)
        for lost in self._out.open.lost(link):
            self._unanswered(lost, "the connection was lost", now)
        self._pump(now)

    def received(self, link: int, payload: bytes, now: datetime) -> None:
        """One payload of the issuer's. An empty one is a sign of life and no more."""
        self._out.presence.heard(now)
        if not payload:
            return
        decoded = self._out.codec.decode(payload)
        if isinstance(decoded, Malformed):
            self._unreadable(link, decoded, now)
        elif decoded.mti[2] in "13":
            self._reply(link, decoded, now)
        elif self._management.issuer_asks(link, decoded, now, is_draining=self._forwarding.is_session_open):
            self._forwarding.is_session_open = True
        self._pump(now)

    def expire(self, now: datetime) -> None:
        """Everything whose time has come."""
        for due in self._out.open.overdue(now):
            self._unanswered(due, "no reply in time", now)
            if self._out.presence.missed():
                self._out.step(Step.SILENCE, "it does not answer", now)
        self._management.expire(now)
        self._pump(now)

    # What becomes of a request.

    def _send(self, message: Message, ticket: int, now: datetime) -> None:
        timers = self.plan.timers
        seconds = timers.cash_response_seconds if message.text(18) == CASH_MCC else timers.response_seconds
        link = self._out.ask(message, Wanted(Purpose.REQUEST, seconds, ticket), now)
        self._note(EventKind.SENT, now, ticket=ticket, link=link, message=message, detail=Purpose.REQUEST.value)

    def _reply(self, link: int, reply: Message, now: datetime) -> None:
        key = reply_key(reply, reply.mti)
        if (asked := self._out.open.answered(key)) is not None:
            self._answered(asked, reply, now)
        elif (asked := self._out.open.answered_late(key)) is not None:
            self._answered_late(asked, reply, now)
        else:
            self._note(EventKind.UNMATCHED, now, link=link, message=reply, detail="no request has this key")

    def _answered(self, asked: Open, reply: Message, now: datetime) -> None:
        match asked.purpose:
            case Purpose.REQUEST if why := _unusable(asked.message, reply):
                self._bad_reply(asked, reply, why, now)
            case Purpose.REQUEST:
                self._exchange(asked).answer = reply
                self._report(EventKind.ANSWERED, asked, now, message=reply)
                if self.plan.acknowledges:
                    self._acknowledge(asked, "0180", reply, now)
            case Purpose.ADVICE:
                self._forwarding.answered(asked, reply, now)
            case _:
                self._management.answered(asked, reply, now)

    def _answered_late(self, asked: Open, reply: Message, now: datetime) -> None:
        """The acquirer has its answer already. What the issuer approved and the network did not is reversed."""
        match asked.purpose:
            case Purpose.ADVICE:
                self._forwarding.answered(asked, reply, now)
            case Purpose.REQUEST if asked.message.mti[1:3] in REVERSAL_CLASSES:
                self._report(EventKind.LATE_REPLY, asked, now, message=reply)
            case Purpose.REQUEST:
                self._report(EventKind.LATE_REPLY, asked, now, message=reply)
                self._acknowledge(asked, "0190", reply, now)
                if reply.text(39) in APPROVING:
                    self._undo(asked, LATE, now, approval_code=reply.text(38))
            case _:
                self._report(EventKind.UNMATCHED, asked, now, message=reply, detail=f"a late answer to the {asked.purpose.value}")

    def _bad_reply(self, asked: Open, reply: Message, why: str, now: datetime) -> None:
        self._report(EventKind.BAD_REPLY, asked, now, message=reply, detail=why)
        if asked.message.mti[1:3] not in REVERSAL_CLASSES:
            self._acknowledge(asked, "0190", reply, now)
        assert asked.ticket is not None, "every request has a ticket"
        if not self._answer_instead(asked.ticket, Reason.BAD_REPLY, now).is_approved:
            self._undo(asked, UNUSABLE, now)

    def _unreadable(self, link: int, malformed: Malformed, now: datetime) -> None:
        """Where enough could be read to see which request it answers, it is a bad reply to that."""
        place = f"DE {malformed.element}" if malformed.element is not None else "header"
        why = f"{place} at {malformed.offset}: {malformed.reason}"
        if malformed.mti is not None and (asked := self._out.open.answered(_key_of(malformed))) is not None:
            if asked.purpose is Purpose.REQUEST:
                self._bad_reply(asked, Message(malformed.mti, malformed.elements), why, now)
            else:
                self._unanswered(asked, why, now)
        else:
            self._note(EventKind.UNREADABLE, now, link=link, detail=why)

    def _unanswered(self, asked: Open, why: str, now: datetime) -> None:
        match asked.purpose:
            case Purpose.REQUEST:
                assert asked.ticket is not None, "every request has a ticket"
                self._report(EventKind.TIMED_OUT, asked, now, detail=why)
                if self._answer_instead(asked.ticket, Reason.TIMED_OUT, now) == UNAVAILABLE:
                    self._undo(asked, NEVER_CAME, now)
            case Purpose.ADVICE:
                self._forwarding.unanswered(asked, why, now)
            case _:
                self._management.unanswered(asked, why, now)

    def _answer_instead(self, ticket: int, reason: Reason, now: datetime) -> Verdict:
        """The network answers the acquirer. A reversal is accepted, and sent until it arrives."""
        exchange = self.exchanges[ticket]
        request = exchange.request
        if request.mti[1:3] in REVERSAL_CLASSES:
            self._give(ticket, APPROVED, reason, now)
            self._forwarding.store(request, ticket, now, attempts=0 if reason is Reason.SIGNED_OUT else 1)
            return APPROVED
        verdict = self._stand_in.decide(request, self._references.settlement_day(now))
        self._give(ticket, verdict, reason, now)
        if verdict != UNAVAILABLE:
            self._forwarding.store(self._advice(exchange, verdict, reason, now), ticket, now)
        return verdict

    def _give(self, ticket: int, verdict: Verdict, reason: Reason, now: datetime) -> None:
        exchange = self.exchanges[ticket]
        request = exchange.request
        elements = {number: request.elements[number] for number in ANSWERED_BY_US if number in request.elements}
        answer = Message(reply_mti(request.mti), elements | {39: verdict.code})
        if verdict.is_approved and request.mti[1:3] not in REVERSAL_CLASSES:
            answer = altered(answer, {38: self._references.approval_code()})
        exchange.answer, exchange.is_by_network = answer, True
        self._note(EventKind.STOOD_IN, now, ticket=ticket, request=request, message=answer, detail=reason.name.lower())

    def _advice(self, exchange: Exchange, verdict: Verdict, reason: Reason, now: datetime) -> Message:
        assert exchange.answer is not None, "the acquirer is answered first"
        header = self._writer.header_like(exchange.request, now)
        decided = {39: verdict.code, 60: reason.value + verdict.detail}
        if approval_code := exchange.answer.text(38):
            decided[38] = approval_code
        return stood_in(exchange.request, header, decided, character_set=self.plan.character_set)

    def _undo(self, asked: Open, why: tuple[str, str], now: datetime, *, approval_code: str = "") -> None:
        """A 0420 about a request whose approval, if there is one, nobody got; once."""
        exchange = self._exchange(asked)
        is_settled = exchange.is_undone or (exchange.answer is not None and exchange.answer.text(39) in APPROVING)
        if is_settled:
            return
        exchange.is_undone = True
        message = self._writer.own_reversal(asked.message, *why, now)
        self._forwarding.store(altered(message, {38: approval_code or None}), asked.ticket, now)

    def _acknowledge(self, asked: Open, mti: str, reply: Message, now: datetime) -> None:
        if not self._out.links:
            return
        message = acknowledgement(mti, reply)
        self._out.say(message, asked.link if asked.link in self._out.links else None)
        self._report(EventKind.ACKNOWLEDGED, asked, now, message=message)

    # The common ends.

    def _pump(self, now: datetime) -> None:
        if not self._out.presence.is_on:
            self._forwarding.signed_off()
        elif self._forwarding.pump(now):
            self._management.end_of_stored_advices(now)

    def _exchange(self, asked: Open) -> Exchange:
        assert asked.ticket is not None, "every request has a ticket"
        return self.exchanges[asked.ticket]

    def _note(self, kind: EventKind, now: datetime, **known: object) -> None:
        self._out.note(Event(kind, now, **known))  # type: ignore[arg-type]

    def _report(self, kind: EventKind, asked: Open, now: datetime, *, message: Message | None = None, detail: str = "") -> None:
        seconds = asked.seconds(now)
        self._out.note(Event(kind, now, asked.ticket, asked.link, asked.message, message, detail, seconds))


def _key_of(malformed: Malformed) -> tuple[str, str, str, str, str]:
    assert malformed.mti is not None, "asked by whoever has one"
    return reply_key(Message(malformed.mti, malformed.elements), malformed.mti)


def _unusable(request: Message, reply: Message) -> str:
    """What is wrong with a reply, "" where nothing is. More is for whoever judges the issuer."""
    if len(reply.text(39)) != 2:
        return "DE 39 is missing"
    if 2 in reply.elements and 2 in request.elements and reply.text(2) != request.text(2):
        return "DE 2 is another card's"
    return ""
