"""Records of one presentment in many orders, worked off in many: what is left in the books when nothing of it is open."""

import itertools
from dataclasses import dataclass, replace
from typing import Any

import pytest
from integration.clearing.clearing_world import HeldCard, World, file_of, message
from integration.clearing.office import BOOK, DAY, GIVE_UP, KEY

from clearing.ipm.messages import IpmMessage
from clearing.reconciliation.resolving import Done, NotDone, Resolver
from clearing.reconciliation.running import reconcile

WHOLE = 3_000
BETWEEN = ("disputes_receivable", "disputes_payable", "suspense")
_files, _cases = itertools.count(1), itertools.count(1)
BACK = {"0025": "R261126"}


@dataclass
class Course:
    """One presentment: `step` says what comes ("p", "c1000", "-c") or what is done ("+kind" proposed, "!kind" written off)."""

    world: World
    held: HeldCard
    number: int
    is_credit: bool = False

    async def step(self, what: str) -> None:
        if what == "refund":
            self.is_credit = True
        elif what == "run":
            await reconcile(self.world.connection, self.world.journal, DAY, key=KEY, actor="clerk")
        elif what == "authorized":
            await self.world.authorize(self.held, WHOLE, self.trace)
        elif what == "authorized 2000":
            await self.world.authorize(self.held, 2_000, self.trace)
        elif what[0] in "+!":
            await self._work_off(what[1:], is_proposed=what[0] == "+")
        else:
            await self.world.ingest(file_of([self._message(what)], f"0022611260000020090{next(_files):06d}"))
        assert not await self.between() or await self.open(), what

    async def _work_off(self, kind: str, *, is_proposed: bool) -> None:
        one = next((found for found, of_kind in await self.open() if of_kind == kind), None)
        assert one is not None, f"no {kind} is open: {await self.open()}"
        resolver = Resolver(self.world.connection, self.world.journal)
        done = await (resolver.book_proposal(one, BOOK) if is_proposed else resolver.write_off(one, GIVE_UP))
        assert isinstance(done, Done), (kind, done)

    def _message(self, what: str) -> IpmMessage:
        name, pds = what.lstrip("-"), BACK if what.startswith("-") else {}
        amount = int(name[1:] or WHOLE)
        part = {"0268": f"{amount:012d}978"} if amount != WHOLE else {}
        kinds = {
            "p": {"de24": "200"}, "s": {"de24": "282" if part else "205", "de25": "2001"},
            "c": {"mti": "1442", "de24": "453" if part else "450", "de25": "4853"},
            "a": {"mti": "1442", "de24": "451", "de25": "4853"},
        }  # fmt: skip
        if self.is_credit:
            kinds = {one: {"de3": "200000", **elements} for one, elements in kinds.items()}
        return message(self.held, amount, self.trace, arn=f"{self.number:023d}", pds={**pds, **part}, **kinds[name[0]])

    @property
    def trace(self) -> str:
        return f"MCC{self.number:06d}1126"

    async def open(self) -> list[tuple[int, str]]:
        rows = await self.world.connection.fetch(
            "select exception_id, kind from report.exception where status = 'open' order by 1"
        )
        return [(row["exception_id"], row["kind"]) for row in rows]

    async def between(self) -> dict[str, int]:
        return {role: held for role, held in (await balances(self.world)).items() if role in BETWEEN and held}


async def balances(world: World) -> dict[str, int]:
    rows = await world.connection.fetch(
        "select a.kind, sum(p.amount)::bigint as held from ledger.posting p join ledger.account a using (account_id) "
        "where p.layer = 'posted' group by a.kind"
    )
    return {row["kind"]: row["held"] for row in rows}


async def played(world: World, script: str, *, is_known: bool = True) -> tuple[int, int, int]:
    """What the cardholder has paid for it, what the network settles (negative where we pay), and what we have lost."""
    (held,) = await world.cards(1)
    course = Course(world, held if is_known else replace(held, pan="5413330000009994"), next(_cases))
    before = await balances(world)
    for what in script.split(", "):
        await course.step(what)
    await course.step("run")
    assert await course.open() == []
    assert await course.between() == {}
    after = await balances(world)
    moved = {role: after.get(role, 0) - before.get(role, 0) for role in ("network_settlement", "write_offs", "chargeback_losses")}
    posted, _ = await world.account(held)
    return 100_000 - posted, moved["network_settlement"], moved["write_offs"] + moved["chargeback_losses"]


FORCED = "unauthorized_presentment"


