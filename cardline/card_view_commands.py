"""`cardline card show`: the state of a card and the last decisions on it, as a table or JSON (minor units)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from cardline import desk
from cardline.desk import DATA_DIR, AsJson, CardId, Config, DataDir

if TYPE_CHECKING:
    from cardline.settings import Settings
    from ledger.issuing import CardView, DecisionView


@dataclass(frozen=True, slots=True)
class CardPage:
    """Everything that is shown of one card, read in one snapshot."""

    card: "CardView"
    decisions: "list[DecisionView]"


def register(card_app: typer.Typer) -> None:
    card_app.command("show")(_show)


def _show(card: CardId, as_json: AsJson = False, data_dir: DataDir = DATA_DIR, config: Config = None) -> int:
    """State and recent decisions."""
    page = desk.carried_out(_page(desk.reached(config, data_dir), card))
    if page is None:
        return 1
    if as_json:
        decisions = [desk.as_document(decision) for decision in page.decisions]
        desk.print_json(desk.as_document(page.card) | {"decisions": decisions})
        return 0
    _print(page)
    return 0


async def _page(settings: "Settings", card_id: int) -> CardPage:
    from ledger.issuing import recent_decisions, view_card

    async with desk.books(settings) as books, books.transaction(isolation="repeatable_read", readonly=True):
        card = await view_card(books, card_id)
        return CardPage(card, await recent_decisions(books, card.account_id, card.lineage))


def _print(page: CardPage) -> None:
    from rich.table import Table

    from ledger.money import ASSETS

    card, out = page.card, desk.console()
    money = ASSETS[card.asset].format
    pin = "a PIN" if card.has_pin else "no PIN"
    out.print(f"card {card.card_id} {card.pan_masked} expiry {card.expiry} psn {card.psn}, {card.status}, {pin}")
    available = "without a floor" if card.available is None else f"available {money(card.available)}"
    out.print(f"account {card.account_id} is {card.account_status}, {available}")
    if card.lineage != card.card_id:
        out.print(f"in the place of card {card.lineage}")
    table = Table("at", "authorization", "amount", "code", "reason", "rule", "policy")
    for one in page.decisions:
        shown = f"{one.amount} {one.asset}" if one.asset not in ASSETS else ASSETS[one.asset].format(one.amount)
        words = (f"{one.received_at:%Y-%m-%d %H:%M:%S}", one.authorization_id, shown, one.response_code, one.reason)
        table.add_row(*map(str, words), one.rule, one.policy)
    if page.decisions:
        out.print(table)
