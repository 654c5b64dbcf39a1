"""How the money of a case stands: what its records have booked, and what people's journals for its items have moved. Pure.

A case is all records of one presentment (DE 31 and card). What any of its items may still move follows from these amounts
alone, never from what stood there when the item was raised: so records may come, and be worked off, in any order.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from clearing.disputes.deadlines import Stage

CUSTOMER = "customer"
"""How a posting on a cardholder's account is named; those of other accounts by their role."""
WITHDRAWN = "dispute_withdrawn"
CLAIM_TO_SEND = "claim_to_send"
TAKING_BACK = frozenset({"orphan_reversal", "credited_before"})
"""Kinds whose records wait in suspense by themselves: they take back a presentment that is not there, or was paid back before."""
_BESIDE = frozenset({"settled_otherwise", "flawed_record"})
"""Kinds that are not about the presentment's own amount."""
_ANSWERS = frozenset({Stage.SECOND_PRESENTMENT, Stage.ARBITRATION_CHARGEBACK})
Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a record of the case has booked. `stage` is None for presentments and what takes them back.

    `is_waiting`: it takes a presentment back and stands in suspense by itself.
    """

    place: Place
    stage: Stage | None
    is_debit: bool
    amount: int
    account_id: int | None
    is_waiting: bool = False

    @property
    def signed(self) -> int:
        """Positive where the network takes."""
        return self.amount if self.is_debit else -self.amount


@dataclass(frozen=True, slots=True)
class Moved:
    """One posting of a journal that was booked for an item of the case; `stage` of the item's record."""

    exception_id: int
    kind: str
    place: Place
    stage: Stage | None
    account: str
    amount: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open item of the case."""

    exception_id: int
    kind: str
    stage: Stage | None
    amount: int


@dataclass(frozen=True, slots=True)
class Standing:
    """As if what was presented were a debit: of a credit every sign is turned.

    `paid`: of the presentment on the cardholder's account, what is not given back; of one that is not in the books under this
    name as much as is charged back is taken to have been paid. `given`: what items have given the cardholder. `suspended`: of
    the presentment in suspense. `returned`: in suspense, of records that take it back. `claimed`: asked back and not answered.
    `represented`: taken again by second presentments. `owed`: what the network has given with chargebacks and nobody has.
    Negative where a withdrawal came after the money was used.
    """

    paid: int = 0
    given: int = 0
    suspended: int = 0
    returned: int = 0
    claimed: int = 0
    represented: int = 0
    owed: int = 0
    chargeable: int = 0
    """Of what was presented, what no chargeback was cleared for and no claim stands for."""
    left: dict[Place, int] = field(default_factory=dict)
    """By presentment, what items about it have not given back of it."""
    account_id: int | None = None
    """On which what was presented stands."""

    @property
    def unsent(self) -> int:
        """Claimed, and covered by no chargeback that the network has cleared."""
        return max(0, self.claimed - max(0, self.owed))


def standing_of(records: Sequence[Recorded], moves: Iterable[Moved], *, side: int = 1) -> Standing:
    """`side` is -1 where what was presented is a credit."""
    moves = [move for move in moves if move.kind not in _BESIDE]
    presented = [record for record in records if record.stage is None]
    on_account = [record for record in presented if record.account_id is not None]
    waiting = [record for record in presented if record.is_waiting]
    in_suspense = [record for record in presented if record.account_id is None and not record.is_waiting]
    customer = [move for move in moves if move.account == CUSTOMER]
    suspense = [move for move in moves if move.account == "suspense"]
    receivable = [move for move in moves if move.account == "disputes_receivable"]
    again = [move for move in receivable if move.stage in _ANSWERS]
    seconds = [record for record in records if record.stage is Stage.SECOND_PRESENTMENT]
    firsts = [record for record in records if record.stage not in (None, Stage.SECOND_PRESENTMENT)]

    def booked(found: Iterable[Recorded]) -> int:
        return side * sum(record.signed for record in found)

    def moved(found: Iterable[Moved]) -> int:
        return side * sum(move.amount for move in found)

    at_last = [record for record in records if record.stage is Stage.ARBITRATION_CHARGEBACK]
    charged = -booked(record for record in firsts if record.stage is Stage.CHARGEBACK)
    owed = -booked(firsts) - moved(move for move in moves if move.account == "disputes_payable")
    claimed = moved(receivable) - moved(again)
    presented_all = booked(on_account) + booked(in_suspense)
    still = owed if not at_last else 0
    return Standing(
        paid=(booked(on_account) if on_account or in_suspense else max(0, charged, -booked(at_last))) + moved(customer),
        given=-moved(customer),
        suspended=booked(in_suspense) + moved(move for move in suspense if move.kind not in TAKING_BACK),
        returned=-booked(waiting) - moved(move for move in suspense if move.kind in TAKING_BACK),
        claimed=claimed,
        represented=booked(seconds) + moved(again),
        owed=owed,
        chargeable=presented_all - charged + max(0, still) - claimed,
        left={record.place: _left(record, moves, side) for record in presented if not record.is_waiting},
        account_id=next((record.account_id for record in on_account), None),
    )


def _left(record: Recorded, moves: Sequence[Moved], side: int) -> int:
    given = sum(move.amount for move in moves if move.place == record.place and move.account in (CUSTOMER, "suspense"))
    return side * (record.signed + given)


def moot(standing: Standing, items: Sequence[Waiting]) -> list[int]:
    """Items whose money is gone with what another was ended by: what is left belongs to the latest of their stage.

    A chargeback that came after a second presentment is not answered by it.
    """
    withdrawn = [item for item in items if item.kind == WITHDRAWN]
    return [
        *_without(standing.owed, [item for item in items if item.kind == "chargeback"]),
        *_without(standing.represented, [item for item in items if item.kind == "second_presentment"]),
        *_without(-standing.owed, [item for item in withdrawn if item.stage is not Stage.SECOND_PRESENTMENT]),
        *_without(-standing.represented, [item for item in withdrawn if item.stage is Stage.SECOND_PRESENTMENT]),
        *_without(standing.returned, [item for item in items if item.kind in TAKING_BACK]),
    ]


def _without(left: int, items: Sequence[Waiting]) -> list[int]:
    gone = []
    for item in sorted(items, key=lambda one: (one.stage is Stage.ARBITRATION_CHARGEBACK, one.exception_id), reverse=True):
        if left <= 0:
            gone.append(item.exception_id)
        left -= item.amount
    return gone


def short(standing: Standing, items: Sequence[Waiting]) -> int:
    """What a withdrawal has taken back that was used by then, and that no item asks for yet."""
    asked = sum(item.amount for item in items if item.kind == WITHDRAWN)
    return max(0, max(0, -standing.owed) + max(0, -standing.represented) - asked)


@dataclass(frozen=True, slots=True)
class Claims:
    """Which items of claims end, and for how much one more is open: what a chargeback of a part leaves of it, or a withdrawal."""

    ended: tuple[int, ...]
    more: int


def claims(standing: Standing, items: Sequence[Waiting]) -> Claims:
    """So that open items of claims come to what is claimed and not with the network."""
    waiting = sorted((item for item in items if item.kind == CLAIM_TO_SEND), key=lambda one: one.exception_id)
    over = sum(item.amount for item in waiting) - standing.unsent
    ended = []
    for item in waiting:
        if over > 0:
            ended.append(item.exception_id)
            over -= item.amount
    return Claims(tuple(ended), max(0, -over))
