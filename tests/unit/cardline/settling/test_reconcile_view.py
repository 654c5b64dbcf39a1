"""What a reconciliation looks like to who works it off."""

from io import StringIO

from rich.console import Console
from unit.clearing.reconciliation.test_judging import DAY, ITEM, SOUND, facts

from cardline.settling.reconcile_view import finding_document, joined, print_run
from clearing.reconciliation.agreement import agreement_of
from clearing.reconciliation.facts import Facts, Waiting
from clearing.reconciliation.judging import judge
from clearing.reconciliation.running import Run


def shown(found: Facts, *items: dict[str, object]) -> str:
    findings = tuple(judge(found))
    run = Run(7, DAY, found, findings, agreement_of(found, findings))
    out = StringIO()
    print_run(run, joined([finding_document(one) for one in findings], items), Console(file=out, width=250))
    return out.getvalue()


def test_a_sound_day_shows_its_three_sides_side_by_side_and_nothing_for_people() -> None:
    text = shown(SOUND)
    assert "clearing records: 2, of which 2 agree (authorization, presentment, journal)\n" in text
    (total,) = [line for line in text.splitlines() if "EUR0000001" in line]
    assert [part.strip() for part in total.strip("│").split("│")] == [
        "EUR0000001 EUR", "1", "2", "-9.90 EUR", "-9.90 EUR", "-9.90 EUR", "agrees",
    ]  # fmt: skip
    assert text.endswith("nothing is left for people\n")


def test_what_a_rule_has_settled_is_named_with_its_rule_and_an_item_with_its_age_and_its_end() -> None:
    item = {
        "kind": ITEM.kind, "subject": ITEM.subject, "exception_id": 12, "status": "open", "age_days": 3, "act": None,
        "resolved_by": None,
    }  # fmt: skip
    text = shown(facts(items=(ITEM,), waiting=(Waiting("EUR", 3, 900),)), item)
    assert "settled by rule timing: awaiting_presentment, 3 authorizations wait" in text
    (row,) = [line for line in text.splitlines() if "clearing F/7" in line]
    assert [part.strip() for part in row.strip("│").split("│")][:8] == [
        "12", ITEM.kind, ITEM.subject, "3.00 EUR", "disputes", "3", "2027-02-24", "--proposed",
    ]  # fmt: skip
