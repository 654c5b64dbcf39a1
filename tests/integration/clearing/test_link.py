"""Clearing files over TCP end in the books as files do, once, and whatever is wrong with them is answered."""

import asyncio
import os
import resource
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import asyncpg
import psutil
import pytest
from certificates import Authority
from integration.clearing.clearing_world import FILE_ID, FORM, World, file_of, message
from integration.clearing.link_world import (
    LINK,
    LISTENS,
    PATIENCE_SECONDS,
    OpenLink,
    Sending,
    listening,
    open_link,
    records_of,
    settings_for,
    until_posted,
)
from ipm_samples import day_file, presentment

from cardline.clearing_link.process import ClearingProcess, profiles_of
from cardline.metrics import Metrics
from cardline.settling.ingest import ingest
from clearing.intake.taking import Unwatched
from clearing.ipm.messages import IpmMessage

OTHER_ID = "0022611270000020090000002"


@pytest.fixture
async def link(world: World) -> AsyncIterator[OpenLink]:
    async with open_link(settings_for(world.dsn)) as found:
        yield found


async def a_file(world: World, file_id: str = FILE_ID, tag: str = "A") -> bytes:
    """Two presentments of authorizations, one of none, one of a card that was never issued."""
    (held,) = await world.cards(1)
    messages = []
    for number, amount in enumerate((900, 1_100)):
        await world.authorize(held, 1_000, f"MC{tag}LNK{number:03d}1126")
        messages.append(message(held, amount, f"MC{tag}LNK{number:03d}1126"))
    messages.append(message(held, 300, f"MC{tag}NONE001126"))
    messages.append(message(held, 400, f"MC{tag}CARD001126", de2="5413339999999990"))
    return file_of(messages, file_id)


async def records(world: World, file_id: str) -> list[tuple[object, ...]]:
    """All that the report says of them, but for what is only a name."""
    names = {
        "file_id",
        "journal_id",
        "authorization_id",
        "account_id",
        "arn",
        "posted_at",
        "at",
        "trace_id",
        "card_id",
        "pan_masked",
    }
    rows = await world.connection.fetch("select * from report.clearing_record where file_id = $1 order by position", file_id)
    return [tuple(value for name, value in row.items() if name not in names) for row in rows]


async def files(world: World) -> int:
    return int(await world.connection.fetchval("select count(*) from clearing.file"))


async def test_a_file_over_the_link_books_what_the_command_books(world: World, link: OpenLink, tmp_path: Path) -> None:
    by_hand = tmp_path / "day.ipm"
    by_hand.write_bytes(await a_file(world, OTHER_ID, "B"))
    (ingested,) = await ingest(settings_for(world.dsn), [by_hand], Unwatched(), actor="clerk")
    assert (ingested.is_new, ingested.summary.records) == (True, 4)
    (receipt,) = await link.send(await a_file(world))
    assert (receipt.is_acknowledged, receipt.file_id, receipt.messages, receipt.transactions) == (True, FILE_ID, 6, 4)
    assert receipt.amount == 900 + 1_100 + 300 + 400
    await until_posted(world.connection, FILE_ID)
    assert await records(world, FILE_ID) == await records(world, OTHER_ID)
    taken = await world.connection.fetchval("select actor from clearing.file where file_id = $1", FILE_ID)
    assert taken == "link clearing"


async def test_a_file_again_changes_nothing_and_another_under_its_id_is_rejected(
    world: World, link: OpenLink, tmp_path: Path
) -> None:
    content = await a_file(world)
    first, second, other = await link.send(content, content, await a_file(world, tag="C"))
    assert first == second
    assert (other.is_acknowledged, other.file_id, other.indicator) == (False, FILE_ID, "D0000100005000")
    assert "is there with other content" in other.reason
    await until_posted(world.connection, FILE_ID)
    by_hand = tmp_path / "day.ipm"
    by_hand.write_bytes(content)  # the same records between other bytes: blocks of 1014
    (ingested,) = await ingest(settings_for(world.dsn), [by_hand], Unwatched(), actor="clerk")
    assert (ingested.refused, ingested.is_new, ingested.was_posted_before) == (None, False, True)
    assert await files(world) == 1
    assert await world.connection.fetchval("select count(*) from ledger.journal where kind = 'capture'") == 3


async def test_what_is_not_a_whole_sound_file_of_ours_leaves_nothing_behind(world: World) -> None:
    good = await a_file(world)
    header, first, *rest = records_of(good)
    async with open_link(settings_for(world.dsn)) as link, link.connection() as steady, link.connection() as garbage:
        async with link.connection() as cut:
            await cut.write(header, first, *rest[:-1])
            cut.writer.write_eof()
            assert await cut.answers(1) == []
        garbage.writer.write(b"\xff\xffGET / HTTP/1.1")
        assert codes(await garbage.answers(2)) == ["699"]  # and then the connection's end
        await steady.write(header, first[:-30], *rest)
        exception, end = await steady.answers(2)
        assert codes([exception, end]) == ["691", "699"]
        assert (exception.pds["0138"], exception.pds["0280"]) == ("00000002", FILE_ID)
        assert await files(world) == 0
        await steady.write(header, first, header, *rest, first, rest[-1])  # a header within a file, a record before any
        assert codes(await steady.answers(4)) == ["691", "699"] * 2
        await steady.write(header, first, *rest)
        assert codes(await steady.answers(1)) == ["680"]
    refusals = await world.connection.fetch("select * from report.clearing_refusal order by record nulls first, file_id")
    assert [(row["file_id"], row["record"], row["element"], row["reason"], row["name"], row["actor"]) for row in refusals] == [
        (file_id, place, element, reason, f"link {LINK}", f"link {LINK}")
        for file_id, place, element, reason in (
            (FILE_ID, None, None, "the connection ended before its trailer came"),
            (None, 1, 24, "comes before any header"),
            (FILE_ID, 2, 63, "the message ends within the element"),
            (FILE_ID, 3, 24, "a second header"),
        )
    ]
    keys = {"cvk": "11" * 8 + "22" * 8, "pvk": "33" * 8 + "44" * 8, "pin_key": "55" * 8 + "66" * 8}
    async with open_link(settings_for(world.dsn, keys=keys)) as link:
        (test_file,) = await link.send(await a_file(world, OTHER_ID))
    assert (test_file.is_acknowledged, test_file.indicator, test_file.record) == (False, "P0122100004000", 1)
    assert await files(world) == 1


