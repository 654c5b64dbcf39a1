"""How an item is worked off: by the journal that was proposed, against another item, or given up; and who has it. I/O only.

An item is held while it is resolved, with all others about its presentment, and whatever is booked for an item has one key: so
money moves once for it, whoever acts, however often, also when an act was cut off. Every act is on the audit's record.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

import asyncpg

from clearing.disputes.standing import claims, moot
from clearing.reconciliation.case_reading import Found, raise_claim, standing_now, waiting_of, with_standing
from clearing.reconciliation.remedies import GIVEN_UP, MATCHED, NoRemedy, Remedy, given_up, matched, proposed
from clearing.statements import statement
from ledger.commands import Book, Entry, RepeatKey
from ledger.journal import Journal
from ledger.recipes.entry import book_of
from ledger.verdicts import Verdict

WAIT = "30s"
"""For somebody else who is working on the same item; an act takes a fraction of a second."""


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


_ELSE = "something else was booked for it before and not written down: resolve it that way"


class _Stop(Exception):
    """Ends a resolution with its transaction; never leaves this file."""


@dataclass(frozen=True, slots=True)
class Resolver:
    """`connection` is the writer's, used by nobody else."""

    connection: Any
    journal: Journal

    async def book_proposal(self, exception_id: int, act: Act) -> Done | NotDone:
        """By the journal that was proposed when it was found."""
        return await self._resolve([exception_id], act, lambda items: proposed(items[0]), is_given_up=False)

    async def write_off(self, exception_id: int, act: Act) -> Done | NotDone:
        """Given up: the loss (or the gain) is ours. Where no money lies anywhere it is a documented end without a journal."""
        return await self._resolve([exception_id], act, lambda items: given_up(items[0]), is_given_up=True)

    async def match(self, exception_id: int, other_id: int, act: Act) -> Done | NotDone:
        """Two items that are one thing: their amounts come to nothing together."""
        if exception_id == other_id:
            return NotDone("an item is not matched with itself")
        return await self._resolve([exception_id, other_id], act, lambda items: matched(*items))

    async def assign(self, exception_id: int, owner: str, act: Act) -> Done | NotDone:
        """A desk or a person has it from now on."""
        return await self._noted(exception_id, act, owner)

    async def note(self, exception_id: int, act: Act) -> Done | NotDone:
        """What somebody has found out, in the act's reason; also of an item that is resolved."""
        return await self._noted(exception_id, act, None)

    async def _noted(self, exception_id: int, act: Act, owner: str | None) -> Done | NotDone:
        try:
            async with self.connection.transaction():
                await self._hold([exception_id])
                item = await self._found(exception_id)
                if owner is not None:
                    _open(item)
                    await self.connection.execute(
                        "update ledger.exception set owner = $2 where exception_id = $1", exception_id, owner
                    )
                await _record(self.connection, exception_id, act, detail=f"to {owner}" if owner is not None else "")
        except _Stop as stop:
            return NotDone(str(stop))
        return Done((exception_id,), None)

    async def _resolve(
        self, exception_ids: list[int], act: Act, remedy_for: Callable[[list[Any]], Remedy], *, is_given_up: bool | None = None
    ) -> Done | NotDone:
        """`is_given_up`: None of a match."""
        try:
            if len(exception_ids) > 1:
                await self._announce(exception_ids, act, remedy_for)
            async with self.connection.transaction():
                found = await self._judged(exception_ids)
                items = [one.item for one in found]
                journal_id = _booked_before(found[0], is_given_up)
                if journal_id is None and (remedy := _entry(remedy_for(items))) is not None:
                    journal_id = await self._booked(items, remedy, act)
                for one in exception_ids:
                    other = next((e for e in exception_ids if e != one), None)
                    await close(self.connection, one, act, journal_id=journal_id, counterpart=other)
                with_it = await self._end_with(items[0], act) if items[0]["standing"] is not None else ()
        except _Stop as stop:
            return NotDone(str(stop))
        return Done((*exception_ids, *with_it), journal_id)

    async def _end_with(self, item: Any, act: Act) -> Sequence[int]:
        """Items of its case whose money went with it; what is claimed and not with the network stands in items of its own."""
        standing, waiting = await standing_now(self.connection, item), await waiting_of(self.connection, item)
        kept = claims(standing, waiting)
        ended = sorted({*moot(standing, waiting), *kept.ended})
        for one in ended:
            await self._hold([one])
            await close(self.connection, one, act, counterpart=item["exception_id"])
        if kept.more:
            await raise_claim(self.connection, item, kept.more)
        return ended

    async def _judged(self, exception_ids: list[int]) -> list[Found]:
        """The items as they stand while all of their cases are held."""
        case = await self.connection.fetch(statement("items_of_case"), exception_ids)
        await self._hold(sorted({*exception_ids, *(row["exception_id"] for row in case)}))
        found = [await with_standing(self.connection, _open(await self._found(one))) for one in exception_ids]
        await self._refuse_begun_matches([one.item for one in found])
        return found

    async def _announce(self, exception_ids: list[int], act: Act, remedy_for: Callable[[list[Any]], Remedy]) -> None:
        """Committed before the one journal of both: its key is of the first, so the second must be known to be part of it.

        Only of a match that may be: what is refused must leave nothing behind.
        """
        async with self.connection.transaction():
            if _entry(remedy_for([one.item for one in await self._judged(exception_ids)])) is None:
                return
            for one, other in (exception_ids, exception_ids[::-1]):
                await self.connection.execute(
                    "insert into clearing.match_intent (exception_id, counterpart, actor) values ($1, $2, $3) "
                    "on conflict do nothing", one, other, act.actor,
                )  # fmt: skip

    async def _refuse_begun_matches(self, items: list[Any]) -> None:
        """A match that was cut off after its journal is finished as the match it was."""
        ids = {item["exception_id"] for item in items}
        for item in items:
            for row in await self.connection.fetch(statement("matches_begun"), item["exception_id"]):
                if row["counterpart"] in ids:
                    continue
                key = item_key(min(item["exception_id"], row["counterpart"]), row["first_opened_at"])
                found = await self.connection.fetchrow(statement("journal_under_key"), key.digest, key.date)
                if found is not None and (found["kind"], found["reason"]) == MATCHED:
                    raise _Stop(f"its match with exception {row['counterpart']} is booked: match them again to end both")

    async def _hold(self, exception_ids: Sequence[int]) -> None:
        """For the transaction; what is read before may be old."""
        await self.connection.execute("select set_config('lock_timeout', $1, true)", WAIT)
        try:
            await self.connection.execute(statement("lock_items"), exception_ids)
        except asyncpg.LockNotAvailableError:
            raise _Stop("somebody else is working on it now: ask again") from None

    async def _found(self, exception_id: int) -> Any:
        row = await self.connection.fetchrow(statement("open_exception"), exception_id)
        if row is None:
            raise _Stop(f"there is no exception {exception_id}")
        return row

    async def _booked(self, items: list[Any], entry: Entry, act: Act) -> int:
        """The journal's id. One key per item: what was cut off is found, what would be booked otherwise is refused.

        Its value date is the business date that the item is of, whose books it puts right; of two the earlier.
        """
        item = min(items, key=lambda one: one["exception_id"])
        value_date = min(_value_date(one) for one in items)
        key, now = item_key(item["exception_id"], item["opened_at"]), datetime.now(UTC)

        def command(entry: Entry) -> Book:
            return book_of(entry, key=key, actor=act.actor, at=now, value_date=value_date)

        before = await self.connection.fetchrow(statement("journal_under_key"), key.digest, key.date)
        if before is not None:
            if before["content"] == command(entry).content:
                return int(before["journal_id"])
            raise _Stop(_ELSE)
        outcome = await self.journal.record(command(entry))
        if outcome.verdict is not Verdict.ACCEPTED or outcome.journal_id is None:
            raise _Stop(f"the books refuse it: {outcome.reason}")
        return outcome.journal_id


