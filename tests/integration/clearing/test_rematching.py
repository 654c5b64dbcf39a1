"""People take a match back or make another: booked anew, nothing changed, on record."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from integration.clearing.clearing_world import FILE_ID, World, file_of, message
from integration.clearing.office import BOOK, GIVE_UP
from integration.clearing.test_kills import MOST, Killed, Mortal

from clearing import holding
from clearing.reconciliation import resolving
from clearing.reconciliation.resolving import Done, Resolver
from clearing.rematching import Mandate, NotRematched, Rematched, rematch
from ledger.errors import Unavailable
from ledger.verify import verify

WHY = Mandate("ada", "the shop named the wrong payment")


async def captured(world: World, authorization_id: int) -> int:
    query = "select captured from report.authorization where authorization_id = $1"
    return int(await world.connection.fetchval(query, authorization_id))


async def act(world: World, authorization_id: int | None, position: int = 2) -> Rematched | NotRematched:
    return await rematch(world.connection, world.journal, (FILE_ID, position), authorization_id, WHY)


async def test_a_presentment_moves_to_the_authorization_that_somebody_names(world: World, postgres: asyncpg.Connection) -> None:
    (held,) = await world.cards(1)
    wrong = await world.authorize(held, 1_000, "MCCWRO0011126")
    right = await world.authorize(held, 1_000, "MCCRIG0011126")
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    of_yesterday = {"0158": f"DMC1010401  {yesterday:%y%m%d}01    NNNNNNN"}
    await world.ingest(file_of([message(held, 1_000, "MCCWRO0011126", pds=of_yesterday)]))
    done = await act(world, right)
    assert isinstance(done, Rematched)
    assert await world.account(held) == (99_000, 0)
    assert (await captured(world, wrong), await captured(world, right)) == (0, 1_000)
    row = await world.record(2)
    assert (row["authorization_id"], row["match_rule"], row["journal_id"]) == (right, "by_hand", done.journal_id)
    assert await settled_by_day(world) == [(yesterday, -1_000, 3)], "the books of every day have it once"
    assert await verify(postgres) == []


async def settled_by_day(world: World) -> list[tuple[object, int, int]]:
    """What the network's account moved by under each value date, and in how many journals."""
    query = (
        "select j.value_date, sum(p.amount)::bigint, count(*) from ledger.posting p join ledger.account a using (account_id) "
        "join ledger.journal j using (journal_id) where a.kind = 'network_settlement' group by 1 order by 1"
    )
    return [tuple(row) for row in await world.connection.fetch(query)]


async def test_what_moves_to_an_answer_of_ours_moves_to_the_advice_that_replaced_it(
    world: World, postgres: asyncpg.Connection
) -> None:
    (held,) = await world.cards(1)
    ours = await world.authorize(held, 1_000, "MCCADV0011126")
    await world.advise(held, 1_000, "MCCADV0011126")
    await world.ingest(file_of([message(held, 1_000, "MCCOTHER11126", de38=" " * 6, de42=" " * 15)]))
    assert await world.account(held) == (99_000, 1_000)
    assert isinstance(await act(world, ours), Rematched)
    assert await world.account(held) == (99_000, 0)
    assert await verify(postgres) == []


async def test_an_unmatched_presentment_stays_on_its_account(world: World, postgres: asyncpg.Connection) -> None:
    (held,) = await world.cards(1)
    wrong = await world.authorize(held, 1_000, "MCCWRO0021126")
    await world.ingest(file_of([message(held, 1_000, "MCCWRO0021126")]))
    assert isinstance(await act(world, None), Rematched)
    assert await world.account(held) == (99_000, 0)
    assert await captured(world, wrong) == 0
    acts = await world.connection.fetch("select actor, reason from report.audit where action = 'clearing_unmatched'")
    assert [tuple(row) for row in acts] == [("ada", WHY.reason)]
    assert await verify(postgres) == []


async def open_items(world: World) -> list[tuple[str, str, int]]:
    query = "select kind, subject, amount from report.exception where status = 'open' order by exception_id"
    return [tuple(row) for row in await world.connection.fetch(query)]


