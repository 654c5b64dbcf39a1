"""`cardline card tell-network`: says the state of a card to the networks' stand-in again, by request.

Imports wait until the command runs. The change of a card's state says it by itself; this is for what was given up, and
for cards whose number was not kept yet.
"""

import sys
from typing import TYPE_CHECKING, Any

import typer

from cardline import desk
from cardline.desk import ACTOR, DATA_DIR, Actor, CardId, Config, DataDir, Reason
from cardline.errors import ConfigurationError

if TYPE_CHECKING:
    from cardline.settings import Settings
    from ledger.accounts import Mandate


def register(card_app: typer.Typer) -> None:
    card_app.command("tell-network")(_tell_network)


async def say_untold(books: Any, card_id: int) -> None:
    """On standard error, where a change of this card's state cannot be said to a network. The change stands."""
    from ledger.file_updates import NUMBER_NOT_KEPT, updates_of_card

    newest = (await updates_of_card(books, card_id))[:1]
    if newest and newest[0].result == NUMBER_NOT_KEPT:
        print(
            f"cardline: the network is not told, because the number of card {card_id} is not kept: "
            f"give it to `cardline card tell-network {card_id}`",
            file=sys.stderr,
        )


def _tell_network(card: CardId, reason: Reason, actor: Actor = ACTOR, data_dir: DataDir = DATA_DIR, config: Config = None) -> int:
    """Queue a file update (0302). Reads the card's number from standard input where it is not kept yet."""
    from cardline.running.kept_numbers import told_links
    from ledger.accounts import Mandate

    settings = desk.reached(config, data_dir, require=("token_key",))
    links = told_links(settings)
    if not links:
        raise ConfigurationError("no link takes file updates: set file_updates.enabled in the network profile of one")
    if not desk.carried_out(_told(settings, card, links, Mandate(actor, reason))):
        return 1
    desk.console().print(f"the network on {', '.join(links)} is told of card {card} as soon as it is signed on")
    return 0


async def _told(settings: "Settings", card_id: int, links: tuple[str, ...], mandate: "Mandate") -> bool:
    from ledger.file_updates import kept_number, tell_network

    async with desk.books(settings) as books:
        number = None if _opens(settings, await kept_number(books, card_id), card_id) else _typed_number(settings, card_id)
        desk.required(await tell_network(books, card_id, links, mandate, number=number))
    return True


def _opens(settings: "Settings", sealed: bytes | None, card_id: int) -> bool:
    """Whether the number is kept, and under the key of today."""
    from authorizer.errors import SealedPanError
    from cardline.running.kept_numbers import pan_cipher

    try:
        return sealed is not None and bool(pan_cipher(settings).open(sealed, card_id))
    except SealedPanError:
        return False


def _typed_number(settings: "Settings", card_id: int) -> tuple[bytes, bytes]:
    """Token and sealed form. The fault never repeats what was typed."""
    from authorizer.pan import Pan
    from authorizer.tokens import Tokenizer
    from cardline.running.kept_numbers import pan_cipher

    try:
        pan = Pan(desk.typed("card number: "))
    except ValueError as error:
        raise ConfigurationError(f"card number: {error} (it is not kept yet)") from None
    return Tokenizer(settings.token_key).token(pan), pan_cipher(settings).seal(pan, card_id)
