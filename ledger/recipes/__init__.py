"""The recipes of the books: one pure function per business event, which gives the journal to be written.

A recipe knows accounts, amounts and layers, nothing of locks, floors or keys: `batch` and `booking` decide whether its
entry may be written. Amounts are minor units and never negative; lines of nothing are left out. Debit is positive.
`RECIPES` names them all; `guide` writes docs/accounting.md from their docstrings.
"""

from collections.abc import Callable, Mapping

from ledger.recipes import captures, conversions, corrections, debits, disputes, funding, holds, reconciling, refunds, settlement
from ledger.recipes.entry import FORCED_KINDS, Entry

__all__ = ["FORCED_KINDS", "RECIPES", "Entry"]

RECIPES: Mapping[str, Callable[..., Entry]] = {
    recipe.__name__: recipe
    for module in (funding, holds, captures, debits, refunds, conversions, disputes, settlement, reconciling, corrections)
    for recipe in module.RECIPES
}
"""Every recipe by its name, in the order of the guide."""
