"""How an item is worked off: by the journal that was proposed, against another item, or given up. I/O only.

An item is held while it is resolved, and whatever is booked for it has one key: so money moves once for an item, whoever
acts, however often, also when an act was cut off. Every act is on the audit's record.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from clearing.reconciliation.findings import entries_of
from clearing.reconciliation.terms import Place, terms_of
from clearing.statements import statement
from ledger.commands import Entry, Layer, Line, RepeatKey, Verdict
from ledger.journal import Journal
from ledger.recipes import RECIPES
from ledger.recipes.entry import book_of


@dataclass(frozen=True, slots=True)
class Act:
    """What is done, by whom and why."""

    act: str
    actor: str
    reason: str


@dataclass(frozen=True, slots=True)
class NotDone:
    """Why an item stays as it is, for people."""

    reason: str


@dataclass(frozen=True, slots=True)
class Done:
    """The items that are resolved and the journal, where one was booked."""

    exception_ids: tuple[int, ...]
    journal_id: int | None


class _Stop(Exception):
    """Ends a resolution with its transaction; never leaves this file."""


@dataclass(frozen=True, slots=True)
class Resolver:
    """`connection` is the writer's, used by nobody else."""

    connection: Any
    journal: Journal

    async def book_proposal(self, exception_id: int, act: Act) -> Done | NotDone:
        """By the journal that was proposed when it was found."""
        return await self._resolve([exception_id], act, lambda items: _proposed(items[0]))

    async def write_off(self, exception_id: int, act: Act) -> Done | NotDone:
        """Given up: the loss (or the gain) is ours. Where no money lies anywhere it is a documented end without a journal."""
        return await self._resolve([exception_id], act, lambda items: _given_up(items[0]))

    async def match(self, exception_id: int, other_id: int, act: Act) -> Done | NotDone:
        """Two items that are one thing: their amounts come to nothing together."""
        if exception_id == other_id:
            return NotDone("an item is not matched with itself")
        return await self._resolve([exception_id, other_id], act, _matched)

    async def _resolve(self, exception_ids: list[int], act: Act, entry_for: Any) -> Done | NotDone:
        try:
            async with self.connection.transaction():
                items = {one: await self._held(one) for one in sorted(exception_ids)}
                entry = entry_for([items[one] for one in exception_ids])
                journal_id = await self._booked(items[min(exception_ids)], entry, act) if entry is not None else None
                for one in exception_ids:
                    other = next((e for e in exception_ids if e != one), None)
                    await close(self.connection, one, act, journal_id=journal_id, counterpart=other)
        except _Stop as stop:
            return NotDone(str(stop))
        return Done(tuple(exception_ids), journal_id)

    async def _held(self, exception_id: int) -> Any:
        row = await self.connection.fetchrow(statement("open_exception"), exception_id)
        if row is None:
            raise _Stop(f"there is no exception {exception_id}")
        if row["status"] != "open":
            raise _Stop(f"exception {exception_id} is resolved already")
        if row["is_matched_by_hand"]:
            raise _Stop("its record was matched by hand since: the next run of its date resolves it")
        return row

    async def _booked(self, item: Any, entry: Entry, act: Act) -> int:
        """The journal's id. One key per item: what was cut off is found, what would be booked otherwise is refused."""
        opened = item["opened_at"].astimezone(UTC)
        digest = sha256(f"exception|{item['exception_id']}".encode()).digest()[:16]
        now = datetime.now(UTC)
        command = book_of(entry, key=RepeatKey(digest, opened.date()), actor=act.actor, at=now, value_date=opened.date())
        outcome = await self.journal.record(command)
        if outcome.verdict is Verdict.CONFLICT:
            raise _Stop("something else was booked for it before and not written down: resolve it that way")
        if outcome.verdict is not Verdict.ACCEPTED or outcome.journal_id is None:
            raise _Stop(f"the books refuse it: {outcome.reason}")
        return outcome.journal_id


async def close(
    connection: Any, exception_id: int, act: Act, *, journal_id: int | None = None, counterpart: int | None = None
) -> None:
    """Resolved, with the act and its line in the audit, in the caller's transaction. Somebody else may have been quicker."""
    if await connection.fetchval(statement("close_item"), exception_id, journal_id) is None:
        return
    journals = [journal_id] if journal_id is not None else []
    await connection.execute(statement("add_act"), exception_id, act.act, act.actor, act.reason, counterpart, journals)
    detail = f"journal {journal_id}" if journal_id is not None else "no journal"
    await connection.execute(
        "select ledger.record_audit($1, $2, $3, $4, $5)",
        act.actor, f"exception_{act.act}", f"exception {exception_id}", act.reason,
        f"{detail}, with exception {counterpart}" if counterpart is not None else detail,
    )  # fmt: skip


def merged(entries: Sequence[Entry]) -> Entry:
    """Several as one journal, so that all of it is booked or nothing; what only passes through an account is left out."""
    sums: dict[tuple[int | str, str], int] = defaultdict(int)
    for entry in entries:
        for line in entry.lines:
            sums[line.account, line.asset] += line.amount
    lines = tuple(Line(account, asset, Layer.POSTED, amount) for (account, asset), amount in sums.items() if amount)
    return Entry(entries[-1].kind, entries[-1].reason, lines, any(entry.is_forced for entry in entries))


def _proposed(item: Any) -> Entry:
    entries = entries_of(item["proposal"])
    if not entries:
        raise _Stop("no journal is proposed for it: match it with another, or write it off")
    return merged(entries)


def _given_up(item: Any) -> Entry | None:
    amount, asset = item["amount"], item["asset"]
    match terms_of(item["kind"]).place:
        case Place.SUSPENSE | Place.SETTLEMENT:
            return _proposed(item) if amount else None
        case Place.CUSTOMER if item["account_id"] is not None and amount:
            return RECIPES["write_off"](item["account_id"], asset, amount)
        case Place.DISPUTE:
            raise _Stop("a dispute is ended by the journal that is proposed for it")
        case _:
            return None


def _matched(items: list[Any]) -> Entry | None:
    """A journal only where one of them waits in suspense and the other is settlement."""
    first, second = items
    if first["asset"] != second["asset"] or first["amount"] is None or second["amount"] is None:
        raise _Stop("they are not amounts of one asset")
    if first["amount"] + second["amount"] != 0:
        raise _Stop("their amounts do not come to nothing together")
    places = [terms_of(item["kind"]).place for item in items]
    if not set(places) <= {Place.SUSPENSE, Place.SETTLEMENT} or any(item["subject"].startswith("clearing ") for item in items):
        raise _Stop("only what lies between us, the network and the bank is matched")
    if places.count(Place.SUSPENSE) != 1:
        return None
    waiting = items[places.index(Place.SUSPENSE)]
    lines = (
        Line("suspense", waiting["asset"], Layer.POSTED, waiting["amount"]),
        Line("network_settlement", waiting["asset"], Layer.POSTED, -waiting["amount"]),
    )
    return Entry("suspense", "matched", lines)
