"""The proofs find what was tampered with, by somebody whom no trigger stops."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from integration.ledger.conftest import CountingMeter, opened, release, spend

from cardline.embedded.postgres import EmbeddedPostgres
from ledger import anchors
from ledger.cards import set_card_status
from ledger.journal import Journal
from ledger.reports import trial_balance
from ledger.seals import make_seal
from ledger.verify import verify, verify_with


@pytest.fixture
def postgres_template(postgres_servers: Any, postgres_server: EmbeddedPostgres) -> str:
    name: str = postgres_servers.filled_template_on(postgres_server, "a_day_of_facts", a_day_of_facts)
    return name


async def a_day_of_facts(dsn: str) -> None:
    journal = Journal(dsn, CountingMeter(), writers=1)
    await journal.start()
    async with asyncpg.create_pool(dsn, min_size=1, max_size=2, server_settings={"role": "cardline_writer"}) as pool:
        cards = await opened(pool, journal, 1000, 1000, 1000)
    spends = [spend(card, 10 + n) for n, card in enumerate(cards * 3)]
    await asyncio.gather(*map(journal.record, spends))
    await journal.record(release(cards[0], spends[0], 4))
    await journal.record(release(cards[1], spends[1]))
    await journal.record(release(cards[2], spend(cards[2], 5)))
    await journal.record(spends[3])
    await journal.close()
    owner = await asyncpg.connect(dsn)
    for status in ("blocked", "active"):
        await set_card_status(owner, cards[0].card_id, status, actor="tester", reason="a test")
    await owner.close()


@pytest.fixture
async def books(superuser_dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """A day's worth of facts, and the connection of a superuser whom triggers do not see."""
    superuser = await asyncpg.connect(superuser_dsn)
    await superuser.execute("set session_replication_role = replica")
    yield superuser
    await superuser.close()


async def test_untouched_books_hold(books: asyncpg.Connection) -> None:
    assert await verify(books) == []
    assert all(row.is_balanced for row in await trial_balance(books))


@pytest.mark.parametrize(
    ("tampering", "proof"),
    [
        ("update ledger.posting set amount = amount + 1 where line = 0 and layer = 'pending'", "journals_balance"),
        ("update ledger.posting set amount = -amount where journal_id = (select min(journal_id) from ledger.posting)", "chain"),
        ("update ledger.balance set posted = posted + 100 where account_id = (select max(account_id) from ledger.balance)",
         "balances_are_sums_of_postings"),
        ("update ledger.hold set held = held - 1 where held > 0", "holds_are_the_pending_layer"),
        ("update ledger.hold set reversed = reversed + 1", "sums_are_folds_of_events"),
        ("update ledger.balance set excused = 5 where account_id = (select max(account_id) from ledger.balance)", "excused_only_by_force"),
        ("delete from ledger.journal where journal_id = (select max(journal_id) from ledger.journal)", "journals_balance"),
        ("delete from ledger.outcome where key = (select key from ledger.outcome where mti = '0100' limit 1)", "outcomes_are_one_to_one"),
        ("delete from ledger.early_reversal", "early_reversals"),
        ("update ledger.outcome set approval_code = '999999' where approval_code is not null", "chain"),
        ("update ledger.authorization set reason = 'approved ' where reason = 'approved'", "chain"),
        ("update ledger.authorization_event set at = at + interval '1 microsecond'", "chain"),
        ("delete from ledger.batch where (stream, batch) in (select stream, batch - 1 from ledger.stream_head)", "chain"),
        ("update ledger.stream_head set batch = batch - 1 where batch > 0", "heads"),
        ("update ledger.outcome set recorded_at = recorded_at + interval '1 microsecond' where mti = '0100'", "chain"),
        ("update ledger.journal set booked_at = booked_at - interval '1 year'", "chain"),
        ("update ledger.posting set amount = amount * 2", "chain"),
        ("update ledger.posting set amount = amount + 1 where line = 0", "trial_balance"),
        ("update ledger.balance set holds = holds + 1 where account_id = 1001000", "stripes_are_the_sub_ledger"),
        ("update ledger.authorization set verdict = 'declined' where verdict = 'approved'", "outcomes_are_one_to_one"),
        ("delete from ledger.outcome where mti = 'book'", "outcomes_are_one_to_one"),
        ("delete from ledger.authorization", "relations_are_whole"),
        ("delete from ledger.hold", "sums_are_folds_of_events"),
        ("update ledger.hold set expires_at = expires_at + interval '1 year'", "sums_are_folds_of_events"),
        ("update ledger.hold set asset = 'JPY'", "sums_are_folds_of_events"),
        ("update ledger.asset set exponent = 0 where asset = 'EUR'", "assets"),
        ("update ledger.asset set numeric_code = '999' where asset = 'EUR'", "assets"),
        ("update ledger.stream_head set last_id = last_id - 1 where batch > 0", "heads"),
        ("update ledger.stream_head set link = sha256(link) where batch = 0", "heads"),
        ("update ledger.audit set actor = 'somebody else'", "audit_chain"),
        ("delete from ledger.audit where audit_id = (select min(audit_id) from ledger.audit)", "audit_chain"),
        ("delete from ledger.batch", "heads"),
        ("update ledger.batch b set link = o.link from ledger.batch o where o.stream = b.stream and o.batch = b.batch + 1", "chain"),
    ],
)  # fmt: skip
async def test_tampering_is_found_and_named(books: asyncpg.Connection, tampering: str, proof: str) -> None:
    assert await books.execute(tampering) not in ("UPDATE 0", "DELETE 0")
    assert proof in {finding.proof for finding in await verify(books)}


