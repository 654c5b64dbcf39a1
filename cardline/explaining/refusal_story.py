"""Why a payment was refused, in sentences: what was looked at before, who brought it about, who can fix it. Pure."""

import re
from collections.abc import Iterator, Sequence

import orjson

from cardline.explaining.rule_order import passed_before
from cardline.explaining.wording import moment
from cardline.people.act_lines import because
from ledger.acts import Act
from ledger.payments import Row
from switch.refusals_guide import REMEDIES, RISK

_REMEDIES = {reason.value: remedy for reason, remedy in REMEDIES.items()}
_STATES = {
    "card_blocked": ("card_status", "now blocked"), "card_lost": ("card_status", "now lost"),
    "card_stolen": ("card_status", "now stolen"), "card_closed": ("card_replaced", ""),
    "account_frozen": ("account_frozen", ""), "account_closed": ("account_closed", ""),
}  # fmt: skip
"""By reason: the act that brings such a state about, and what its detail says."""

_SCOPED = re.compile(r", (card|account|program|policy) (?:controls|limits) [0-9]+")
_ISSUERS_OWN = {
    "policy": (RISK, "change the policy, which asks this of every card; the cardholder can only pay in another way"),
    "program": (RISK, "change what the program allows its cards; the cardholder can only pay in another way"),
}
"""Who can fix what was not set for the cardholder."""


def why(row: Row, acts: Sequence[Act]) -> Iterator[str]:
    """`acts`: on the card and its account until the decision, newest first. Nothing for what was approved."""
    if row["verdict"] != "declined":
        return
    if passed := passed_before(row["rule"]):
        yield f"Looked at before it and in order: {', '.join(passed)}."
    yield from _brought_about(row["reason"], acts)
    if row["reason"] in _REMEDIES:
        who, how = _ISSUERS_OWN.get(_scope(row), _REMEDIES[row["reason"]])
        yield f"Who can fix it: {who} ({how})."


def _scope(row: Row) -> str:
    """Whose control or limit was broken; empty where none was."""
    found = _SCOPED.search(str(orjson.loads(row["seen"] or "{}").get("detail")))
    return found[1] if found else ""


def _brought_about(reason: str, acts: Sequence[Act]) -> Iterator[str]:
    action, said = _STATES.get(reason, ("", ""))
    act = next((one for one in acts if one.action == action and said in one.detail), None)
    if act is not None:
        state = reason.partition("_")[2]
        yield f"{act.subject.capitalize()} is {state} since {moment(act.at)} by {act.actor}{because(act)}."
