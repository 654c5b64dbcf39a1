"""How far the three sides of a date agree, as a run tells it."""

from dataclasses import replace

from unit.clearing.reconciliation.test_judging import DAY, ENTRY, ITEM, KEY, SOUND, TOTALS, facts

from clearing.reconciliation.agreement import State, Total, agreement_of
from clearing.reconciliation.facts import Facts
from clearing.reconciliation.judging import judge
from clearing.settlement.positions import Position

ALIKE = Total("EUR0000001", "EUR", 1, 2, -990, -990, -990, State.AGREES)


def totals(found: Facts) -> tuple[Total, ...]:
    return agreement_of(found, judge(found)).totals


def test_a_sound_day_agrees_in_every_record_and_total() -> None:
    found = agreement_of(SOUND, judge(SOUND))
    assert (found.records, found.agreeing, found.totals) == (2, 2, (ALIKE,))


def test_a_record_with_an_item_agrees_no_more_and_counts_once() -> None:
    items = (replace(ITEM, business_date=DAY), replace(ITEM, business_date=DAY, kind="over_cleared"), replace(ITEM, position=8))
    assert agreement_of(facts(items=items), []).agreeing == 1


def test_what_is_wrong_and_what_is_awaited_stand_in_their_own_cycle() -> None:
    second, third = replace(KEY, cycle=2), replace(KEY, cycle=3)
    found = facts(
        expected=SOUND.expected | {replace(second, function="1240200"): TOTALS, replace(third, function="1240200"): TOTALS},
        positions=(*SOUND.positions, Position(4, second, TOTALS, -990)), latest_position=(DAY, 2),
        entries=(("EUR", ENTRY), ("EUR", replace(ENTRY, minor=-1_000, said=("EUR0000001/26112602",)))),
    )  # fmt: skip
    assert totals(found) == (
        ALIKE, Total("EUR0000001", "EUR", 2, 2, -990, -990, -1_000, State.DIFFERS),
        Total("EUR0000001", "EUR", 3, 2, -990, None, None, State.TIMING),
    )  # fmt: skip


def test_where_a_side_names_no_cycle_the_whole_date_is_told() -> None:
    single = {replace(KEY, cycle=0, function="0200000"): TOTALS}
    (total,) = totals(facts(expected=SOUND.expected | single))
    assert (total.cycle, total.records, total.expected, total.stated, total.state) == (0, 4, -1_980, -990, State.DIFFERS)
