"""What the chain alone cannot show, the seals do: an end that was cut off and forged anew, by somebody whom nothing stops."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import asyncpg
import orjson
import pytest
from integration.ledger.conftest import opened, spend

from ledger import anchors
from ledger.chain import ALL_TIME, window_query
from ledger.journal import Journal
from ledger.seals import make_seal, seals_after
from ledger.verify import verify

CUT_OFF = """
with last as (select stream, max(batch) as batch from ledger.batch group by stream),
     gone as (delete from ledger.batch b using last l where (b.stream, b.batch) = (l.stream, l.batch)),
     j as (delete from ledger.journal f using last l where (f.stream, f.batch) = (l.stream, l.batch) returning journal_id),
     p as (delete from ledger.posting f using j where f.journal_id = j.journal_id returning f.account_id),
     a as (delete from ledger.authorization f using last l where (f.stream, f.batch) = (l.stream, l.batch) returning chain_id),
     e as (delete from ledger.authorization_event f using last l where (f.stream, f.batch) = (l.stream, l.batch)),
     o as (delete from ledger.outcome f using last l where (f.stream, f.batch) = (l.stream, l.batch)),
     h as (delete from ledger.hold f using a where f.chain_id = a.chain_id returning f.account_id, f.held),
     b as (update ledger.balance f set holds = holds - x.held, version = version - 1
             from (select account_id, held from h union all select p.account_id, h.held from p, h where p.account_id <> h.account_id) as x
            where f.account_id = x.account_id)
update ledger.stream_head s set batch = b.batch, link = b.link from last l join ledger.batch b on b.stream = l.stream and b.batch = l.batch - 1
 where s.stream = l.stream
"""
"""The last batch and all that it did, as if it had never been."""
SWAP = """
with j as (update ledger.journal set batch = 5 - batch where batch in (2, 3)),
     a as (update ledger.authorization set batch = 5 - batch where batch in (2, 3)),
     e as (update ledger.authorization_event set batch = 5 - batch where batch in (2, 3)),
     o as (update ledger.outcome set batch = 5 - batch where batch in (2, 3))
update ledger.batch b set link = o.link, items = o.items, booked_at = o.booked_at
  from ledger.batch o where o.stream = b.stream and b.batch in (2, 3) and o.batch = 5 - b.batch
"""
"""The second and the third batch with all that they did in each other's place."""


@pytest.fixture
async def sealed(
    journal: Journal, pool: asyncpg.Pool, postgres: asyncpg.Connection, superuser_dsn: str, tmp_path: Path
) -> AsyncIterator["Sealed"]:
    """Books sealed and anchored three times, in the hands of a superuser whom triggers do not see."""
    (card,) = await opened(pool, journal, 1000)
    path = tmp_path / "anchors.jsonl"
    for amount in (10, 20, 30):
        await journal.record(spend(card, amount))
        assert await make_seal(postgres, datetime.now(UTC)) is not None
        assert await anchors.append_missing(postgres, path) == 1
    superuser = await asyncpg.connect(superuser_dsn)
    await superuser.execute("set session_replication_role = replica")
    yield superuser, path
    await superuser.close()


Sealed = tuple[asyncpg.Connection, Path]


async def test_nothing_new_makes_no_seal(sealed: Sealed, postgres: asyncpg.Connection) -> None:
    assert await make_seal(postgres, datetime.now(UTC)) is None
    assert [seal.number for seal in await seals_after(postgres, 0)] == [1, 2, 3]


async def test_sealed_and_anchored_books_hold(sealed: Sealed) -> None:
    superuser, path = sealed
    assert await verify(superuser, anchors=path) == []
    assert [orjson.loads(line)["number"] for line in path.read_bytes().splitlines()] == [1, 2, 3]


async def test_only_one_process_seals_at_a_time(
    sealed: Sealed, postgres: asyncpg.Connection, journal: Journal, pool: asyncpg.Pool
) -> None:
    superuser, _ = sealed
    await opened(pool, journal, 5)
    async with superuser.transaction():
        assert await make_seal(superuser, datetime.now(UTC)) is not None
        assert await make_seal(postgres, datetime.now(UTC)) is None


async def test_a_cut_off_tail_with_the_head_put_back_is_found(sealed: Sealed) -> None:
    superuser, path = sealed
    await superuser.execute(CUT_OFF)
    findings = await verify(superuser, anchors=path)
    stream = await superuser.fetchval("select stream from ledger.stream_head where batch > 0")
    assert {(f.proof, f.detail) for f in findings} == {("seals", f"stream {stream} has lost batch 4, which it sealed")}


async def test_a_cut_off_tail_with_its_seal_is_found_by_the_anchors(sealed: Sealed) -> None:
    superuser, path = sealed
    await superuser.execute(CUT_OFF)
    await superuser.execute("delete from ledger.seal where number = 3")
    assert await verify(superuser) == []
    findings = await verify(superuser, anchors=path)
    assert [(f.proof, f.subject, f.detail) for f in findings] == [
        ("anchors", "seal 3", "was anchored and is not in the database")
    ]


