"""Plans a network day: sign-on, a deck of stories dealt to the cards, malformed frames, sign-off. Pure.

Everything random comes from one seed, and every reply and balance is known before anything is sent.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from simulator.auditor.issuer import IssuerModel
from simulator.cards import Card, unknown_card
from simulator.desk import Desk
from simulator.errors import PlanError
from simulator.malformed import DAMAGES, bad_element, oversized, unreadable
from simulator.messages import ECHO_TEST, SIGN_OFF, SIGN_ON, Amounts, advice, network_management
from simulator.network.parties import MERCHANTS
from simulator.pin import TEST_PIN_KEY
from simulator.script import Day, Kind, Probe, Script, Step
from simulator.stories import STORIES, Story, suited
from switch.framing import Framing
from switch.iso8583 import Codec, Message

# Each story is told this often before chance takes over, so that no kind is missing from a short day.
TOLD_AT_LEAST = 2
UNKNOWN_CARDS_PER_SEEDED = 0.1


@dataclass(frozen=True, slots=True)
class DayPlan:
    """What to plan. `starts_at` in UTC stands in DE 7; `messages` is the least the day sends."""

    seed: int
    starts_at: datetime
    messages: int = 2_000
    connections: int = 4
    malformed_frames: int = 12
    echo_tests: int = 8
    character_set: str = "cp037"
    framing: Framing = Framing()  # noqa: RUF009 - a frozen value
    pin_key: bytes = TEST_PIN_KEY


def plan_day(cards: Sequence[Card], plan: DayPlan) -> Day:
    """The day for these cards. Raises PlanError where there is no card to play with."""
    if not cards:
        raise PlanError("a day needs at least one card")
    if plan.connections < 1:
        raise PlanError("a day needs at least one connection")
    rng = random.Random(plan.seed)  # noqa: S311 - the same seed must play the same day
    model = IssuerModel(cards, today=plan.starts_at.date(), character_set=plan.character_set, pin_key=plan.pin_key)
    starts_at = plan.starts_at.replace(microsecond=0)
    desk = Desk(rng, model, starts_at, character_set=plan.character_set, links=plan.connections)
    opening = [_management(desk, link, Kind.SIGN_ON, SIGN_ON) for link in range(plan.connections)]
    probes = _probes(desk, plan, cards)
    echoes = [_management(desk, at % plan.connections, Kind.ECHO_TEST, ECHO_TEST) for at in range(plan.echo_tests)]
    closing = [_management(desk, link, Kind.SIGN_OFF, SIGN_OFF) for link in range(plan.connections)]
    around = len(opening) + len(echoes) + len(closing) + 2 * len(probes)
    _tell_stories(desk, [*cards, *_strangers(rng, model, cards)], plan, at_least=plan.messages - around)
    return Day(
        seed=plan.seed,
        connections=plan.connections,
        opening=tuple(opening),
        scripts=_mixed(rng, desk.scripts(), echoes),
        probes=probes,
        closing=tuple(closing),
        balances=model.balances(),
    )


def _strangers(rng: random.Random, model: IssuerModel, cards: Sequence[Card]) -> list[Card]:
    taken = {card.pan for card in cards}
    count = max(2, int(len(cards) * UNKNOWN_CARDS_PER_SEEDED))
    strangers = [unknown_card(rng, rng.choice(cards), taken) for _ in range(count)]
    for card in strangers:
        model.add_unknown(card)
    return strangers


def _tell_stories(desk: Desk, cards: Sequence[Card], plan: DayPlan, *, at_least: int) -> None:
    this_month = f"{plan.starts_at:%y%m}"
    for story in STORIES * TOLD_AT_LEAST:
        for card in desk.rng.sample(cards, len(cards)):
            if story.suits in suited(card, desk.available(card), this_month):
                story.tell(desk, card)
                break
    while desk.sent < at_least:
        card = desk.rng.choice(cards)
        stories = _stories_for(desk, card, this_month)
        desk.rng.choices(stories, [story.weight for story in stories])[0].tell(desk, card)


def _stories_for(desk: Desk, card: Card, this_month: str) -> list[Story]:
    kinds = suited(card, desk.available(card), this_month)
    return [story for story in STORIES if story.suits in kinds]


def _management(desk: Desk, link: int, kind: Kind, code: str) -> Script:
    return Script(((_management_step(desk, link, kind, code),),))


def _management_step(desk: Desk, link: int, kind: Kind, code: str) -> Step:
    message = network_management(desk.header(), code)
    return Step(kind, message, desk.model.expect(message), link)


def _probes(desk: Desk, plan: DayPlan, cards: Sequence[Card]) -> tuple[Probe, ...]:
    """One frame in four cannot be read at all, the first of those because it is too long."""
    codec, framing = Codec(plan.character_set), plan.framing
    probes = []
    for at in range(plan.malformed_frames):
        mti, damage = DAMAGES[at % len(DAMAGES)]
        message = _some_message(desk, desk.rng.choice(cards), mti)
        echo = _management_step(desk, 0, Kind.ECHO_TEST, ECHO_TEST)
        match divmod(at, 4):
            case (0, 3):
                probes.append(oversized(echo, framing))
            case (_, 3):
                probes.append(unreadable(desk.rng, message, codec, framing, echo))
            case _:
                probes.append(bad_element(message, damage, codec, framing, echo))
    return tuple(probes)


def _some_message(desk: Desk, card: Card, mti: str) -> Message:
    amounts = Amounts(1_000, card.currency)
    match mti:
        case "0400":
            return desk.written_reversal(desk.purchase(card, amounts))
        case "0120":
            return advice(desk.header(), card, amounts, MERCHANTS[0], character_set=desk.character_set)
        case _:
            return desk.purchase(card, amounts)


def _mixed(rng: random.Random, scripts: Sequence[Script], echoes: Sequence[Script]) -> tuple[Script, ...]:
    mixed = [*scripts, *echoes]
    rng.shuffle(mixed)
    return tuple(mixed)
