"""Rules over what a payment over the net must carry, where the policy demands it; the default policy demands nothing. Pure.

Not asked: merchants that charge what is on file by themselves, inquiries, wallet tokens for the CVC2 they do not have.
"""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from authorizer.card_checks import Check
from authorizer.facts import CardFacts
from authorizer.reasons import DeclineReason
from authorizer.request import AuthorizationRequest, Channel, Effect
from authorizer.wallet_token import TOKENS

if TYPE_CHECKING:
    from authorizer.decide import Policy

Refusal = tuple[DeclineReason, str]


def cvc2_given(request: AuthorizationRequest, _facts: CardFacts, policy: "Policy", _now: datetime) -> Refusal | None:
    checks = request.checks
    if not policy.ecommerce_cvc2 or checks.cvc2 is not Check.NOT_PRESENT or checks.wallet in TOKENS:
        return None
    return (DeclineReason.CVC2_REQUIRED, "no CVC2 came") if _is_answerable(request) else None


def authentication_given(request: AuthorizationRequest, _facts: CardFacts, policy: "Policy", _now: datetime) -> Refusal | None:
    found = request.checks.three_d_secure
    level = found.level if found is not None else None
    if not policy.ecommerce_levels or level in policy.ecommerce_levels or not _is_answerable(request):
        return None
    return DeclineReason.AUTHENTICATION_REQUIRED, f"3-D Secure: {found.word().replace('_', ' ') if found else 'none'}"


def _is_answerable(request: AuthorizationRequest) -> bool:
    """Whether somebody pays over the net and could have given it."""
    channels = request.channels
    return request.effect is Effect.SPEND and Channel.ECOMMERCE in channels and Channel.RECURRING not in channels


ECOMMERCE_RULES: tuple[Callable[[AuthorizationRequest, CardFacts, "Policy", datetime], Refusal | None], ...] = (
    cvc2_given,
    authentication_given,
)


def not_demanded(policy: "Policy") -> frozenset[str]:
    """The rules that would never refuse anything under this policy."""
    demands = {cvc2_given.__name__: policy.ecommerce_cvc2, authentication_given.__name__: bool(policy.ecommerce_levels)}
    return frozenset(name for name, is_demanded in demands.items() if not is_demanded)