async def _forge_links(superuser: asyncpg.Connection) -> None:
    """Every link anew over the rows as they stand: what somebody would do who knows how the chain is made."""
    before = bytes(32)
    for row in sorted(await superuser.fetch(window_query(), *ALL_TIME), key=lambda row: row["batch"]):
        before = sha256(before + row["data"]).digest()
        await superuser.execute(
            "update ledger.batch set link = $2 where batch = $1 and stream = $3", row["batch"], before, row["stream"]
        )
    await superuser.execute("update ledger.stream_head set link = $1 where batch > 0", before)


TAMPERINGS: dict[str, tuple[str, set[str]]] = {
    "a changed row": ("update ledger.outcome set approval_code = '999999' where approval_code is not null", {"chain"}),
    "a removed batch": ("delete from ledger.batch where batch = 2", {"chain", "heads", "seals"}),
    "a swapped pair of batches": (SWAP, {"chain", "seals"}),
    "a changed seal": ("update ledger.seal set at = at + interval '1 second' where number = 2", {"seals", "anchors"}),
    "other heads in a seal": ("update ledger.seal set heads = replace(heads, '|', '||') where number = 2", {"seals", "anchors"}),
    "a seal deleted from the middle": ("delete from ledger.seal where number = 2", {"seals", "anchors"}),
    "the last seal deleted": ("delete from ledger.seal where number = 3", {"anchors"}),
    "all seals deleted": ("delete from ledger.seal", {"anchors"}),
}  # fmt: skip


@pytest.mark.parametrize("kind", sorted(TAMPERINGS))
async def test_tampering_is_found(sealed: Sealed, kind: str) -> None:
    superuser, path = sealed
    statement, proofs = TAMPERINGS[kind]
    assert await superuser.execute(statement) not in ("UPDATE 0", "DELETE 0")
    assert {finding.proof for finding in await verify(superuser, anchors=path)} >= proofs


async def test_a_changed_row_with_all_links_forged_anew_is_found_by_the_seals(sealed: Sealed) -> None:
    superuser, path = sealed
    await superuser.execute("update ledger.outcome set approval_code = '999999' where approval_code is not null")
    await _forge_links(superuser)
    assert {finding.proof for finding in await verify(superuser, anchors=path)} == {"seals"}


@pytest.mark.parametrize(
    ("spoil", "detail"),
    [
        (lambda lines: [lines[0], lines[2]], "was not anchored, though later ones were"),
        (lambda lines: [lines[0], lines[1].replace(b'"at":"2', b'"at":"3'), lines[2]], "is not as it was anchored"),
        (lambda lines: [*lines, b"what is this"], "is not the line of a seal, or not its first"),
    ],
)
async def test_a_spoiled_anchor_file_is_found(sealed: Sealed, spoil: Callable[[list[bytes]], list[bytes]], detail: str) -> None:
    superuser, path = sealed
    path.write_bytes(b"".join(line + b"\n" for line in spoil(path.read_bytes().splitlines())))
    assert [finding.detail for finding in await verify(superuser, anchors=path)] == [detail]


@pytest.mark.parametrize(("kept", "detail"), [(0, "0 of 3"), (1, "1 of 3"), (2, "2 of 3")])
async def test_an_anchor_file_that_lost_its_end_is_found(
    sealed: Sealed, monkeypatch: pytest.MonkeyPatch, kept: int, detail: str
) -> None:
    superuser, path = sealed
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:kept]))
    assert await verify(superuser, anchors=path) == []  # they may be on their way
    monkeypatch.setattr(anchors, "GRACE", timedelta(0))
    findings = await verify(superuser, anchors=path)
    assert [(f.proof, f.subject, f.detail[:6]) for f in findings] == [("anchors", "anchors.jsonl", detail)]


async def test_a_missing_anchor_file_is_found_when_it_should_be_there(sealed: Sealed, monkeypatch: pytest.MonkeyPatch) -> None:
    superuser, path = sealed
    path.unlink()
    assert await verify(superuser, anchors=path) == []
    monkeypatch.setattr(anchors, "GRACE", timedelta(0))
    findings = await verify(superuser, anchors=path)
    assert [(f.proof, f.detail) for f in findings] == [("anchors", "is missing, there are 3 seals")]


async def test_a_seal_anchored_once_more_in_other_words_is_found_and_the_first_line_counts(sealed: Sealed) -> None:
    superuser, path = sealed
    lines = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join([*lines, lines[1].replace(b'"at":"2', b'"at":"3'), lines[1], b""]))
    assert [(f.proof, f.subject) for f in await verify(superuser, anchors=path)] == [("anchors", "line 4")]


async def test_a_strange_line_is_named_by_its_place(sealed: Sealed) -> None:
    superuser, path = sealed
    path.write_bytes(path.read_bytes() + b'what is this\n{"number":-7}\n')
    assert [finding.subject for finding in await verify(superuser, anchors=path)] == ["line 4", "line 5"]


async def test_a_line_torn_by_a_crash_is_written_again_whole(sealed: Sealed, postgres: asyncpg.Connection) -> None:
    superuser, path = sealed
    content = path.read_bytes()
    path.write_bytes(content[:-40])
    assert await verify(superuser, anchors=path) == []
    assert await anchors.append_missing(postgres, path) == 1
    assert path.read_bytes().endswith(content.splitlines()[-1] + b"\n")
    assert await verify(superuser, anchors=path) == []
