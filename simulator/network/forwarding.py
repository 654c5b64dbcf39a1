"""When stored advices leave, and what their answers mean: after sign-on or on the issuer's request, one at a time. No I/O."""

from datetime import datetime, timedelta

from simulator.network.events import Event, EventKind
from simulator.network.open_requests import Open, Purpose
from simulator.network.outbox import Outbox, Wanted
from simulator.network.plan import NetworkPlan
from simulator.network.store_and_forward import Fate, StoreAndForward, Stored
from switch.iso8583 import Message

FATES = {
    Fate.TAKEN: EventKind.ADVICE_ANSWERED,
    Fate.KEPT: EventKind.ADVICE_UNANSWERED,
    Fate.ABANDONED: EventKind.ADVICE_ABANDONED,
}


class Forwarding:
    """The store-and-forward side of one network. `is_session_open` from the issuer's 0800/060 until all is sent."""

    def __init__(self, plan: NetworkPlan, outbox: Outbox) -> None:
        self.stored = StoreAndForward(plan.advice_attempts)
        self.is_session_open = False
        self._plan = plan
        self._out = outbox
        self._not_before: datetime | None = None

    def next_timer(self) -> datetime | None:
        """When an advice that the issuer could not take is tried again."""
        return self._not_before if self.stored and self._may_leave() else None

    def store(self, message: Message, ticket: int | None, now: datetime, *, attempts: int = 0) -> None:
        """`attempts`: how often it has been sent already."""
        self.stored.put(message, ticket, attempts=attempts)
        self._out.note(Event(EventKind.ADVICE_STORED, now, ticket=ticket, message=message))

    def pump(self, now: datetime) -> bool:
        """Sends the next one if it may leave now; whether a session that the issuer asked for ends here."""
        if not self._may_leave() or (self._not_before is not None and now < self._not_before):
            return False
        self._not_before = None
        if not self.stored:
            is_end, self.is_session_open = self.is_session_open, False
            return is_end
        stored, message = self.stored.next()
        link = self._out.ask(message, Wanted(Purpose.ADVICE, self._plan.timers.advice_seconds, stored.ticket), now)
        detail = f"attempt {stored.attempts}"
        self._out.note(Event(EventKind.ADVICE_SENT, now, stored.ticket, link, message=message, detail=detail))
        return False

    def answered(self, asked: Open, reply: Message, now: datetime) -> None:
        """The 0130/0230/0430/0410, in time or late. One that says no more than "not now" leaves the advice stored."""
        found = self.stored.answered(asked.key, reply.text(39))
        if found is None:
            detail = "the advice is no longer stored"
            self._out.note(Event(EventKind.UNMATCHED, now, asked.ticket, asked.link, asked.message, reply, detail))
            return
        if found[1] is Fate.KEPT:
            self._not_before = now + timedelta(seconds=self._plan.timers.advice_seconds)
        self._report(found, asked, now, reply=reply)

    def unanswered(self, asked: Open, why: str, now: datetime) -> None:
        found = self.stored.unanswered(asked.key)
        if found is not None:
            self._report(found, asked, now, why=why)

    def signed_off(self) -> None:
        """A session does not outlive the sign-on."""
        self.is_session_open = False

    def _may_leave(self) -> bool:
        is_allowed = self.is_session_open or not self._plan.waits_for_saf_request
        is_there = self._out.presence.is_on and bool(self._out.links)
        return is_allowed and is_there and not self._out.open.is_waiting_for(Purpose.ADVICE)

    def _report(
        self, found: tuple[Stored, Fate], asked: Open, now: datetime, *, reply: Message | None = None, why: str = ""
    ) -> None:
        stored, fate = found
        event = Event(FATES[fate], now, stored.ticket, asked.link, asked.message, reply, why, asked.seconds(now))
        self._out.note(event)
        if fate is not Fate.KEPT and not self.stored:
            self._out.note(Event(EventKind.DRAINED, now))
