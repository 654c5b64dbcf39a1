"""What operations look at moves when the thing itself does: a metric that stands still is worse than none."""

import asyncio
from collections.abc import Callable

import asyncpg
from acceptance.issuer import Issuer, eventually
from acceptance.network import ask_all, code, connections, purchase

from ledger.verifier import LOCK


async def test_what_happens_to_payments_is_seen_on_the_page(
    postgres: asyncpg.Connection, make_issuer: Callable[..., Issuer]
) -> None:
    await postgres.execute("select pg_advisory_lock($1)", LOCK)  # nobody verifies
    issuer = make_issuer(deadline_seconds=10.0)  # nobody is to be late, however slow the machine
    seen = issuer.switch.metric
    held = await issuer.card(balance_minor=100_00)
    requests = [purchase(held, 1_00, subelements={"07": "of a table to come"}) for _ in range(20)]
    async with connections(issuer.switch, 2) as opened:
        assert await code(opened[0], purchase(held, 1_00)) == "00"  # so now the balance is cached
        async with issuer.locked(held):  # what the others find cached is older than what they will be booked on
            first = asyncio.create_task(ask_all(opened, requests[:1]))
            await issuer.writer_waits()
            others = asyncio.create_task(ask_all(opened, requests[1:]))
            await eventually("they wait behind it", lambda: seen("cardline_queue_depth", queue="ledger") == len(requests) - 1)
        assert {answer.text(39) for answer in (*await first, *await others)} == {"00"}
        await eventually("its state is known", lambda: seen("cardline_links", state="connected") == 2)
    assert seen("cardline_ledger_writer_ready") == 1
    assert seen("cardline_ledger_batch_seconds_sum") > 0
    assert seen("cardline_cache_misses_total") > 0
    assert seen("cardline_cache_lag_versions_total") > 0
    assert seen("cardline_loop_heartbeat_age_seconds") > 0
    await eventually("what no table names is counted", lambda: seen("cardline_unknown_elements_total", element="48") == 20)
    await eventually("nobody has verified", lambda: seen("cardline_chain_verified_age_seconds") > 0)
    await postgres.execute("select pg_advisory_unlock($1)", LOCK)
    await eventually("all is verified", lambda: seen("cardline_chain_verified_age_seconds") == 0)
    assert seen("cardline_chain_batches_verified_total") > 0
