"""What is known about a card and its account, as the ledger says and the cache remembers.

Pure data and its compact bytes. A CVC, a PIN or a PAN is never part of it; the PVV is a check value, not the PIN.
"""

from dataclasses import dataclass, fields, replace
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar

import orjson

from authorizer.controls import Control, Scope, parse_control
from authorizer.limits import Limit, Spending
from authorizer.payment_kinds import Kind, kind_document, name_of_kind, parse_kind, written_kind

# One decoded CardFacts is about 600 bytes: this many stay under 10 MB.
_DECODED_FACTS_KEPT = 16_384

_T = TypeVar("_T")


class CardStatus(StrEnum):
    ACTIVE = "active"
    INACTIVE = "inactive"
    BLOCKED = "blocked"
    LOST = "lost"
    STOLEN = "stolen"
    EXPIRED = "expired"
    CLOSED = "closed"


class AccountStatus(StrEnum):
    OPEN = "open"
    FROZEN = "frozen"
    CLOSED = "closed"


class FactsCorruptError(ValueError):
    """Bytes that are no CardFacts. Not retriable; whoever kept them must fetch them anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFacts:
    """One card. `facts_version` is the account's: it rises with every change to any of its cards or limits."""

    card_id: int
    account_id: int
    asset: str
    card_status: CardStatus
    account_status: AccountStatus
    expiry: str  # YYMM
    psn: str
    pvv: str  # "" when the card has no PIN yet, or keeps it as an offset
    facts_version: int
    pin_offset: str = ""  # IBM 3624; "" when the PIN is kept as a PVV
    atc: int = -1  # the chip's counter when this was read, as a hint: payments move it and do not make the facts stale
    lineage: int = 0  # the first card of a row of replacements, whose payments count for the limits; 0: nothing is counted
    controls: tuple[Control, ...] = ()
    limits: tuple[Limit, ...] = ()

    def to_bytes(self) -> bytes:
        """`facts_version|[...]`: the version stands in front so that the Redis script can read it, and the limits, if any,
        behind it. A card without controls and limits is kept as if there were no such thing."""
        stored: list[object] = [getattr(self, name) for name in _STORED]
        if self.controls or self.lineage:
            stored += [self.lineage, [_stored_control(one) for one in self.controls], [_stored_limit(one) for one in self.limits]]
        return b"%d|%b%b" % (self.facts_version, self._counted(), orjson.dumps(stored))

    def _counted(self) -> bytes:
        """`L<lineage>;<limit>;...|`, a limit being `c|a,span,since,until,amount,count`: ms, c of the card, -1 for unlimited.

        One for a kind of payments goes on `,<name>,<kind>` (payment_kinds).
        """
        if not self.lineage:
            return b""
        parts = [f"L{self.lineage}"]
        for limit in self.limits:
            whose = "c" if limit.scope is Scope.CARD else "a"
            amount, count = (-1 if figure is None else figure for figure in (limit.max_amount, limit.max_count))
            kind = f",{name_of_kind(limit.where)},{written_kind(limit.where)}" if limit.where else ""
            parts.append(f"{whose},{limit.span_ms},{limit.start_ms},{limit.until_ms},{amount},{count}{kind}")
        return ";".join(parts).encode() + b"|"

    @staticmethod
    def from_bytes(raw: bytes) -> "CardFacts":
        """Raises FactsCorruptError. Equal bytes give the same object, most cards being seen again and again."""
        return _decoded(raw)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSnapshot:
    """An account's balance at one version, read with the card's facts in one database snapshot. Minor units."""

    account_id: int
    available: int | None  # None: no floor, anything may be spent
    version: int
    facts_version: int
    spent: tuple[Spending, ...] | None = None  # None: the card has no limits, nothing need be counted
    kinds: tuple[Kind, ...] = ()  # of payments that some limit on the account is for, each counted by itself


_STORED = ("card_id", "account_id", "asset", "card_status", "account_status", "expiry", "psn", "pvv", "pin_offset", "atc")


@lru_cache(maxsize=_DECODED_FACTS_KEPT)
def _decoded(raw: bytes) -> CardFacts:
    version, _, body = raw.partition(b"|")
    if body[:1] == b"L":
        body = body.partition(b"|")[2]
    try:
        card_id, account_id, asset, card_status, account_status, expiry, psn, pvv, pin_offset, atc, *more = orjson.loads(body)
        lineage, controls, limits = more or (0, [], [])
        return CardFacts(
            card_id=_checked(card_id, int),
            account_id=_checked(account_id, int),
            asset=_checked(asset, str),
            card_status=CardStatus(card_status),
            account_status=AccountStatus(account_status),
            expiry=_month(expiry),
            psn=_checked(psn, str),
            pvv=_checked(pvv, str),
            facts_version=int(version),
            pin_offset=_checked(pin_offset, str),
            atc=_checked(atc, int),
            lineage=_checked(lineage, int),
            controls=tuple(_control(*stored) for stored in controls),
            limits=tuple(_limit(*stored) for stored in limits),
        )
    except (ValueError, TypeError):
        raise FactsCorruptError("cached card facts are not readable") from None


def _stored_control(control: Control) -> list[object]:
    return [control.scope.value, control.version, control.document()]


def _control(scope: str, version: int, document: dict[str, Any]) -> Control:
    return replace(parse_control(document, "control"), scope=Scope(scope), version=version)


def _stored_limit(limit: Limit) -> list[object]:
    """The kind of payments stands at the end where there is one, so that a release that knows none reads all others."""
    stored = [getattr(limit, field.name) for field in fields(Limit) if field.name != "where"]
    return [*stored, kind_document(limit.where)] if limit.where else stored


def _limit(
    name: str, window: str, amount: int | None, count: int | None, zone: str, currency: str, scope: str, *more: Any
) -> Limit:
    version, since_ms, until_ms, *kind = more
    where = parse_kind(kind[0], "where") if kind else ()
    return Limit(name, window, amount, count, zone, currency, Scope(scope), version, since_ms, until_ms, where)


def _month(value: object) -> str:
    expiry = _checked(value, str)
    if len(expiry) != 4 or not expiry.isdecimal() or not 1 <= int(expiry[2:]) <= 12:
        raise ValueError
    return expiry


def _checked(value: object, kind: type[_T]) -> _T:
    if type(value) is not kind:
        raise TypeError
    return value
