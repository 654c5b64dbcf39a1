"""A presentment, its reversal, what is presented again and the authorization of it all, in whatever order and however cut."""

import itertools
from collections.abc import Sequence

import asyncpg
import pytest
from integration.clearing.clearing_world import HeldCard, World, file_of, message

from clearing import posting
from ledger.replay import replay
from ledger.verify import verify

STEPS = ("authorization", "presentment", "reversal", "again")
CUTS = {"a file each": None, "one chunk": 1_000, "many chunks": 7}
"""How the records of an order are cut: into files, or within one file into chunks of so many."""


def trace(number: int) -> str:
    return f"MCCQ{number:05d}1126"


def record(held: HeldCard, number: int, step: str) -> object:
    arn = f"{2 * number + (step == 'again'):023d}"
    taken_back = {"0025": "R261126"} if step == "reversal" else None
    return message(held, 3_000, trace(number), arn=arn, pds=taken_back)


async def suspense(world: World) -> int:
    query = (
        "select coalesce(sum(p.amount), 0)::bigint from ledger.posting p join ledger.account a using (account_id) where a.kind = 'suspense'"
    )
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
        records = [record(cards[n], n, step) for n, part in zip(numbers, parts, strict=True) for step in part]
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
    before = [trace(n) for n, (_, order) in enumerate(cases) if order.index("again") < order.index("authorization")]
    found = await open_items(world)
    print([(kind, cases[int(of[4:9])]) for kind, of in found])
    assert found == [("unauthorized_presentment", of) for of in before]
    assert await verify(postgres) == []
    assert await replay(postgres) == []
