"""A policy on requests of the past: which approvals it would have lost or gained, by reason and amount. Pure.

What was decided then is known from the stored rule, and of codes, cryptogram and PIN how each check ended. What is not stored
(expiry and sequence number that were sent), or was decided under the ledger's lock (PIN tries, the chip's counter), cannot be
put again: such a request stays declined and is counted as not replayed, unless the policy has turned that rule off. Whether the
funds would have sufficed for what is gained is not known either.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from authorizer.control_rules import RULE_NAMES as CONTROL_RULES
from authorizer.decide import Declined, Policy, decide
from authorizer.ecommerce_rules import ECOMMERCE_RULES
from authorizer.facts import CardFacts
from authorizer.limits import Used
from authorizer.reasons import DeclineReason
from authorizer.request import AuthorizationRequest
from authorizer.security_rules import SECURITY_RULES
from authorizer.velocity_rules import RULE_NAMES as LIMIT_RULES

_EVIDENCE = {rule.__name__: rule for rule in SECURITY_RULES}
"""Rules over what the message itself proved: they can be asked again where the record says how the check ended."""
REPLAYABLE = {
    "card_known", "card_usable", "card_not_closed", "account_open", "account_not_closed", "card_not_expired",
    "transaction_supported", "currency_matches", "amount_valid", *(rule.__name__ for rule in ECOMMERCE_RULES),
} | set(CONTROL_RULES.values()) | LIMIT_RULES | _EVIDENCE.keys()  # fmt: skip
"""Rules whose question can be put again from what is stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRequest:
    """A stored authorization. `rule` is empty where the policy of then had approved.

    `granted`, `is_approved`: what the ledger said.
    """

    request: AuthorizationRequest
    facts: CardFacts | None
    usage: Sequence[Used] | None
    at: datetime
    rule: str
    reason: str
    granted: int
    is_approved: bool = True


@dataclass(frozen=True, slots=True, order=True)
class Difference:
    """Requests that are decided otherwise for one reason. `change`: lost, reduced or gained. Minor units of `asset`."""

    change: str
    reason: str
    asset: str
    requests: int
    amount: int


@dataclass(frozen=True, slots=True, order=True)
class NotReplayed:
    """Requests that were declined by a rule which cannot be asked again: they count as declined all the same."""

    rule: str
    requests: int


@dataclass(frozen=True, slots=True)
class BackTest:
    requests: int
    approved: int
    differences: tuple[Difference, ...]
    not_replayed: tuple[NotReplayed, ...] = ()


class Tally:
    """Counts one request after the other; `result` at the end."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._requests = self._approved = 0
        self._sums: dict[tuple[str, str, str], tuple[int, int]] = {}
        self._not_replayed: Counter[str] = Counter()

    def count(self, past: PastRequest) -> None:
        self._requests += 1
        self._approved += past.is_approved
        if not is_replayable(past, self._policy):
            self._not_replayed[past.rule] += 1
            return
        found = difference(past, self._policy)
        if found is not None:
            change, reason, amount = found
            key = (change, reason, past.request.asset)
            requests, so_far = self._sums.get(key, (0, 0))
            self._sums[key] = (requests + 1, so_far + amount)

    def count_all(self, past: Iterable[PastRequest]) -> None:
        for one in past:
            self.count(one)

    def result(self) -> BackTest:
        differences = (Difference(*key, *sums) for key, sums in self._sums.items())
        not_replayed = (NotReplayed(rule, count) for rule, count in self._not_replayed.items())
        return BackTest(self._requests, self._approved, tuple(sorted(differences)), tuple(sorted(not_replayed)))


def is_replayable(past: PastRequest, policy: Policy) -> bool:
    """Whether what is stored suffices to ask again for what was declined. A rule that the policy does not ask needs nothing."""
    if not past.rule or past.rule in policy.off:
        return True
    if past.rule not in REPLAYABLE:
        return False
    evidence = _EVIDENCE.get(past.rule)
    return evidence is None or past.facts is None or evidence(past.request, past.facts, policy, past.at) is not None


def difference(past: PastRequest, policy: Policy) -> tuple[str, str, int] | None:
    """Change, reason and amount; None where nothing changes, and where that cannot be known."""
    if not is_replayable(past, policy):
        return None
    decision = decide(past.request, past.facts, policy, past.at, past.usage)
    if past.rule:
        gained = not isinstance(decision, Declined)
        return ("gained", past.reason, past.request.amount_minor) if gained else None
    if isinstance(decision, Declined):
        return ("lost", decision.reason.value, past.granted) if past.is_approved else None
    if decision.at_most is not None and decision.at_most < past.granted:
        return "reduced", DeclineReason.OVER_LIMIT.value, past.granted - decision.at_most
    return None
