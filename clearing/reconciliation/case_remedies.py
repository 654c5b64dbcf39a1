"""By which journal an item of a case ends, given how the money of the case stands and whose record it is about. Pure.

Three rules keep the cardholder to paying a presentment once or not at all, in whatever order records come and are worked off:
nobody is given more than is still paid, nothing is taken back that was not given, and no item moves more than lies there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from clearing.disputes.deadlines import Stage
from clearing.disputes.standing import CLAIM_TO_SEND, TAKING_BACK, WITHDRAWN, Place, Standing
from clearing.reconciliation import proposals
from clearing.reconciliation.terms import Place as Lies
from clearing.reconciliation.terms import terms_of
from ledger.commands import Entry
from ledger.recipes import RECIPES


@dataclass(frozen=True, slots=True)
class CaseItem:
    """`account_id`: whose card its record names. `is_open`: whether that account takes money."""

    kind: str
    stage: Stage | None
    place: Place
    amount: int
    asset: str
    account_id: int | None
    is_open: bool
    is_debit: bool

    @property
    def side(self) -> int:
        """-1 where what was presented is a credit."""
        is_turned = self.kind in TAKING_BACK or self.stage in (Stage.CHARGEBACK, Stage.ARBITRATION_CHARGEBACK)
        is_turned = is_turned is not (self.kind == WITHDRAWN)
        return 1 if self.is_debit is not is_turned else -1


@dataclass(frozen=True, slots=True)
class Way:
    """`sure`: what has somebody it belongs to. `lost`: what has nobody, a loss or a gain of ours. `said`: why, for people."""

    sure: tuple[Entry, ...] = ()
    lost: tuple[Entry, ...] = ()
    said: str = ""


NOTHING = "nothing of it is left to move: end it with --write-off, which books nothing"
NOT_TO_CLAIM = "its money was given back before, nothing is left to claim: end it with --write-off"
CLOSED = "its account is closed: write it off"
GIVEN = "the cardholder has its money already, from us or the network: wait for what takes it back, or keep it with --write-off"
UNANSWERED = "what it takes back was given to nobody: wait for the chargeback that it answers, or bear it with --write-off"
IN_PART = "a part of it was charged back before: end it with --write-off, which bears what is left of it in suspense"
TO_SEND = "its chargeback must be with the network until the deadline; the claim is given up with --write-off, at our loss"
TAKEN_BACK = "the network has taken its presentment back: book the item of that"
KEPT = "what it took was not the cardholder's to give: bear it with --write-off"


def is_of_case(kind: str) -> bool:
    """Whether its money is that of its presentment."""
    terms = terms_of(kind)
    is_presented = terms.place is Lies.CUSTOMER or (terms.place is Lies.SUSPENSE and terms.reason is not None)
    return is_presented or terms.place is Lies.DISPUTE or kind in TAKING_BACK or kind in (WITHDRAWN, CLAIM_TO_SEND)


def way_of(item: CaseItem, standing: Standing) -> Way:
    """Whoever proposes it books what is sure, where nothing is lost; whoever gives it up, what is sure and lost."""
    if item.kind == WITHDRAWN:
        return _withdrawn(item, standing)
    if item.kind == "chargeback":
        return _chargeback(item, standing)
    if item.kind == "second_presentment":
        return _second(item, standing)
    if item.kind in TAKING_BACK:
        return _returned(item, standing)
    if item.kind == CLAIM_TO_SEND:
        return _claim_to_send(item, standing)
    return _presented(item, standing)


def written_off(item: CaseItem, standing: Standing) -> tuple[Entry, ...]:
    """Of a second presentment that the cardholder was credited for he keeps the money; of a presentment he is given it."""
    if item.kind == "second_presentment":
        take = max(0, min(item.amount, standing.represented))
        drops = min(take - min(take, max(0, standing.given)), max(0, standing.owed))
        return _turned(item, *_some("drop_dispute", item, drops), *_some("bear_dispute", item, take - drops))
    if terms_of(item.kind).place is Lies.CUSTOMER:
        left = _claimable(item, standing) if item.is_open else 0
        return (RECIPES["write_off"](item.account_id, item.asset, left),) if left and item.account_id is not None else ()
    if item.kind not in (WITHDRAWN, CLAIM_TO_SEND, "chargeback") and item.kind not in TAKING_BACK:
        left = min(item.amount, abs(standing.left.get(item.place, 0)), abs(standing.suspended))
        return (proposals.abandoned(item.asset, left, is_debit=item.is_debit),) if left else ()
    way = way_of(item, standing)
    return (*way.sure, *way.lost)


def _presented(item: CaseItem, standing: Standing) -> Way:
    left = _claimable(item, standing)
    if not item.is_debit:
        return Way()
    if not left:
        return Way(said=NOT_TO_CLAIM)
    if terms_of(item.kind).place is Lies.SUSPENSE:
        said = IN_PART if left < min(standing.suspended, standing.left.get(item.place, 0)) else ""
        return Way((RECIPES["claim_suspense"](item.asset, left),), said=said)
    if item.account_id is None or not item.is_open:
        return Way(said=CLOSED)
    claimed, credited = RECIPES["open_dispute"], RECIPES["credit_provisionally"]
    return Way((claimed(item.asset, left), credited(item.account_id, item.asset, left)))


def _claimable(item: CaseItem, standing: Standing) -> int:
    if not item.is_debit:
        return 0
    paid = standing.suspended if terms_of(item.kind).place is Lies.SUSPENSE else standing.paid
    return max(0, min(item.amount, standing.left.get(item.place, 0), paid, standing.chargeable))


def _chargeback(item: CaseItem, standing: Standing) -> Way:
    """The network's money ends the claim that was booked for it, goes to whoever has paid, or ends what was presented again."""
    is_first = item.stage is not Stage.ARBITRATION_CHARGEBACK
    give = max(0, min(item.amount, standing.owed))
    ends = max(0, min(give, standing.claimed)) if is_first else 0
    account = standing.account_id if standing.account_id is not None else item.account_id
    is_suspended = standing.account_id is None and standing.suspended > 0
    paid = standing.suspended if is_suspended else standing.paid
    to_payer = max(0, min(give - ends, paid))
    again = 0 if is_first else max(0, min(give - ends - to_payer, standing.represented))
    rest, said = give - ends - to_payer - again, GIVEN
    sure = _some("drop_dispute", item, ends + again)
    if to_payer and (is_suspended or (account is not None and item.is_open)):
        payer = "suspense" if is_suspended else account
        sure = (*sure, RECIPES["credit_provisionally"](payer, item.asset, to_payer))
    elif to_payer:
        rest, said = rest + to_payer, CLOSED
    return Way(_turned(item, *sure), _turned(item, *_some("keep_chargeback", item, rest)), said if rest else "")


