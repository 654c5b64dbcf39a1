"""`cardline card show`: state, controls, limits with what is left of them, and the last decisions, as a table or JSON.

Amounts in JSON are in minor units.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import typer

from cardline import desk
from cardline.desk import DATA_DIR, AsJson, CardId, Config, DataDir
from cardline.people.control_lines import compared

if TYPE_CHECKING:
    from authorizer.controls import Control
    from authorizer.limits import Budget, Limit
    from cardline.settings import Settings
    from ledger.acts import Act
    from ledger.file_updates import FileUpdateView
    from ledger.issuing import CardView, DecisionView


@dataclass(frozen=True, slots=True)
class CardPage:
    """Everything that is shown of one card, read in one snapshot."""

    card: "CardView"
    controls: "tuple[Control, ...]"
    budgets: "tuple[tuple[Limit, Budget], ...]"
    decisions: "list[DecisionView]"
    told: "list[FileUpdateView]"
    """What the networks' stand-in was told of it, or is to be."""
    pin_tries: int
    """That the policy allows."""
    acts: "list[Act]"
    """Of people on it, its account and its program, newest first."""


def register(card_app: typer.Typer) -> None:
    card_app.command("show")(_show)


def _show(card: CardId, as_json: AsJson = False, data_dir: DataDir = DATA_DIR, config: Config = None) -> int:
    """State, controls, limits with the remaining budget, recent decisions."""
    page = desk.carried_out(_page(desk.reached(config, data_dir), card))
    if page is None:
        return 1
    if as_json:
        desk.print_json(_document(page))
    else:
        _print(page)
    return 0


async def _page(settings: "Settings", card_id: int) -> CardPage:
    from cardline.policies import load_policy
    from ledger.acts import acts_on
    from ledger.file_updates import updates_of_card
    from ledger.issuing import recent_decisions, view_card

    async with desk.books(settings) as books, books.transaction(isolation="repeatable_read", readonly=True):
        card = await view_card(books, card_id)
        controls, budgets = await remaining(books, card, datetime.now(UTC))
        decisions = await recent_decisions(books, card.account_id, card.lineage)
        told = await updates_of_card(books, card_id)
        tries = load_policy(settings.policy).pin_tries
        return CardPage(card, controls, budgets, decisions, told, tries, await acts_on(books, _subjects(card)))


def _subjects(card: "CardView") -> list[str]:
    program = [f"program {card.program}"] if card.program else []
    return [*dict.fromkeys((f"card {card.card_id}", f"card {card.lineage}")), f"account {card.account_id}", *program]


async def remaining(
    books: Any, card: "CardView", now: datetime
) -> "tuple[tuple[Control, ...], tuple[tuple[Limit, Budget], ...]]":
    """The card's controls, and its limits with what the ledger says is left of each."""
    from authorizer.limits import left, used
    from cardline.policies import mcc_groups
    from cardline.running.card_loading import all_limits, controls_of, own_limits, spendings_of
    from ledger.spend_controls import spoken_for

    said = await spoken_for(books, [card.card_id])
    spent = await spendings_of(books, {card.account_id: all_limits(said, now)}, mcc_groups(), now)
    limits = own_limits(said, card.asset, now)
    usage = used(limits, spent[card.account_id], card.lineage, int(now.timestamp() * 1000))
    controls = tuple(control for one in said if one.kind == "control" for control in controls_of(one))
    return controls, tuple((limit, left(limit, use)) for limit, use in zip(limits, usage, strict=True))


def _document(page: CardPage) -> dict[str, object]:
    from authorizer.limits import Limit

    def shown(limit: Limit, budget: "Budget") -> dict[str, object]:
        spoken = {"scope": limit.scope.value, "version": limit.version}
        return limit.document() | spoken | {"amount_left": budget.amount, "count_left": budget.times}

    tries_left = max(0, page.pin_tries - page.card.wrong_pins) if page.card.has_pin else None
    return desk.as_document(page.card) | {
        "pin_tries_left": tries_left,
        "controls": [one.document() | {"scope": one.scope.value, "version": one.version} for one in page.controls],
        "limits": [shown(limit, budget) for limit, budget in page.budgets],
        "decisions": [desk.as_document(decision) for decision in page.decisions],
        "network": [desk.as_document(update) for update in page.told],
        "changes": [desk.as_document(act) for act in page.acts],
    }


def _print(page: CardPage) -> None:
    from authorizer.payment_kinds import kind_document
    from ledger.money import ASSETS

    card, out = page.card, desk.console()
    money = ASSETS[card.asset].format
    out.print(
        f"card {card.card_id} {card.pan_masked} expiry {card.expiry} psn {card.psn}, {card.status}, {_pin(card, page.pin_tries)}"
    )
    available = "without a floor" if card.available is None else f"available {money(card.available)}"
    out.print(f"account {card.account_id} is {card.account_status}, {available}")
    if card.lineage != card.card_id:
        out.print(f"replaces card {card.lineage}")
    for control in page.controls:
        by = f"{control.stance.value} by {control.feature.value}"
        out.print(f"{control.scope.value} control {control.name}: {by}: {compared(control)}")
    for limit, budget in page.budgets:
        parts = [] if limit.max_amount is None else [f"{money(budget.amount or 0)} of {money(limit.max_amount)}"]
        parts += [] if limit.max_count is None else [f"{budget.times} of {limit.max_count} times"]
        kind = "".join(f", {name} {' or '.join(values)}" for name, values in kind_document(limit.where).items())
        out.print(f"{limit.scope.value} limit {limit.name}, {limit.window}{kind}: left {', '.join(parts)}")
    for update in page.told:
        said = f"{update.state}{f', {update.result}' if update.result else ''}, attempts {update.attempts}"
        out.print(f"network on {update.link}: {update.listing} since {update.made_at:%Y-%m-%d %H:%M:%S}: {said}")
    print_acts(page.acts)
    _print_decisions(page)


def print_acts(acts: "Sequence[Act]") -> None:
    from cardline.people.act_lines import line

    for act in acts:
        desk.console().print(line(act), markup=False)


def _pin(card: "CardView", tries: int) -> str:
    """`tries`: wrong PINs in a row that the policy allows."""
    if not card.has_pin:
        return "no PIN"
    left = max(0, tries - card.wrong_pins)
    return f"PIN set, {left} of {tries} tries left" if left else "PIN set, no try left: only a new PIN helps"


def _print_decisions(page: CardPage) -> None:
    from rich.table import Table

    from ledger.money import ASSETS

    table = Table("at", "authorization", "amount", "code", "reason", "rule", "policy")
    for one in page.decisions:
        shown = f"{one.amount} {one.asset}" if one.asset not in ASSETS else ASSETS[one.asset].format(one.amount)
        words = (f"{one.received_at:%Y-%m-%d %H:%M:%S}", one.authorization_id, shown, one.response_code, one.reason)
        table.add_row(*map(str, words), one.rule, one.policy)
    if page.decisions:
        desk.console().print(table)
