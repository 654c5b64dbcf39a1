"""Whether a message counts its currencies in the minor units that are kept here (PDS 0148). Pure.

An amount in other decimals would be wrong by a power of ten and still look like one: nothing of it is booked. What cannot be
read says nothing of any currency.
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
    for one in _occurrences(text):
        if one[:3] == numeric and _is_read(one) and int(one[3]) != exponent:
            return f"currency {numeric} with {one[3]} decimals, kept here with {exponent}"
    return None


@lru_cache(maxsize=1024)
def unread(text: str) -> str | None:
    """Why not all of it can be read."""
    return None if all(map(_is_read, _occurrences(text))) else f"not occurrences of {_LENGTH} digits"


def _occurrences(text: str) -> list[str]:
    return [text[at : at + _LENGTH] for at in range(0, len(text), _LENGTH)]


def _is_read(one: str) -> bool:
    return len(one) == _LENGTH and one.isascii() and one.isdecimal()
