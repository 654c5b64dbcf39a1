"""Assets and amounts. Money is an integer in minor units of an asset; there is no float anywhere."""

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

MAX_MINOR = 10**15
"""No single amount is larger. Twelve digits fit DE 4; the rest is head-room far below what bigint sums can hold."""


_PLAIN = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?")

MAX_BALANCE = 2**61
"""No account's sum goes further from nothing: posted, holds, floor and excused together still fit a bigint."""


class AssetKind(StrEnum):
    FIAT = "fiat"
    STABLECOIN = "stablecoin"


@dataclass(frozen=True, slots=True)
class Asset:
    """`code` as ISO 4217 alpha-3 (or a token's ticker), `exponent` decimals of the minor unit, `numeric` ISO 4217 or None."""

    code: str
    exponent: int
    kind: AssetKind
    numeric: str | None

    def parse(self, text: str) -> int:
        """`"12.34"` → 1234 minor units. Raises ValueError when it is no amount of this asset."""
        if not _PLAIN.fullmatch(text):  # Decimal would also read 1e3 and digits of other scripts
            raise ValueError(f"{text!r} is not an amount like 12.34")
        minor = Decimal(text).scaleb(self.exponent)
        if minor != minor.to_integral_value():
            raise ValueError(f"{text!r} has more than the {self.exponent} decimals of {self.code}")
        if abs(minor) > MAX_MINOR:
            raise ValueError(f"{text!r} is larger than any amount of {self.code} may be")
        return int(minor)

    def format(self, minor: int) -> str:
        """1234 minor units → `"12.34 EUR"`."""
        sign, digits = "-" * (minor < 0), str(abs(minor)).rjust(self.exponent + 1, "0")
        whole, part = digits[: len(digits) - self.exponent], digits[len(digits) - self.exponent :]
        return f"{sign}{whole}{'.' if part else ''}{part} {self.code}"


def rescale(amount: int, from_exponent: int, to_exponent: int) -> tuple[int, int]:
    """An amount of `from_exponent` decimals in `to_exponent` decimals, and what is left of it, in the decimals it came with.

    Rounded towards zero: nobody is given more than there is. The remainder, of the amount's sign, goes to the rounding
    account. Tokens have up to 18 decimals; the books keep at most eight.
    """
    if to_exponent >= from_exponent:
        return amount * 10 ** (to_exponent - from_exponent), 0
    sign = -1 if amount < 0 else 1
    minor, remainder = divmod(abs(amount), 10 ** (from_exponent - to_exponent))
    return sign * minor, sign * remainder


def _fiat(code: str, numeric: str, exponent: int = 2) -> Asset:
    return Asset(code, exponent, AssetKind.FIAT, numeric)


def _stablecoin(code: str, exponent: int) -> Asset:
    return Asset(code, exponent, AssetKind.STABLECOIN, None)


ASSETS: dict[str, Asset] = {
    asset.code: asset
    for asset in (
        _fiat("EUR", "978"),
        _fiat("USD", "840"),
        _fiat("GBP", "826"),
        _fiat("CHF", "756"),
        _fiat("JPY", "392", 0),
        _fiat("KWD", "414", 3),
        _fiat("SEK", "752"),
        _fiat("NOK", "578"),
        _fiat("DKK", "208"),
        _fiat("PLN", "985"),
        _fiat("CZK", "203"),
        _fiat("HUF", "348"),
        _fiat("CAD", "124"),
        _fiat("AUD", "036"),
        _fiat("BHD", "048", 3),
        _fiat("TND", "788", 3),
        _fiat("KRW", "410", 0),
        _stablecoin("USDC", 6),
        _stablecoin("EURC", 6),
    )
}
BY_NUMERIC: dict[str, Asset] = {asset.numeric: asset for asset in ASSETS.values() if asset.numeric}