async def test_what_is_matched_by_hand_beyond_what_was_authorized_is_an_item_and_unmatched_it_is_one_again(world: World) -> None:
    (held,) = await world.cards(1)
    paid = await world.authorize(held, 1_250, "MCCPAI0011126")
    away = {"de38": " " * 6, "de42": " " * 15}
    await world.ingest(file_of([message(held, 1_250, "MCCPAI0011126"), message(held, 1_250, "MCCNON0031126", **away)]))
    unauthorized = ("unauthorized_presentment", f"clearing {FILE_ID}/3", 1_250)
    assert await open_items(world) == [unauthorized]
    done = await act(world, paid, 3)
    assert isinstance(done, Rematched)
    assert (done.concern, "25.00 EUR presented of 12.50 EUR authorized" in done.said) == ("over_cleared", True)
    assert await act(world, paid, 3) == done
    over_cleared = ("over_cleared", f"clearing {FILE_ID}/3", 1_250)
    assert await open_items(world) == [over_cleared], "that it was not authorized is ended with the match"
    done = await act(world, None, 3)
    assert isinstance(done, Rematched)
    assert done.concern == "unauthorized_presentment"
    assert await open_items(world) == [unauthorized]
    ended = await world.connection.fetch(
        "select kind, act, resolved_by from report.exception where status = 'resolved' order by 1"
    )
    assert [tuple(row) for row in ended] == [
        (kind, "settled_itself", "rule matched_by_hand") for kind in ("over_cleared", "unauthorized_presentment")
    ]
    assert await world.connection.fetchval("select count(*) from report.audit where action = 'exception_settled_itself'") == 2
    assert await world.account(held) == (97_500, 0)


@pytest.mark.parametrize(
    ("way", "said"),
    [
        ("proposed", "has credited its cardholder by journal"),
        ("written off", "has credited its cardholder by journal"),
        ("cut off", "is being worked off: resolve it the same way again"),
    ],
)
async def test_what_has_credited_its_cardholder_is_not_matched_anew(
    world: World, monkeypatch: pytest.MonkeyPatch, way: str, said: str
) -> None:
    (held,) = await world.cards(1)
    paid = await world.authorize(held, 1_000, "MCCCLA0011126")
    await world.ingest(file_of([message(held, 1_000, "MCCCLA0021126", de38=" " * 6, de42=" " * 15)]))
    item = await world.connection.fetchval("select exception_id from report.exception")
    resolver = Resolver(world.connection, world.journal)
    if way == "written off":
        assert isinstance(await resolver.write_off(item, GIVE_UP), Done)
    elif way == "proposed":
        assert isinstance(await resolver.book_proposal(item, BOOK), Done)
    else:
        with monkeypatch.context() as cut:
            cut.setattr(resolving, "close", cut_off)
            with pytest.raises(Unavailable):
                await resolver.book_proposal(item, BOOK)
    done = await act(world, paid)
    assert isinstance(done, NotRematched)
    assert f"exception {item} about it {said}" in done.reason
    assert await world.account(held) == (100_000, 1_000)
    assert await world.connection.fetchval("select count(*) from clearing.match") == 1


async def cut_off(*_: object, **__: object) -> None:
    raise Unavailable("Postgres went away")


async def test_the_same_act_again_changes_nothing(world: World) -> None:
    (held,) = await world.cards(1)
    await world.authorize(held, 1_000, "MCCWRO0031126")
    await world.ingest(file_of([message(held, 1_000, "MCCWRO0031126")]))
    first = await act(world, None)
    assert await act(world, None) == first
    assert await world.connection.fetchval("select count(*) from clearing.match") == 2


class Away:
    """Books that cannot be reached."""

    async def record(self, command: object) -> None:
        raise Unavailable("Postgres went away")


async def test_an_act_that_was_cut_off_is_finished_by_asking_again(world: World, postgres: asyncpg.Connection) -> None:
    (held,) = await world.cards(1)
    await world.authorize(held, 1_000, "MCCWRO0041126")
    await world.ingest(file_of([message(held, 1_000, "MCCWRO0041126")]))
    with pytest.raises(Unavailable):
        await rematch(world.connection, Away(), (FILE_ID, 2), None, WHY)  # type: ignore[arg-type]
    assert (await world.record(2))["match_rule"] == "by_hand", "written down before anything is booked"
    assert isinstance(await act(world, None), Rematched)
    assert await world.account(held) == (99_000, 0)
    assert await verify(postgres) == []


