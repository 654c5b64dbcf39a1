"""One scenario being played: its connections, its pen, its auditor. I/O; every wait has a limit."""

import asyncio
import random
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from simulator.auditor.issuer import IssuerModel
from simulator.cards import Card, Condition, unknown_card
from simulator.client import Reply, Target
from simulator.currencies import by_numeric
from simulator.errors import BooksUnreadable, HostSilent, HostUnreachable, IssuerRefused, PlanError
from simulator.expectation import Expectation
from simulator.messages import ECHO_TEST, SIGN_OFF, SIGN_ON, ReplyKey, altered, repeated, reply_key
from simulator.outcome import described
from simulator.stage.books import Books
from simulator.stage.casting import Actor, IssuerTools
from simulator.stage.composing import Composer, Written
from simulator.stage.connections import Connections, Limits
from simulator.stage.judging import Came, broken, reply_views, silence_views
from simulator.stage.language import (
    ByIssuer,
    CardState,
    Clock,
    Deliver,
    Expected,
    IssuerAct,
    LinkAct,
    OnLink,
    Repeat,
    Scenario,
    Send,
    Step,
)
from simulator.stage.results import ScenarioResult, StepResult, Verdict, View
from simulator.stage.watch import Watch
from switch.errors import EncodeError
from switch.iso8583 import Message

MANAGEMENT = {LinkAct.SIGN_ON: SIGN_ON, LinkAct.SIGN_OFF: SIGN_OFF, LinkAct.ECHO: ECHO_TEST}
UNANSWERED = frozenset({"0180", "0190"})
CONDITIONS = {
    IssuerAct.BLOCK: Condition.BLOCKED,
    IssuerAct.UNBLOCK: Condition.ACTIVE,
    IssuerAct.LOST: Condition.LOST,
    IssuerAct.STOLEN: Condition.STOLEN,
    IssuerAct.ACTIVATE: Condition.ACTIVE,
    IssuerAct.FREEZE: Condition.FROZEN,
    IssuerAct.UNFREEZE: Condition.ACTIVE,
}