@pytest.mark.parametrize(
    "scripts",
    [
        {  # nobody has authorized it
            f"p, +{FORCED}, -p, +credited_before": (0, 0, 0),
            f"p, !{FORCED}, -p, !credited_before": (0, 0, 0),
            f"p, +{FORCED}, !claim_to_send": (0, -WHOLE, WHOLE),
            f"p, +{FORCED}, c1000, run, +chargeback, !claim_to_send": (0, -2_000, 2_000),
            f"p, +{FORCED}, c, s, run, +second_presentment, +chargeback": (WHOLE, -WHOLE, 0),
            f"p, +{FORCED}, s, +second_presentment, c, +chargeback": (WHOLE, -WHOLE, 0),
            f"p, c, +{FORCED}, s, +second_presentment, +chargeback": (WHOLE, -WHOLE, 0),
            f"p, c, !{FORCED}, !chargeback": (0, 0, 0),
            "authorized 2000, p, +over_cleared, c, +chargeback": (0, 0, 0),
            f"-p, !orphan_reversal, p, +{FORCED}, c, +chargeback": (0, WHOLE, -WHOLE),
        },
        {  # of disputes alone
            "authorized, p, c, s, a, +second_presentment, +chargeback": (0, 0, 0),
            "authorized, p, c, s, a, +chargeback, +chargeback": (0, 0, 0),
            "authorized, p, c1000, c1000, s1000, +second_presentment, +chargeback": (2_000, -2_000, 0),
            "authorized, p, c1000, c1000, -c1000, run, +chargeback": (2_000, -2_000, 0),
            "authorized, p, c, -p, !chargeback": (0, WHOLE, -WHOLE),
            "authorized, p, c, -p, -c": (0, 0, 0),
            "authorized, p, c, +chargeback, -p, -c, +dispute_withdrawn, +credited_before": (0, 0, 0),
            "authorized, p, c, s, -s, run, +chargeback": (0, 0, 0),
            "authorized, p, c, +chargeback, s, +second_presentment, -s, +dispute_withdrawn": (0, 0, 0),
            "authorized, p, -c, c": (WHOLE, -WHOLE, 0),
            "refund, p, c, +chargeback, s, +second_presentment": (-WHOLE, WHOLE, 0),
            "refund, p, c, s, +second_presentment": (-WHOLE, WHOLE, 0),
        },
    ],
)
async def test_when_nothing_of_a_presentment_is_open_the_cardholder_has_paid_it_once_or_not_at_all(
    world: World, scripts: dict[str, tuple[int, int, int]]
) -> None:
    assert {script: await played(world, script) for script in scripts} == scripts


async def test_what_waits_in_suspense_is_claimed_charged_back_and_taken_back_once(world: World) -> None:
    scripts = {
        "p, +unknown_card, -p, +credited_before": (0, 0, 0),
        "p, !unknown_card, -p, !credited_before": (0, 0, 0),
        "p, c, +chargeback, !unknown_card": (0, 0, 0),
    }
    assert {script: await played(world, script, is_known=False) for script in scripts} == scripts


async def test_a_reference_that_two_cards_share_is_two_cases(world: World) -> None:
    held, other = await world.cards(2)
    number = next(_cases)
    mine, theirs = Course(world, held, number), Course(world, other, number)
    for course, what in ((mine, "p"), (mine, f"+{FORCED}"), (theirs, "authorized"), (theirs, "p"), (theirs, "c"), (mine, "run")):
        await course.step(what)
    assert [kind for _, kind in await mine.open()] == ["claim_to_send", "chargeback"]
    await theirs.step("+chargeback")
    assert [(await world.account(one))[0] for one in (held, other)] == [100_000, 100_000]
    assert await mine.between() == {"disputes_receivable": WHOLE}
    assert [kind for _, kind in await mine.open()] == ["claim_to_send"]


class CutOff:
    """Books after whose first journal the act is gone."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    async def record(self, command: Any) -> Any:
        await self._inner.record(command)
        raise ConnectionError


async def test_a_claim_that_was_booked_and_not_written_down_counts_for_its_case_and_is_finished_as_it_was(world: World) -> None:
    (held,) = await world.cards(1)
    course = Course(world, held, next(_cases))
    await course.step("p")
    ((claimed, _),) = await course.open()
    books: Any = CutOff(world.journal)
    with pytest.raises(ConnectionError):
        await Resolver(world.connection, books).book_proposal(claimed, BOOK)
    await course.step("c")
    await course.step("+chargeback")
    assert ((await world.account(held))[0], await course.between()) == (100_000, {})
    refused = await Resolver(world.connection, world.journal).write_off(claimed, GIVE_UP)
    assert isinstance(refused, NotDone)
    assert "something else was booked" in refused.reason
    await course.step(f"+{FORCED}")
    assert ((await world.account(held))[0], await course.between(), await course.open()) == (100_000, {}, [])
