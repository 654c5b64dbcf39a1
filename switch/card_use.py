"""What a payment used of its card, for the ledger to count under the account's lock: a PIN try, a step of the counter. Pure."""

from authorizer.decide import BEFORE_SECURITY, Decision, Declined, Policy
from authorizer.reasons import DeclineReason
from authorizer.request import AuthorizationRequest, Effect
from authorizer.security_rules import ATC_RULE, PIN_TRIES_RULE, Position, position
from ledger.card_counters import CardUse, Objection
from switch.responses import answer

TRIES_EXCEEDED = Objection(answer(DeclineReason.PIN_TRIES_EXCEEDED), PIN_TRIES_RULE)
REPLAYED = Objection(answer(DeclineReason.ATC_REPLAYED), ATC_RULE)
TOO_FAR = Objection(answer(DeclineReason.ATC_TOO_FAR), ATC_RULE)


def card_use(request: AuthorizationRequest, decision: Decision, policy: Policy) -> CardUse | None:
    """None where nothing is to be counted, which is most payments.

    A rule that stands before the ledger's two keeps its answer; a PIN counts only where the rules came as far as the PIN.
    """
    checks = request.checks
    if checks.pin is None and checks.atc is None:
        return None
    # Money that comes back is not refused for PIN or chip, so there is nothing to guess with it either.
    is_judged = request.effect is not Effect.CREDIT
    at = position(decision.rule if isinstance(decision, Declined) else "", BEFORE_SECURITY)
    return CardUse(
        atc=checks.atc,
        window=policy.atc_window,
        is_pin_right=checks.is_pin_right if is_judged and at is Position.PIN_OR_LATER else None,
        tries=policy.pin_tries,
        tries_exceeded=TRIES_EXCEEDED if is_judged and checks.pin is not None and at > Position.BEFORE_PIN_TRIES else None,
        replayed=REPLAYED if is_judged and at > Position.BEFORE_COUNTER else None,
        too_far=TOO_FAR if is_judged and at > Position.BEFORE_COUNTER else None,
    )
