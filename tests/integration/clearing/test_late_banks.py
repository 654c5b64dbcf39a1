"""A bank that pays a business date days later: what it settles counts for the date that it names, not for its value date."""

from datetime import UTC, date, datetime, timedelta

import pytest
from integration.clearing.office import DAY, FORCED, PAYMENTS, Office, kinds, paid_on, reconciled_on

from clearing.reconciliation.resolving import Act, Done
from ledger.commands import RepeatKey
from ledger.recipes import RECIPES
from ledger.recipes.entry import book_of
from simulator.settlement.bank_statement import AccountDay, bank_statement
from simulator.settlement.disagreements import Disagreement
from simulator.settlement.evening import EveningPlan, evening
from simulator.settlement.presenting import Sitting

SETTLED = DAY - timedelta(days=3)
PAID = SETTLED + timedelta(days=2)
AFTER = [SETTLED + timedelta(days=days) for days in (1, 2, 3)]


async def pay_late(office: Office, *wrong: Disagreement, names: date = SETTLED) -> None:
    """The bank's statement of the settled date, which it books and values two days later."""
    (text,) = [c for n, c in evening(PAYMENTS, EveningPlan(1, SETTLED, wrong)).files.items() if n.endswith(".xml")]
    text = text.replace(f"{SETTLED}".encode(), f"{PAID}".encode())
    await office.pay(text.replace(f"/{SETTLED:%y%m%d}".encode(), f"/{names:%y%m%d}".encode()))


async def stray(office: Office, minor: int) -> None:
    """Something moves the settlement account under the settled date and nothing says why."""
    command = book_of(
        RECIPES["settle"]("EUR", minor), key=RepeatKey(b"nobody knows why", DAY), actor="tester", at=datetime.now(UTC),
        value_date=SETTLED,
    )  # fmt: skip
    assert (await office.journal.record(command)).journal_id is not None


async def found_after(office: Office) -> list[list[tuple[str, int | None]]]:
    return [kinds(await office.run(day)) for day in AFTER]


async def test_a_late_payment_leaves_no_finding_on_its_date_nor_on_those_until_it_comes(office: Office) -> None:
    await office.clear(without="statement", day=SETTLED)
    assert kinds(await office.run(SETTLED)) == FORCED
    assert await found_after(office) == [[], [], []]
    await pay_late(office)
    assert await found_after(office) == [[], [], []]
    assert kinds(await office.run(SETTLED)) == FORCED
    assert await office.connection.fetchval("select count(*) from report.exception where kind <> 'unauthorized_presentment'") == 0


async def no_entry(office: Office, day: date) -> None:
    """The bank's statement of a day on which it moves nothing."""
    await office.pay(bank_statement([AccountDay("978", 0, ())], Sitting(day, 1), 1))


async def test_what_the_network_pays_the_next_day_is_not_due_before_and_one_item_when_it_has_not_come(office: Office) -> None:
    due = AFTER[0]
    for name, content in evening(PAYMENTS, EveningPlan(1, SETTLED, ())).files.items():
        if name.endswith(".ipm"):
            await office.take(name, paid_on(content, due) if name.startswith("positions") else content)
    await no_entry(office, SETTLED)
    early = await office.run(SETTLED)
    (awaited,) = [one for one in early.findings if one.rule]
    assert (kinds(early), awaited.said) == (FORCED, f"not due yet: it is paid on {due}")
    assert kinds(await office.run(due)) == []
    await no_entry(office, due)
    missed = kinds(await office.run(due))
    assert [kind for kind, _ in missed] == ["bank_entry_missing"]
    assert kinds(await office.run(SETTLED)) == [*FORCED, *missed]
    done = await office.resolver.write_off(
        (await office.item("bank_entry_missing"))["exception_id"], Act("written_off", "ada", "ours")
    )
    assert isinstance(done, Done)
    assert [await found_after(office), kinds(await office.run(SETTLED))] == [[[], [], []], FORCED]


async def test_a_record_that_the_network_settles_on_the_next_date_is_timing_on_its_own_and_nothing_on_that(
    office: Office,
) -> None:
    moved = PAYMENTS[2].amount.minor
    for name, content in evening(PAYMENTS, EveningPlan(1, SETTLED, ())).files.items():
        if name.startswith("clearing"):
            await office.take(name, reconciled_on(content, moved, AFTER[0]))
    for day, payments in ((SETTLED, PAYMENTS[:2]), (AFTER[0], PAYMENTS[2:])):
        opening = await office.connection.fetchval("select closing from clearing.bank_statement")
        for name, content in evening(payments, EveningPlan(1, day, (), opening={"978": opening or 0})).files.items():
            if name.startswith("positions"):
                await office.take(name, content)
            elif name.endswith(".xml"):
                await office.pay(content)
    run = await office.run(SETTLED)
    assert kinds(run) == FORCED
    assert [(one.kind, one.rule) for one in run.findings if one.rule] == [("settled_later", "timing")]
    assert await found_after(office) == [[], [], []]


async def test_a_date_ahead_of_its_file_leaves_the_dates_before_it_clean(office: Office) -> None:
    await office.clear(day=DAY + timedelta(days=9))
    early = await office.run()
    assert (kinds(early), [(one.kind, one.rule) for one in early.findings]) == ([], [("settled_later", "timing")])
    assert kinds(await office.run(DAY + timedelta(days=9))) == FORCED


async def test_positions_that_have_not_come_are_awaited_on_the_next_dates_as_well(office: Office) -> None:
    await office.clear(without="positions", day=SETTLED)
    await office.run(SETTLED)
    assert [kind for found in await found_after(office) for kind, _ in found] == []


@pytest.mark.parametrize("is_paid", [False, True])
async def test_what_nothing_explains_is_found_beside_a_late_payment(office: Office, is_paid: bool) -> None:
    await office.clear(without="statement", day=SETTLED)
    if is_paid:
        await pay_late(office)
    await stray(office, 40)
    assert kinds(await office.run(SETTLED)) == [*FORCED, ("clearing_account_open", -40)]
    assert await found_after(office) == [[("clearing_account_open", -40)]] * 3


async def test_a_late_payment_of_another_amount_is_one_finding_of_its_date_also_before_that_is_run_again(office: Office) -> None:
    await office.clear(without="statement", day=SETTLED)
    await office.run(SETTLED)
    await pay_late(office, Disagreement.BANK_DIFFERS)
    assert await found_after(office) == [[], [], []]
    assert kinds(await office.run(SETTLED)) == [*FORCED, ("bank_differs", -1_000)]
    assert await found_after(office) == [[], [], []]
    done = await office.resolver.write_off((await office.item("bank_differs"))["exception_id"], Act("written_off", "ada", "ours"))
    assert isinstance(done, Done)
    assert [await found_after(office), kinds(await office.run(SETTLED))] == [[[], [], []], FORCED]


async def test_a_payment_under_a_wrong_date_that_is_matched_by_hand_counts_for_the_right_one(office: Office) -> None:
    await office.clear(without="statement", day=SETTLED)
    await pay_late(office, names=AFTER[0])
    assert [kind for kind, _ in kinds(await office.run(SETTLED))[3:]] == ["bank_entry_missing"]
    assert [kind for found in await found_after(office) for kind, _ in found] == ["bank_entry_unexpected"]
    ids = [(await office.item(kind))["exception_id"] for kind in ("bank_entry_missing", "bank_entry_unexpected")]
    assert isinstance(await office.resolver.match(*ids, Act("matched", "ada", "the bank has mistaken the date")), Done)
    assert [await found_after(office), kinds(await office.run(SETTLED))] == [[[], [], []], FORCED]
