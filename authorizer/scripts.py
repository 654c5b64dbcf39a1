"""What goes into the Lua scripts and what comes out of them: key names, packed arguments, read replies.

Pure. One packed argument per batch, because the client spends about a microsecond on every separate one. Account ids
stand in key names only: they do not fit into Lua's numbers.
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, NamedTuple, Protocol

from authorizer.facts import AccountSnapshot, CardFacts, FactsCorruptError
from authorizer.limits import Spending, Used
from authorizer.payment_kinds import Kind, is_of, name_of_kind

BUCKETS = 64
NO_FLOOR = b"*"
_MAX_LIFETIME_MS = 2**32 - 1
_NO_BALANCE = -1

_RESERVE_HEAD = struct.Struct(">H16sqIBB")
_TRAITS_SIZE = struct.Struct(">H")
_NO_TRAITS = _TRAITS_SIZE.pack(0)
_CONFIRM_HEAD = struct.Struct(">HqqqqBB")
_RECORD = struct.Struct(">ddd")
_KEPT_RECORDS = 1024
"""Of each of the newest and the older ones: 48 KB at most, which are read for every payment of a card that has spent so often."""
_PARTIAL, _INCREMENT = 1, 2
_ANYTHING = b"+"


class ReserveItem(Protocol):
    """One payment that wants its facts and a reservation. `account_id` is known by now."""

    token: bytes
    account_id: int
    amount_minor: int
    lifetime_ms: int
    reservation_id: bytes
    is_partial: bool
    is_increment: bool
    traits: bytes
    """Of the payment, where the card's limits ask for them (`payment_kinds.written_traits`); else empty."""


class Hit(NamedTuple):
    """`usage` of the card's limits, if it has any; `is_taken`: they left something, and it stands reserved.

    `times`: how many payments are under way that `usage` counts beside what the ledger had at `version`.
    """

    facts: CardFacts
    available: int | None
    version: int
    pending: int
    is_taken: bool = True
    usage: tuple[Used, ...] | None = None
    times: int = 0


class Miss(NamedTuple):
    reason: str
    now_ms: int = 0


CORRUPT = Miss("corrupt")


class Stored(NamedTuple):
    drifted_from: int | None = None


class Older(NamedTuple):
    """The load was older than what the cache knows: to be repeated, showing these figures."""

    facts_version: int
    version: int


NOTHING_SEEN = Older(0, 0)


@dataclass(frozen=True, slots=True)
class LoadItem:
    token: bytes
    facts: CardFacts
    snapshot: AccountSnapshot
    as_of_ms: int = 0
    seen: Older = NOTHING_SEEN


@dataclass(frozen=True, slots=True)
class ConfirmItem:
    """`version` None: only the reservation goes. `is_measured`: a drift at this version was already counted.

    `taken`: the amount that counts for the limits; `is_added`: to an earlier payment, so that it is none of its own.
    """

    account_id: int
    reservation_id: bytes
    version: int | None = None
    available: int | None = None
    facts_version: int = 0
    ahead: int = 0
    taken: int = 0
    is_added: bool = False
    is_measured: bool = False


def account_key(account_id: int) -> str:
    """All keys of one account share a hash tag, of which there are few, so that a batch is few calls in a cluster."""
    return f"cl:{{b{account_id % BUCKETS}}}:a:{account_id}"


def token_key(token: bytes) -> str:
    return f"cl:t:{token.hex()}"


def reserve_arguments(items: Iterable[ReserveItem]) -> tuple[list[str], bytes]:
    numbers: dict[int, int] = {}
    parts: list[bytes] = []
    for item in items:
        number = numbers.setdefault(item.account_id, len(numbers) + 1)
        reservation_id = item.reservation_id
        lifetime = min(max(item.lifetime_ms, 0), _MAX_LIFETIME_MS)
        flags = _PARTIAL * item.is_partial + _INCREMENT * item.is_increment
        parts.append(_RESERVE_HEAD.pack(number, item.token, item.amount_minor, lifetime, flags, len(reservation_id)))
        parts.append(reservation_id)
        parts.append(_TRAITS_SIZE.pack(len(item.traits)) + item.traits if item.traits else _NO_TRAITS)
    return [account_key(account_id) for account_id in numbers], b"".join(parts)


def read_reserve_reply(reply: Sequence[Any], account_id: int) -> Hit | Miss:
    """A reply that cannot be read is a miss: the ledger will say."""
    try:
        if reply[0] != 1:
            _, reason, now_ms = reply
            return Miss(reason.decode("ascii"), int(now_ms))
        _, facts, available, version, pending, *counted = reply
        hit = Hit(CardFacts.from_bytes(facts), read_available(available), int(version), pending)
        if counted or hit.facts.lineage:
            hit = _with_usage(hit, *counted)
    except (FactsCorruptError, LookupError, ValueError, TypeError, AttributeError):
        return CORRUPT
    return hit if hit.facts.account_id == account_id else CORRUPT


