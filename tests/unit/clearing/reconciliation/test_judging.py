"""What facts come to: every finding with its desk, its deadline and what would put it right."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from clearing.disputes.reasons import REASONS
from clearing.reconciliation.facts import Booked, Facts, Gap, Item, Later, OpenItem, Settled, Unpresented, Waiting
from clearing.reconciliation.findings import Finding, Resolution, entries_json, entries_of, result_hash
from clearing.reconciliation.judging import judge
from clearing.reconciliation.terms import TERMS, Place
from clearing.settlement.bank_statements import BankEntry
from clearing.settlement.positions import Key, Position, Totals

DAY = date(2026, 11, 26)
KEY = Key("EUR0000001", "EUR", DAY, 1)
TOTALS = Totals(1000, 0, 2, 0, 10)
ENTRY = BankEntry(1, "R", -990, DAY, DAY, said=("EUR0000001/26112601",))
SOUND = Facts(
    day=DAY, inputs=(), records=2, items=(), differing_journals=(), settled_otherwise=(), unpresented=(), waiting=(),
    expected={replace(KEY, function="1240200"): TOTALS},
    later=(), positions=(Position(2, replace(KEY, function="1240200", processing="00"), TOTALS), Position(3, KEY, TOTALS, -990)),
    due=(), bad_positions=(), latest_position=(DAY, 1), entries=(("EUR", ENTRY),), unknown_entries=(), closed={"EUR": DAY}, gaps=(),
    balances={("network_settlement", "EUR"): 0, ("suspense", "EUR"): 500}, open_items=(), resolved=frozenset(),
)  # fmt: skip
ITEM = Item("F", 7, "doubled_presentment", True, 300, "EUR", 42, "1401", "the same as record 6")


def facts(**changes: object) -> Facts:
    return replace(SOUND, **changes)  # type: ignore[arg-type]


def only(found: list[Finding]) -> Finding:
    (one,) = found
    return one


def lines(found: Finding) -> list[tuple[int | str, int]]:
    return [(line.account, line.amount) for entry in found.proposal for line in entry.lines]


def test_a_day_on_which_all_three_agree_has_no_findings() -> None:
    assert judge(SOUND) == []


def test_the_same_facts_give_the_same_result_and_other_facts_another() -> None:
    once, again = judge(facts(items=(ITEM,))), judge(facts(items=(ITEM,)))
    assert result_hash(once) == result_hash(again)
    assert result_hash(once) != result_hash(judge(facts(items=(replace(ITEM, amount=301),))))


def test_a_presentment_that_may_be_charged_back_has_reason_deadline_and_a_claim_proposed() -> None:
    found = only(judge(facts(items=(ITEM,))))
    assert (found.subject, found.owner, found.reason, found.amount) == ("clearing F/7", "disputes", "4834", 300)
    assert found.deadline == DAY + timedelta(days=90)
    assert lines(found) == [("disputes_receivable", 300), ("disputes_payable", -300), ("disputes_payable", 300), (42, -300)]


@pytest.mark.parametrize(
    ("kind", "is_debit", "expected"),
    [
        ("unknown_card", True, [("disputes_receivable", 300), ("suspense", -300)]),
        ("closed_account", False, [("suspense", 300), ("write_offs", -300)]),
        ("orphan_reversal", False, [("suspense", 300), ("write_offs", -300)]),
        ("chargeback", False, [("disputes_payable", 300), (42, -300)]),
        ("second_presentment", True, [("disputes_payable", 300), ("disputes_receivable", -300)]),
        ("unbookable_record", True, []),
    ],
)
def test_each_kind_proposes_what_puts_it_right(kind: str, is_debit: bool, expected: list[tuple[int | str, int]]) -> None:
    assert lines(only(judge(facts(items=(replace(ITEM, kind=kind, is_debit=is_debit),))))) == expected


def test_a_second_presentment_is_due_for_an_answer_from_its_business_date() -> None:
    item = replace(ITEM, kind="second_presentment", reason="2700", function_code="205")
    found = only(judge(facts(items=(item,))))
    assert (found.reason, found.deadline) == ("2700", DAY + timedelta(days=45))


def test_the_clock_starts_on_the_business_date_of_the_record_and_each_exact_reason_has_its_own_time() -> None:
    presented_on = DAY - timedelta(days=3)
    item = replace(ITEM, kind="unknown_card", business_date=presented_on)
    due = only(judge(facts(items=(item,)))).due
    assert due is not None
    assert (due.step, due.side, due.since, due.on) == (
        "charge_back", "issuer", presented_on, presented_on + timedelta(days=45),
    )  # fmt: skip


def test_a_chargeback_of_a_refund_takes_from_the_cardholder_by_force() -> None:
    item = replace(ITEM, kind="chargeback", is_debit=True, function_code="450", reason="4853")
    found = only(judge(facts(items=(item,))))
    assert (lines(found), found.proposal[0].is_forced) == ([("disputes_payable", -300), (42, 300)], True)


def test_a_credit_of_the_network_may_not_be_charged_back() -> None:
    found = only(judge(facts(items=(replace(ITEM, is_debit=False),))))
    assert (found.reason, found.deadline, found.proposal) == (None, None, ())


def test_what_is_not_presented_in_its_time_is_an_item_and_what_is_in_time_settles_by_rule() -> None:
    late, waiting = judge(facts(unpresented=(Unpresented(5, "EUR", 700, DAY),), waiting=(Waiting("EUR", 3, 900),)))
    assert (late.kind, late.rule, late.amount, late.proposal) == ("not_presented", None, 700, ())
    assert (waiting.kind, waiting.rule, waiting.amount) == ("awaiting_presentment", Resolution.TIMING, 900)


def test_roundings_that_were_booked_with_their_records_are_told_as_settled_by_that_rule() -> None:
    settled = tuple(Settled("F", number, "EUR", 100, 101, is_booked=True) for number in (2, 3))
    found = only(judge(facts(settled_otherwise=settled)))
    assert (found.kind, found.rule, found.subject, found.proposal) == (
        "rounded", Resolution.ROUNDING, "roundings in EUR of 2026-11-26", (),
    )  # fmt: skip
    assert found.said == "settled a minor unit off, and booked with the record; records: 2"


def test_differences_that_the_books_refused_are_for_people_roundings_by_file() -> None:
    settled = (
        Settled("F", 2, "EUR", 100, 101), Settled("F", 3, "EUR", 100, 101), Settled("F", 4, "EUR", -50, -50 + 1),
        Settled("F", 5, "EUR", 100, 102),
    )  # fmt: skip
    differs, rounding = judge(facts(settled_otherwise=settled, balances={("network_settlement", "EUR"): 5}))
    assert (differs.kind, differs.rule, differs.amount) == ("settled_differs", None, -2)
    assert (rounding.kind, rounding.rule, rounding.amount) == ("rounding", None, -3)
    assert lines(rounding) == [("rounding", 3), ("network_settlement", -3)]


def test_refused_roundings_that_come_to_nothing_together_are_nothing_for_anybody() -> None:
    settled = (Settled("F", 2, "EUR", 100, 101), Settled("F", 3, "EUR", 100, 99))
    found = only(judge(facts(settled_otherwise=settled)))
    assert (found.kind, found.rule, found.amount, found.proposal) == ("rounding", Resolution.ROUNDING, 0, ())


def test_a_position_and_a_bank_that_are_wrong_explain_what_the_settlement_account_holds() -> None:
    more = Totals(1700, 0, 3, 0, 10)
    positions = (Position(3, KEY, more, -1690),)
    paid = replace(ENTRY, minor=-2690, details=-1690)
    wrong = facts(positions=positions, entries=(("EUR", paid),), balances={("network_settlement", "EUR"): 1700})
    position, bank = judge(wrong)
    assert [(one.kind, one.amount) for one in (position, bank)] == [("position_differs", -700), ("bank_differs", -1000)]
    assert lines(bank) == [("write_offs", 1000), ("network_settlement", -1000)]


def test_what_no_other_finding_explains_is_one_of_its_own() -> None:
    found = only(judge(facts(balances={("network_settlement", "EUR"): -40})))
    assert (found.kind, found.owner, found.amount) == ("clearing_account_open", "ledger", 40)
    assert found.said == "holds -0.40 EUR; no other item explains any of it"

    assert lines(found) == [("network_settlement", 40), ("write_offs", -40)]


def test_an_account_of_which_more_is_explained_than_it_holds_says_what_the_items_make_it() -> None:
    item = OpenItem("position_differs", "of yesterday", "EUR", -3769)
    found = only(judge(facts(balances={("network_settlement", "EUR"): 2000}, open_items=(item,))))
    assert found.said == "holds 20.00 EUR; the other items make it 37.69 EUR"


def test_an_open_item_of_an_earlier_date_explains_its_part_and_a_resolved_one_does_not() -> None:
    item = OpenItem("bank_differs", "settlement of yesterday", "EUR", -1000)
    assert judge(facts(open_items=(item,), balances={("network_settlement", "EUR"): 1000})) == []
    paid = replace(ENTRY, minor=-1990)
    (before,) = judge(facts(entries=(("EUR", paid),), balances={("network_settlement", "EUR"): 1000}))
    resolved = frozenset({(before.kind, before.subject)})
    after = judge(facts(entries=(("EUR", paid),), resolved=resolved))
    assert after == [before]


def test_what_the_bank_has_not_stated_yet_is_awaited_and_nothing_is_proposed() -> None:
    found = only(judge(facts(entries=(), closed={}, balances={("network_settlement", "EUR"): -990})))
    assert (found.kind, found.rule, found.proposal) == ("bank_entry_missing", Resolution.TIMING, ())


def test_what_the_network_settles_on_a_later_date_is_timing_and_explains_what_is_booked_already() -> None:
    later = Later("EUR0000001", "EUR", DAY + timedelta(days=1), 2, -700)
    found = only(judge(facts(later=(later,), balances={("network_settlement", "EUR"): -700})))
    assert (found.kind, found.rule, found.amount) == ("settled_later", Resolution.TIMING, 700)
    assert found.said == "booked by now, and the network settles it on 2026-11-27; records: 2"


def test_what_an_earlier_date_is_to_be_paid_is_missed_on_the_day_it_is_due_and_is_of_its_own_date() -> None:
    before = DAY - timedelta(days=1)
    due = Position(3, replace(KEY, business_date=before), TOTALS, -990, pays_on=DAY)
    late = OpenItem("bank_entry_missing", "settlement EUR0000001 EUR of 2026-11-25 cycle 1", "EUR", 990)
    owed = facts(due=(due,), open_items=(late,), balances={("network_settlement", "EUR"): -990})
    found = only(judge(owed))
    assert (found.kind, found.subject, found.amount, found.rule, found.since) == (
        late.kind, late.subject, 990, None, before,
    )  # fmt: skip
    assert judge(replace(owed, closed={"EUR": before})) == []


def test_a_charge_that_names_no_settlement_a_gap_and_a_wrong_journal_are_told() -> None:
    charge = replace(ENTRY, minor=-5, said=("CHARGES",))
    found = judge(
        facts(
            unknown_entries=(("statement S EUR entry 2", "EUR", charge),),
            gaps=(Gap("S", "EUR", 100, 90),),
            differing_journals=(Booked("F", 2, "EUR", -100, -90),),
            bad_positions=(("F", 3, "PDS 0390: not D and 16 digits"),),
        )
    )
    assert {one.kind: one.amount for one in found} == {
        "journal_differs": 10, "bad_position": None, "bank_entry_unknown": -5, "statement_gap": -10,
    }  # fmt: skip
    assert lines(next(one for one in found if one.kind == "bank_entry_unknown")) == [("write_offs", 5), ("suspense", -5)]


def test_a_proposal_is_stored_and_read_back_as_it_was() -> None:
    found = only(judge(facts(items=(ITEM,))))
    assert entries_of(entries_json(found.proposal)) == found.proposal


def test_every_reason_that_terms_name_has_a_limit_of_days() -> None:
    assert {terms.reason for terms in TERMS.values() if terms.reason} <= REASONS.keys()
    assert all(terms.place is not Place.CUSTOMER or terms.reason for terms in TERMS.values())