async def test_a_reversal_takes_back_what_an_act_has_booked_wherever_that_was_cut_off(
    world: World, postgres_dsn: str, postgres: asyncpg.Connection
) -> None:
    ended = False
    for steps in range(1, MOST):
        (held,) = await world.cards(1)
        paid, name = await world.authorize(held, 1_000, f"MCCKI{steps:04d}1126"), f"MCCKJ{steps:04d}1126"
        files = [f"00226112600000200900{steps:02d}{number:03d}" for number in (1, 2)]
        presented = message(held, 1_000, name, arn=f"{steps:023d}", de38=" " * 6, de42=" " * 15)
        await world.ingest(file_of([presented], files[0]))
        one, left = await asyncpg.connect(postgres_dsn, server_settings={"role": "cardline_writer"}), [steps]
        try:
            await rematch(Mortal(one, left, one), Mortal(world.journal, left, one), (files[0], 2), paid, WHY)  # type: ignore[arg-type]
            ended = True
        except (Killed, asyncpg.InterfaceError, ConnectionError):
            assert left[0] <= 0
        finally:
            one.terminate()
        await world.ingest(file_of([replace(presented, pds={**presented.pds, "0025": "R261126"})], files[1]))
        assert (await world.account(held))[0] == 100_000, f"cut off at step {steps}"
        assert (await world.record(2, files[1]))["status"] == "posted"
        assert isinstance(await rematch(world.connection, world.journal, (files[0], 2), paid, WHY), NotRematched)
        if ended:
            break
    assert ended
    assert await open_items(world) == []
    assert await verify(postgres) == []


async def test_what_cannot_be_matched_anew_is_said(world: World) -> None:
    first, second = await world.cards(2)
    foreign = await world.authorize(second, 1_000, "MCCFOR0011126")
    await world.ingest(file_of([message(first, 1_000, "MCCNON0011126"), message(first, 700, "MCCNON0021126", arn="6" * 23),
                                message(first, 700, "MCCNON0021126", arn="6" * 23, pds={"0025": "R261126"})]))  # fmt: skip
    for position, authorization_id, said in (
        (2, foreign, "never held anything on the account"),
        (3, None, "taken back"),
        (4, None, "only presentments"),
        (99, None, "there is no record"),
    ):
        done = await act(world, authorization_id, position)
        assert isinstance(done, NotRematched)
        assert said in done.reason


async def test_acts_on_one_record_at_once_come_one_after_the_other(world: World, postgres: asyncpg.Connection) -> None:
    (held,) = await world.cards(1)
    one, other = [await world.authorize(held, 1_000, f"MCCONC{number}011126") for number in (1, 2)]
    await world.ingest(file_of([message(held, 1_000, "MCCNONE011126", de38=" " * 6, de42=" " * 15)]))
    desks = [await asyncpg.connect(world.dsn, server_settings={"role": "cardline_writer"}) for _ in range(4)]
    wanted = [one, other, one, other]
    done = await asyncio.gather(
        *(rematch(desk, world.journal, (FILE_ID, 2), to, WHY) for desk, to in zip(desks, wanted, strict=True))
    )
    for desk in desks:
        await desk.close()
    assert [found.authorization_id for found in done if isinstance(found, Rematched)] == wanted
    assert await world.account(held) == (99_000, 0)
    last = (await world.record(2))["authorization_id"]
    assert [await captured(world, each) for each in (one, other)] == [1_000 * (each == last) for each in (one, other)]
    assert await verify(postgres) == []


async def test_a_record_that_somebody_holds_on_to_is_not_waited_for_for_ever(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding, "WAIT_SECONDS", 0.1)
    (held,) = await world.cards(1)
    await world.ingest(file_of([message(held, 1_000, "MCCNON0051126")]))
    async with holding.held(world.reader, f"record {FILE_ID}/2") as is_ours:
        assert is_ours
        done = await act(world, None)
    assert done == NotRematched("somebody else is matching this record now: ask again")
    assert isinstance(await act(world, None), Rematched)
