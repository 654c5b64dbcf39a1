"""What a booking refers to, so that it can be read and locked before it is decided. Pure.

The network's own messages are not here: what those refer to stands in `session`, on the payment path.
"""

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256

from ledger.books import Original
from ledger.commands import Book, Booking, Capture, Command, Correct, Expire, Line, Refund, RepeatKey, ReverseCapture

Party = int | tuple[str, str]
"""A customer by account id, or a system account by role and asset."""
LARGEST_ID = 2**63 - 1


BOOKINGS = (Book, Capture, Refund, ReverseCapture, Correct, Expire)


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


def originals_of(command: Booking) -> Iterator[int]:
    if isinstance(command, ReverseCapture | Correct) and _is_id(command.journal_id):
        yield command.journal_id


def parties_of(command: Booking, originals: Mapping[int, Original]) -> set[Party]:
    """Whose accounts are locked. An id that no account can have is left out: it will be found unknown."""
    match command:
        case Capture() | Refund():
            found: set[Party] = {command.account_id, ("network_settlement", command.asset)}
        case Expire():
            found = {command.account_id}
        case Book():
            found = _parties(command.lines)
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
