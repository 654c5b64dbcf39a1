"""A card's PIN tries and transaction counter: as durable as money, changed only under the account's lock. Pure.

They are not among the facts that a decision is made on beforehand. The batch reads them after it has the account's lock
and judges them itself, so a stale cache or another process cannot give anybody one try more; and a chip, whose counter
moves with every payment, does not make its card's cached facts stale each time.
"""

from dataclasses import dataclass

from ledger.commands import Answer

LEFT_BEHIND = 62
"""How many counters below the highest are remembered one by one (a bigint's worth): terminals send late, and out of order."""


@dataclass(frozen=True, slots=True)
class Counters:
    """`pin_tries`: wrong PINs in a row. `atc`: the highest seen (-1: none); bit i of `atc_seen`: atc - 1 - i was seen too."""

    pin_tries: int = 0
    atc: int = -1
    atc_seen: int = 0


UNUSED = Counters()


@dataclass(frozen=True, slots=True)
class Objection:
    """An answer that only the ledger can choose, and the name of the rule that chose it."""

    answer: Answer
    rule: str


@dataclass(frozen=True, slots=True)
class CardUse:
    """What one payment used. An objection that is None is not raised: a rule before it has refused already.

    `is_pin_right`: None where no PIN is to be counted. `atc`: of a cryptogram that was genuine. `window`: the most that a
    counter may run ahead.
    """

    atc: int | None = None
    window: int = 0
    is_pin_right: bool | None = None
    tries: int = 0
    tries_exceeded: Objection | None = None
    replayed: Objection | None = None
    too_far: Objection | None = None


def counted(counters: Counters, use: CardUse) -> tuple[Counters, Objection | None]:
    """The counters after this payment, and what the ledger objects to it, if anything."""
    if use.tries_exceeded is not None and counters.pin_tries >= use.tries:
        return _stepped(counters, use), use.tries_exceeded
    if objection := _broken_by_counter(counters, use):
        return counters, objection
    stepped = _stepped(counters, use)
    if use.is_pin_right is None:
        return stepped, None
    return Counters(0 if use.is_pin_right else counters.pin_tries + 1, stepped.atc, stepped.atc_seen), None


def _broken_by_counter(counters: Counters, use: CardUse) -> Objection | None:
    if use.atc is None:
        return None
    if _is_replayed(counters, use.atc):
        return use.replayed
    return use.too_far if counters.atc >= 0 and use.atc - counters.atc > use.window else None


def _is_replayed(counters: Counters, atc: int) -> bool:
    """Seen, or so far behind that nobody knows any more."""
    behind = counters.atc - atc
    if behind <= 0:
        return behind == 0
    return behind > LEFT_BEHIND or bool(counters.atc_seen >> (behind - 1) & 1)


def _stepped(counters: Counters, use: CardUse) -> Counters:
    """With this counter marked as seen. One too far ahead is not taken: it would make the card's next ones replays."""
    if use.atc is None or _is_replayed(counters, use.atc):
        return counters
    ahead = use.atc - counters.atc
    if ahead < 0:
        return Counters(counters.pin_tries, counters.atc, counters.atc_seen | 1 << (-ahead - 1))
    if counters.atc < 0:
        return Counters(counters.pin_tries, use.atc, 0)
    if ahead > use.window:
        return counters
    mask = (1 << LEFT_BEHIND) - 1
    seen = (counters.atc_seen << ahead | 1 << (ahead - 1)) & mask if ahead <= LEFT_BEHIND else 0
    return Counters(counters.pin_tries, use.atc, seen)
