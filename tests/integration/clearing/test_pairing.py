"""A presentment, its reversal, what is presented again and the authorization of it all, in whatever order and however cut."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import asyncpg
import pytest
from integration.clearing.clearing_world import KEY, TOLERANCES, HeldCard, World, file_of, message
from integration.clearing.office import GIVE_UP
from integration.clearing.test_kills import MOST, Killed, Mortal

from clearing import pairing, posting
from clearing.pairing import pair_waiting
from clearing.posting import post_file
from clearing.reconciliation.resolving import Done, Resolver
from clearing.reconciliation.running import reconcile
from clearing.statements import statement
from ledger.replay import replay
from ledger.verify import verify

STEPS = ("authorization", "presentment", "reversal", "again")
CUTS = {"a file each": None, "one chunk": 1_000, "many chunks": 7, "a file each, nameless": None, "one chunk, nameless": 1_000}
"""How the records of an order are cut: into files, or within one file into chunks of so many; nameless: without DE 31."""


def trace(number: int) -> str:
    return f"MCCQ{number:05d}1126"


def record(held: HeldCard, number: int, step: str, *, is_named: bool = True) -> object:
    arn = f"{2 * number + (step == 'again'):023d}"
    taken_back = {"0025": "R261126"} if step == "reversal" else None
    made = message(held, 3_000, trace(number), arn=arn, pds=taken_back)
    return made if is_named else replace(made, elements={de: text for de, text in made.elements.items() if de != 31})


async def suspense(world: World) -> int:
    query = "select coalesce(sum(p.amount), 0)::bigint from ledger.posting p join ledger.account a using (account_id) where a.kind = 'suspense'"
    return int(await world.connection.fetchval(query))


async def open_items(world: World) -> list[tuple[str, str]]:
    rows = await world.connection.fetch(
        "select x.kind, r.trace_id from report.exception x join report.clearing_record r "
        "on x.subject = format('clearing %s/%s', r.file_id, r.position) where x.status = 'open' order by 2, 1"
    )
    return [(row["kind"], row["trace_id"]) for row in rows]


async def test_a_presentment_and_its_reversal_end_alike_in_every_order_however_their_records_are_cut(
    world: World, postgres: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = [(cut, order) for cut in CUTS for order in itertools.permutations(STEPS)]
    cards = await world.cards(len(cases))
    files = itertools.count(100)

    async def take(numbers: Sequence[int], parts: Sequence[Sequence[str]]) -> None:
        named = ["nameless" not in cases[n][0] for n in numbers]
        records = [
            record(cards[n], n, step, is_named=is_named)
            for n, is_named, part in zip(numbers, named, parts, strict=True)
            for step in part
        ]
        await world.ingest(file_of(records, f"0022611260000020090000{next(files)}"))

    for cut, size in CUTS.items():
        monkeypatch.setattr(posting, "CHUNK", size or 1_000)
        mine = [(number, order) for number, (of, order) in enumerate(cases) if of == cut]
        if size is None:
            for step in range(len(STEPS)):
                for number, order in mine:
                    if order[step] == "authorization":
                        await world.authorize(cards[number], 3_000, trace(number))
                late = [(number, order[step : step + 1]) for number, order in mine if order[step] != "authorization"]
                await take([number for number, _ in late], [part for _, part in late])
            continue
        await take([n for n, _ in mine], [order[: order.index("authorization")] for _, order in mine])
        for number, _ in mine:
            await world.authorize(cards[number], 3_000, trace(number))
        await take([n for n, _ in mine], [order[order.index("authorization") + 1 :] for _, order in mine])

    ends = {case: await world.account(cards[number]) for number, case in enumerate(cases)}
    assert ends == dict.fromkeys(ends, (97_000, 0))
    assert await suspense(world) == 0
    nameless = {trace(n) for n, (cut, _) in enumerate(cases) if "nameless" in cut}
    before = [trace(n) for n, (_, order) in enumerate(cases) if order.index("again") < order.index("authorization")]
    waiting = [one for one in await open_items(world) if one[1] not in nameless]  # of two alike without a name either may stand
    assert waiting == [("unauthorized_presentment", of) for of in before if of not in nameless]
    await reconcile(world.connection, world.journal, datetime.now(UTC).date(), key=KEY, actor="clerk")
    assert await open_items(world) == []
    assert await verify(postgres) == []
    assert await replay(postgres) == []


FIRST, SECOND = "0022611260000020090000900", "0022611260000020090000901"


async def test_a_pairing_that_is_killed_anywhere_ends_as_one_that_was_not(
    world: World, postgres: asyncpg.Connection, postgres_dsn: str
) -> None:
    (held,) = await world.cards(1)
    await world.authorize(held, 3_000, trace(1))
    await world.ingest(file_of([record(held, 1, "reversal")], FIRST))
    assert (await suspense(world), await open_items(world)) == (-3_000, [("orphan_reversal", trace(1))])
    await world.take(file_of([record(held, 1, "presentment")], SECOND))
    deaths = 0
    for steps in range(1, MOST):
        if await posted_or_dead(world, postgres_dsn, SECOND, steps):
            break
        deaths += 1
    assert deaths > 15
    assert (await world.account(held), await suspense(world), await open_items(world)) == ((100_000, 0), 0, [])
    (row,) = await world.connection.fetch(
        "select status, match_rule, refers_file, refers_position from report.clearing_record where is_reversal"
    )
    assert tuple(row) == ("posted", "acquirer_reference", SECOND, 2)
    counted = "select count(*) filter (where kind = 'capture_reversal'), count(*) filter (where kind = 'correction') from ledger.journal"
    assert tuple(await world.connection.fetchrow(counted)) == (1, 1)
    (done,) = await world.connection.fetch(
        "select resolved_by, resolution_journal_id is not null as is_booked from report.exception"
    )
    assert tuple(done) == ("rule reversal_before_presentment", True)
    assert await world.connection.fetchval("select count(*) from report.audit where action = 'exception_settled_itself'") == 1
    assert await verify(postgres) == []


async def posted_or_dead(world: World, dsn: str, file_id: str, steps: int) -> bool:
    """Whether the file was posted to its end before so many steps."""
    both = [await asyncpg.connect(dsn, server_settings={"role": "cardline_writer"}) for _ in range(2)]
    left = [steps]
    connection, reader = [Mortal(one, left, one) for one in both]
    try:
        await post_file(
            replace(world.desk, connection=connection, reader=reader, books=Mortal(world.journal, left, both[0])), file_id
        )
    except (Killed, asyncpg.InterfaceError, ConnectionError):
        assert left[0] <= 0
        return False
    finally:
        for one in both:
            one.terminate()
    return True


async def test_two_that_do_not_see_each_others_record_are_paired_by_whoever_comes_next(world: World) -> None:
    """Files posted at the same moment: each was matched before the other was written down."""
    (held,) = await world.cards(1)
    await world.authorize(held, 3_000, trace(2))
    await world.ingest(file_of([record(held, 2, "presentment")], FIRST))
    blind = statement("earlier_records").replace("where s.arn = n.name", "where s.arn = n.name and false")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("clearing.lookups.statement", lambda name: blind if name == "earlier_records" else statement(name))
        patch.setattr("clearing.posting.pair_waiting", nobody)
        await world.ingest(file_of([record(held, 2, "reversal")], SECOND))
    assert await suspense(world) == -3_000
    await world.ingest(file_of([], "0022611260000020090000902"))
    assert (await world.account(held), await suspense(world), await open_items(world)) == ((100_000, 0), 0, [])


async def nobody(*_: object) -> int:
    return 0


async def test_two_that_pair_the_same_at_once_pair_it_once(world: World, postgres: asyncpg.Connection) -> None:
    """The slower one has read what waits, and comes to booking it when the other has booked and written down all of it."""
    (held,) = await world.cards(1)
    await world.authorize(held, 3_000, trace(2))
    for step, file_id in (("reversal", FIRST), ("presentment", SECOND)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("clearing.posting.pair_waiting", nobody)
            await world.ingest(file_of([record(held, 2, step)], file_id))
    matched = pairing._matched

    async def overtaken(connection: asyncpg.Connection) -> object:
        pairs = await matched(connection)
        if connection is world.connection:
            assert await pair_waiting(world.reader, world.journal, TOLERANCES) == 1
        return pairs

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pairing, "_matched", overtaken)
        assert await pair_waiting(world.connection, world.journal, TOLERANCES) == 1
    assert await world.account(held) == (100_000, 0)
    assert await suspense(world) == 0
    assert await verify(postgres) == []


async def test_of_two_reversals_one_takes_the_presentment_back_and_the_other_waits_on(world: World) -> None:
    (held,) = await world.cards(1)
    await world.ingest(file_of([record(held, 3, "reversal"), record(held, 3, "reversal")], FIRST))
    await world.ingest(file_of([record(held, 3, "presentment")], SECOND))
    assert (await world.account(held), await suspense(world)) == ((100_000, 0), -3_000)
    assert await open_items(world) == [("orphan_reversal", trace(3))]


async def test_a_refund_that_was_taken_back_before_it_came_leaves_nothing(world: World, postgres: asyncpg.Connection) -> None:
    (held,) = await world.cards(1)
    back, refund = [message(held, 3_000, trace(6), arn=f"{6:023d}", pds=pds, de3="200000") for pds in ({"0025": "R261126"}, None)]
    await world.ingest(file_of([back], FIRST))
    assert await suspense(world) == 3_000
    await world.ingest(file_of([refund], SECOND))
    assert (await world.account(held), await suspense(world), await open_items(world)) == ((100_000, 0), 0, [])
    assert await verify(postgres) == []


@pytest.mark.parametrize("is_first", [True, False], ids=["before", "after"])
async def test_what_both_are_settled_otherwise_by_is_nobodys_question(world: World, *, is_first: bool) -> None:
    (held,) = await world.cards(1)
    await world.authorize(held, 3_000, trace(7))
    settled = {"de5": f"{3_300:012d}", "de50": "978", "de6": f"{3_000:012d}", "de51": "978"}
    both = [message(held, 3_000, trace(7), arn=f"{7:023d}", pds=pds, **settled) for pds in ({"0025": "R261126"}, None)]
    for one, file_id in zip(both if is_first else reversed(both), (FIRST, SECOND), strict=True):
        await world.ingest(file_of([one], file_id))
    assert (await world.account(held), await suspense(world), await open_items(world)) == ((100_000, 0), 0, [])


async def test_what_people_have_worked_off_is_not_paired_any_more(world: World) -> None:
    (held,) = await world.cards(1)
    await world.ingest(file_of([record(held, 4, "reversal")], FIRST))
    (item,) = await world.connection.fetch("select exception_id from report.exception")
    done = await Resolver(world.connection, world.journal).write_off(item["exception_id"], GIVE_UP)
    assert isinstance(done, Done)
    await world.ingest(file_of([record(held, 4, "presentment")], SECOND))
    assert (await world.account(held), await suspense(world)) == ((97_000, 0), 0)
    assert await open_items(world) == [("unauthorized_presentment", trace(4))]


async def test_a_reversal_of_what_waits_in_suspense_itself_leaves_nothing_there(
    world: World, postgres: asyncpg.Connection
) -> None:
    (held,) = await world.cards(1)
    await postgres.execute("update ledger.account set status = 'closed' where account_id = $1", held.card.account_id)
    await world.ingest(file_of([record(held, 5, "reversal")], FIRST))
    await world.ingest(file_of([record(held, 5, "presentment")], SECOND))
    assert (await suspense(world), await open_items(world)) == (0, [])
    assert await verify(postgres) == []
