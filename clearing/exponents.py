"""Whether a message counts its currencies in the minor units that are kept here (PDS 0148). Pure.

An amount in other decimals would be wrong by a power of ten and still look like one: nothing of it is booked.
"""

from functools import lru_cache

from ledger.money import Asset

TAG = "0148"
_LENGTH = 4


def objection(text: str, asset: Asset) -> str | None:
    """`text`: PDS 0148, per currency its number and its decimals; one that is not named, or no text at all, is taken as kept."""
    return _objection(text, asset.numeric, asset.exponent)


@lru_cache(maxsize=1024)  # the records of a file share a few
def _objection(text: str, numeric: str, exponent: int) -> str | None:
    if len(text) % _LENGTH or not ((text.isascii() and text.isdecimal()) or not text):
        return f"not occurrences of {_LENGTH} digits"
    for at in range(0, len(text), _LENGTH):
        if text[at : at + 3] == numeric and int(text[at + 3]) != exponent:
            return f"currency {numeric} with {text[at + 3]} decimals, kept here with {exponent}"
    return None
