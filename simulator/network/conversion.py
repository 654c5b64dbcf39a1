"""The network's currency conversion: cross rates, DE 5/9/50 towards settlement and DE 6/10/51 towards the card. Pure.

A rate is cut to the eight digits of DE 9/10 first and then applied to the amount, so that both ends compute the same: the
half is rounded up, in the rate as in the amount. Money is integers in minor units.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from simulator.currencies import at_rate, exponent_of
from simulator.errors import PlanError
from simulator.messages import Amounts

DIGITS, MOST_DECIMALS = 7, 9
# What one major unit is worth, in a measure common to all. Exponents 0, 2 and 3 all occur.
WORTH: Mapping[str, str] = {
    "978": "1",
    "840": "0.9231",
    "826": "1.1712",
    "756": "1.0524",
    "392": "0.0061",
    "410": "0.00063",
    "414": "3.02",
    "788": "0.2961",
}


@dataclass(frozen=True, slots=True)
class RateTable:
    """`worth` by numeric currency code, as decimal text."""

    worth: Mapping[str, str] = field(default_factory=lambda: WORTH)

    def rate(self, source: str, target: str) -> str:
        """The eight digits of DE 9/10 from major unit to major unit. Raises PlanError where a currency has no rate."""
        missing = [code for code in (source, target) if code not in self.worth]
        if missing:
            raise PlanError(f"the network has no rate for currency {missing[0]}")
        return rate_digits(Fraction(self.worth[source]) / Fraction(self.worth[target]))

    def converted(self, minor: int, source: str, target: str) -> int:
        """`minor` of `source` in minor units of `target`. Raises PlanError as `rate` does."""
        return at_rate(minor, self.rate(source, target), source, target)

    def amounts(self, minor: int, currency: str, billing: str, settlement: str | None = None) -> Amounts:
        """DE 4/49, with DE 6/10/51 where the card's currency is another, with DE 5/9/50 where the network settles in one."""
        found = Amounts(minor, currency)
        if billing != currency:
            found = Amounts(minor, currency, self.converted(minor, currency, billing), billing, self.rate(currency, billing))
        return found if settlement is None else self._settled(found, settlement)

    def bought(self, minor: int, own: str, foreign: str) -> int:
        """How much of `foreign` about `minor` of `own` buys: never billed at more than that, at least one unit."""
        rate = self.rate(foreign, own)
        decimals, mantissa = int(rate[0]), int(rate[1:])
        scaled: int = minor * 10 ** (decimals + exponent_of(foreign))
        unit: int = mantissa * 10 ** exponent_of(own)
        return max(1, scaled // unit)

    def _settled(self, amounts: Amounts, settlement: str) -> Amounts:
        settled = self.converted(amounts.minor, amounts.currency, settlement)
        return replace(amounts, settlement=(settled, settlement, self.rate(amounts.currency, settlement)))


def rate_digits(ratio: Fraction) -> str:
    """Number of decimals, then seven digits, as precise as they allow. Raises PlanError for what they cannot hold."""
    for decimals in range(MOST_DECIMALS, -1, -1):
        scaled = 2 * ratio * 10**decimals + 1
        mantissa = scaled.numerator // (2 * scaled.denominator)
        if 0 < mantissa < 10**DIGITS:
            return f"{decimals}{mantissa:0{DIGITS}d}"
    raise PlanError("a conversion rate that seven digits cannot hold")
