"""What a movement of the settlement account books. Pure."""

from ledger.commands import Entry
from ledger.recipes import RECIPES

_RECIPES = {
    (True, True): "settle_incoming",
    (True, False): "settle",
    (False, True): "park_receipt",
    (False, False): "park_payment",
}


def entry_of(asset: str, minor: int, *, is_settlement: bool) -> Entry:
    """`minor` is positive where our account was credited. What names no settlement waits in suspense."""
    return RECIPES[_RECIPES[is_settlement, minor > 0]](asset, abs(minor))