def _with_usage(hit: Hit, is_taken: int, usage: bytes, times: int) -> Hit:
    """`amount,count;amount,count;...`, one per limit. Raises ValueError, TypeError."""
    figures = tuple(Used(*map(int, pair.split(b","))) for pair in usage.split(b";") if pair)
    if len(figures) != len(hit.facts.limits):
        raise ValueError
    return hit._replace(is_taken=is_taken == 1, usage=figures, times=times)


def load_arguments(items: Iterable[LoadItem]) -> tuple[list[str], list[bytes | int]]:
    keys: list[str] = []
    arguments: list[bytes | int] = []
    for item in items:
        snapshot = item.snapshot
        keys.append(account_key(snapshot.account_id))
        arguments += (
            item.token,
            item.facts.to_bytes(),
            item.facts.facts_version,
            written_available(snapshot.available),
            snapshot.version,
            item.as_of_ms,
            item.seen.facts_version,
            item.seen.version,
            _written_spent(snapshot.spent, snapshot.kinds),
        )
    return keys, arguments


def _written_spent(spent: tuple[Spending, ...] | None, kinds: Sequence[Kind]) -> bytes:
    """Empty where nothing is counted; else a byte, then for all cards ("a") and each card what was spent up to each time.

    Each kind of payments that is limited is counted once more by itself, under "a/<kind>" and "<card>/<kind>"; "/" names them.
    """
    if spent is None:
        return b""
    in_order = sorted(spent, key=_at)
    by_name = _by_card(in_order, b"")
    names = [name_of_kind(kind).encode() for kind in kinds]
    for kind, name in zip(kinds, names, strict=True):
        by_name |= _by_card([one for one in in_order if is_of(kind, one.traits)], b"/" + name)
    parts = [_ANYTHING]
    for whose, value in [*((whose, _records(listed)) for whose, listed in by_name.items()), (b"/", b",".join(names))]:
        parts.append(struct.pack(f">B{len(whose)}sI", len(whose), whose, len(value)))
        parts.append(value)
    return b"".join(parts)


def _by_card(spent: list[Spending], kind: bytes) -> dict[bytes, list[Spending]]:
    by_name = {b"a" + kind: spent}
    for one in spent:
        by_name.setdefault(b"%d%b" % (one.card, kind), []).append(one)
    return by_name


def _at(one: Spending) -> int:
    return one.at_ms


def _records(listed: list[Spending]) -> bytes:
    """Running sums. Of many the older ones are thinned out: what falls between two counts as if it were younger."""
    amounts = accumulate(one.amount for one in listed)
    times = accumulate(one.times for one in listed)
    sums = [_RECORD.pack(one.at_ms, amount, count) for one, amount, count in zip(listed, amounts, times, strict=True)]
    older, newest = sums[:-_KEPT_RECORDS], sums[-_KEPT_RECORDS:]
    step = len(older) // _KEPT_RECORDS + 1
    return b"".join(older[::step] + newest)


def read_load_reply(reply: Sequence[object]) -> Stored | Older:
    match reply:
        case [1]:
            return Stored()
        case [1, bytes(available)]:
            return Stored(_number(available))
        case [0, bytes(facts_version), bytes(version)]:
            return Older(_number(facts_version), _number(version))
        case _:
            raise ValueError("the load script answered something else")


def confirm_arguments(items: Iterable[ConfirmItem]) -> tuple[list[str], bytes]:
    numbers: dict[int, int] = {}
    parts: list[bytes] = []
    for item in items:
        number = numbers.setdefault(item.account_id, len(numbers) + 1)
        version = _NO_BALANCE if item.version is None else item.version
        available = written_available(item.available)
        said = (item.facts_version, item.ahead, item.taken, item.is_added)
        parts.append(_CONFIRM_HEAD.pack(number, version, *said, len(available)))
        parts.append(available)
        parts.append(bytes((len(item.reservation_id),)))
        parts.append(item.reservation_id)
    return [account_key(account_id) for account_id in numbers], b"".join(parts)


def read_confirm_reply(reply: Sequence[object]) -> list[tuple[int, int]]:
    """Pairs of item index and the balance that was cached at the same version."""
    numbers = [n for n in reply[::2] if isinstance(n, int)]
    balances = [_number(b) for b in reply[1::2] if isinstance(b, bytes)]
    return [(number - 1, balance) for number, balance in zip(numbers, balances, strict=True)]


def written_available(available: int | None) -> bytes:
    return NO_FLOOR if available is None else b"%d" % available


def read_available(raw: bytes) -> int | None:
    return None if raw == NO_FLOOR else int(raw)


def _number(raw: bytes) -> int:
    """Nought for what is no number: a lie is measured as if nothing had been there."""
    try:
        return int(raw)
    except ValueError:
        return 0
