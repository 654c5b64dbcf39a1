"""Currencies and the conversion rates that the simulated network puts into DE 10.

Money is integers in minor units; a rate is the eight digits of DE 10: the number of decimals, then the mantissa.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Currency:
    """ISO 4217: alphabetic and numeric code, digits after the point; `rate` is DE 10 towards the card's currency."""

    alpha: str
    numeric: str
    exponent: int
    rate: str


# The exponents 0, 2 and 3 all occur, because aligning them is what goes wrong in the field.
CURRENCIES = (
    Currency("EUR", "978", 2, "61083000"),
    Currency("USD", "840", 2, "79231000"),
    Currency("GBP", "826", 2, "61171200"),
    Currency("CHF", "756", 2, "61052400"),
    Currency("JPY", "392", 0, "70061000"),
    Currency("KWD", "414", 3, "63020000"),
)


# JPY, KRW, CLP; KWD, BHD, OMR, JOD, TND.
_EXPONENTS = dict.fromkeys(("392", "410", "152"), 0) | dict.fromkeys(("414", "048", "512", "400", "788"), 3)


def by_alpha(alpha: str) -> Currency:
    """The currency of an alphabetic code. Raises KeyError for one the simulator does not play."""
    return {currency.alpha: currency for currency in CURRENCIES}[alpha]


def by_numeric(numeric: str) -> Currency:
    """The currency of a numeric code. Raises KeyError for one the simulator does not play."""
    return {currency.numeric: currency for currency in CURRENCIES}[numeric]


def exponent_of(numeric: str) -> int:
    """Digits after the point: 2 unless ISO 4217 says 0 or 3."""
    return _EXPONENTS.get(numeric, 2)


def at_rate(minor: int, rate: str, source_exponent: int, target_exponent: int) -> int:
    """`minor` at a rate of eight digits, in minor units of the target, rounded half up (DE 6 = DE 4 x DE 10)."""
    decimals, mantissa = int(rate[0]), int(rate[1:])
    numerator: int = minor * mantissa * 10**target_exponent
    denominator: int = 10 ** (decimals + source_exponent)
    return (2 * numerator + denominator) // (2 * denominator)


def converted(minor: int, source: Currency, target: Currency) -> int:
    """`minor` of `source` in minor units of `target`, at the rate of `source`."""
    return at_rate(minor, source.rate, source.exponent, target.exponent)


def worth(minor: int, own: Currency, foreign: Currency) -> int:
    """How much of `foreign` about `minor` of `own` buys, at least one unit: `converted` backwards, rounded down."""
    decimals, mantissa = int(foreign.rate[0]), int(foreign.rate[1:])
    scaled: int = minor * 10 ** (decimals + foreign.exponent)
    return max(1, int(scaled // (mantissa * 10**own.exponent)))
