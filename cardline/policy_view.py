"""A policy as tables for people: rules in the order of the decision, controls, groups of merchants. Pure."""

from collections.abc import Iterable

from rich.table import Table

from authorizer.control_rules import RULE_NAMES
from authorizer.controls import Control
from authorizer.decide import CREDIT_RULES, RULES, Policy
from authorizer.velocity_rules import RULE_NAMES as LIMIT_RULES


def shown(policy: Policy) -> list[Table]:
    return [_rules(policy), *([_controls(policy.controls)] if policy.controls else []), _groups(policy)]


def _rules(policy: Policy) -> Table:
    table = Table("rule", "", "asked of", title=f"{policy.name}/{policy.version}: rules in their order", title_justify="left")
    of_both = set(RULES) & set(CREDIT_RULES)
    rows = [(rule.__name__, "payments and credits" if rule in of_both else "payments") for rule in RULES]
    rows += [(rule.__name__, "credits") for rule in CREDIT_RULES if rule not in of_both]
    rows += [(name, "payments that controls of card, account, program or policy speak of") for name in RULE_NAMES.values()]
    rows += [(name, "payments that limits of card, account or program speak of") for name in sorted(LIMIT_RULES)]
    for name, asked_of in rows:
        table.add_row(name, "off" if name in policy.off else "on", asked_of)
    return table


def _controls(controls: Iterable[Control]) -> Table:
    table = Table("control", "stance", "by", "values", title="controls of every card", title_justify="left")
    for control in controls:
        said = control.document()
        values = ", ".join(sorted(control.values)) or f"{said['from']} to {said['to']} {said['zone']}"
        table.add_row(control.name, control.stance.value, control.feature.value, values)
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
