"""What is reserved and given back, all in the pending layer. Pure.

`reserve` is the one place that says how a hold is posted: the payment path calls it for every authorization and
reversal, with account ids and a signed difference; the recipes for people and for the guide are made from it.
"""

from typing import TypeVar

from ledger.commands import Layer, Line
from ledger.recipes.entry import NEGATIVE, Entry, Party

P = TypeVar("P", int, Party)
PENDING = Layer.PENDING


def reserve(account: P, contra: P, amount: int) -> tuple[tuple[P, Layer, int], tuple[P, Layer, int]]:
    """Hold `amount` more, or less when it is negative: debit the customer, credit the holds contra."""
    return (account, PENDING, amount), (contra, PENDING, -amount)


def hold(account: Party, asset: str, amount: int) -> Entry:
    """An authorization is approved. Refused (or granted in part) beyond what is available.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | pending | customer | holds_contra | amount |
    """
    return Entry("hold", "authorized", _held(account, asset, amount))


def increment(account: Party, asset: str, amount: int) -> Entry:
    """An authorization is raised by `amount`.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | pending | customer | holds_contra | amount |
    """
    return Entry("hold", "incremented", _held(account, asset, amount))


def advised_hold(account: Party, asset: str, amount: int) -> Entry:
    """The network has approved in our stead: held by force, also beyond what is available.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | pending | customer | holds_contra | amount |
    """
    return Entry("hold", "advised", _held(account, asset, amount), is_forced=True)


def release_partially(account: Party, asset: str, amount: int) -> Entry:
    """A partial reversal gives `amount` back and leaves the rest held.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | pending | holds_contra | customer | amount |
    """
    return Entry("release", "partially_reversed", _given_back(account, asset, amount))


def release(account: Party, asset: str, amount: int) -> Entry:
    """A full reversal, or a void of an approval that could not be answered, gives back all that was held.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | pending | holds_contra | customer | amount |
    """
    return Entry("release", "reversed", _given_back(account, asset, amount))


def expire(account: Party, asset: str, amount: int) -> Entry:
    """What is still held when an authorization's time is over is given back. A later presentment posts all the same.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | pending | holds_contra | customer | amount |
    """
    return Entry("release", "expired", _given_back(account, asset, amount))


def release_presented(account: Party, asset: str, amount: int) -> Entry:
    """The last presentment was booked elsewhere, to suspense: what is still held for it is given back.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | pending | holds_contra | customer | amount |
    """
    return Entry("release", "presented_elsewhere", _given_back(account, asset, amount))


def _held(account: Party, asset: str, amount: int) -> tuple[Line, ...]:
    if amount < 0:
        raise ValueError(NEGATIVE)
    return _lines(account, asset, amount)


def _given_back(account: Party, asset: str, amount: int) -> tuple[Line, ...]:
    if amount < 0:
        raise ValueError(NEGATIVE)
    return _lines(account, asset, -amount)


def _lines(account: Party, asset: str, amount: int) -> tuple[Line, ...]:
    contra: Party = "holds_contra"
    return tuple(Line(party, asset, layer, part) for party, layer, part in reserve(account, contra, amount) if part)


RECIPES = (hold, increment, advised_hold, release_partially, release, expire, release_presented)
