"""Whether a request keeps the controls of its card, account and program. Pure.

One rule per feature; the first broken one wins, in the order of `Feature`, denials before what is not among the allowed.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from authorizer.controls import Control, Feature, Stance
from authorizer.hours import is_within
from authorizer.reasons import DeclineReason
from authorizer.request import AuthorizationRequest

Groups = Mapping[str, frozenset[str]]
"""MCCs by the name of their group."""


class Broken(NamedTuple):
    reason: DeclineReason
    rule: str
    detail: str


REASONS: Mapping[Feature, DeclineReason] = {
    Feature.MCC: DeclineReason.MCC_NOT_ALLOWED,
    Feature.MCC_GROUP: DeclineReason.MCC_NOT_ALLOWED,
    Feature.MERCHANT: DeclineReason.MERCHANT_NOT_ALLOWED,
    Feature.COUNTRY: DeclineReason.COUNTRY_NOT_ALLOWED,
    Feature.CURRENCY: DeclineReason.CURRENCY_NOT_ALLOWED,
    Feature.ENTRY_MODE: DeclineReason.ENTRY_MODE_NOT_ALLOWED,
    Feature.PRESENCE: DeclineReason.PRESENCE_NOT_ALLOWED,
    Feature.CHANNEL: DeclineReason.CHANNEL_NOT_ALLOWED,
    Feature.TIME: DeclineReason.TIME_NOT_ALLOWED,
}
RULE_NAMES: Mapping[Feature, str] = {feature: f"{feature.value}_allowed" for feature in Feature}


def first_broken(
    request: AuthorizationRequest, controls: Iterable[Control], groups: Groups, now: datetime, off: frozenset[str] = frozenset()
) -> Broken | None:
    """`off`: names of rules that the policy has turned off."""
    by_feature: dict[Feature, list[Control]] = {}
    for control in controls:
        by_feature.setdefault(control.feature, []).append(control)
    for feature in Feature:
        said = by_feature.get(feature)
        if said and RULE_NAMES[feature] not in off and (culprit := _broken(request, said, groups, now)):
            detail = f"{culprit.name} ({culprit.stance.value}), {culprit.scope.value} controls {culprit.version}"
            return Broken(REASONS[feature], RULE_NAMES[feature], detail)
    return None


def _broken(request: AuthorizationRequest, said: list[Control], groups: Groups, now: datetime) -> Control | None:
    """The denial that matches; else an allowance of a scope of whose allowances none matches."""
    unmet: dict[str, Control] = {}
    met: set[str] = set()
    for control in said:
        matches = _matches(request, control, groups, now)
        if control.stance is Stance.DENY:
            if matches:
                return control
        elif matches:
            met.add(control.scope)
        else:
            unmet.setdefault(control.scope, control)
    return next((control for scope, control in unmet.items() if scope not in met), None)


def _matches(request: AuthorizationRequest, control: Control, groups: Groups, now: datetime) -> bool:
    """By its feature, and within its hours where it has any: of a control by time they are all there is."""
    if control.hours is not None and not is_within(control.hours, now):
        return False
    if control.feature is Feature.TIME:
        return True
    return not control.values.isdisjoint(_VALUES[control.feature](request, control, groups))


_VALUES: Mapping[Feature, Callable[[AuthorizationRequest, Control, Groups], Iterable[str]]] = {
    Feature.MCC: lambda request, _control, _groups: (request.mcc,),
    Feature.MCC_GROUP: lambda request, control, groups: (
        group for group in control.values if request.mcc in groups.get(group, frozenset())
    ),
    Feature.MERCHANT: lambda request, _control, _groups: (request.merchant_id,),
    Feature.COUNTRY: lambda request, _control, _groups: (request.merchant_country,),
    Feature.CURRENCY: lambda request, _control, _groups: (request.transaction_currency,),
    Feature.ENTRY_MODE: lambda request, _control, _groups: (request.entry_mode[:2],),
    Feature.PRESENCE: lambda request, _control, _groups: (request.presence,),
    Feature.CHANNEL: lambda request, _control, _groups: request.channels,
}
