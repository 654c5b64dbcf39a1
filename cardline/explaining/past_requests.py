"""Stored authorizations as the authorizer would be asked them again: read in pages, with the facts they were decided on.

The card's state is taken from what the decision saw; controls and limits from the versions of then; what was spent of the
limits is what the decision saw, too; only of decisions that did not write it down it comes from the ledger, net of what was
reversed until today.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from authorizer.back_test import PastRequest
from authorizer.card_checks import CardChecks
from authorizer.control_rules import Groups
from authorizer.controls import Control, Scope, parse_control
from authorizer.facts import AccountStatus, CardFacts, CardStatus
from authorizer.limits import LONGEST_SECONDS, Limit, Spending, Used, parse_limit, resolved, used
from authorizer.payment_kinds import asked_before
from authorizer.request import AuthorizationClass, AuthorizationRequest
from cardline.running.card_loading import spending_of
from ledger.spend_controls import SaidThen, spent, spoken_before
from ledger.statements import statement

PAGE = 2_000
"""Requests read at a time: a few megabytes, and a query of some milliseconds."""
_APPROVED = frozenset({"approved", "partially_approved"})
_CLASSES = {"4": AuthorizationClass.PREAUTHORIZATION, "8": AuthorizationClass.STATUS_INQUIRY}


async def past_requests(connection: Any, since: datetime, until: datetime, groups: Groups) -> AsyncIterator[PastRequest]:
    """Of `since` ≤ received < `until`, in no particular order. `groups` of merchants that limits may name."""
    last, history = 0, _History(connection, since, until, groups)
    while rows := await connection.fetch(statement("past_requests"), last, since, until, PAGE):
        last = rows[-1]["authorization_id"]
        await history.learn(rows)
        for row in rows:
            yield _past(row, history)


class _History:
    """What was said of cards, and what was spent on the accounts that have limits; learned page by page."""

    def __init__(self, connection: Any, since: datetime, until: datetime, groups: Groups) -> None:
        self._connection, self._groups = connection, groups
        self._since, self._until = since, until
        self._said: dict[int, list[SaidThen]] = {}
        self._spent: dict[int, list[Spending]] = {}

    async def learn(self, rows: Sequence[Any]) -> None:
        cards = {row["card_id"] for row in rows if row["card_id"] is not None} - self._said.keys()
        if not cards:
            return
        found: dict[int, list[SaidThen]] = defaultdict(list)
        for one in await spoken_before(self._connection, sorted(cards)):
            found[one.card_id].append(one)
        self._said |= {card: found.get(card, []) for card in cards}
        account_of = {row["card_id"]: row["account_id"] for row in rows if row["card_id"] in cards}
        await self._learn_spendings({account_of[card] for card in found if any(one.kind == "limit" for one in found[card])})

    async def _learn_spendings(self, accounts: set[int]) -> None:
        new = accounts - self._spent.keys()
        if not new:
            return
        horizon = self._since - timedelta(seconds=LONGEST_SECONDS)
        for account in new:
            self._spent[account] = []
        for row in await spent(self._connection, dict.fromkeys(sorted(new), horizon), also_before=sorted(new)):
            self._spent[row.account_id].append(spending_of(row, self._groups))

    def controls(self, card_id: int, at: datetime) -> tuple[Control, ...]:
        return tuple(
            replace(parse_control(said, "control"), scope=Scope(one.scope), version=one.version)
            for one in self._newest(card_id, "control", at)
            for said in orjson.loads(one.document)
        )

    def limits(self, card_id: int, asset: str, at: datetime) -> tuple[Limit, ...]:
        parsed = [
            resolved(replace(parse_limit(said, "limit"), scope=Scope(one.scope), version=one.version), at)
            for one in self._newest(card_id, "limit", at)
            for said in orjson.loads(one.document)
        ]
        return tuple(limit for limit in parsed if limit.max_amount is None or limit.currency == asset)

    def _newest(self, card_id: int, kind: str, at: datetime) -> list[SaidThen]:
        by_scope = {one.scope: one for one in self._said.get(card_id, ()) if one.kind == kind and one.set_at <= at}
        return list(by_scope.values())

    def usage(self, facts: CardFacts, own_id: int, at: datetime) -> tuple[Used, ...]:
        """Before this request: neither it nor what came later."""
        now_ms = int(at.timestamp() * 1000)
        spent_then = [one for one in self._spent.get(facts.account_id, ()) if one.at_ms < now_ms and one.id != str(own_id)]
        return used(facts.limits, spent_then, facts.lineage, now_ms)


def _past(row: Any, history: _History) -> PastRequest:
    seen, at = orjson.loads(row["seen"]), row["received_at"]
    facts = _facts(row, seen, history) if seen.get("card") else None
    usage = _usage(row, facts, seen, history) if facts is not None and facts.limits else None
    return PastRequest(
        request=_request(row, orjson.loads(row["request"]), seen),
        facts=facts,
        usage=usage,
        at=at,
        rule=row["rule"],
        reason=row["reason"],
        granted=row["granted"],
        is_approved=row["verdict"] in _APPROVED,
    )


def _usage(row: Any, facts: CardFacts, seen: Mapping[str, Any], history: _History) -> tuple[Used, ...]:
    told = seen.get("used", {})
    names = [limit.title for limit in facts.limits]
    if all(name in told for name in names):
        return tuple(Used(*told[name]) for name in names)
    return history.usage(facts, row["authorization_id"], row["received_at"])


def _facts(row: Any, seen: Mapping[str, Any], history: _History) -> CardFacts:
    at = row["received_at"]
    return CardFacts(
        card_id=row["card_id"],
        account_id=row["account_id"],
        asset=row["account_asset"],
        card_status=CardStatus(seen["card"]),
        account_status=AccountStatus(seen["account"]),
        expiry=seen["expiry"],
        psn="",
        pvv="",
        facts_version=seen["facts_version"],
        lineage=row["lineage"],
        controls=history.controls(row["card_id"], at),
        limits=history.limits(row["card_id"], row["account_asset"], at),
    )


def _request(row: Any, said: Mapping[str, str], seen: Mapping[str, Any]) -> AuthorizationRequest:
    kind = _CLASSES.get(said.get("pos_data", "")[6:7], AuthorizationClass.UNDEFINED)
    # An increment of nought that was approved is one, whatever it has added to.
    is_longer = kind is AuthorizationClass.PREAUTHORIZATION and row["amount"] == 0 and row["verdict"] in _APPROVED
    return replace(
        asked_before(said),
        amount_minor=row["amount"],
        asset=row["asset"],
        transmitted_at=row["transmitted_at"].astimezone(UTC),
        authorization_class=kind,
        checks=CardChecks.read(seen.get("checks", {})),
        partial_allowed=row["verdict"] == "partially_approved",
        goods_minor=row["granted"] if row["verdict"] == "partially_approved" else None,
        is_increment=is_longer or row["chain_id"] != row["authorization_id"],
    )
