"""Finds the cards for scenarios: the protocol of whoever has some, and the one that takes them from a file. Pure but the file.

The file is what `cardline seed` writes: card_id, account_id, pan, expiry, cvc2, pin, psn, currency, available_minor.
"""

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from simulator.cards import Card, Condition
from simulator.currencies import by_alpha
from simulator.errors import CardsInvalid
from simulator.stage.amounts import minor_of, text_of
from simulator.stage.language import CardNeed, CardState, IssuerAct, Scenario

COLUMNS = ("card_id", "account_id", "pan", "expiry", "cvc2", "pin", "psn", "currency", "available_minor")
AMOUNTS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Actor:
    """A card with the issuer's ids of it, where they are known."""

    card: Card
    card_id: int | None = None
    account_id: int | None = None


@dataclass(frozen=True, slots=True)
class Cast:
    """Who plays in each scenario, by the scenario's name; or why nobody does."""

    actors: Mapping[str, Mapping[str, Actor]]
    missing: Mapping[str, str] = field(default_factory=dict)


class IssuerTools(Protocol):
    """What the issuer's own people can do to a card in between."""

    async def act(self, actor: Actor, act: IssuerAct) -> str | None:
        """Carries it out; the new PIN where there is one. Raises IssuerRefused."""


def opening(need: CardNeed) -> tuple[int, int]:
    """What the account owns and how far it may be overdrawn, in minor units."""
    return minor_of(need.balance, need.currency), -minor_of(need.credit_limit, need.currency)


def as_actor(card: Card, need: CardNeed, *, card_id: int | None = None, account_id: int | None = None) -> Actor:
    """`card` as `need` describes it: its money and its state."""
    posted, floor = opening(need)
    state = Condition.ACTIVE if need.state is CardState.EXPIRED else Condition(need.state.value)
    return Actor(replace(card, posted_minor=posted, floor_minor=floor, condition=state), card_id, account_id)


def cast_from_file(text: str, file: str, scenarios: Mapping[str, Scenario]) -> Cast:
    """Each card plays once; it must have the currency and exactly the money that the scenario is about."""
    free = _cards(text, file)
    actors: dict[str, dict[str, Actor]] = {}
    missing: dict[str, str] = {}
    for name, scenario in scenarios.items():
        found: dict[str, Actor] = {}
        for role, need in scenario.cards.items():
            if need.state is CardState.UNKNOWN:
                continue
            taken = _taken(free, need)
            if taken is None:
                missing[name] = _lacking(file, free, need)
                break
            found[role] = taken
        else:
            actors[name] = found
    return Cast(actors, missing)


def _taken(free: list[tuple[Actor, int]], need: CardNeed) -> Actor | None:
    posted, floor = opening(need)
    for at, (actor, available) in enumerate(free):
        if actor.card.currency == by_alpha(need.currency).numeric and available == posted - floor:
            del free[at]
            return as_actor(actor.card, need, card_id=actor.card_id, account_id=actor.account_id)
    return None


def _lacking(file: str, free: Sequence[tuple[Actor, int]], need: CardNeed) -> str:
    """What was looked for, what there is instead, and how to come by it."""
    posted, floor = opening(need)
    numeric, wanted = by_alpha(need.currency).numeric, f"{need.currency} {text_of(posted - floor, need.currency)}"
    left = Counter(available for actor, available in free if actor.card.currency == numeric)
    there = ", ".join(f"{count} with {text_of(minor, need.currency)}" for minor, count in left.most_common(AMOUNTS_SHOWN))
    seed = f"cardline seed --cards N --currency {need.currency} --balance {need.balance}"
    seed += f" --credit-limit {need.credit_limit}" if floor else ""
    return f"needs an unused card with exactly {wanted} available; {file} has {there or f'none left in {need.currency}'}: {seed}"


def _cards(text: str, file: str) -> list[tuple[Actor, int]]:
    rows = csv.DictReader(io.StringIO(text))
    if lacking := [column for column in COLUMNS if column not in (rows.fieldnames or ())]:
        raise CardsInvalid(f"{file}:1: lacks the columns {', '.join(lacking)}")
    return [_read(row, file, rows.line_num) for row in rows]


def _read(row: Mapping[str, str], file: str, line: int) -> tuple[Actor, int]:
    try:
        currency, available = by_alpha(row["currency"]).numeric, int(row["available_minor"])
        card = Card(row["pan"], row["expiry"], row["cvc2"], row["pin"], currency, available)
        return Actor(card, int(row["card_id"]), int(row["account_id"])), available
    except (KeyError, ValueError, TypeError) as error:
        raise CardsInvalid(f"{file}:{line}: expected ids, a currency that is played and an amount in minor units") from error


def needs_of(scenarios: Mapping[str, Scenario]) -> Sequence[tuple[str, str, CardNeed]]:
    """Every card to be found: scenario, role, need. Unknown cards are nobody's."""
    return [
        (name, role, need)
        for name, scenario in scenarios.items()
        for role, need in scenario.cards.items()
        if need.state is not CardState.UNKNOWN
    ]
