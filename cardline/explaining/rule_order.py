"""The names of all rules in the order in which they are asked, with the two that the ledger asks in their place. Pure."""

from authorizer.control_rules import RULE_NAMES as CONTROL_RULES
from authorizer.decide import BEFORE_SECURITY, CREDIT_RULES, RULES
from authorizer.security_rules import ATC_RULE, PIN_TRIES_RULE, Position, position
from authorizer.velocity_rules import AMOUNT_RULE, COUNT_RULE

LEDGER_RULES = {
    PIN_TRIES_RULE: "wrong PINs in a row have used up the tries, so no PIN is looked at until a new one is set",
    ATC_RULE: "the counter of the chip is not one that can follow those seen before",
}
"""Asked on what is stored, under the account's lock; no policy turns them off. What each says when it is broken."""


def payment_rules() -> list[str]:
    """Rules, then controls, then limits. Whether there are funds comes after all of them."""
    return [*_with_the_ledgers(), *CONTROL_RULES.values(), COUNT_RULE, AMOUNT_RULE]


def credit_rules() -> list[str]:
    return [rule.__name__ for rule in CREDIT_RULES]


def passed_before(rule: str) -> list[str]:
    """What was looked at before a rule; nothing for one that is not known."""
    for names in (payment_rules(), credit_rules()):
        if rule in names:
            return names[: names.index(rule)]
    return []


def _with_the_ledgers() -> list[str]:
    names = [rule.__name__ for rule in RULES]
    places = {name: position(name, BEFORE_SECURITY) for name in names}
    for theirs, place in ((PIN_TRIES_RULE, Position.BEFORE_PIN_TRIES), (ATC_RULE, Position.BEFORE_COUNTER)):
        after = max(at for at, name in enumerate(names) if places.get(name, place) <= place)
        names.insert(after + 1, theirs)
    return names
