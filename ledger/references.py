"""What the commands of a batch refer to, so that it can be locked and read before they are decided. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256

from ledger.books import Account, Original, Stored
from ledger.commands import (
    Advise,
    Authorize,
    Book,
    Booking,
    Capture,
    Command,
    Correct,
    Expire,
    Line,
    Refund,
    RepeatKey,
    Request,
    Reverse,
    ReverseCapture,
    Undo,
    Void,
)
from ledger.relations import PAYMENTS, names_of, names_of_increments, names_of_presented

Party = int | tuple[str, str]
"""A customer by account id, or a system account by role and asset."""
LARGEST_ID = 2**63 - 1


BOOKINGS = (Book, Capture, Refund, ReverseCapture, Correct, Expire)


@dataclass(slots=True)
class Wanted:
    """Accounts to lock (customers, and system accounts by stripe), and the names under which something may be stored."""

    accounts: set[int] = field(default_factory=set)
    keys: set[tuple[bytes, date]] = field(default_factory=set)
    traces: set[tuple[int, str]] = field(default_factory=set)
    rrns: set[tuple[int, str]] = field(default_factory=set)
    early: list[str] = field(default_factory=list)
    """Under which a reversal or an increment may have come before what it refers to."""
    payments: list[Authorize | Advise] = field(default_factory=list)
    """Requests and advices, whose relations are asked for where the account has any."""
    chains: set[int] = field(default_factory=set)
    settles: bool = False
    """Something may be booked against the network's settlement account: a single message, or what takes one back."""
    relates: bool = False
    """An advice or a reversal is among them: what they find may be related in its turn."""

    def relate(self, accounts: Mapping[int, Account]) -> None:
        """Ask for early reversals, and for advices of what is requested, once the locked accounts say where there are any."""
        for command in self.payments:
            request = command.request
            account = accounts.get(request.account_id) if request.account_id is not None else None
            if account is not None and account.is_related:
                self.early += names_of(request, command.approval_code) + names_of_increments(command)
                self.early += names_of_presented(command)
                if request.trace_id:
                    self.traces.add((account.account_id, request.trace_id))
                if request.rrn:
                    self.rrns.add((account.account_id, request.rrn))

    def related(self, stored: Iterable[Stored], accounts: Mapping[int, Account]) -> "Wanted | None":
        """What must be asked for once more: of a payment that was found, its advice and the reversals that wait for it."""
        further = Wanted()
        if self.relates:
            for found in stored:
                account = accounts.get(found.account_id) if found.account_id is not None else None
                if account is None or not account.is_related or found.mti not in PAYMENTS:
                    continue
                if (name := found.key.hex()) not in self.early:
                    further.early.append(name)
                if found.trace_id and (pair := (account.account_id, found.trace_id)) not in self.traces:
                    further.traces.add(pair)
        return further if further.early or further.traces else None


def wanted_by(commands: Iterable[Command], originals: Mapping[int, Original], system: Mapping[tuple[str, str], int]) -> Wanted:
    """`originals`: the journals that bookings take back; `system`: the writer's stripes by role and asset."""
    wanted = Wanted()
    for command in commands:
        if isinstance(command, Authorize | Advise | Reverse):
            _of_network(command, command.request, wanted)
        elif isinstance(command, Void | Undo):
            wanted.settles = True
            wanted.keys.add((command.key.digest, command.key.date))
            if command.account_id is not None:
                wanted.accounts.add(command.account_id)
        else:
            wanted.keys.update((key.digest, key.date) for key in keys_of(command))
            wanted.chains.update(chains_of(command, originals))
            parties = parties_of(command, originals)
            wanted.accounts.update(party if isinstance(party, int) else system.get(party, 0) for party in parties)
            if isinstance(command, ReverseCapture) and command.names:
                wanted.traces.update((party, name) for party in parties if isinstance(party, int) for name in command.names)
    return wanted


def _of_network(command: Authorize | Advise | Reverse, request: Request, wanted: Wanted) -> None:
    wanted.keys.add((request.key.digest, request.key.date))
    account_id = request.account_id
    if isinstance(command, Reverse):
        wanted.settles = wanted.relates = True
        if command.original:
            wanted.keys.add((command.original.digest, command.original.date))
        if account_id is not None:
            wanted.accounts.add(account_id)
            if command.original_trace:
                wanted.traces.add((account_id, command.original_trace))
            if request.rrn:
                wanted.rrns.add((account_id, request.rrn))
        return
    wanted.payments.append(command)
    if command.single is not None:
        wanted.settles = True
    if account_id is not None:
        wanted.accounts.add(account_id)
        if isinstance(command, Advise):
            wanted.settles = wanted.relates = True
            if request.trace_id:
                wanted.traces.add((account_id, request.trace_id))
        if command.chain_trace:
            wanted.traces.add((account_id, command.chain_trace))


def bookings_among(commands: Iterable[Command]) -> list[Booking]:
    return [command for command in commands if isinstance(command, BOOKINGS)]


def reversal_key(command: ReverseCapture | Correct) -> RepeatKey:
    """Marks a journal as reversed, whoever does it: the second one finds the mark."""
    return RepeatKey(sha256(f"reversal|{command.journal_id}".encode()).digest()[:16], command.booking_date)


def keys_of(command: Booking) -> Iterator[RepeatKey]:
    yield command.key
    if isinstance(command, ReverseCapture | Correct):
        yield reversal_key(command)


def chains_of(command: Booking, originals: Mapping[int, Original]) -> Iterator[int]:
    if isinstance(command, Capture | Refund | Expire):
        if command.chain_id is not None and _is_id(command.chain_id):
            yield command.chain_id
    elif isinstance(command, ReverseCapture | Correct):
        original = originals.get(command.journal_id)
        if original is not None and original.chain_id is not None:
            yield original.chain_id
    elif command.disputes is not None and _is_id(command.disputes.chain_id):
        yield command.disputes.chain_id


def originals_of(command: Booking) -> Iterator[int]:
    if isinstance(command, ReverseCapture | Correct) and _is_id(command.journal_id):
        yield command.journal_id


def parties_of(command: Booking, originals: Mapping[int, Original]) -> set[Party]:
    """Whose accounts are locked. An id that no account can have is left out: it will be found unknown."""
    match command:
        case Capture() | Refund():
            found: set[Party] = {command.account_id, ("network_settlement", command.asset)}
            if isinstance(command, Capture) and command.fee:
                found.add(("fee_income", command.asset))
        case Expire():
            found = {command.account_id}
        case Book():
            found = _parties(command.lines) | ({command.disputes.account_id} if command.disputes is not None else set())
        case ReverseCapture() | Correct():
            original = originals.get(command.journal_id)
            found = _parties(original.lines if original else ())
            if isinstance(command, Correct) and command.rebook is not None:
                found |= _parties(command.rebook.lines)
    return {party for party in found if isinstance(party, tuple) or _is_id(party)}


def _parties(lines: tuple[Line, ...]) -> set[Party]:
    return {line.account if isinstance(line.account, int) else (line.account, line.asset) for line in lines}


def _is_id(number: int) -> bool:
    return 0 < number <= LARGEST_ID
