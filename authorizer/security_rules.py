"""Rules over what the card and the cardholder have proved: cryptogram, codes, PIN. Pure; `decide` puts them in their order.

The order is the domain's: PIN tries, cryptogram and its counter, the codes of chip, stripe and panel, 3-D Secure, then the PIN.
Tries and counter are decided by the ledger, on what is stored and under the account's lock: a rule here would see a copy of
them. `Position` says how far a decision came, so that the ledger can put its own two refusals in the right place.
"""

from collections.abc import Callable
from datetime import datetime
from enum import IntEnum
from typing import TYPE_CHECKING

from authorizer.card_checks import Check
from authorizer.facts import CardFacts
from authorizer.hsm.interface import ArqcVerdict, PinCheck
from authorizer.reasons import DeclineReason
from authorizer.request import AuthorizationRequest
from authorizer.three_d_secure import ThreeDSecureFault

if TYPE_CHECKING:
    from authorizer.decide import Policy

Refusal = tuple[DeclineReason, str]
SecurityRule = Callable[[AuthorizationRequest, CardFacts, "Policy", datetime], Refusal | None]

PIN_TRIES_RULE, ATC_RULE = "pin_tries_left", "counter_fresh"
"""What the ledger's two rules are called in the record of a decision."""
_CLAIMS_TOO_MUCH = {ThreeDSecureFault.INDICATOR_UNREADABLE, ThreeDSecureFault.AAV_MISSING, ThreeDSecureFault.AAV_MALFORMED}


class Position(IntEnum):
    """Where the first broken rule stands, as against the two that the ledger decides."""

    BEFORE_PIN_TRIES = 0
    BEFORE_COUNTER = 1
    BEFORE_PIN = 2
    PIN_OR_LATER = 3


def cryptogram_right(request: AuthorizationRequest, _facts: CardFacts, _policy: "Policy", _now: datetime) -> Refusal | None:
    checked = request.checks.cryptogram
    if checked is None:
        return None
    match checked.verdict:
        case ArqcVerdict.NO_MATCH:
            return DeclineReason.WRONG_CRYPTOGRAM, "the cryptogram is not the card's"
        case ArqcVerdict.UNREADABLE:
            tag = checked.fault.tag if checked.fault else "55"
            return DeclineReason.CRYPTOGRAM_UNREADABLE, f"the cryptogram cannot be recomputed: tag {tag}"
        case ArqcVerdict.MATCH | ArqcVerdict.NO_KEY:
            return None


def chip_cvc_right(request: AuthorizationRequest, _facts: CardFacts, _policy: "Policy", _now: datetime) -> Refusal | None:
    wrong = request.checks.chip_cvc is Check.NO_MATCH
    return (DeclineReason.WRONG_CHIP_CVC, "the code in the chip's track is not the chip's") if wrong else None


def cvc1_right(request: AuthorizationRequest, _facts: CardFacts, _policy: "Policy", _now: datetime) -> Refusal | None:
    wrong = request.checks.cvc1 is Check.NO_MATCH
    return (DeclineReason.WRONG_CVC1, "the code on the stripe does not match") if wrong else None


def cvc3_right(request: AuthorizationRequest, _facts: CardFacts, _policy: "Policy", _now: datetime) -> Refusal | None:
    wrong = request.checks.cvc3 is Check.NO_MATCH
    return (DeclineReason.WRONG_CVC3, "the dynamic code does not match") if wrong else None


def cvc2_right(request: AuthorizationRequest, _facts: CardFacts, _policy: "Policy", _now: datetime) -> Refusal | None:
    wrong = request.checks.cvc2 is Check.NO_MATCH
    return (DeclineReason.WRONG_CVC2, "the CVC2 does not match") if wrong else None


def authentication_sound(request: AuthorizationRequest, _facts: CardFacts, _policy: "Policy", _now: datetime) -> Refusal | None:
    """An indicator that says less than the message carries claims nothing; one that says more, or says nothing, does."""
    found = request.checks.three_d_secure
    if found is None or found.fault not in _CLAIMS_TOO_MUCH:
        return None
    return DeclineReason.AUTHENTICATION_CONTRADICTORY, f"3-D Secure: {found.word().replace('_', ' ')}"


def pin_right(request: AuthorizationRequest, facts: CardFacts, _policy: "Policy", _now: datetime) -> Refusal | None:
    match request.checks.pin:
        case PinCheck.NO_MATCH:
            return DeclineReason.WRONG_PIN, "the PIN does not match"
        case PinCheck.UNREADABLE:
            return DeclineReason.PIN_UNREADABLE, "the PIN block holds no PIN of this card under the key of the link"
        case PinCheck.NO_KEY if not (facts.pvv or facts.pin_offset):
            return DeclineReason.PIN_NOT_VERIFIABLE, "the card has no PIN"
        case PinCheck.NO_KEY:
            return DeclineReason.PIN_NOT_VERIFIABLE, "there is no key to verify the PIN with"
        case PinCheck.MATCH | None:
            return None


SECURITY_RULES: tuple[SecurityRule, ...] = (
    cryptogram_right,
    chip_cvc_right,
    cvc1_right,
    cvc3_right,
    cvc2_right,
    authentication_sound,
    pin_right,
)

_POSITIONS = {
    cryptogram_right.__name__: Position.BEFORE_COUNTER,
    **{rule.__name__: Position.BEFORE_PIN for rule in (chip_cvc_right, cvc1_right, cvc3_right, cvc2_right, authentication_sound)},
}


def position(broken: str, before: frozenset[str]) -> Position:
    """How far the rules were followed: `broken` names the broken one ("": none), `before` all that stand before these."""
    if broken in before:
        return Position.BEFORE_PIN_TRIES
    return _POSITIONS.get(broken, Position.PIN_OR_LATER)
