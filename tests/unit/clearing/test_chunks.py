"""What a chunk that was begun before is carried on with."""

from clearing_samples import record

from clearing.chunks import Chunk
from clearing.matches import Match, Rule
from clearing.records import ClearingRecord, Flaw, Sum, Untranslatable
from clearing.storing import FileRecord

FEE = Flaw(None, "0146", "2 long")


def test_what_was_written_down_as_not_understood_stays_so_and_nothing_else_does() -> None:
    records = [FileRecord("1240", "200", record(number, flaws=(FEE,))) for number in (2, 3, 4)]
    chunk = Chunk(1, 1_000, is_end=True, records=records, matches={2: Match(2, Rule.NONE, "")})
    chunk.abide(stored_to=3)
    first, second, third = (one.content for one in chunk.records)
    assert isinstance(first, ClearingRecord)
    assert isinstance(second, Untranslatable)
    assert (second.flaw, second.amount) == (FEE, Sum(1250, "EUR"))
    assert isinstance(third, ClearingRecord)
