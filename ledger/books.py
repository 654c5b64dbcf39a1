"""The locked part of the books that one batch works on, and the rows it will write. Pure, in memory.

Every change to an account goes through `Books.post`, which keeps balances, versions, postings and the floor
together. Nothing here decides; `batch` does.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from ledger.card_counters import UNUSED, CardUse, Counters, Objection, counted
from ledger.commands import AccountMark, Layer, Line, RepeatKey
from ledger.holds import Event, EventKind, Sums, fold

Row = tuple[object, ...]


@dataclass(slots=True)
class Account:
    """One locked account. `posted` and `holds` are in its own sense: positive is what a customer owns, or has held."""

    account_id: int
    kind: str
    asset: str
    is_debit_normal: bool
    status: str
    posted: int
    holds: int
    floor: int | None
    excused: int
    version: int
    facts_version: int
    is_related: bool = False
    """An advice or an early reversal is stored for it: its payments are to be related to more than their own key."""
    locked_version: int = field(init=False)
    locked_available: int | None = field(init=False)

    def __post_init__(self) -> None:
        self.locked_version, self.locked_available = self.version, self.available

    @property
    def available(self) -> int | None:
        return None if self.floor is None else self.posted - self.holds - self.floor

    def row(self) -> "Row":
        """In the column order of the table of balances."""
        return (self.account_id, self.posted, self.holds, self.excused, self.version, self.is_related)

    def mark(self) -> AccountMark:
        return AccountMark(self.locked_version, self.locked_available, self.version, self.available, self.facts_version)


@dataclass(slots=True)  # not frozen: made for every payment
class Stored:
    """An outcome as it stands in the table: the answer to one keyed request."""

    key: bytes
    key_date: date
    content: bytes
    mti: str
    account_id: int | None
    authorization_id: int | None
    chain_id: int | None
    trace_id: str | None
    rrn: str | None
    original_key: bytes | None
    original_trace: str | None
    replacement: int | None
    verdict: str
    reason: str
    response_code: str
    approval_code: str | None
    amount: int
    available: int | None


@dataclass(slots=True)
class Chain:
    """An authorization with its increments: its elements so far and what it holds. A declined one holds nothing."""

    chain_id: int
    account_id: int
    asset: str
    events: list[Event]
    sums: Sums
    last_event: int
    expires_at: datetime | None
    is_held: bool
    """It has a row of sums; a declined authorization has events at the most."""

    def has(self, kind: EventKind, authorization_id: int) -> bool:
        return any(e.kind is kind and e.authorization_id == authorization_id for e in self.events)

    def count(self, kind: EventKind, authorization_id: int) -> int:
        return sum(e.kind is kind and e.authorization_id == authorization_id for e in self.events)

    def row(self) -> Row:
        """In the column order of the table of holds."""
        s = self.sums
        return (self.chain_id, self.account_id, self.asset, s.authorized, s.incremented, s.reversed, s.captured,
                s.refunded, s.expired, s.held, self.last_event, self.expires_at)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Original:
    """A journal of before that a command takes back. System accounts stand in its lines by role: whose stripe it was does
    not matter to their sum."""

    journal_id: int
    booking_date: date
    kind: str
    chain_id: int | None
    lines: tuple[Line, ...]


@dataclass(slots=True)
class Rows:
    """What the batch writes, one list per table, in the column order of the row types in the schema."""

    journals: list[Row] = field(default_factory=list)
    postings: list[Row] = field(default_factory=list)
    authorizations: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    outcomes: list[Row] = field(default_factory=list)
    exceptions: list[Row] = field(default_factory=list)
    early: list[Row] = field(default_factory=list)
    counters: dict[int, Counters] = field(default_factory=dict)
    """By card, those that have changed."""
    changed_accounts: dict[int, Account] = field(default_factory=dict)
    opened_chains: dict[int, Chain] = field(default_factory=dict)
    changed_chains: dict[int, Chain] = field(default_factory=dict)


class Books:
    """What the journal has locked and read for one batch.

    `system` maps (role, asset) to this stream's stripe; `early` a key (hex) or trace id to reversals that came before their
    authorization, as (account, replacement), and to increments that did, as (account, chain). `booking_date`: the open day
    that everything is booked on.
    """

    def __init__(
        self,
        *,
        accounts: dict[int, Account],
        system: dict[tuple[str, str], int],
        stored: list[Stored],
        early: dict[str, list[tuple[int, int]]],
        chains: dict[int, Chain],
        next_id: Callable[[], int],
        booking_date: date,
        busy: frozenset[int] = frozenset(),
        originals: Mapping[int, Original] | None = None,
        counters: Mapping[int, Counters] | None = None,
    ) -> None:
        self._counters = counters or {}
        self.accounts, self.system, self.chains, self.next_id = accounts, system, chains, next_id
        self.booking_date, self.busy, self.originals = booking_date, busy, originals or {}
        self.rows = Rows()
        self.by_key: dict[tuple[bytes, date], Stored] = {}
        """By digest and date, which together are the identity of whatever is keyed, in memory as in the table."""
        self.by_trace: dict[tuple[int, str], list[Stored]] = {}
        self.by_rrn: dict[tuple[int, str], list[Stored]] = {}
        self.early = early
        for outcome in stored:
            self._remember(outcome)

    def _remember(self, outcome: Stored) -> None:
        if self.by_key.setdefault((outcome.key, outcome.key_date), outcome) is not outcome:
            return
        account_id = outcome.account_id
        if account_id is None:
            return
        if outcome.trace_id:
            self.by_trace.setdefault((account_id, outcome.trace_id), []).append(outcome)
        if outcome.rrn:
            self.by_rrn.setdefault((account_id, outcome.rrn), []).append(outcome)

    def relate(self, account_id: int) -> None:
        """From now on payments of this account must be looked up by more than their own key."""
        account = self.accounts[account_id]
        if not account.is_related:
            account.is_related = True
            self.rows.changed_accounts[account_id] = account

    def _await_original(self, outcome: Stored) -> None:
        """A reversal that found nothing waits under every name by which its authorization may yet come; so does an increment,
        for which `replacement` is its chain."""
        assert outcome.account_id is not None
        self.relate(outcome.account_id)
        for reference in waiting_references(outcome.original_key.hex() if outcome.original_key else None, outcome.original_trace):
            self.early.setdefault(reference, []).append((outcome.account_id, outcome.replacement or 0))
            self.rows.early.append((reference, outcome.account_id, outcome.replacement or 0, outcome.key))

    def store(self, outcome: Stored, message_id: int) -> None:
        """Keep the answer to a keyed request, for its repeats and for whatever refers to it later."""
        self._remember(outcome)
        if outcome.original_key or outcome.original_trace:
            self._await_original(outcome)
        self.rows.outcomes.append(
            (outcome.key, outcome.key_date, outcome.content, outcome.mti, outcome.account_id, outcome.authorization_id,
             outcome.chain_id, outcome.trace_id, outcome.rrn, outcome.original_key, outcome.original_trace,
             outcome.replacement, outcome.verdict, outcome.reason, outcome.response_code, outcome.approval_code,
             outcome.amount, outcome.available, message_id)
        )  # fmt: skip

    def use_card(self, card_id: int, use: CardUse) -> Objection | None:
        """Count what a payment used of its card; what stands against it, if anything."""
        before = self.rows.counters.get(card_id) or self._counters.get(card_id, UNUSED)
        after, objection = counted(before, use)
        if after != before:
            self.rows.counters[card_id] = after
        return objection

    def stripe(self, role: str, asset: str) -> int:
        return self.system[role, asset]

    def account_of(self, line: Line) -> int:
        return line.account if isinstance(line.account, int) else self.stripe(line.account, line.asset)

    def customer(self, account_id: int | None) -> Account | None:
        """Whose payments may be decided: caches may name an account that is not there, or is not a customer's."""
        account = self.accounts.get(account_id) if account_id is not None else None
        return account if account is not None and account.kind == "customer" else None

    def find(self, line: Line) -> Account | None:
        """The line's account, None if there is none of this id, role or asset."""
        account_id = line.account if isinstance(line.account, int) else self.system.get((line.account, line.asset))
        return self.accounts.get(account_id) if account_id is not None else None

    def post(
        self,
        lines: tuple[tuple[int, Layer, int], ...],
        *,
        kind: str,
        reason: str,
        value_date: date,
        event_at: datetime,
        actor: str = "network",
        is_forced: bool = False,
        key: bytes | None = None,
        content: bytes | None = None,
        authorization_id: int | None = None,
        reverses: int | None = None,
    ) -> int:
        """Write one journal of `(account_id, layer, amount)` lines, debit positive. Returns its id."""
        journal_id, rows, total = self.next_id(), self.rows, 0
        moved: list[Account] = []
        for number, (account_id, layer, amount) in enumerate(lines):
            account = self.accounts[account_id]
            _move(account, layer, amount)
            moved.append(account)
            rows.changed_accounts[account_id] = account
            rows.postings.append((journal_id, number, account_id, account.asset, layer, amount, account.version))
            total += amount
        assert total == 0, "a journal that does not sum to zero cannot be built"
        # After all lines: what the journal does to an account on the whole counts, not one line of it.
        for account in moved:
            if account.floor is not None:
                _excuse(account, account.floor, is_forced=is_forced)
        rows.journals.append((journal_id, value_date, kind, reason, event_at, actor, reverses, key, content, authorization_id))
        return journal_id

    def open_chain(self, chain_id: int, account: Account, expires_at: datetime) -> Chain:
        chain = Chain(chain_id, account.account_id, account.asset, [], Sums(), 0, expires_at, is_held=True)
        self.chains[chain_id] = self.rows.opened_chains[chain_id] = chain
        return chain

    def touch(self, chain: Chain) -> None:
        if chain.is_held and chain.chain_id not in self.rows.opened_chains:
            self.rows.changed_chains[chain.chain_id] = chain

    def append(
        self, chain: Chain, event: Event, *, message_id: int | None, journal_id: int | None, sums: Sums | None = None
    ) -> None:
        """Add an element or a change to the chain; the sums follow from the elements (given where they are known)."""
        chain.events.append(event)
        chain.last_event += 1
        chain.sums = sums or fold(chain.events)
        self.touch(chain)
        self.rows.events.append(
            (chain.chain_id, chain.last_event, event.authorization_id, event.kind, event.amount, chain.asset,
             event.at, message_id, journal_id)
        )  # fmt: skip

    def raise_exception(self, kind: str, key: RepeatKey, amount: int, asset: str) -> None:
        """An item for people, named by the key of the request that caused it: once, however often that comes."""
        subject = key.digest.hex()
        if not any(row[:2] == (kind, subject) for row in self.rows.exceptions):
            self.rows.exceptions.append((kind, subject, amount, asset))


def waiting_references(original_key: str | None, names: str | None) -> list[str]:
    """Under which a reversal waits, from the columns of its outcome: its original's key in hex, other names between tabs."""
    return [*([original_key] if original_key else ()), *(names.split("\t") if names else ())]


def _move(account: Account, layer: Layer, amount: int) -> None:
    if layer == Layer.POSTED:  # not `is`: a caller's plain word would else move the wrong sum
        account.posted += amount if account.is_debit_normal else -amount
    else:
        account.holds += -amount if account.is_debit_normal else amount
    account.version += 1


def _excuse(account: Account, floor: int, *, is_forced: bool) -> None:
    """`excused` may rise only by force and falls back as the account recovers (G2)."""
    short = max(0, floor - account.posted + account.holds)
    account.excused = max(account.excused, short) if is_forced else min(account.excused, short)
