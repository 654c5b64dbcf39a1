"""Reads kept clearing files for positions, each file once. I/O only; what a position is stands in `positions`."""

from typing import Any

from clearing.intake.keeping import kept_file
from clearing.ipm.characters import CharacterSet
from clearing.ipm.codec import IpmCodec
from clearing.ipm.framing import Framing, Unframer
from clearing.ipm.messages import IpmMessage
from clearing.records import Untranslatable
from clearing.settlement.positions import Position, read_position
from clearing.statements import statement

POSITIONS_MTI = "1644"
"""Nearly all of a file are presentments, which need not be understood here."""
_COLUMNS = (
    "file_id", "number", "service", "asset", "business_date", "cycle", "function", "processing", "is_reversal", "debits",
    "credits", "debit_count", "credit_count", "fee", "net", "fault", "pays_on",
)  # fmt: skip


async def read_new_positions(connection: Any, key: bytes) -> int:
    """How many positions there were in files not read before. Raises SealedFileError."""
    found = 0
    for file in await connection.fetch(statement("files_without_positions")):
        positions = await _positions_of(connection, file, key)
        async with connection.transaction():
            if await connection.fetchval(
                "insert into clearing.position_file (file_id, positions) values ($1, $2) on conflict do nothing returning true",
                file["file_id"], len(positions),
            ):  # fmt: skip
                rows = [_row(file["file_id"], one) for one in positions]
                await connection.copy_records_to_table("position", schema_name="clearing", records=rows, columns=_COLUMNS)
                found += len(positions)
    return found


async def _positions_of(connection: Any, file: Any, key: bytes) -> list[Position | Untranslatable]:
    unframer = Unframer(Framing(file["framing"]))
    character_set = CharacterSet(file["character_set"])
    decode, mark = IpmCodec(character_set).decode, character_set.encode(POSITIONS_MTI)
    found: list[Position | Untranslatable] = []
    async for piece in kept_file(connection, file["file_id"], key):
        for _, payload in unframer.feed(piece):
            if not payload.startswith(mark):
                continue
            message = decode(payload)
            position = read_position(message) if isinstance(message, IpmMessage) else None
            if position is not None:
                found.append(position)
    return found


def _row(file_id: str, one: Position | Untranslatable) -> tuple[object, ...]:
    if isinstance(one, Untranslatable):
        return (file_id, one.number, None, None, None, None, "", "", False, 0, 0, 0, 0, 0, None, one.flaw.said, None)
    k, t = one.key, one.totals
    return (
        file_id, one.number, k.service, k.asset, k.business_date, k.cycle, k.function, k.processing, k.is_reversal, t.debits,
        t.credits, t.debit_count, t.credit_count, t.fee, one.net, None, one.pays_on,
    )  # fmt: skip
