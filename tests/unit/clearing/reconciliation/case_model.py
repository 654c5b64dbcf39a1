"""A case by itself: records come, people work its items off, and every journal is summed up. No database."""

from collections import Counter
from dataclasses import dataclass, field, replace

from clearing.disputes.deadlines import Stage
from clearing.disputes.standing import (
    CLAIM_TO_SEND,
    CUSTOMER,
    WITHDRAWN,
    Moved,
    Recorded,
    Standing,
    Waiting,
    claims,
    moot,
    short,
    standing_of,
)
from clearing.reconciliation.case_remedies import CaseItem, way_of
from clearing.reconciliation.remedies import NoRemedy, given_up, proposed
from ledger.commands import Entry

ACCOUNT = 42
WHOLE = 3_000
KINDS = {
    Stage.CHARGEBACK: "chargeback",
    Stage.SECOND_PRESENTMENT: "second_presentment",
    Stage.ARBITRATION_CHARGEBACK: "chargeback",
}
_COUNTERS = {
    Stage.CHARGEBACK: "disputes_payable", Stage.ARBITRATION_CHARGEBACK: "disputes_payable",
    Stage.SECOND_PRESENTMENT: "disputes_receivable",
}  # fmt: skip


@dataclass
class Case:
    """`side` is -1 where what is presented is a credit; `concern` is None where the presentment raises no item."""

    side: int = 1
    concern: str | None = "unauthorized_presentment"
    at_stake: int = WHOLE
    is_suspended: bool = False
    books: Counter[str] = field(default_factory=Counter)
    records: list[Recorded] = field(default_factory=list)
    moves: list[Moved] = field(default_factory=list)
    items: dict[int, CaseItem] = field(default_factory=dict)
    ended_by_people: set[tuple[str, int]] = field(default_factory=set)
    taken: dict[tuple[str, int], tuple[str, int]] = field(default_factory=dict)
    early: list[Recorded] = field(default_factory=list)
    """Withdrawals of what is still to come."""
    raised: int = 0

    @property
    def standing(self) -> Standing:
        return standing_of(self.records, self.moves, side=self.side)

    @property
    def holder(self) -> int | None:
        """What stands in suspense is of no account of ours."""
        return None if self.is_suspended else ACCOUNT

    # --- records that come ---

    def present(self) -> None:
        account = self.holder
        record = self._record(None, self.side > 0, WHOLE, account)
        self._book("suspense" if account is None else CUSTOMER, record)
        if self.concern is not None:
            self.ask(self.concern, record, self.at_stake)
        self.pair()

    def pair(self) -> None:
        """What a reversal that came first takes back now; also at the begin of every run."""
        waiting = [one for one, item in self.items.items() if item.kind == "orphan_reversal"]
        if (
            waiting
            and any(record.stage is None and not record.is_waiting for record in self.records)
            and self._may_be_taken_back()
        ):
            item = self.items.pop(waiting[0])
            (orphan,) = [found for found in self.records if found.place == item.place]
            self.records[self.records.index(orphan)] = replace(orphan, is_waiting=False, account_id=self.holder)
            self.books["suspense"] -= orphan.signed
            self._book("suspense" if self.holder is None else CUSTOMER, orphan, network=False)
            self._end_presented()

    def take_back(self) -> None:
        """PDS 0025 of the presentment."""
        presented = [found for found in self.records if found.stage is None and not found.is_waiting]
        if presented and len(presented) % 2 and self._may_be_taken_back():
            record = self._record(None, self.side < 0, WHOLE, presented[0].account_id)
            self._book("suspense" if record.account_id is None else CUSTOMER, record)
            self._end_presented()
            return
        record = replace(self._record(None, self.side < 0, WHOLE, None), is_waiting=True)
        self.records[-1] = record
        self._book("suspense", record)
        self.ask("credited_before" if presented else "orphan_reversal", record, WHOLE)

    def dispute(self, stage: Stage, amount: int = WHOLE) -> None:
        gives = stage is not Stage.SECOND_PRESENTMENT
        record = self._record(stage, gives is not (self.side > 0), amount, None)
        self._book(_COUNTERS[stage], record)
        self.ask(KINDS[stage], record, amount)
        early = [found for found in self.early if found.stage is stage and found.place not in self.ended_by_people]
        if early:
            self.early.remove(early[0])
            self._end_withdrawn(record, early[0])

    def withdraw(self, stage: Stage, amount: int = WHOLE) -> None:
        """The first of this stage that stands, or one that is still to come."""
        gone = {*self.taken, *self.taken.values()}
        originals = [
            r for r in self.records if r.stage is stage and r.amount == amount and r.place not in gone and r not in self.early
        ]
        record = self._record(stage, (stage is not Stage.SECOND_PRESENTMENT) is (self.side > 0), amount, None)
        self._book(_COUNTERS[stage], record)
        if not originals:
            self.early.append(record)
            self.ask(WITHDRAWN, record, amount)
            return
        if originals[0].place in self.ended_by_people:
            self.ask(WITHDRAWN, record, amount)
        self._end_withdrawn(originals[0], record)

    def _end_withdrawn(self, original: Recorded, withdrawal: Recorded) -> None:
        """As a run does by its rules."""
        self.taken[withdrawal.place] = original.place
        for one in [one for one, item in self.items.items() if item.place == original.place]:
            del self.items[one]
        for one in moot(self.standing, self._waiting()):
            if self.items[one].kind == WITHDRAWN:
                del self.items[one]
        if more := short(self.standing, self._waiting()):
            self.ask(WITHDRAWN, withdrawal, more)
        self._keep_claims()

    def _may_be_taken_back(self) -> bool:
        standing = self.standing
        return (standing.suspended if self.is_suspended else standing.paid) >= WHOLE

    def _end_presented(self) -> None:
        for one in [one for one, item in self.items.items() if item.kind == self.concern]:
            del self.items[one]

    def _record(self, stage: Stage | None, is_debit: bool, amount: int, account: int | None) -> Recorded:
        self.records.append(Recorded(("file", len(self.records) + 1), stage, is_debit, amount, account))
        return self.records[-1]

    def _book(self, account: str, record: Recorded, *, network: bool = True) -> None:
        self.books[account] += record.signed
        if network:
            self.books["network_settlement"] -= record.signed

    def ask(self, kind: str, record: Recorded, amount: int) -> None:
        self.raised += 1
        self.items[self.raised] = CaseItem(
            kind, record.stage, record.place, amount, "EUR", self.holder, is_open=not self.is_suspended, is_debit=record.is_debit
        )  # fmt: skip

    # --- people ---

    def propose(self, one: int) -> bool:
        return self._end(one, proposed(self._row(one)))

    def write_off(self, one: int) -> bool:
        return self._end(one, given_up(self._row(one)))

    def _row(self, one: int) -> dict[str, object]:
        item = self.items[one]
        return {
            "kind": item.kind, "amount": item.amount, "asset": "EUR", "proposal": "[]", "account_id": self.holder, "stage": item.stage,
            "account_status": "open", "is_debit": item.is_debit, "is_withdrawn": False, "standing": self.standing,
            "file_id": item.place[0], "position": item.place[1],
        }  # fmt: skip

    def _end(self, one: int, remedy: Entry | NoRemedy | None) -> bool:
        if isinstance(remedy, NoRemedy):
            return False
        item = self.items.pop(one)
        for line in remedy.lines if remedy is not None else ():
            account = line.account if isinstance(line.account, str) else CUSTOMER
            self.books[account] += line.amount
            self.moves.append(Moved(one, item.kind, item.place, item.stage, account, line.amount))
        self.ended_by_people.add(item.place)
        for gone in moot(self.standing, self._waiting()):
            self.ended_by_people.add(self.items.pop(gone).place)
        self._keep_claims()
        return True

    def _waiting(self) -> list[Waiting]:
        return [Waiting(one, item.kind, item.stage, item.amount) for one, item in self.items.items()]

    def _keep_claims(self) -> None:
        kept = claims(self.standing, self._waiting())
        for one in kept.ended:
            del self.items[one]
        if kept.more:
            (first, *_) = [record for record in self.records if record.stage is None]
            self.ask(CLAIM_TO_SEND, first, kept.more)

    # --- what must hold ---

    def between(self) -> dict[str, int]:
        """What lies between the cardholder and the network."""
        return {role: self.books[role] for role in ("disputes_receivable", "disputes_payable", "suspense") if self.books[role]}


def lines_of(case: Case, one: int) -> list[tuple[str | int, int]]:
    """Of what is sure of an item."""
    return [(line.account, line.amount) for entry in way_of(case.items[one], case.standing).sure for line in entry.lines]
