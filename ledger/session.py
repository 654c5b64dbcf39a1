"""One Postgres connection that owns a stream: locks, reads, calls `batch.decide`, writes and commits.

All SQLSTATEs that the payment path may meet are understood here. A session that lost its connection or its
stream is thrown away; `journal` makes a new one.
"""

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import asyncpg

from ledger import canonical, row_arrays
from ledger.batch import decide
from ledger.books import Account, Books, Chain, Original, Rows, Stored
from ledger.business_day import BusinessDay
from ledger.canonical import encoded
from ledger.card_counters import Counters
from ledger.commands import Authorize, Command, Outcome
from ledger.connection import CONNECTION_LOST, SETTINGS, TRY_AGAIN, check_schema, lease
from ledger.errors import Fenced, Unavailable, WentAway
from ledger.holds import Event, EventKind, fold
from ledger.originals import load_originals
from ledger.references import Wanted, bookings_among, originals_of, wanted_by
from ledger.relations import chains_waiting
from ledger.statements import statement

RELATED = timedelta(days=35)
"""How far apart in network time a reversal, an increment or an advice may lie from what it refers to when no key dates it."""
MAX_ATTEMPTS = 5
"""A batch is retried this often after a deadlock, a serialization failure or a key taken by another process."""
FIRST_ID = 10**9
"""Below it stand the system accounts, whose ids are computed (see open_asset)."""
BEGIN = "begin; select 1 from ledger.stream_head where stream = {} for no key update"
"""One round trip for both: the simple protocol takes no parameters."""
MAX_ASSETS_KNOWN = 200_000
"""Accounts whose asset, which never changes, is remembered: about 20 MB."""
STUCK_SECONDS = 30.0
"""An account whose lock could not be had is only tried, not waited for, until it is free again or this has passed:
one account that somebody holds must not stop all others (G10)."""


class _KeyTaken(Exception):
    """Another process stored one of our keys between our look-up and our write."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A batch whose COMMIT was sent: enough to find out later whether it happened."""

    stream: int
    batch: int
    link: bytes
    outcomes: list[Outcome]


class CommitUnknown(Unavailable):
    """The connection broke while COMMIT was under way. `resolve` on a new session tells which way it went."""

    def __init__(self, attempt: Attempt) -> None:
        super().__init__("the connection was lost during a commit")
        self.attempt = attempt