async def test_two_connections_find_what_one_finds(books: asyncpg.Connection, superuser_dsn: str) -> None:
    assert await verify_with(superuser_dsn, 2) == []
    await books.execute(
        "update ledger.balance set posted = posted + 100 where account_id = (select max(account_id) from ledger.balance)"
    )
    assert await verify_with(superuser_dsn, 2) == await verify(books) != []


@pytest.mark.parametrize(
    ("tampering", "proof", "why"),
    [
        ("update ledger.audit set at = 'infinity'", "audit_chain", "could not be proved: "),
        ("update ledger.seal set at = 'infinity'", "seals", "could not be proved: "),
        ("update ledger.batch set booked_at = 'infinity' where batch = 1", "chain", "no batch of their time"),
    ],
)
@pytest.mark.parametrize("workers", [0, 2])
async def test_what_defeats_a_proof_is_a_finding_and_the_other_proofs_go_on(
    books: asyncpg.Connection, superuser_dsn: str, tmp_path: Path, tampering: str, proof: str, why: str, workers: int
) -> None:
    assert await make_seal(books, datetime.now(UTC)) is not None
    assert await anchors.append_missing(books, tmp_path / "anchors.jsonl") == 1
    assert await books.execute(tampering) != "UPDATE 0"
    await books.execute("update ledger.balance set excused = 5 where account_id = (select max(account_id) from ledger.balance)")
    others = [await asyncpg.connect(superuser_dsn) for _ in range(workers)]
    findings = await verify(books, *others, anchors=tmp_path / "anchors.jsonl")
    for other in others:
        await other.close()
    assert "excused_only_by_force" in {finding.proof for finding in findings}
    assert [finding.detail for finding in findings if finding.proof == proof and why in finding.detail], findings


async def test_a_connection_lost_in_a_proof_is_one_error(books: asyncpg.Connection, superuser_dsn: str) -> None:
    others = [await asyncpg.connect(superuser_dsn) for _ in range(2)]

    def cut(_proof: str, _seconds: float) -> None:
        for other in others:
            other.terminate()

    with pytest.raises((OSError, asyncpg.InterfaceError, asyncpg.PostgresError)):
        await verify(books, *others, on_done=cut)
