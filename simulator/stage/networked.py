"""A scenario that is played by a network with timers, stand-in and stored advices, behind a proxy that can hold answers back.

The network's clock only moves when a step says so: no one waits for a timer. What it sends and gets by itself (0120, 0190,
0420) is shown to the auditor message by message. I/O; every wait has a limit.
"""

from collections.abc import Mapping
from dataclasses import replace

from simulator.client import connected
from simulator.errors import HostUnreachable
from simulator.expectation import Expectation, differences
from simulator.faults.chooser import Direction
from simulator.faults.proxy import FaultProxy
from simulator.messages import ReplyKey, reply_key
from simulator.network.clock import Clock as NetworkClock
from simulator.network.events import Event, EventKind
from simulator.network.plan import NetworkPlan, StandInLimits, Timers
from simulator.network.service import Network
from simulator.outcome import described
from simulator.stage.amounts import minor_of
from simulator.stage.casting import Actor
from simulator.stage.composing import span
from simulator.stage.judging import Came, reply_views
from simulator.stage.language import ByNetwork, Clock, Expected, NetworkAct, Scenario, Send, Step
from simulator.stage.performance import Performance, Stage
from simulator.stage.results import ScenarioResult, StepResult, Verdict, View

SENDING = frozenset({EventKind.SENT, EventKind.ADVICE_SENT})
REPLYING = frozenset({EventKind.ANSWERED, EventKind.LATE_REPLY, EventKind.ADVICE_ANSWERED})
STRANGE = frozenset(
    {EventKind.UNREADABLE, EventKind.UNMATCHED, EventKind.BAD_REPLY, EventKind.SIGN_ON_REFUSED, EventKind.LINK_LOST}
)
"""What a host may do instead of answering a sign-on."""
A_MOMENT = 0.001
TIMERS = Timers()