async def foreseen(connection: Any, exception_id: int) -> tuple[Remedy, Remedy] | None:
    """By which journal an open item would end as it stands: as proposed, and written off. None when none such is open."""
    row = await connection.fetchrow(statement("open_exception"), exception_id)
    if row is None or row["status"] != "open":
        return None
    item = (await with_standing(connection, row)).item
    return proposed(item), given_up(item)


async def close(
    connection: Any, exception_id: int, act: Act, *, journal_id: int | None = None, counterpart: int | None = None
) -> None:
    """Resolved, with the act and its line in the audit, in the caller's transaction. Somebody else may have been quicker."""
    if await connection.fetchval(statement("close_item"), exception_id, journal_id) is None:
        return
    detail = f"journal {journal_id}" if journal_id is not None else "no journal"
    if counterpart is not None:
        detail = f"{detail}, with exception {counterpart}"
    await _record(connection, exception_id, act, detail=detail, journal_id=journal_id, counterpart=counterpart)


async def _record(
    connection: Any, exception_id: int, act: Act, *, detail: str, journal_id: int | None = None, counterpart: int | None = None
) -> None:
    journals = [journal_id] if journal_id is not None else []
    await connection.execute(statement("add_act"), exception_id, act.act, act.actor, act.reason, counterpart, journals)
    await connection.execute(
        "select ledger.record_audit($1, $2, $3, $4, $5)",
        act.actor, f"exception_{act.act}", f"exception {exception_id}", act.reason, detail,
    )  # fmt: skip


def _open(item: Any) -> Any:
    if item["status"] != "open":
        by = f", {item['ended_as'].replace('_', ' ')} by {item['ended_by']}" if item["ended_by"] else ""
        raise _Stop(f"exception {item['exception_id']} is resolved already{by}")
    if item["is_matched_by_hand"]:
        raise _Stop("its record was matched by hand since: the next run of its date resolves it")
    if item["is_paired"]:
        raise _Stop("its presentment has come and is being booked with it, which ends it")
    return item


def _entry(remedy: Remedy) -> Entry | None:
    if isinstance(remedy, NoRemedy):
        raise _Stop(remedy.reason)
    return remedy


def _booked_before(found: Found, is_given_up: bool | None) -> int | None:
    """By an act of the same sense that was cut off. The case may stand otherwise since: what is booked is booked."""
    if found.own is None or is_given_up is None:
        return None
    journal_id, accounts = found.own
    if is_given_up is bool(accounts & GIVEN_UP):
        return journal_id
    raise _Stop(_ELSE)


def _value_date(item: Any) -> date:
    opened_on: date = item["opened_at"].astimezone(UTC).date()
    return min(item["business_date"] or opened_on, opened_on)


def item_key(exception_id: int, opened_at: datetime) -> RepeatKey:
    """Of whatever is booked for an item, so that its money moves once."""
    digest = sha256(f"exception|{exception_id}".encode()).digest()[:16]
    return RepeatKey(digest, opened_at.astimezone(UTC).date())
