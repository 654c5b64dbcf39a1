"""Which payments a limit is for: kinds by MCC, group, country, currency, way of entry, presence and channel, as data. Pure.

A payment has traits, words such as `channel=atm`; a kind is alternatives by feature, of each of which a payment must have
one. Traits come from a request or from what is stored of it, by the same code, so that a cache and the ledger count alike.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any

from authorizer.control_rules import Groups
from authorizer.controls import MAX_VALUES, ControlError, Feature, Vocabulary, check_value
from authorizer.request import AuthorizationRequest
from ledger.money import BY_NUMERIC

Kind = tuple[tuple[str, ...], ...]
"""Alternatives by feature, in the order of `Feature`, sorted. Empty: any payment."""
Traits = frozenset[str]

FEATURES = (
    Feature.MCC, Feature.MCC_GROUP, Feature.COUNTRY, Feature.CURRENCY, Feature.ENTRY_MODE, Feature.PRESENCE, Feature.CHANNEL
)  # fmt: skip
"""What a limit can ask about: what is stored of every payment."""
_NO_TIME = datetime.min.replace(tzinfo=UTC)
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.-]{0,39}", re.ASCII)
"""A message may say anything; what is no word of ours is no trait, so none can be smuggled in."""


def traits_of(request: AuthorizationRequest, groups: Groups) -> Traits:
    return frozenset(
        f"{feature.value}={value}"
        for feature, values in (
            (Feature.MCC, (request.mcc,)),
            (Feature.MCC_GROUP, (name for name, codes in groups.items() if request.mcc in codes)),
            (Feature.COUNTRY, (request.merchant_country,)),
            (Feature.CURRENCY, (request.transaction_currency,)),
            (Feature.ENTRY_MODE, (request.entry_mode[:2],)),
            (Feature.PRESENCE, (request.presence.value,)),
            (Feature.CHANNEL, (channel.value for channel in request.channels)),
        )
        for value in values
        if _WORD.fullmatch(value)
    )


def traits_stored(said: Mapping[str, Any], groups: Groups) -> Traits:
    """Of what an authorization or advice left in the ledger."""
    return traits_of(asked_before(said), groups)


def asked_before(said: Mapping[str, Any]) -> AuthorizationRequest:
    """What is stored of a request: where, how and what for. Amount, time, class and checks are the caller's to fill in."""
    merchant = said.get("merchant", "")
    currency = BY_NUMERIC.get(said.get("transaction_currency", ""))
    return AuthorizationRequest(
        token=b"",
        amount_minor=0,
        asset="",
        transmitted_at=_NO_TIME,
        processing_code=said.get("processing_code", "000000"),
        mcc=said.get("mcc", ""),
        entry_mode=said.get("entry_mode", ""),
        merchant_id=said.get("merchant_id", ""),
        merchant_name=merchant[:22].strip(),
        country=merchant[-3:],
        pos_data=said.get("pos_data", ""),
        transaction_currency=currency.code if currency else said.get("transaction_currency", ""),
    )


def is_of(kind: Kind, traits: Traits) -> bool:
    return all(any(one in traits for one in alternatives) for alternatives in kind)


def written_traits(traits: Traits) -> bytes:
    """As `reserve.lua` looks in them; never empty, because every payment has a presence and a channel."""
    return f"/{'/'.join(sorted(traits))}/".encode("ascii")


def written_kind(kind: Kind) -> str:
    """As `reserve.lua` reads it."""
    return "&".join("/".join(alternatives) for alternatives in kind)


@lru_cache(maxsize=4096)
def name_of_kind(kind: Kind) -> str:
    """Under which what was spent that way is counted."""
    return sha256(written_kind(kind).encode()).hexdigest()[:12]


def parse_kind(said: object, key: str, words: Vocabulary | None = None, groups: Groups | None = None) -> Kind:
    """Lists of values by feature. Raises ControlError for the first mistake, and for a kind that no payment can have.

    Without `words` and `groups` names are taken as they are: they were checked when they were stored.
    """
    if not isinstance(said, Mapping):
        raise ControlError(key, "must be a table")
    by_name = {feature.value: feature for feature in FEATURES}
    for unknown in sorted(said.keys() - by_name.keys()):
        raise ControlError(f"{key}.{unknown}", f"not one of {', '.join(by_name)}")
    values = {name: _values(said[name], f"{key}.{name}", feature, words) for name, feature in by_name.items() if name in said}
    mccs, named = values.get(Feature.MCC), values.get(Feature.MCC_GROUP)
    if groups is not None and mccs and named and not any(mcc in groups.get(group, ()) for mcc in mccs for group in named):
        raise ControlError(f"{key}.mcc", "none of these is in the groups of mcc_group, so no payment could count")
    return tuple(tuple(f"{name}={value}" for value in listed) for name, listed in values.items())


def _values(said: object, key: str, feature: Feature, words: Vocabulary | None) -> Sequence[str]:
    if not isinstance(said, list) or not said or not all(isinstance(value, str) for value in said):
        raise ControlError(key, "must be a list of texts, and not empty")
    if len(said) > MAX_VALUES:
        raise ControlError(key, f"more than {MAX_VALUES} values")
    for value in said if words is not None else ():
        check_value(feature, value, key, words or Vocabulary())
    if len(set(said)) < len(said):
        raise ControlError(key, "the same value stands there twice")
    return sorted(said)


def kind_document(kind: Kind) -> dict[str, list[str]]:
    """As it is stored; `parse_kind` reads it again."""
    found: dict[str, list[str]] = {}
    for alternatives in kind:
        for one in alternatives:
            name, _, value = one.partition("=")
            found.setdefault(name, []).append(value)
    return found
