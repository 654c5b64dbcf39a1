"""What a reversal leaves of a payment, as one number that can wait in a column until the payment comes. Pure.

Nought or more: minor units of the account's asset. Below nought: a part of the payment, for a reversal in a currency that is not
the account's and cannot be converted; it repeats the whole amount in that currency, so the part is known and the rate is not.
"""

WHOLE = 10**18
"""The parts that a payment is divided into: exact to the minor unit for every amount, and it fits a bigint."""


def part_of(left: int, whole: int) -> int:
    """`left` of `whole`, both in the reversal's own currency."""
    return -max(1, min(WHOLE, left * WHOLE // whole)) if left else 0


def remaining(left: int, amount: int) -> int:
    """What is left of a payment of `amount` minor units, the half rounded up."""
    return left if left >= 0 else (2 * amount * -left + WHOLE) // (2 * WHOLE)