def codes(answers: Iterable[IpmMessage]) -> list[str]:
    return [answer.function_code for answer in answers]


@pytest.fixture
async def lonely() -> AsyncIterator[OpenLink]:
    """A link whose database is away."""
    with listening() as nobody:
        nobody_there = f"postgresql://127.0.0.1:{nobody.getsockname()[1]}/none"
    async with open_link(settings_for(nobody_there)) as found:
        yield found


async def test_a_file_that_cannot_be_kept_now_is_to_be_sent_again(lonely: OpenLink) -> None:
    (receipt,) = await lonely.send(day_file([presentment()], FORM))
    assert (receipt.is_acknowledged, receipt.indicator) == (False, "D0000100008000")


async def test_a_file_that_the_disk_does_not_take_is_to_be_sent_again_and_the_connection_goes_on(lonely: OpenLink) -> None:
    large = day_file([presentment(number, P9999="x" * 900) for number in range(2, 1_200)], FORM)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, hard))
    try:
        full, small = await lonely.send(large, day_file([presentment(9)], FORM))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (full.indicator, full.reason) == ("D0000100008000", "cannot be spooled: File too large")
    assert (full.file_id, small.reason) == (FILE_ID, "cannot be kept at the moment")


async def test_a_link_speaks_tls_where_it_is_told_to(tmp_path: Path) -> None:
    ours = Authority(tmp_path, "ca").sign("us")
    tls = {"certificate": str(ours.certificate), "key": str(ours.key)}
    settings = settings_for("postgresql://127.0.0.1:1/none", links={LINK: {**LISTENS, "tls": tls}})
    async with open_link(settings) as link:
        context = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
        context.check_hostname = False
        sending = Sending(*await asyncio.open_connection("127.0.0.1", link.port, ssl=context))
        await sending.write(b"no message")
        assert codes(await sending.answers(2)) == ["691", "699"]
        sending.writer.close()


async def test_more_connections_than_allowed_are_turned_away(lonely: OpenLink) -> None:
    one = lonely.connection
    async with one(), one(), one(), one(), one() as fifth:
        assert await fifth.answers(1) == []


async def test_a_link_that_stops_says_so_of_a_file_in_the_middle() -> None:
    header, first, trailer = records_of(day_file([presentment()], FORM))
    async with open_link(settings_for("postgresql://127.0.0.1:1/none")) as link:
        reader, writer = await asyncio.open_connection("127.0.0.1", link.port)
        sending = Sending(reader, writer)
        await sending.write(first, trailer, header, first)  # the first is answered when all of it was read
        assert codes(await sending.answers(2)) == ["691", "699"]
    (end,) = await sending.answers(1)
    assert (end.function_code, end.pds["0005"]) == ("699", "D0000100008000")
    writer.close()


async def test_a_process_killed_before_it_has_posted_is_started_anew_and_posts(
    world: World, postgres: asyncpg.Connection
) -> None:
    settings = settings_for(world.dsn)
    _, profiles = profiles_of(settings)
    metrics = Metrics()
    # Nobody may post while it is held: so the process dies with the file kept and not posted.
    held = "select pg_advisory_lock(hashtextextended('cardline clearing posting ' || $1, 0))"
    await postgres.execute(held, FILE_ID)
    with listening() as sock:
        async with asyncpg.create_pool(world.dsn, min_size=0, max_size=1) as pool:
            running = asyncio.create_task(ClearingProcess(settings, profiles, {LINK: sock}, metrics).run(pool))
            try:
                (receipt,) = await OpenLink(sock.getsockname()[1]).send(await a_file(world))
                assert receipt.is_acknowledged
                (process,) = [
                    child for child in psutil.Process().children() if "cardline.clearing_link.worker" in child.cmdline()
                ]
                os.kill(process.pid, signal.SIGKILL)
                assert await world.connection.fetchval("select count(*) from clearing.posted_chunk") == 0
                await postgres.execute("select pg_advisory_unlock_all()")
                await until_posted(world.connection, FILE_ID)
            finally:
                running.cancel()
                await asyncio.wait({running}, timeout=PATIENCE_SECONDS)
    assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    assert len(await records(world, FILE_ID)) == 4


def test_a_process_whose_switch_is_gone_ends(tmp_path: Path) -> None:
    """Its standard input is what ties it to the switch."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen([sys.executable, "-m", "cardline.clearing_link.worker"], stdin=theirs, cwd=tmp_path)
    ours.close()
    assert process.wait(PATIENCE_SECONDS) == 1
