"""Whose controls and limits a command speaks of, and how a new version of them is put into the books."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cardline import desk

if TYPE_CHECKING:
    from ledger.accounts import Mandate
    from ledger.issuing import CardView
    from ledger.spend_controls import Kind, Subject


async def subject_of(books: Any, card_id: int, scope: str) -> "Subject":
    """Raises ConfigurationError for an unknown scope, Refusal for a card without a program."""
    from cardline.errors import ConfigurationError
    from ledger.issuing import view_card

    card = await view_card(books, card_id)
    match scope:
        case "card":
            return _subject_of(card, scope, str(card.lineage))
        case "account":
            return _subject_of(card, scope, str(card.account_id))
        case "program":
            if card.program is None:
                raise desk.Refusal(f"account {card.account_id} is in no program")
            return _subject_of(card, scope, card.program)
    raise ConfigurationError(f"--scope {scope}: not one of card, account, program")


def _subject_of(card: "CardView", scope: str, name: str) -> "Subject":
    from ledger.spend_controls import Subject

    return Subject(scope, name, card.account_id)


async def limits_of(books: Any, subject: "Subject") -> dict[str, Mapping[str, Any]]:
    """The stored ones by name."""
    import orjson

    from ledger.spend_controls import newest

    known = await newest(books, "limit", subject)
    return {one["name"]: one for one in orjson.loads(known[1])} if known else {}


async def put_version(books: Any, kind: "Kind", subject: "Subject", document: str, mandate: "Mandate") -> int:
    from ledger.spend_controls import newest, put

    known = await newest(books, kind, subject)
    version = await put(books, kind, subject, document, mandate, after=known[0] if known else 0)
    if version is None:
        raise desk.Refusal(f"somebody else has just changed the {kind}s of {subject.scope} {subject.name}; look again")
    return version