class Session:
    """A leased stream. Not safe for concurrent use: one batch at a time."""

    def __init__(self, connection: asyncpg.Connection, stream: int) -> None:
        self.connection, self.stream = connection, stream
        self._batch, self._link, self._last_id = 0, b"", 0
        self._system: dict[tuple[str, str], int] = {}
        self._contras: dict[str, int] = {}
        self._settlements: dict[str, int] = {}
        self._originals: dict[int, Original] = {}
        self._stuck: dict[int, float] = {}
        self._assets: dict[int, str] = {}
        self._day = BusinessDay(connection)
        self.epoch = ""

    @classmethod
    async def open(cls, dsn: str, *, prefer: int | None = None) -> "Session":
        """Connect and lease a free stream. Raises Unavailable, SchemaError."""
        try:
            connection = await asyncpg.connect(dsn, server_settings=SETTINGS, timeout=5)
        except (*CONNECTION_LOST, TimeoutError) as error:
            raise Unavailable(f"Postgres cannot be reached: {type(error).__name__}") from error
        try:
            await check_schema(connection)
            session = cls(connection, await lease(connection, prefer))
            await session._take_over()
        except BaseException as error:
            connection.terminate()
            if isinstance(error, CONNECTION_LOST):
                raise WentAway("Postgres went away while a stream was leased") from error
            raise
        return session

    async def close(self) -> None:
        """Give the stream back. Never raises."""
        try:
            await self.connection.close(timeout=2)
        except (*CONNECTION_LOST, TimeoutError, asyncpg.PostgresError):
            self.connection.terminate()

    async def _take_over(self) -> None:
        head = await self.connection.fetchrow(statement("lease_head"), self.stream)
        assert head is not None
        self._batch, self._link, self._last_id = head["batch"], head["link"], head["last_id"]
        self._last_id = max(self._last_id, self.stream << 48, FIRST_ID)
        self.epoch = await self.connection.fetchval(statement("epoch"))
        await self.connection.execute("select ledger.open_stripes($1)", self.stream)
        rows = await self.connection.fetch(statement("system_accounts"), self.stream)
        self._system = {(row["kind"], row["asset"]): row["account_id"] for row in rows}
        self._contras = {asset: account_id for (role, asset), account_id in self._system.items() if role == "holds_contra"}
        self._settlements = {asset: a for (role, asset), a in self._system.items() if role == "network_settlement"}
        await self._day.enter()
        await row_arrays.install(self.connection)
        self._lock = await self.connection.prepare(statement("lock_accounts"))
        self._lock_free = await self.connection.prepare(statement("lock_free_accounts"))
        self._lookup = await self.connection.prepare(statement("lookup"))
        self._write = await self.connection.prepare(statement("write"))
        await self.connection.execute("select 1")  # preparing began a transaction with locks on the tables; this ends it

    async def reserve_ids(self, count: int) -> range:
        """Durable ids for rows that are written outside a batch (accounts, cards)."""
        first = self._last_id + 1
        done = await self.connection.fetchval(
            "update ledger.stream_head set last_id = $3 where stream = $1 and batch = $2 returning 1",
            self.stream, self._batch, self._last_id + count,
        )  # fmt: skip
        if done is None:
            raise Fenced("another process owns the stream")
        self._last_id += count
        return range(first, first + count)

    async def run(self, commands: Sequence[Command]) -> list[Outcome]:
        """Decide and store one batch; durable when this returns.

        Raises Fenced, CommitUnknown, Unavailable (nothing stored), or what Postgres says of a command it cannot hold.
        """
        is_mended = False
        for _ in range(MAX_ATTEMPTS):
            try:
                await self._day.refresh()
                return await self._attempt(commands, await self._day.of(commands))
            except (_KeyTaken, *TRY_AGAIN):
                continue
            except asyncpg.LockNotAvailableError:
                await self._find_stuck(commands)
            except CONNECTION_LOST as error:
                self.connection.terminate()
                raise WentAway(f"Postgres went away: {type(error).__name__}") from error
            except asyncpg.PostgresError as error:
                if is_mended or not self._day.is_put_in_doubt_by(error):
                    raise
                is_mended = True
        raise Unavailable(f"gave up after {MAX_ATTEMPTS} attempts against other writers")

    async def _attempt(self, commands: Sequence[Command], day: date) -> list[Outcome]:
        last_id = self._last_id
        try:
            await self.connection.execute(BEGIN.format(int(self.stream)))
            books = await self._load(commands, day)
            now = datetime.now(UTC)
            outcomes = decide(list(commands), books, now)
            attempt = await self._store(books.rows, outcomes, now, day)
        except BaseException:
            self._last_id = last_id
            await self._roll_back()
            raise
        await self._commit(attempt)
        return outcomes

    async def _commit(self, attempt: Attempt) -> None:
        # Shielded: a COMMIT that was sent is never cancelled, its answer decides what callers are told.
        try:
            await asyncio.shield(self.connection.execute("commit"))
        except CONNECTION_LOST as error:
            raise CommitUnknown(attempt) from error
        self._batch, self._link = attempt.batch, attempt.link

    async def _roll_back(self) -> None:
        try:
            await self.connection.execute("rollback")
        except (*CONNECTION_LOST, asyncpg.PostgresError):
            self.connection.terminate()

    async def resolve(self, attempt: Attempt) -> bool:
        """Did that commit happen? Waits for the old backend by taking the lock that it held."""
        try:
            async with self.connection.transaction():
                await self.connection.execute("set local lock_timeout = 0")
                await self.connection.execute(
                    "select 1 from ledger.stream_head where stream = $1 for no key update", attempt.stream
                )
                link = await self.connection.fetchval(
                    "select link from ledger.batch where stream = $1 and batch = $2", attempt.stream, attempt.batch
                )
        except CONNECTION_LOST as error:
            raise WentAway("Postgres went away again") from error
        if link == attempt.link and attempt.stream == self.stream:
            await self._take_over()
        return bool(link == attempt.link)

    async def dead_letter(self, command: Command, payload_hash: bytes, reason: str) -> None:
        await self.connection.execute(
            "insert into ledger.dead_letter (stream, command, payload_hash, reason) values ($1, $2, $3, $4)",
            self.stream, type(command).__name__, payload_hash, reason,
        )  # fmt: skip

    def _next_id(self) -> int:
        self._last_id += 1
        return self._last_id

    async def _find_stuck(self, commands: Sequence[Command]) -> None:
        wanted = self._with_stripes(wanted_by(commands, self._originals, self._system))
        free = {row[0] for row in await self.connection.fetch(statement("free_accounts"), wanted)}
        # Never our own stripes: every payment needs them.
        held = set(wanted) - free - set(self._system.values())
        self._stuck.update(dict.fromkeys(held, time.monotonic() + STUCK_SECONDS))

    async def _lock_accounts(self, wanted: list[int]) -> tuple[dict[int, Account], frozenset[int]]:
        """The accounts, and those that somebody else holds."""
        now = time.monotonic()
        if not self._stuck:
            return self._known({row[0]: Account(*row) for row in await self._lock.fetch(wanted)}), frozenset()
        self._stuck = {account_id: until for account_id, until in self._stuck.items() if until > now}
        suspects = self._stuck.keys() & set(wanted)
        rows = await self._lock.fetch([account_id for account_id in wanted if account_id not in suspects])
        rows += await self._lock_free.fetch(sorted(suspects))
        accounts = {row[0]: Account(*row) for row in rows}
        for account_id in suspects & accounts.keys():
            del self._stuck[account_id]
        return self._known(accounts), frozenset(suspects - accounts.keys())

    def _known(self, accounts: dict[int, Account]) -> dict[int, Account]:
        if len(self._assets) > MAX_ASSETS_KNOWN:
            self._assets.clear()
        self._assets.update((account_id, account.asset) for account_id, account in accounts.items())
        return accounts

    async def _load(self, commands: Sequence[Command], day: date) -> Books:
        bookings = bookings_among(commands)
        # Before the locks, which are to be taken on what those journals posted to: facts do not change.
        self._originals = await load_originals(self.connection, {n for command in bookings for n in originals_of(command)})
        wanted = wanted_by(commands, self._originals, self._system)
        accounts, busy = await self._lock_accounts(self._with_stripes(wanted))
        wanted.relate(accounts)
        stored, early = _sorted_out(await self._lookup.fetch(*_names(wanted)))
        if (further := wanted.related(stored, accounts)) is not None:
            further.keys = wanted.keys  # which date the look-up
            more, waiting = _sorted_out(await self._lookup.fetch(*_names(further)))
            stored, early = stored + more, early | waiting
        chain_ids = (
            {outcome.chain_id for outcome in stored if outcome.chain_id is not None} | wanted.chains | chains_waiting(early)
        )
        chains = await self._load_chains(sorted(chain_ids)) if chain_ids else {}
        return Books(
            counters=await self._load_counters(commands),
            accounts=accounts,
            system=self._system,
            stored=stored,
            early=early,
            chains=chains,
            next_id=self._next_id,
            booking_date=day,
            busy=busy,
            originals=self._originals,
        )

    def _with_stripes(self, wanted: Wanted) -> list[int]:
        """With our stripes of each asset that may move: of all of them while an account is not known yet. Sorted."""
        assets = {self._assets.get(account_id) for account_id in wanted.accounts}
        stripes = [self._contras, self._settlements] if wanted.settles else [self._contras]
        of_assets = (a for stripe in stripes for asset, a in stripe.items() if None in assets or asset in assets)
        return sorted(wanted.accounts.union(of_assets))

    async def _load_counters(self, commands: Sequence[Command]) -> dict[int, Counters]:
        """Of cards that PIN or chip were used of; without any this costs no round trip."""
        used = {c.request.card_id for c in commands if isinstance(c, Authorize) and c.card_use is not None}
        if not used:
            return {}
        rows = await self.connection.fetch(statement("card_counters"), [card_id for card_id in used if card_id is not None])
        return {row[0]: Counters(*row[1:]) for row in map(tuple, rows)}

    async def _store_counters(self, counters: dict[int, Counters], now: datetime) -> None:
        cards = sorted(counters)
        found = [counters[card_id] for card_id in cards]
        tries, highest, seen = [c.pin_tries for c in found], [c.atc for c in found], [c.atc_seen for c in found]
        await self.connection.execute(statement("write_card_counters"), cards, tries, highest, seen, now)

    async def _load_chains(self, chain_ids: list[int]) -> dict[int, Chain]:
        chains: dict[int, Chain] = {}
        for row in await self.connection.fetch(statement("chains"), chain_ids):
            chain = chains.get(row["chain_id"])
            if chain is None:
                chain = chains[row["chain_id"]] = Chain(
                    row["chain_id"],
                    row["account_id"] or 0,
                    row["asset"] or "",
                    [],
                    fold(()),
                    0,
                    row["expires_at"],
                    row["is_held"],
                )
            if row["sequence"] is not None:
                chain.events.append(Event(row["authorization_id"], EventKind(row["kind"]), row["amount"], row["at"]))
                chain.last_event = row["sequence"]
        for chain in chains.values():
            chain.sums = fold(chain.events)
        return chains

    async def _store(self, rows: Rows, outcomes: list[Outcome], now: datetime, day: date) -> Attempt:
        batch, items = self._batch + 1, len(rows.outcomes)
        facts = canonical.facts_of(rows)
        link = canonical.link(self._link, canonical.header(self.stream, batch, items, now, day), facts)
        counts = await self._write.fetchrow(
            self.stream, batch, link, self._last_id, items, now, day,
            encoded("balance", [account.row() for account in rows.changed_accounts.values()]),
            facts["journal"], facts["posting"], facts["authorization"], facts["authorization_event"],
            encoded("hold", [chain.row() for chain in rows.opened_chains.values()]),
            encoded("hold", [chain.row() for chain in rows.changed_chains.values()]),
            facts["outcome"], encoded("exception", rows.exceptions), encoded("early", rows.early),
        )  # fmt: skip
        assert counts is not None
        if counts["heads"] == 0:
            raise Fenced("another process owns the stream")
        if counts["outcomes"] != items:
            raise _KeyTaken
        if rows.counters:
            await self._store_counters(rows.counters, now)
        assert counts["balances"] == len(rows.changed_accounts)
        assert counts["chains"] == len(rows.changed_chains)
        return Attempt(self.stream, batch, link, outcomes)


def _names(wanted: Wanted) -> tuple[object, ...]:
    """The arguments of the look-up."""
    keys, dates = [key for key, _ in wanted.keys], [day for _, day in wanted.keys]
    days = dates or (datetime.now(UTC).date(),)
    traces, rrns = sorted(wanted.traces), sorted(wanted.rrns)
    return (keys, dates, [a for a, _ in traces], [t for _, t in traces],
            [a for a, _ in rrns], [r for _, r in rrns], min(days) - RELATED, max(days) + RELATED, wanted.early)  # fmt: skip


def _sorted_out(found: Iterable[asyncpg.Record]) -> tuple[list[Stored], dict[str, list[tuple[int, int]]]]:
    """The look-up's rows: stored answers, and early reversals (which have no key) by name."""
    stored: list[Stored] = []
    early: dict[str, list[tuple[int, int]]] = {}
    for row in found:
        if row["key"] is not None:
            stored.append(Stored(*row))
        else:
            early.setdefault(row["trace_id"], []).append((row["account_id"], row["replacement"]))
    return stored, early
