"""The currencies that the simulator plays, their exponents, and an amount at a rate of DE 9 or DE 10.

Money is integers in minor units; a rate is eight digits: the number of decimals, then the mantissa.
"""

from dataclasses import dataclass

# The exponents of ISO 4217 that are not 2: JPY, KRW, CLP; KWD, BHD, OMR, JOD, TND.
_EXPONENTS = dict.fromkeys(("392", "410", "152"), 0) | dict.fromkeys(("414", "048", "512", "400", "788"), 3)


@dataclass(frozen=True, slots=True)
class Currency:
    """ISO 4217: alphabetic and numeric code, digits after the point."""

    alpha: str
    numeric: str

    @property
    def exponent(self) -> int:
        return exponent_of(self.numeric)


# The exponents 0, 2 and 3 all occur, because aligning them is what goes wrong in the field.
CURRENCIES = (
    Currency("EUR", "978"),
    Currency("USD", "840"),
    Currency("GBP", "826"),
    Currency("CHF", "756"),
    Currency("JPY", "392"),
    Currency("KWD", "414"),
)


def by_alpha(alpha: str) -> Currency:
    """The currency of an alphabetic code. Raises KeyError for one the simulator does not play."""
    return {currency.alpha: currency for currency in CURRENCIES}[alpha]


def by_numeric(numeric: str) -> Currency:
    """The currency of a numeric code. Raises KeyError for one the simulator does not play."""
    return {currency.numeric: currency for currency in CURRENCIES}[numeric]


def exponent_of(numeric: str) -> int:
    """Digits after the point of any currency."""
    return _EXPONENTS.get(numeric, 2)


def at_rate(minor: int, rate: str, source: str, target: str) -> int:
    """`minor` of `source` in minor units of `target`, the half rounded up (DE 6 = DE 4 x DE 10, exponents aligned)."""
    decimals, mantissa = int(rate[0]), int(rate[1:])
    numerator: int = minor * mantissa * 10 ** exponent_of(target)
    denominator: int = 10 ** (decimals + exponent_of(source))
    return (2 * numerator + denominator) // (2 * denominator)
