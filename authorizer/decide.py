"""The decision: request, facts, policy and the time in, approved or declined out. Pure.

Rules stand in the order in which a support agent would explain them; the first one broken wins. Funds are not decided
here: the ledger has the last word on money, under its lock.
"""

import calendar
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from authorizer import velocity_rules
from authorizer.control_rules import first_broken
from authorizer.controls import Control
from authorizer.ecommerce_rules import ECOMMERCE_RULES, not_demanded
from authorizer.facts import AccountStatus, CardFacts, CardStatus
from authorizer.limits import Used
from authorizer.payment_kinds import traits_of
from authorizer.reasons import DeclineReason
from authorizer.request import AuthorizationClass, AuthorizationRequest, Effect
from authorizer.security_rules import SECURITY_RULES
from authorizer.three_d_secure import UcafLevel
from authorizer.wallet_token import TOKENS


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Which rules there are. How long holds stand is `HoldValidity`'s. A change to any of it takes a new version.

    `off`: names of rules that are not asked. `controls` are asked of every card. `rules`, `credit_rules`: made from `off`.
    """

    name: str = "default"
    version: int = 3
    # A card is good through the last day of its month where the cardholder stands, and that is up to 12 h behind UTC.
    expiry_grace: timedelta = timedelta(hours=12)
    pin_tries: int = 3
    """Wrong PINs in a row; after them every PIN is refused until a new one is set (75, checked before the PIN)."""
    atc_window: int = 10_000
    """How far a chip's counter may run ahead of the last one seen: of the steps that a card makes offline none is told us."""
    ecommerce_cvc2: bool = False
    """Whether a payment over the net must carry a CVC2."""
    ecommerce_levels: frozenset[UcafLevel] = frozenset()
    """Of which it must say one in its 3-D Secure indicator; none: it need not say any."""
    off: frozenset[str] = frozenset()
    mcc_groups: Mapping[str, frozenset[str]] = field(default_factory=dict)
    controls: tuple[Control, ...] = ()
    rules: "tuple[Rule, ...]" = field(init=False, repr=False, compare=False, default=())
    credit_rules: "tuple[Rule, ...]" = field(init=False, repr=False, compare=False, default=())

    def __post_init__(self) -> None:
        idle = self.off | not_demanded(self)
        for name, rules in (("rules", RULES), ("credit_rules", CREDIT_RULES)):
            object.__setattr__(self, name, tuple(rule for rule in rules if rule.__name__ not in idle))


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """As far as the rules go. `effect`: whether to hold. `partial`: whether the ledger may approve less than asked.

    `at_most`: what the limits leave of the amount; None: they do not matter. `alone`: the limit that an increment breaks unless
    the ledger finds what it adds to.
    """

    effect: Effect
    partial: bool
    policy: str
    at_most: int | None = None
    alone: velocity_rules.OverLimit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """`rule` names the broken rule, `policy` the name and version it belongs to; `detail` never holds card data."""

    reason: DeclineReason
    rule: str
    detail: str
    policy: str


Decision = Approved | Declined
Refusal = tuple[DeclineReason, str]
Rule = Callable[[AuthorizationRequest, CardFacts, Policy, datetime], Refusal | None]


def decide(
    request: AuthorizationRequest, facts: CardFacts | None, policy: Policy, now: datetime, usage: Sequence[Used] | None = None
) -> Decision:
    """Refuse for the first rule that is broken (domain reference, decision order).

    `usage`: what was used of each of the card's limits before this request; None: not known, and not asked.
    """
    name = f"{policy.name}/{policy.version}"
    if facts is None:
        return Declined(reason=DeclineReason.UNKNOWN_CARD, rule="card_known", detail="no card with this token", policy=name)
    is_credit = request.effect is Effect.CREDIT
    for rule in policy.credit_rules if is_credit else policy.rules:
        if refusal := rule(request, facts, policy, now):
            return Declined(reason=refusal[0], rule=rule.__name__, detail=refusal[1], policy=name)
    if (facts.controls or policy.controls) and not is_credit:
        broken = first_broken(request, (*facts.controls, *policy.controls), policy.mcc_groups, now, policy.off)
        if broken is not None:
            return Declined(reason=broken.reason, rule=broken.rule, detail=broken.detail, policy=name)
    room = _room(request, facts, policy, usage) if usage else None
    if isinstance(room, velocity_rules.OverLimit):
        return Declined(reason=room.reason, rule=room.rule, detail=room.detail, policy=name)
    return Approved(
        effect=request.effect,
        partial=request.may_be_partial,
        policy=name,
        at_most=room,
        alone=_alone(request, facts, policy, usage) if usage and request.is_increment else None,
    )


def _room(
    request: AuthorizationRequest, facts: CardFacts, policy: Policy, usage: Sequence[Used]
) -> int | velocity_rules.OverLimit | None:
    if request.effect is not Effect.SPEND or request.amount_minor == 0:
        return None
    is_particular = any(limit.where for limit in facts.limits)
    return velocity_rules.at_most(
        request.amount_minor, facts.limits, usage,
        is_counted=not request.is_increment, may_be_partial=request.may_be_partial, goods=request.goods_minor, off=policy.off,
        traits=traits_of(request, policy.mcc_groups) if is_particular else frozenset(),
    )  # fmt: skip


def _alone(
    request: AuthorizationRequest, facts: CardFacts, policy: Policy, usage: Sequence[Used]
) -> velocity_rules.OverLimit | None:
    """Anybody can claim to add to an earlier payment; as a payment of its own it is counted."""
    room = _room(replace(request, is_increment=False), facts, policy, usage)
    return room if isinstance(room, velocity_rules.OverLimit) else None


