"""What another policy would have said of one stored payment, in a sentence. Pure; `authorizer.back_test` knows the answer."""

from authorizer.back_test import PastRequest, difference, is_replayable
from authorizer.decide import Policy
from ledger.money import ASSETS


def opinion(past: PastRequest | None, policy: Policy) -> str:
    """`past`: None where what is stored is no request that was decided here."""
    name = f"Policy {policy.name}/{policy.version}"
    if past is None:
        return f"{name} has no say in it: it was not decided here."
    if not is_replayable(past, policy):
        return f"{name} cannot be asked: what rule {past.rule} looked at is not stored."
    match difference(past, policy):
        case ("lost", reason, _):
            return f"{name} would have declined it as {reason}."
        case ("reduced", reason, amount):
            return f"{name} would have approved {_money(amount, past.request.asset)} less, as {reason}."
        case ("gained", reason, _):
            return f"{name} would not have declined it as {reason}; whether the funds sufficed is another question."
    return f"{name} would have {'declined it too' if past.rule else 'left it as it is'}."


def _money(minor: int, asset: str) -> str:
    known = ASSETS.get(asset)
    return known.format(minor) if known else f"{minor} {asset}"