@dataclass(frozen=True, slots=True)
class Stage:
    """What all scenarios of a run share. `rng` and `now` are the scenario's own; `now` is UTC without microseconds."""

    target: Target
    rng: random.Random
    now: datetime
    books: Books | None = None
    tools: IssuerTools | None = None
    is_audited: bool = True
    limits: Limits = Limits()  # noqa: RUF009 - a frozen value


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message on its way: where, and what the auditor expects. `predicted` is None where nothing may come."""

    label: str
    written: Written
    over: str
    predicted: Expectation | None


class Performance:
    """`unreachable` and `is_silent` tell the run what it met. Play it once."""

    def __init__(self, scenario: Scenario, actors: Mapping[str, Actor], stage: Stage) -> None:
        self.unreachable: str | None = None
        self.is_silent = False
        self._scenario, self._stage = scenario, stage
        self._actors = _with_strangers(scenario, actors, stage)
        cards = {role: actor.card for role, actor in self._actors.items()}
        charset = stage.target.character_set
        self._composer = Composer(scenario, cards, stage.rng, stage.now, charset)
        self._model = IssuerModel(cards.values(), today=stage.now.date(), character_set=charset)
        self._connections = Connections(stage.target, stage.limits)
        self._watch = Watch(stage.books, self._model if stage.is_audited else None, stage.limits.settle_seconds)
        self._first_replies: dict[tuple[str, ReplyKey], Message] = {}

    async def play(self, name: str) -> ScenarioResult:
        """Every step gets its verdict; after one that does not hold the others are not played."""
        results: list[StepResult] = []
        try:
            if (unseen := await self._unseen_books()) is not None:
                results.append(unseen)
            for at, step in enumerate(self._scenario.steps):
                label = step.name or f"step {at + 1}"
                if results and results[-1].verdict is not Verdict.HELD:
                    results.append(StepResult(label, Verdict.NOT_PLAYED, note="a step before did not hold"))
                else:
                    results.append(await self._played(label, step))
        finally:
            await self._connections.close()
        return ScenarioResult(name, self._scenario.title, tuple(results), unasked_replies=self._connections.unasked)

    async def _unseen_books(self) -> StepResult | None:
        try:
            await self._watch.begin(self._actors.values())
        except BooksUnreadable as error:
            return StepResult("before the first step", Verdict.BROKEN, expected="the books", got=str(error))
        return None

    async def _played(self, label: str, step: Step) -> StepResult:
        try:
            return await self._step(label, step)
        except HostUnreachable as error:
            self.unreachable = str(error)
            return StepResult(label, Verdict.BROKEN, expected="a connection", got=str(error))
        except HostSilent as error:
            self.is_silent = True
            return StepResult(label, Verdict.BROKEN, expected="a reply", got=str(error))
        except BooksUnreadable as error:
            return StepResult(label, Verdict.BROKEN, expected="the books", got=str(error))
        except (IssuerRefused, EncodeError, PlanError) as error:
            return StepResult(label, Verdict.BROKEN, expected="what can be done", got=str(error))

    async def _step(self, label: str, step: Step) -> StepResult:
        match step:
            case Clock():
                self._composer.passes(step.clock)
                return StepResult(label, Verdict.HELD, sent=f"the network's clock {step.clock}")
            case ByIssuer():
                await self._act(self._actors[self._scenario.card_of(step)], step.issuer)
                return await self._concluded(step, StepResult(label, Verdict.HELD, sent=f"issuer: {step.issuer}"), [])
            case OnLink():
                return await self._on_link(label, step)
            case Send():
                return await self._send(label, step)
            case Repeat():
                return await self._delivered(label, step, [self._again(label, step)])
            case Deliver():
                return await self._deliver(label, step)
            case _:
                raise AssertionError(f"no way to play a {type(step).__name__}")

    async def _act(self, actor: Actor, act: IssuerAct) -> None:
        assert self._stage.tools is not None, "scenarios that need them are skipped without"
        pin = await self._stage.tools.act(actor, act)
        if pin is not None:
            self._model.set_pin(actor.card.pan, pin)
            self._composer.change(actor.card, replace(actor.card, pin=pin))
        else:
            self._model.set_condition(actor.card.pan, CONDITIONS[act])

    async def _on_link(self, label: str, step: OnLink) -> StepResult:
        if step.link is LinkAct.DROP:
            await self._connections.drop(step.over)
            return StepResult(label, Verdict.HELD, sent=f"connection {step.over} dropped")
        card = next(iter(self._actors.values())).card
        message = self._composer.management(MANAGEMENT[step.link])
        return await self._delivered(label, step, [(label, Written.of(message, card))])

    async def _send(self, label: str, step: Send) -> StepResult:
        written = self._composer.compose(step)
        self._connections.check(written.message)
        if step.unsent:
            return StepResult(label, Verdict.HELD, sent=f"{described(written.message)}, written and kept")
        if step.cut:
            return await self._cut(label, step, written)
        return await self._delivered(label, step, [(label, written)])

    async def _cut(self, label: str, step: Send, written: Written) -> StepResult:
        """Whether it has arrived is not known, so the books are not looked at."""
        self._model.expect(written.message)
        self._watch.lose_track()
        await self._connections.send(step.over, written.message)
        await self._connections.drop(step.over)
        return StepResult(label, Verdict.HELD, sent=described(written.message), got="connection cut", note="reply lost")

    def _again(self, label: str, step: Repeat) -> tuple[str, Written]:
        written = self._composer.written[step.repeat]
        message = repeated(written.message) if step.marked else written.message
        again = replace(written, message=altered(message, {int(n): text for n, text in step.changed.items()}))
        self._connections.check(again.message)
        self._composer.written[label] = again
        return label, again

    async def _deliver(self, label: str, step: Deliver) -> StepResult:
        names = list(step.deliver)
        if step.order == "shuffled":
            self._stage.rng.shuffle(names)
        found = [(name, self._composer.written[name]) for name in names]
        return await self._delivered(label, step, found, at_once=step.at_once)

    async def _delivered(
        self, label: str, step: Step, found: Sequence[tuple[str, Written]], *, at_once: bool = False
    ) -> StepResult:
        deliveries = [
            Delivery(name, written, f"{step.over} {at}" if at_once and at else step.over, self._predicted(written.message))
            for at, (name, written) in enumerate(found)
        ]
        if at_once:
            replies = await _all_of([self._exchanged(delivery) for delivery in deliveries])
        else:
            replies = [await self._exchanged(delivery) for delivery in deliveries]
        for delivery, reply in zip(deliveries, replies, strict=True):
            self._keep(delivery, reply)
        views: list[View] = []
        for at, (delivery, reply) in enumerate(zip(deliveries, replies, strict=True)):
            views += self._judged(delivery, reply, _stated(step.expect, at, len(deliveries)))
        return await self._concluded(step, _summed_up(label, deliveries, replies, step.expect), views)

    def _predicted(self, message: Message) -> Expectation | None:
        if message.mti in UNANSWERED:
            self._model.take(message)
            return None
        return self._model.expect(message)

    async def _exchanged(self, delivery: Delivery) -> Reply | None:
        message = delivery.written.message
        if delivery.predicted is None:
            await self._connections.send(delivery.over, message)
            return None
        reply = await self._connections.exchange(delivery.over, message)
        if reply is None:
            self.is_silent = True
        return reply

    def _keep(self, delivery: Delivery, reply: Reply | None) -> None:
        if reply is not None:
            key = (delivery.written.card.pan, reply_key(delivery.written.message))
            self._first_replies.setdefault(key, reply.message)
            self._composer.replies.setdefault(delivery.label, reply.message)

    def _judged(self, delivery: Delivery, reply: Reply | None, stated: Expected) -> list[View]:
        predicted = delivery.predicted
        if predicted is None or not stated.answer or reply is None:
            return self._silence(delivery, reply, stated)
        first = self._first_replies.get((delivery.written.card.pan, predicted.same_as)) if predicted.same_as else None
        came = Came(delivery.written, reply.message, self._stage.target.character_set, first, self._composer.replies)
        views = reply_views(came, stated, predicted if self._stage.is_audited else None)
        objection = self._model.hear(delivery.written.message, reply.message)
        if objection is not None and self._stage.is_audited:
            views.append(View("DE 38", None, "a code of its own", objection))
        return views

    def _silence(self, delivery: Delivery, reply: Reply | None, stated: Expected) -> list[View]:
        if delivery.predicted is None or not stated.answer:
            return silence_views(reply.message if reply else None)
        unasked = self._connections.unasked
        got = f"none within {self._stage.limits.reply_seconds:g} s"
        if unasked:
            got += "; 1 frame that answers nothing" if unasked == 1 else f"; {unasked} frames that answer nothing"
        return [View("reply", stated.code or "a reply", f"{delivery.predicted.mti} {delivery.predicted.code}", got)]

    async def _concluded(self, step: Step, result: StepResult, views: list[View], *, is_patient: bool = False) -> StepResult:
        """With the books, where they are observed: what the step moved, and the balance after it."""
        actor = self._actors[self._scenario.card_of(step)]
        is_patient = is_patient or (isinstance(step, Send) and step.send in UNANSWERED)
        currency = by_numeric(actor.card.currency).alpha
        found = await self._watch.views(
            actor, step.expect, currency, is_patient=is_patient, before_look=lambda: views.extend(self._audit())
        )
        views = [*views, *found]
        note = result.note or ("" if self._watch.sees(actor) or not _is_about_books(step.expect) else "books not observed")
        wrong = broken(views)
        return replace(result, verdict=Verdict.BROKEN if wrong else Verdict.HELD, broken=wrong, note=note)

    def _audit(self) -> list[View]:
        """What has been sent and answered since, unasked: nothing here."""
        return []


async def _all_of(exchanges: Sequence[Coroutine[None, None, Reply | None]]) -> list[Reply | None]:
    """Waits for all of them, each of which has its limit; then raises the first fault, if there was one."""
    replies: list[Reply | None] = []
    for found in await asyncio.gather(*exchanges, return_exceptions=True):
        if isinstance(found, BaseException):
            raise found
        replies.append(found)
    return replies


def _with_strangers(scenario: Scenario, actors: Mapping[str, Actor], stage: Stage) -> dict[str, Actor]:
    """The cards in the scenario's order, those included that no issuer has."""
    expiry = f"{(stage.now.year + 3) % 100:02d}{stage.now.month:02d}"
    taken = {actor.card.pan for actor in actors.values()}
    found: dict[str, Actor] = {}
    for role, need in scenario.cards.items():
        if need.state is CardState.UNKNOWN:
            like = Card("", expiry, "", "", "978", 0)
            found[role] = Actor(unknown_card(stage.rng, like, taken))
        else:
            found[role] = actors[role]
    return found


def _stated(expect: Expected, at: int, of: int) -> Expected:
    """What the scenario says of one message among several."""
    if expect.codes is not None and at < len(expect.codes):
        return expect.model_copy(update={"code": expect.codes[at]})
    return expect if of == 1 else Expected()


def _is_about_books(expect: Expected) -> bool:
    return any(value is not None for value in (expect.available, expect.posted, expect.holds, expect.postings, expect.expires_in))


def _summed_up(label: str, deliveries: Sequence[Delivery], replies: Sequence[Reply | None], expect: Expected) -> StepResult:
    """The step in a few words; its verdict comes later."""
    sent = "; ".join(described(delivery.written.message) for delivery in deliveries)
    codes = expect.codes or ([expect.code] if expect.code else [])
    predicted = [
        f"{each.predicted.mti} {codes[at] if at < len(codes) else each.predicted.code}" if each.predicted else "no reply"
        for at, each in enumerate(deliveries)
    ]
    got = [f"{reply.message.mti} {reply.message.text(39)}" if reply else "no reply" for reply in replies]
    latency = max((reply.latency_seconds for reply in replies if reply), default=None)
    return StepResult(label, Verdict.HELD, sent, ", ".join(predicted), ", ".join(got), latency_seconds=latency)
