"""Clearing files in a real database: kept once, whole, sealed, for ever."""

import asyncio
import io
import re
from collections.abc import AsyncIterator

import asyncpg
import pytest
from ipm_samples import PAN, day_file, presentment

from clearing.errors import NoSuchFile, SealedFileError
from clearing.intake.keeping import AlreadyTaken, Taken, keep, kept_file
from clearing.intake.proving import ProvedFile, Refused, proved
from clearing.intake.sealing import PIECE_BYTES
from clearing.intake.taking import TakenIn, Terms, TurnedAway, Unwatched, take_in
from clearing.ipm.characters import CharacterSet
from clearing.ipm.framing import Framing
from clearing.ipm.recognition import FileForm

KEY = bytes(range(32))
FORM = FileForm(Framing.BLOCKED, CharacterSet.CP500)
SMALL = day_file([presentment(2)], FORM)
OTHER = day_file([presentment(2, 1)], FORM)
LARGE = day_file([presentment(number, P9999="x" * 900) for number in range(2, 900)], FORM)
SMALL_ID = "0022611260000020090000001"

Outcome = Taken | AlreadyTaken | Refused


@pytest.fixture
async def writer(postgres_dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(postgres_dsn, server_settings={"role": "cardline_writer"})
    yield connection
    await connection.close()


def proof_of(content: bytes, name: str = "day.ipm") -> ProvedFile:
    found = proved(io.BytesIO(content), name)
    assert isinstance(found, ProvedFile)
    return found


async def take(connection: asyncpg.Connection, content: bytes, name: str = "day.ipm", actor: str = "clerk") -> Outcome:
    return await keep(connection, proof_of(content, name), io.BytesIO(content), key=KEY, actor=actor)


async def content_of(connection: asyncpg.Connection, file_id: str = SMALL_ID, key: bytes = KEY) -> bytes:
    return b"".join([piece async for piece in kept_file(connection, file_id, key)])


async def counts(connection: asyncpg.Connection) -> tuple[int, int, int]:
    """Files, pieces, lines of the audit about them."""
    row = await connection.fetchrow(
        "select (select count(*) from clearing.file), (select count(*) from clearing.file_piece), "
        "(select count(*) from ledger.audit where action = 'clearing_file_taken')"
    )
    return tuple(row)


async def test_a_file_of_several_pieces_comes_back_byte_for_byte(writer: asyncpg.Connection) -> None:
    assert len(LARGE) > PIECE_BYTES
    assert await take(writer, LARGE) == Taken(SMALL_ID)
    assert await content_of(writer) == LARGE
    assert await counts(writer) == (1, 2, 1)


async def test_what_is_kept_stands_in_the_report_and_in_the_audit(writer: asyncpg.Connection) -> None:
    await take(writer, SMALL)
    row = await writer.fetchrow("select * from report.clearing_file")
    proof = proof_of(SMALL)
    assert (row["file_id"], row["sha256"], row["messages"], row["amount"]) == (SMALL_ID, proof.sha256.hex(), 3, 1250)
    assert (row["framing"], row["character_set"], row["is_test"], row["actor"]) == ("1014", "cp500", True, "clerk")
    audit = await writer.fetchrow("select actor, subject, detail from report.audit where action = 'clearing_file_taken'")
    assert tuple(audit) == ("clerk", f"clearing file {SMALL_ID}", proof.sha256.hex())


async def test_the_same_file_again_changes_nothing_whatever_it_is_called(writer: asyncpg.Connection) -> None:
    await take(writer, SMALL)
    before = await counts(writer)
    again = await take(writer, SMALL, "renamed.ipm")
    assert isinstance(again, AlreadyTaken)
    assert (again.file_id, again.name) == (SMALL_ID, "day.ipm")
    assert await counts(writer) == before


async def test_another_file_under_the_same_id_is_refused(writer: asyncpg.Connection) -> None:
    await take(writer, SMALL)
    refused = await take(writer, OTHER, "other.ipm")
    assert isinstance(refused, Refused)
    assert "is there with other content, as day.ipm" in refused.reason
    assert await content_of(writer) == SMALL


async def test_a_file_that_changes_meanwhile_leaves_nothing_behind_and_may_come_again(writer: asyncpg.Connection) -> None:
    for changed in (OTHER, SMALL + b"x", SMALL[:-1]):
        outcome = await keep(writer, proof_of(SMALL), io.BytesIO(changed), key=KEY, actor="clerk")
        assert isinstance(outcome, Refused)
        assert "changed while" in outcome.reason
    assert await counts(writer) == (0, 0, 0)
    assert await take(writer, SMALL) == Taken(SMALL_ID)


async def test_a_fault_on_the_way_leaves_nothing_behind(writer: asyncpg.Connection) -> None:
    def fail(done: int, total: int) -> None:
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="disk"):
        await keep(writer, proof_of(SMALL), io.BytesIO(SMALL), key=KEY, actor="clerk", on_progress=fail)
    assert await counts(writer) == (0, 0, 0)


