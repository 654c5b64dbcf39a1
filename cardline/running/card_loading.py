"""What the authorizer asks the ledger for: the facts of cards with their accounts' funds, read in one snapshot.

Cards without controls and limits, which most are, cost one query; the others are read once more with all that is said of
them and what was spent, in a transaction of its own.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson

from authorizer.control_rules import Groups
from authorizer.controls import Control, Scope, parse_control
from authorizer.facts import AccountSnapshot, AccountStatus, CardFacts, CardStatus
from authorizer.limits import LIFETIME, Limit, Spending, counted_since, parse_limit, resolved
from authorizer.payment_kinds import traits_stored
from ledger.cards import CardRow, card_facts
from ledger.spend_controls import Said, SpentRow, spent, spoken_for

Loaded = tuple[CardFacts, AccountSnapshot]


async def load(pool: Any, tokens: Sequence[bytes], groups: Groups, now: datetime | None = None) -> dict[bytes, Loaded]:
    """By token; unknown ones are left out. `groups` of merchants that limits may name; `now` decides which calendar windows."""
    rows = await card_facts(pool, tokens)
    found = {row.token: _plain(row) for row in rows}
    controlled = [row.token for row in rows if row.is_controlled]
    if controlled:
        async with pool.acquire() as connection:
            found |= await load_controlled(connection, controlled, groups, now or datetime.now(UTC))
    return found


async def load_controlled(connection: Any, tokens: Sequence[bytes], groups: Groups, now: datetime) -> dict[bytes, Loaded]:
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        rows = await card_facts(connection, tokens)
        said: dict[int, list[Said]] = defaultdict(list)
        for one in await spoken_for(connection, [row.card_id for row in rows]):
            said[one.card_id].append(one)
        limits = {row.account_id: all_limits(said[row.card_id], now) for row in rows}
        spendings = await spendings_of(connection, limits, groups, now)
    found = {}
    for row in rows:
        spent_there = tuple(spendings[row.account_id]) if limits[row.account_id] else None
        facts = _controlled(row, said[row.card_id], now, is_counted=spent_there is not None)
        kinds = tuple({limit.where: None for limit in limits[row.account_id] if limit.where})
        found[row.token] = (facts, replace(_snapshot(row), spent=spent_there, kinds=kinds))
    return found


def all_limits(said: Iterable[Said], now: datetime) -> list[Limit]:
    """Also those of other cards on the account: what is counted is counted for all of them alike."""
    return [limit for one in said if one.kind == "limit" for limit in limits_of(one, now)]


async def spendings_of(
    connection: Any, limits: Mapping[int, list[Limit]], groups: Groups, now: datetime
) -> Mapping[int, list[Spending]]:
    """What was spent on every account that has limits, as far back as its longest one looks; traits where one asks for them."""
    now_ms, since, before = int(now.timestamp() * 1000), {}, []
    for account_id, its_limits in limits.items():
        if its_limits:
            start = counted_since(its_limits, now_ms)
            since[account_id] = datetime.fromtimestamp((now_ms if start is None else start) / 1000, UTC)
            if any(limit.window == LIFETIME for limit in its_limits):
                before.append(account_id)
    found: dict[int, list[Spending]] = defaultdict(list)
    for row in await spent(connection, since, also_before=before) if since else ():
        is_asked = any(limit.where for limit in limits[row.account_id])
        found[row.account_id].append(spending_of(row, groups if is_asked else None))
    return found


def spending_of(row: SpentRow, groups: Groups | None = None) -> Spending:
    """With the payment's traits where the groups of merchants are given."""
    if row.at is None:
        return Spending(f"before-{row.card}", row.card, 0, row.amount, row.counted)
    traits = traits_stored(orjson.loads(row.request), groups) if groups is not None and row.request else frozenset()
    return Spending(str(row.authorization_id), row.card, int(row.at.timestamp() * 1000), row.amount, row.counted, traits)


def _plain(row: CardRow) -> Loaded:
    facts = CardFacts(
        card_id=row.card_id,
        account_id=row.account_id,
        asset=row.asset,
        card_status=CardStatus(row.card_status),
        account_status=AccountStatus(row.account_status),
        expiry=row.expiry,
        psn=row.psn,
        pvv=row.pvv or "",
        facts_version=row.facts_version,
        pin_offset=row.pin_offset or "",
        atc=row.atc,
    )
    return facts, _snapshot(row)


def _snapshot(row: CardRow) -> AccountSnapshot:
    return AccountSnapshot(
        account_id=row.account_id, available=row.available, version=row.version, facts_version=row.facts_version
    )


def _controlled(row: CardRow, said: list[Said], now: datetime, *, is_counted: bool) -> CardFacts:
    controls = [control for one in said if one.kind == "control" for control in controls_of(one)]
    limits = own_limits(said, row.asset, now)
    facts, _ = _plain(row)
    return replace(facts, lineage=row.lineage if is_counted else 0, controls=tuple(controls), limits=tuple(limits))


def own_limits(said: Iterable[Said], asset: str, now: datetime) -> list[Limit]:
    """Those of the card, its account and its program. An amount in another currency than the account's limits nothing."""
    found = []
    for one in said:
        for limit in limits_of(one, now) if one.kind == "limit" and one.is_own else ():
            if limit.max_amount is None or limit.currency == asset:
                found.append(limit)
            elif limit.max_count is not None:
                found.append(replace(limit, max_amount=None))
    return found


def controls_of(said: Said) -> list[Control]:
    parsed = (parse_control(one, "control") for one in orjson.loads(said.document))
    return [replace(control, scope=Scope(said.scope), version=said.version) for control in parsed]


def limits_of(said: Said, now: datetime) -> list[Limit]:
    parsed = (parse_limit(one, "limit") for one in orjson.loads(said.document))
    return [resolved(replace(limit, scope=Scope(said.scope), version=said.version), now) for limit in parsed]