def _second(item: CaseItem, standing: Standing) -> Way:
    """Taken back from the cardholder, or ends the chargeback of which nobody was given anything."""
    take = max(0, min(item.amount, standing.represented))
    from_payer = min(take, max(0, standing.given))
    drops = min(take - from_payer, max(0, standing.owed))
    rest, said = take - from_payer - drops, UNANSWERED
    account = standing.account_id if standing.account_id is not None else item.account_id
    sure = _some("drop_dispute", item, drops)
    if from_payer and account is not None and item.is_open:
        sure = (*sure, RECIPES["lose_dispute"](account, item.asset, from_payer))
    elif from_payer:
        rest, said = rest + from_payer, CLOSED
    return Way(_turned(item, *sure), _turned(item, *_some("bear_dispute", item, rest)), said if rest else "")


def _withdrawn(item: CaseItem, standing: Standing) -> Way:
    """A chargeback that was taken back after its money was used: from whoever has it. A second presentment: the other way."""
    account = standing.account_id if standing.account_id is not None else item.account_id
    is_reachable = account is not None and item.is_open
    if item.stage is Stage.SECOND_PRESENTMENT:
        give = max(0, min(item.amount, -standing.represented))
        to_payer = max(0, min(give, standing.paid)) if is_reachable else 0
        sure = (*_some("open_dispute", item, to_payer), *_some("credit_provisionally", item, to_payer, account))
        lost = _reversed(_some("bear_dispute", item, give - to_payer))
        return Way(_turned(item, *sure), _turned(item, *lost), GIVEN if give - to_payer else "")
    take = max(0, min(item.amount, -standing.owed))
    from_payer = max(0, min(take, standing.given)) if is_reachable else 0
    sure = _reversed(_some("credit_provisionally", item, from_payer, account), is_forced=True)
    lost = _reversed(_some("keep_chargeback", item, take - from_payer))
    return Way(_turned(item, *sure), _turned(item, *lost), KEPT if take - from_payer else "")


def _returned(item: CaseItem, standing: Standing) -> Way:
    """What the network has given back of a presentment ends the claim for it, or goes to whoever still pays it."""
    give = max(0, min(item.amount, standing.returned))
    is_of_used = standing.given or standing.claimed or item.kind != "orphan_reversal"
    ends = max(0, min(give, standing.claimed))
    to_payer = max(0, min(give - ends, standing.paid)) if is_of_used else 0
    rest, said, account = give - ends - to_payer, GIVEN, standing.account_id
    sure = _reversed(_some("claim_suspense", item, ends))
    if to_payer and account is not None and item.is_open:
        sure = (*sure, *_reversed((RECIPES["resolve_suspense"](account, item.asset, to_payer),)))
    elif to_payer:
        rest, said = rest + to_payer, CLOSED
    if rest and item.kind == "orphan_reversal" and not is_of_used:
        said = "no presentment of it is there: wait for it, or write it off"
    lost = (proposals.abandoned(item.asset, rest, is_debit=False),) if rest else ()
    return Way(_turned(item, *sure), _turned(item, *lost), said if rest else "")


def _claim_to_send(item: CaseItem, standing: Standing) -> Way:
    lost = _some("bear_dispute", item, min(item.amount, standing.unsent))
    return Way((), lost, (TAKEN_BACK if standing.returned > 0 else TO_SEND) if lost else "")


def _some(recipe: str, item: CaseItem, amount: int, account: int | None = None) -> tuple[Entry, ...]:
    if not amount:
        return ()
    of = (account,) if account is not None else ()
    return (RECIPES[recipe](*of, item.asset, amount),)


def _reversed(entries: Sequence[Entry], *, is_forced: bool = False) -> tuple[Entry, ...]:
    return tuple(proposals.turned(entry, is_forced=is_forced) for entry in entries)


def _turned(item: CaseItem, *entries: Entry) -> tuple[Entry, ...]:
    """As they are for a debit; for a credit with their sides exchanged, where what takes from an account is forced."""
    return entries if item.side > 0 else tuple(_exchanged(entries))


def _exchanged(entries: Sequence[Entry]) -> Iterator[Entry]:
    for entry in entries:
        takes = any(isinstance(line.account, int) and line.amount < 0 for line in entry.lines)
        yield proposals.turned(entry, is_forced=takes or entry.is_forced)