async def test_two_who_take_the_same_file_at_once_make_one(writer: asyncpg.Connection, postgres_dsn: str) -> None:
    second = await asyncpg.connect(postgres_dsn, server_settings={"role": "cardline_writer"})
    try:
        outcomes = await asyncio.gather(take(writer, LARGE), take(second, LARGE))
    finally:
        await second.close()
    assert {type(outcome) for outcome in outcomes} == {Taken, AlreadyTaken}, "whoever comes second is told that it is there"
    assert await counts(writer) == (1, 2, 1)


async def test_no_card_number_lies_in_the_database(writer: asyncpg.Connection, postgres: asyncpg.Connection) -> None:
    await take(writer, SMALL)
    sealed = b"".join(row["sealed"] for row in await postgres.fetch("select sealed from clearing.file_piece"))
    assert [text for text in (PAN.encode(), PAN.encode("cp500"), b"GROCER") if text in sealed] == []
    assert PAN not in str(await postgres.fetch("select f::text from clearing.file f"))


@pytest.mark.parametrize("name", [f"{PAN}.ipm", f"{PAN[:4]} {PAN[4:8]} {PAN[8:12]} {PAN[12:]}.ipm"])
async def test_no_card_number_in_a_files_name_is_kept(
    writer: asyncpg.Connection, postgres: asyncpg.Connection, name: str
) -> None:
    terms = Terms(KEY, "clerk", takes_tests=True)
    taken = await take_in(writer, io.BytesIO(SMALL), name, len(SMALL), terms, Unwatched())
    assert isinstance(taken, TakenIn)
    turned_away = await take_in(writer, io.BytesIO(OTHER), name, len(OTHER), terms, Unwatched())
    assert isinstance(turned_away, TurnedAway)
    assert "*" in turned_away.refused.reason
    for table in ("clearing.file", "clearing.refusal", "ledger.audit"):
        rows = await postgres.fetch(f"select t::text from {table} t")
        assert rows
        assert [row for row in rows if PAN in re.sub("[^0-9]", "", row[0])] == []


@pytest.mark.parametrize("role", ["cardline_writer", "cardline_owner"])
async def test_a_kept_file_cannot_be_changed(writer: asyncpg.Connection, postgres: asyncpg.Connection, role: str) -> None:
    await take(writer, SMALL)
    await postgres.execute(f"set role {role}")
    for change in (
        "update clearing.file set messages = 7",
        "delete from clearing.file_piece",
        "truncate clearing.file_piece",
        "update clearing.file_piece set sealed = ''",
    ):
        with pytest.raises(asyncpg.PostgresError, match=r"append-only|permission denied"):
            await postgres.execute(change)


async def test_a_reader_cannot_read_the_pieces(postgres: asyncpg.Connection) -> None:
    await postgres.execute("set role cardline_reader")
    await postgres.fetch("select * from report.clearing_file")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await postgres.fetch("select * from clearing.file_piece")


async def test_a_piece_changed_behind_our_back_is_noticed(writer: asyncpg.Connection, superuser_dsn: str) -> None:
    await take(writer, LARGE)
    above = await asyncpg.connect(superuser_dsn)
    try:
        await above.execute("alter table clearing.file_piece disable trigger all")
        await above.execute("update clearing.file_piece set sealed = overlay(sealed placing '\\x00' from 100) where number = 1")
        with pytest.raises(SealedFileError, match="piece 1"):
            await content_of(writer)
        await above.execute("delete from clearing.file_piece where number = 1")
        with pytest.raises(SealedFileError, match="missing"):
            await content_of(writer)
    finally:
        await above.close()


async def test_another_key_opens_nothing(writer: asyncpg.Connection) -> None:
    await take(writer, SMALL)
    with pytest.raises(SealedFileError):
        await content_of(writer, key=bytes(32))


async def test_a_file_never_taken_is_not_there(writer: asyncpg.Connection) -> None:
    with pytest.raises(NoSuchFile):
        await content_of(writer)