_STATUS_REASONS = {
    CardStatus.LOST: DeclineReason.CARD_LOST,
    CardStatus.STOLEN: DeclineReason.CARD_STOLEN,
    CardStatus.BLOCKED: DeclineReason.CARD_BLOCKED,
    CardStatus.INACTIVE: DeclineReason.CARD_INACTIVE,
    CardStatus.CLOSED: DeclineReason.CARD_CLOSED,
    CardStatus.EXPIRED: DeclineReason.CARD_EXPIRED,
}


def card_usable(_request: AuthorizationRequest, facts: CardFacts, _policy: Policy, _now: datetime) -> Refusal | None:
    reason = _STATUS_REASONS.get(facts.card_status)
    return (reason, f"the card is {facts.card_status.value}") if reason else None


def card_not_closed(_request: AuthorizationRequest, facts: CardFacts, _policy: Policy, _now: datetime) -> Refusal | None:
    return (DeclineReason.CARD_CLOSED, "the card is closed") if facts.card_status is CardStatus.CLOSED else None


def account_open(_request: AuthorizationRequest, facts: CardFacts, _policy: Policy, _now: datetime) -> Refusal | None:
    if facts.account_status is AccountStatus.CLOSED:
        return DeclineReason.ACCOUNT_CLOSED, "the account is closed"
    if facts.account_status is AccountStatus.FROZEN:
        return DeclineReason.ACCOUNT_FROZEN, "the account is frozen"
    return None


def account_not_closed(_request: AuthorizationRequest, facts: CardFacts, _policy: Policy, _now: datetime) -> Refusal | None:
    closed = facts.account_status is AccountStatus.CLOSED
    return (DeclineReason.ACCOUNT_CLOSED, "the account is closed") if closed else None


def card_not_expired(_request: AuthorizationRequest, facts: CardFacts, policy: Policy, now: datetime) -> Refusal | None:
    if now < end_of_expiry(facts.expiry) + policy.expiry_grace:
        return None
    return DeclineReason.CARD_EXPIRED, f"the card was good through {facts.expiry}"


def expiry_matches(request: AuthorizationRequest, facts: CardFacts, _policy: Policy, _now: datetime) -> Refusal | None:
    if request.expiry is None or request.expiry == facts.expiry:
        return None
    return DeclineReason.EXPIRY_MISMATCH, "the expiry sent is not the card's"


def sequence_number_matches(request: AuthorizationRequest, facts: CardFacts, _policy: Policy, _now: datetime) -> Refusal | None:
    """Which of the cards with this number it is. A wallet's token has a sequence number of its own."""
    sent = request.sequence_number
    if not sent or sent.lstrip("0") == facts.psn.lstrip("0") or request.checks.wallet in TOKENS:
        return None
    return DeclineReason.SEQUENCE_NUMBER_MISMATCH, "the sequence number sent is not the card's"


def transaction_supported(request: AuthorizationRequest, _facts: CardFacts, _policy: Policy, _now: datetime) -> Refusal | None:
    unsupported = request.effect is Effect.UNSUPPORTED
    return (DeclineReason.TRANSACTION_NOT_SUPPORTED, "DE 3 asks for an unknown service") if unsupported else None


def currency_matches(request: AuthorizationRequest, facts: CardFacts, _policy: Policy, _now: datetime) -> Refusal | None:
    if request.asset == facts.asset:
        return None
    return DeclineReason.CURRENCY_NOT_SUPPORTED, f"billed in {request.asset}, the account is in {facts.asset}"


def amount_valid(request: AuthorizationRequest, _facts: CardFacts, _policy: Policy, _now: datetime) -> Refusal | None:
    """Nought is an amount only where nothing is asked for, and there the only one, or where an increment extends the validity."""
    is_inquiry = request.effect is Effect.NONE or request.authorization_class is AuthorizationClass.STATUS_INQUIRY
    if is_inquiry and request.amount_minor != 0:
        return DeclineReason.INVALID_AMOUNT, "an inquiry asks for no money"
    if request.amount_minor > 0 or (request.amount_minor == 0 and (is_inquiry or request.is_increment)):
        return None
    return DeclineReason.INVALID_AMOUNT, "the amount must be above nought"


RULES: tuple[Rule, ...] = (
    card_usable,
    account_open,
    card_not_expired,
    expiry_matches,
    sequence_number_matches,
    *SECURITY_RULES,
    *ECOMMERCE_RULES,
    transaction_supported,
    currency_matches,
    amount_valid,
)

BEFORE_SECURITY = frozenset({"card_known", *(rule.__name__ for rule in RULES[: RULES.index(SECURITY_RULES[0])])})
"""What is looked at before cryptogram, codes and PIN: a card that breaks one of these has no PIN try counted."""

# Money that comes back is refused only where no account can take it (TPR: no 51, no decline for missing checks). In which
# currency a refund will be cleared is known then; one that credits at once and cannot be converted is refused by the ledger.
CREDIT_RULES: tuple[Rule, ...] = (card_not_closed, account_not_closed, amount_valid)


def end_of_expiry(expiry: str) -> datetime:
    """The first instant after the month YYMM, in UTC."""
    year, month = 2000 + int(expiry[:2]), int(expiry[2:])
    days = calendar.monthrange(year, month)[1]
    return datetime(year, month, 1, tzinfo=UTC) + timedelta(days=days)
