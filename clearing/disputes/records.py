"""What a chargeback or a second presentment says beyond the money that it moves. Pure and total.

Nothing here may keep a record from being booked: what cannot be read is left out.
"""

from collections.abc import Callable
from dataclasses import dataclass

from clearing.disputes.deadlines import Stage, stage_of
from clearing.ipm.messages import IpmMessage
from ledger.money import BY_NUMERIC

PARTIAL = frozenset({"282", "453", "454"})
"""Function codes of a part: PDS 0268 says how much of the presentment, which DE 30 says the whole of."""
_SUM_LENGTH, _CURRENCY_LENGTH = 12, 3


@dataclass(frozen=True, slots=True)
class Dispute:
    """`partial_*`: PDS 0268, in minor units of an asset, or of its number where we do not keep it. `original_minor`: DE 30.

    `documents`: PDS 0262, 1 where there are any. `control_number`: PDS 0241.
    """

    stage: Stage
    is_partial: bool = False
    partial_minor: int | None = None
    partial_asset: str | None = None
    original_minor: int | None = None
    documents: str | None = None
    control_number: str | None = None


def dispute_of(message: IpmMessage, stored: Callable[[str], str | None]) -> Dispute | None:
    """None for what is no record of a dispute. `stored` makes of a text what may lie in a column."""
    stage = stage_of(message.function_code)
    if stage is None:
        return None
    minor, asset = _partial(message.pds.get("0268", ""))
    original = message.text(30)[:_SUM_LENGTH]
    return Dispute(
        stage, message.function_code in PARTIAL, minor, asset, int(original) if _is_digits(original, _SUM_LENGTH) else None,
        stored(message.pds.get("0262", "")), stored(message.pds.get("0241", "")),
    )  # fmt: skip


def _partial(text: str) -> tuple[int | None, str | None]:
    amount, currency = text[:_SUM_LENGTH], text[_SUM_LENGTH:]
    if not (_is_digits(amount, _SUM_LENGTH) and _is_digits(currency, _CURRENCY_LENGTH)):
        return None, None
    return int(amount), BY_NUMERIC[currency].code if currency in BY_NUMERIC else currency


def _is_digits(text: str, length: int) -> bool:
    return len(text) == length and text.isascii() and text.isdecimal()
