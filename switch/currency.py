"""Amounts of a currency that is not the account's: configured rates and markup, in whole numbers only. Pure.

A network that bills in the account's currency has converted already; these rates are for the one that has not.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from ledger.money import ASSETS, MAX_MINOR

WIDEST_SPREAD = Decimal("0.10")
"""A pair and its opposite are a purchase and a sale: they may lie this far apart, beyond it one of them is wrong."""
BASIS = 10_000
"""Markup is kept in hundredths of a percent."""


@dataclass(frozen=True, slots=True)
class Rate:
    """One major unit of `sold` is `numerator / denominator` major units of `bought`."""

    sold: str
    bought: str
    numerator: int
    denominator: int

    def __str__(self) -> str:
        return f"{self.sold}/{self.bought} {Decimal(self.numerator) / Decimal(self.denominator)}"


@dataclass(frozen=True, slots=True)
class Rates:
    """`markup`: what a spend costs more, in hundredths of a percent. Without a pair nothing is converted."""

    pairs: Mapping[tuple[str, str], Rate] = field(default_factory=dict)
    markup: int = 0

    def convert(self, amount: int, sold: str, bought: str, *, is_spend: bool) -> int | None:
        """Minor units of `sold` in minor units of `bought`, the half rounded up; None where there is no rate, or no such amount.

        Something never becomes nothing: the smallest spend costs one minor unit.
        """
        rate = self.pairs.get((sold, bought))
        if rate is None:
            return None
        numerator = amount * rate.numerator * 10 ** ASSETS[bought].exponent
        denominator = rate.denominator * 10 ** ASSETS[sold].exponent
        if is_spend:
            numerator, denominator = numerator * (BASIS + self.markup), denominator * BASIS
        converted = (2 * numerator + denominator) // (2 * denominator)
        if amount and not converted and is_spend:
            converted = 1
        return converted if converted <= MAX_MINOR else None


def parse_rates(markup_percent: str, pairs: Mapping[str, str]) -> tuple[Rates, list[str]]:
    """Rates, and every mistake in them with its key below `rates`."""
    mistakes: list[str] = []
    markup = _decimal(markup_percent)
    if markup is None or not 0 <= markup < 100 or markup * 100 != int(markup * 100):
        mistakes.append("markup_percent: must be a number from 0 to 100 with at most two decimals, as text")
        markup = Decimal(0)
    found: dict[tuple[str, str], Rate] = {}
    for name, text in pairs.items():
        rate = _rate(name, text, mistakes)
        if rate is not None:
            found[rate.sold, rate.bought] = rate
    mistakes += [mistake for pair, rate in found.items() if (mistake := _contradiction(rate, found.get((pair[1], pair[0]))))]
    return Rates(found, int(markup * 100)), mistakes


def _rate(name: str, text: str, mistakes: list[str]) -> Rate | None:
    sold, _, bought = name.partition("/")
    unknown = [code for code in (sold, bought) if code not in ASSETS]
    value = _decimal(text)
    if unknown:
        mistakes.append(f"pairs.{name}: {' and '.join(map(repr, unknown))} is no currency that we keep; a pair is like USD/EUR")
    elif sold == bought:
        mistakes.append(f"pairs.{name}: is a currency against itself")
    elif value is None or value <= 0:
        mistakes.append(f"pairs.{name}: must be a number above 0, as text")
    else:
        numerator, denominator = value.as_integer_ratio()
        return Rate(sold, bought, numerator, denominator)
    return None


def _contradiction(rate: Rate, opposite: Rate | None) -> str | None:
    if opposite is None or rate.sold > rate.bought:
        return None
    there_and_back = Decimal(rate.numerator * opposite.numerator) / Decimal(rate.denominator * opposite.denominator)
    if abs(there_and_back - 1) <= WIDEST_SPREAD:
        return None
    return f"pairs.{rate.sold}/{rate.bought}: contradicts {opposite.sold}/{opposite.bought}"


def _decimal(text: str) -> Decimal | None:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value.adjusted()) <= 12 else None
