"""Sign-on, sign-off, echo tests and probes, both ways: what the network asks of the issuer, and what it answers it. No I/O."""

from datetime import datetime

from simulator.messages import ECHO_TEST, network_management
from simulator.network.answers import SAF_REQUEST, SIGN_OFF, SIGN_ON, answer_to
from simulator.network.events import Event, EventKind
from simulator.network.open_requests import Open, Purpose
from simulator.network.outbox import Outbox, Wanted
from simulator.network.parties import Acquirer
from simulator.network.plan import NetworkPlan, SignsOn
from simulator.network.presence import Presence, Step
from simulator.network.references import References
from switch.iso8583 import Message

END_OF_SAF = "363"


class Management:
    """The 08xx side of one network."""

    def __init__(self, plan: NetworkPlan, references: References, outbox: Outbox) -> None:
        self._plan = plan
        self._references = references
        self._out = outbox

    def next_timer(self) -> datetime | None:
        due = [at for at in (self._echo_at(), self._probe_at()) if at is not None]
        return min(due, default=None)

    def expire(self, now: datetime) -> None:
        if (at := self._echo_at()) is not None and at <= now:
            self.echo(now)
        if (at := self._probe_at()) is not None and at <= now:
            self._probe(now)

    def link_up(self, link: int, now: datetime) -> None:
        """Who signs on, and whether anybody has to, stands in the plan."""
        if self._plan.signs_on is SignsOn.NETWORK:
            self._ask(Purpose.SIGN_ON, self._plan.sign_on_code, link, now)
        elif self._plan.signs_on is SignsOn.NOBODY:
            self._out.step(Step.SIGN_ON, "by connecting", now)

    def sign_on(self, now: datetime) -> None:
        for link in self._out.links:
            self._ask(Purpose.SIGN_ON, self._plan.sign_on_code, link, now)

    def sign_off(self, now: datetime) -> None:
        for link in self._out.links:
            self._ask(Purpose.SIGN_OFF, self._plan.sign_off_code, link, now)
        self._out.presence.probed()  # nor does it try to sign on by itself any more
        self._out.step(Step.SIGN_OFF, "by the network", now)

    def echo(self, now: datetime) -> None:
        for link in self._out.links:
            self._ask(Purpose.ECHO, ECHO_TEST, link, now)

    def end_of_stored_advices(self, now: datetime) -> None:
        """0820/363, which is not answered."""
        header = self._references.header(Acquirer(self._plan.forwarder), now)
        message = network_management(header, END_OF_SAF)
        self._out.say(Message("0820", message.elements))

    def answered(self, asked: Open, reply: Message, now: datetime) -> None:
        """The issuer's 0810."""
        is_accepted = reply.text(39) == "00"
        match asked.purpose:
            case Purpose.SIGN_ON if is_accepted:
                self._out.step(Step.SIGN_ON, "by the network", now)
            case Purpose.SIGN_ON:
                self._refused(asked, f"answered {reply.text(39) or 'without DE 39'}", now)
            case Purpose.ECHO | Purpose.PROBE:
                self._out.note(self._event(EventKind.ECHO_ANSWERED, asked, now, message=reply))
                if asked.purpose is Purpose.PROBE:
                    self._is_back(now)

    def unanswered(self, asked: Open, why: str, now: datetime) -> None:
        """No 0810 in time. A silent issuer is probed again, one that does not sign on is asked again."""
        match asked.purpose:
            case Purpose.SIGN_ON:
                self._refused(asked, why, now)
            case Purpose.ECHO | Purpose.PROBE:
                self._out.note(self._event(EventKind.ECHO_MISSED, asked, now, detail=why))
                if asked.purpose is Purpose.PROBE:
                    self._out.presence.probe_later(now)

    def issuer_asks(self, link: int, request: Message, now: datetime, *, is_draining: bool) -> bool:
        """Answers a request of the issuer's; whether it asked for the stored advices and gets them."""
        reply = answer_to(request, is_draining=is_draining)
        if reply is None:
            self._out.note(Event(EventKind.UNMATCHED, now, link=link, message=request, detail="not a request of an issuer"))
            return False
        self._out.say(reply, link)
        self._out.note(Event(EventKind.ISSUER_ASKED, now, link=link, request=request, message=reply))
        code = request.text(70) if request.mti == "0800" else ""
        if code in SIGN_ON:
            self._out.step(Step.SIGN_ON, "by the issuer", now)
        elif code in SIGN_OFF:
            self._out.step(Step.SIGN_OFF, "by the issuer", now)
        return code == SAF_REQUEST and reply.text(39) == "00"

    def _ask(self, purpose: Purpose, code: str, link: int, now: datetime) -> None:
        header = self._references.header(Acquirer(self._plan.forwarder), now)
        message = network_management(header, code)
        self._out.ask(message, Wanted(purpose, self._plan.timers.management_seconds, link=link), now)
        self._out.note(Event(EventKind.SENT, now, link=link, message=message, detail=purpose.value))

    def _probe(self, now: datetime) -> None:
        self._out.presence.probed()
        if self._out.presence.state is Presence.SILENT:
            self._ask(Purpose.PROBE, ECHO_TEST, self._out.links[0], now)
        else:
            self.sign_on(now)

    def _is_back(self, now: datetime) -> None:
        """A silent issuer has answered a probe."""
        if self._plan.signs_on is SignsOn.NETWORK:
            self.sign_on(now)
        else:
            self._out.step(Step.SIGN_ON, "it answers again", now)

    def _refused(self, asked: Open, why: str, now: datetime) -> None:
        self._out.note(self._event(EventKind.SIGN_ON_REFUSED, asked, now, detail=why))
        if not self._out.presence.is_on:
            self._out.presence.probe_later(now)

    def _event(self, kind: EventKind, asked: Open, now: datetime, *, message: Message | None = None, detail: str = "") -> Event:
        seconds = asked.seconds(now)
        return Event(kind, now, link=asked.link, request=asked.message, message=message, detail=detail, seconds=seconds)

    def _echo_at(self) -> datetime | None:
        """A missed echo is repeated at once; one that is under way is waited for."""
        is_asked = self._out.open.is_waiting_for(Purpose.ECHO)
        return None if is_asked or not self._out.links else self._out.presence.echo_at

    def _probe_at(self) -> datetime | None:
        return self._out.presence.probe_at if self._out.links else None
