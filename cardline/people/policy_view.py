"""A policy as tables for people: rules in the order of the decision, controls, groups of merchants. Pure."""

from collections.abc import Iterable

from rich.table import Table

from authorizer.control_rules import RULE_NAMES
from authorizer.controls import Control
from authorizer.decide import Policy
from authorizer.velocity_rules import RULE_NAMES as LIMIT_RULES
from cardline.explaining.rule_order import LEDGER_RULES, credit_rules, payment_rules
from cardline.people.control_lines import compared


def summary(policy: Policy) -> str:
    """One line: how many of all the rules are asked, and which are not."""
    names = {*payment_rules(), *credit_rules()}
    off = f", off: {', '.join(sorted(policy.off))}" if policy.off else ""
    controls = f"{len(policy.controls)} control{'' if len(policy.controls) == 1 else 's'}"
    return f"{policy.name}/{policy.version}: {len(names - policy.off)} of {len(names)} rules, {controls}{off}"


def shown(policy: Policy) -> list[Table]:
    return [_rules(policy), *([_controls(policy.controls)] if policy.controls else []), _groups(policy)]


def _rules(policy: Policy) -> Table:
    table = Table("rule", "", "asked of", title=f"{policy.name}/{policy.version}: rules in their order", title_justify="left")
    of_credits = credit_rules()
    both = set(of_credits)
    for name in payment_rules():
        table.add_row(name, _state(policy, name), _asked_of(name, both))
    for name in of_credits:
        if name not in payment_rules():
            table.add_row(name, _state(policy, name), "credits")
    return table


def _state(policy: Policy, name: str) -> str:
    return "always" if name in LEDGER_RULES else "off" if name in policy.off else "on"


def _asked_of(name: str, both: set[str]) -> str:
    if name in RULE_NAMES.values():
        return "payments that controls of card, account, program or policy speak of"
    if name in LIMIT_RULES:
        return "payments that limits of card, account or program speak of"
    if name in LEDGER_RULES:
        return "payments with a PIN or a cryptogram: the ledger asks it"
    return "payments and credits" if name in both else "payments"


def _controls(controls: Iterable[Control]) -> Table:
    table = Table("control", "stance", "by", "values", title="controls of every card", title_justify="left")
    for control in controls:
        table.add_row(control.name, control.stance.value, control.feature.value, compared(control))
    return table


def _groups(policy: Policy) -> Table:
    table = Table("MCC group", "codes", title="groups of merchants", title_justify="left")
    for name, codes in sorted(policy.mcc_groups.items()):
        table.add_row(name, _ranges(sorted(codes)))
    return table


def _ranges(codes: list[str]) -> str:
    """3000-3350, 4511: neighbours together."""
    spans: list[list[int]] = []
    for code in map(int, codes):
        if spans and spans[-1][1] == code - 1:
            spans[-1][1] = code
        else:
            spans.append([code, code])
    return ", ".join(f"{first:04d}" if first == last else f"{first:04d}-{last:04d}" for first, last in spans)