class NetworkedPerformance(Performance):
    """Plays `send`, `network` and `clock` steps."""

    def __init__(self, scenario: Scenario, actors: Mapping[str, Actor], stage: Stage) -> None:
        super().__init__(scenario, actors, stage)
        self._proxy = FaultProxy(stage.target.host, stage.target.port, seed=stage.rng.randrange(2**31))
        clock = NetworkClock(stage.now, flows=False)
        self._network = Network(_plan(scenario, stage), clock=clock, framing=stage.target.framing)
        self._audited = 0
        self._expected: dict[tuple[str, ReplyKey], Expectation] = {}

    async def play(self, name: str) -> ScenarioResult:
        async with self._proxy, self._network:
            self._address = ("127.0.0.1", await self._proxy.start())
            result = await super().play(name)
            return replace(result, unasked_replies=sum(event.kind is EventKind.UNMATCHED for event in self._network.history))

    async def _step(self, label: str, step: Step) -> StepResult:
        if not self._network.history:
            await self._signed_on()
            self._audit()
        begins = self._audited
        match step:
            case Send():
                return await self._submitted(label, step, begins)
            case ByNetwork():
                self._do(step.network)
                return await self._seen(step, StepResult(label, Verdict.HELD, sent=f"network: {step.network}"), [], begins)
            case Clock():
                self._network.advance(span(step.clock).total_seconds())
                self._composer.passes(step.clock)
                return await self._seen(step, StepResult(label, Verdict.HELD, sent=f"clock {step.clock}"), [], begins)
            case _:
                raise AssertionError("refused when the file was read")

    async def _signed_on(self) -> None:
        await (
            await connected(self._stage.target, self._stage.limits.connect_seconds)
        ).close()  # the proxy hides who is not there
        await self._network.connect(*self._address, redials=True)
        if await self._network.wait_for(EventKind.SIGNED_ON, timeout_seconds=self._stage.limits.reply_seconds) is None:
            raise HostUnreachable(f"{self._stage.target} did not answer a sign-on{self._what_came()}")

    def _what_came(self) -> str:
        """The first thing that came instead of an answer, in the host's own name and not the proxy's."""
        first = next((event for event in self._network.history if event.kind in STRANGE), None)
        if first is None:
            return ""
        host, port = self._address
        return f"; {first.kind.value}: {first.detail.replace(f'{host}:{port}', str(self._stage.target))}"

    def _do(self, act: NetworkAct) -> None:
        match act:
            case NetworkAct.HOLD_BACK:
                self._proxy.partition(Direction.TO_CLIENT)
            case NetworkAct.LET_THROUGH:
                self._proxy.heal()
            case NetworkAct.TIME_OUT:
                self._network.advance(TIMERS.response_seconds + A_MOMENT)
            case NetworkAct.CUT:
                self._proxy.partition()  # else a new connection might be there before the next step is
                self._proxy.cut()
            case NetworkAct.SIGN_OFF:
                self._network.sign_off()
            case NetworkAct.SIGN_ON:
                self._network.sign_on()

    async def _submitted(self, label: str, step: Send, begins: int) -> StepResult:
        written = self._composer.compose(step)
        self._connections.check(written.message)
        ticket = self._network.submit_message(written.message)
        result = StepResult(label, Verdict.HELD, sent=described(written.message), expected=_wanted(step.expect))
        if not step.expect.answer:
            return await self._seen(step, replace(result, got="not answered yet"), [], begins)
        limit = self._stage.limits.reply_seconds
        answer = await self._network.answer(ticket, timeout_seconds=limit)
        if answer is None or answer.message is None:
            self.is_silent = True
            return replace(result, verdict=Verdict.BROKEN, got=f"none within {limit:g} s")
        self._composer.replies[label] = answer.message
        by = "issuer" if answer.kind is EventKind.ANSWERED else "network"
        came = Came(written, answer.message, self._stage.target.character_set, None, self._composer.replies)
        views = reply_views(came, step.expect, None)
        if step.expect.by is not None:
            views.append(View("answered by", step.expect.by, None, by))
        result = replace(result, got=f"{answer.message.mti} {answer.code} by the {by}", latency_seconds=answer.seconds)
        return await self._seen(step, result, views, begins)

    async def _seen(self, step: Step, result: StepResult, views: list[View], begins: int) -> StepResult:
        """Once everything that the step wants reported has been; what the network did by itself is audited."""
        for kind in step.expect.events:
            limit = self._stage.limits.reply_seconds
            if await self._network.wait_for(kind, timeout_seconds=limit, since=begins) is None:
                views.append(View("event", kind.value, None, f"none within {limit:g} s"))
        views += self._audit()
        told = ", ".join(event.kind.value for event in self._network.history[begins:] if event.kind is not EventKind.SENT)
        return await self._concluded(step, replace(result, note=told), views, is_patient=True)

    def _audit(self) -> list[View]:
        """The auditor sees what the issuer has seen since it was last asked, in that order."""
        views: list[View] = []
        for event in self._network.history[self._audited :]:
            views += self._audited_event(event)
        self._audited = len(self._network.history)
        return views

    def _audited_event(self, event: Event) -> list[View]:
        message, request = event.message, event.request
        if event.kind in SENDING and message is not None and not message.mti.startswith("08"):
            expected = self._model.expect(message)
            self._expected[message.text(2), reply_key(message)] = expected
        elif event.kind is EventKind.ACKNOWLEDGED and message is not None:
            self._model.take(message)
        elif event.kind in REPLYING and message is not None and request is not None and self._stage.is_audited:
            key = (request.text(2), reply_key(request))
            first = self._first_replies.setdefault(key, message)
            found = differences(self._expected[key], message, first, self._stage.target.character_set)
            return [View(f"{message.mti} {each.element}", None, each.expected, each.got) for each in found]
        return []


def _wanted(expect: Expected) -> str:
    return " by the ".join(part for part in (expect.code, expect.by) if part)


def _plan(scenario: Scenario, stage: Stage) -> NetworkPlan:
    assert scenario.network is not None
    currency = next(iter(scenario.cards.values())).currency
    limits = StandInLimits(
        is_on=scenario.network.stands_in,
        amount_minor=minor_of(scenario.network.stand_in_limit, currency),
        day_minor=10 * minor_of(scenario.network.stand_in_limit, currency),
    )
    return NetworkPlan(
        seed=stage.rng.randrange(2**31),
        character_set=stage.target.character_set,
        stand_in=limits,
        acknowledges=scenario.network.acknowledges,
    )
