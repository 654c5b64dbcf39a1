"""The chunks in which a kept file is posted: read from its pieces, then carried on with what their records are matched to."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field
from typing import NamedTuple

from authorizer.tokens import Tokenizer
from clearing.days import FileDays
from clearing.ipm.codec import IpmCodec
from clearing.ipm.framing import Unframer
from clearing.ipm.messages import IpmMessage
from clearing.ipm.recognition import FileForm
from clearing.matches import Known, Match
from clearing.pacing import Pace
from clearing.records import ClearingRecord, Untranslatable
from clearing.storing import FileRecord
from clearing.translate import translate

TURN = 32
"""Messages read at a time before others have their turn: a few milliseconds."""


class Share(NamedTuple):
    """What of a file is to be read: everything behind message `after` of `messages`, so many at a time.

    `days`: those that its records may be of.
    """

    after: int
    messages: int
    chunk: int
    days: FileDays


@dataclass(slots=True)
class Chunk:
    """A chunk on its way, positions `first` to `last`: its records, what each is matched to, and the sequence of that match."""

    first: int
    last: int
    is_end: bool
    records: list[FileRecord]
    matches: dict[int, Match] = field(default_factory=dict)
    sequences: dict[int, int] = field(default_factory=dict)
    may_pair: bool = False
    """A presentment in it may be what a reversal of before waits for."""

    def abide(self, stored_to: int) -> None:
        """What an earlier release wrote down as not understood, up to this position, stays so: it was matched to nothing."""
        for record in self.records:
            content = record.content
            if record.position <= stored_to and record.position not in self.matches and isinstance(content, ClearingRecord):
                record.content = Untranslatable(content.number, content.flaws[0], content.amount, content.business_date)

    def moves(self, known: Known, file_id: str) -> bool:
        """Whether booking this chunk may change anything of what was looked up for the one behind it."""
        chains = {match.chain_id for match in self.matches.values()} - {None}
        payments = (payment for found in (known.by_trace, known.by_account) for many in found.values() for payment in many)
        if any(payment.chain_id in chains for payment in payments):
            return True
        earlier = (one for many in known.by_reference.values() for one in many)
        return any(one.file_id == file_id and self.first <= one.number <= self.last for one in earlier)


async def in_turn(pieces: AsyncIterator[bytes], turn: asyncio.Lock) -> AsyncGenerator[bytes, None]:
    """The pieces, each fetched while nobody else uses their connection."""
    while True:
        async with turn:
            piece = await anext(pieces, None)
        if piece is None:
            return
        yield piece


async def read_chunks(
    pieces: AsyncIterator[bytes], form: FileForm, tokenizer: Tokenizer, pace: Pace, share: Share
) -> AsyncGenerator[Chunk, None]:
    """Every chunk in order, also one without records. The file was proved before."""
    unframer, decode = Unframer(form.framing), IpmCodec(form.character_set).decode
    number, chunk = 0, _chunk(share.after + 1, share)
    async for piece in pieces:
        for _, payload in unframer.feed(piece):
            number += 1
            if number <= share.after:
                continue
            if number > chunk.last:
                yield chunk
                chunk = _chunk(number, share)
            if number % TURN == 0:
                await pace.breathe()
            message = decode(payload)
            assert isinstance(message, IpmMessage), "the whole file was proved before it was kept"
            content = translate(message, tokenizer, share.days)
            if content is not None:
                chunk.records.append(FileRecord(message.mti, message.function_code, content))
    yield chunk


def _chunk(first: int, share: Share) -> Chunk:
    last = min(first + share.chunk - 1, share.messages)
    return Chunk(first, last, last == share.messages, [])
