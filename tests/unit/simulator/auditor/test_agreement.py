"""The two judges agree with each other before they judge anybody: what scenarios state is what the auditor predicts."""

import random
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from simulator.auditor.issuer import IssuerModel
from simulator.cards import Card, Condition, luhn_digit
from simulator.currencies import by_alpha
from simulator.messages import altered, repeated, reply_mti
from simulator.replies import CODES_WITH_APPROVAL
from simulator.stage.amounts import minor_of
from simulator.stage.casting import as_actor
from simulator.stage.composing import Composer, Written
from simulator.stage.files import names, scenario
from simulator.stage.language import ByIssuer, CardNeed, CardState, Clock, Deliver, Expected, Repeat, Send, Step
from simulator.stage.performance import CONDITIONS
from switch.iso8583 import Message

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PLAIN = [name for name in names() if scenario(name).network is None]


def card_for(number: int, need: CardNeed) -> Card:
    payload = f"541333{number:09d}"
    expiry = "2501" if need.state is CardState.EXPIRED else "2912"
    card = Card(payload + luhn_digit(payload), expiry, "123", "1234", by_alpha(need.currency).numeric, 0)
    if need.state is CardState.UNKNOWN:
        return replace(card, condition=Condition.UNKNOWN)
    return as_actor(card, need).card


class Rehearsal:
    """A scenario without a host."""

    def __init__(self, name: str) -> None:
        self.scenario = scenario(name)
        cards = {role: card_for(number, need) for number, (role, need) in enumerate(self.scenario.cards.items(), 1)}
        self.composer = Composer(self.scenario, cards, random.Random(1), NOW, "cp037")
        self.model = IssuerModel(cards.values(), today=NOW.date(), character_set="cp037")

    def written(self, step: Step) -> list[Written]:
        """What a step sends."""
        match step:
            case Send():
                found = self.composer.compose(step)
                return [] if step.unsent else [found]
            case Repeat():
                original = self.composer.written[step.repeat]
                message = repeated(original.message) if step.marked else original.message
                again = replace(original, message=altered(message, {int(n): text for n, text in step.changed.items()}))
                self.composer.written[step.name] = again
                return [again]
            case Deliver():
                return [self.composer.written[name] for name in step.deliver]
            case Clock():
                self.composer.passes(step.clock)
            case ByIssuer() if step.issuer in CONDITIONS:
                self.model.set_condition(self.card(step).pan, CONDITIONS[step.issuer])
            case ByIssuer():
                card = self.card(step)
                self.composer.change(card, replace(card, pin="4321"))
                self.model.set_pin(card.pan, "4321")
        return []

    def card(self, step: Step) -> Card:
        return self.composer.cards[self.scenario.card_of(step)]

    def codes(self, step: Step) -> list[str]:
        """What the auditor answers to each message of a step; nothing to what nobody answers."""
        found = []
        for written in self.written(step):
            if written.message.mti[:3] in {"018", "019"}:
                self.model.take(written.message)
            else:
                found.append(self.model.expect(written.message).code)
                self.approve(step, written.message, found[-1])
        return found

    def approve(self, step: Step, message: Message, code: str) -> None:
        """A reply with an approval code of its own, where one is due."""
        if message.mti[:2] in {"01", "02"} and code in CODES_WITH_APPROVAL:
            reply = Message(reply_mti(message.mti), message.elements | {38: message.text(37)[-6:], 39: code})
            self.composer.replies.setdefault(step.name, reply)
            self.model.hear(message, reply)

    def books(self, step: Step) -> dict[str, object]:
        balance = self.model.balance(self.card(step).pan)
        moved: dict[str, list[int]] = {}
        for kind, minor in self.model.taken_postings(self.card(step).pan):
            moved.setdefault(kind, []).append(minor)
        figures = {"available": balance.available_minor, "posted": balance.posted_minor, "holds": balance.holds_minor}
        return figures | {"postings": {kind: sorted(amounts) for kind, amounts in moved.items()}}


def stated_books(expect: Expected, currency: str) -> dict[str, object]:
    found: dict[str, object] = {}
    for what in ("available", "posted", "holds"):
        if (text := getattr(expect, what)) is not None:
            found[what] = minor_of(text, currency)
    if expect.postings is not None:
        found["postings"] = {k: sorted(minor_of(text, currency) for text in texts) for k, texts in expect.postings.items()}
    return found


@pytest.mark.parametrize("name", PLAIN)
def test_what_a_scenario_states_is_what_the_auditor_predicts(name: str) -> None:
    rehearsal = Rehearsal(name)
    was_cut = False
    for step in rehearsal.scenario.steps:
        codes, books = rehearsal.codes(step), rehearsal.books(step)
        was_cut = was_cut or (isinstance(step, Send) and step.cut)
        stated = stated_books(step.expect, rehearsal.scenario.cards[rehearsal.scenario.card_of(step)].currency)
        if was_cut:  # whether it has arrived is known to nobody, nor by which postings
            stated.pop("postings", None)
        wanted = step.expect.codes or ([step.expect.code] if step.expect.code and codes else codes)
        assert (step.name, codes) == (step.name, wanted)
        assert (step.name, {what: books[what] for what in stated}) == (step.name, stated)
