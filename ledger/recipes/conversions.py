"""From one asset into another. Pure.

No amount is ever added to an amount of another asset: each asset has its own position account, and what we hold of one
currency against another is read from the positions.
"""

from dataclasses import dataclass

from ledger.commands import Layer, Line
from ledger.recipes.entry import Entry, Party, posted


@dataclass(frozen=True, slots=True)
class Leg:
    """One side of a conversion: who, in what, how much (minor units)."""

    account: Party
    asset: str
    amount: int


def convert(sold: Leg, bought: Leg, markup: int = 0, rounding: int = 0) -> Entry:
    """`sold` leaves one account, `bought` arrives at another (of the same customer, of another, of the network).

    `markup` is our part of what is sold. `rounding` is by how much the exact result exceeds what is given (in the minor
    unit of what is bought; negative when more is given): it is our gain or loss, not the position's.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | customer (sold) | fx_position (sold) | sold - markup |
    | posted | customer (sold) | fx_margin (sold) | markup |
    | posted | fx_position (bought) | customer (bought) | bought |
    | posted | fx_position (bought) | rounding (bought) | rounding |
    """
    if sold.asset == bought.asset:
        raise ValueError("a conversion has two assets")
    lines = posted(sold.account, "fx_position", sold.asset, sold.amount - markup)
    lines += posted(sold.account, "fx_margin", sold.asset, markup)
    lines += posted("fx_position", bought.account, bought.asset, bought.amount)
    return Entry("conversion", "converted", lines + _rounded(bought.asset, rounding))


def earn_margin(asset: str, amount: int) -> Entry:
    """The network settles less than the cardholder is billed for a payment abroad: the mark-up on its rate is ours.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | network_settlement | fx_margin | amount |
    """
    return Entry("conversion", "settled_less", posted("network_settlement", "fx_margin", asset, amount))


def bear_margin(asset: str, amount: int) -> Entry:
    """The network settles more than the cardholder is billed for a payment abroad.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | fx_margin | network_settlement | amount |
    """
    return Entry("conversion", "settled_more", posted("fx_margin", "network_settlement", asset, amount))


def _rounded(asset: str, amount: int) -> tuple[Line, ...]:
    if not amount:
        return ()
    return Line("fx_position", asset, Layer.POSTED, amount), Line("rounding", asset, Layer.POSTED, -amount)


RECIPES = (convert, earn_margin, bear_margin)
