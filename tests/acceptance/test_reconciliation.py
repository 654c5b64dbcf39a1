"""Statements, reconciliations and exceptions from the command line, as people use them."""

from pathlib import Path

import pytest
from acceptance.desk import Run
from unit.clearing.settlement.test_camt053 import document, entry, statement

from cardline.cli import main

DAY = "2026-11-26"
CHARGED = document(statement(entry(-250).replace("EUR0000001/26112601", "CHARGES"), closing=750))


def written(directory: Path, name: str, content: bytes) -> Path:
    path = directory / name
    path.write_bytes(content)
    return path


async def test_a_charge_of_the_bank_is_taken_in_found_worked_off_and_gone(run: Run, tmp_path: Path) -> None:
    day_xml = written(tmp_path, "day.xml", CHARGED)
    (taken,) = run("reconcile", "statement", day_xml, "--json", "--actor", "ada")
    assert (taken["statements"], taken["booked"], taken["is_new"]) == (1, 1, True)
    (again,) = run("reconcile", "statement", day_xml, "--json")
    assert (again["booked"], again["is_new"]) == (0, False)

    run("reconcile", "run", DAY, expect=1)
    stored = run("reconcile", "show", "--json")
    (charge,) = stored["findings"]
    assert (charge["kind"], charge["amount"], charge["owner"]) == ("bank_entry_unknown", -250, "treasury")

    (item,) = run("exceptions", "list", "--json")
    shown = run("exceptions", "show", item["exception_id"])
    assert "--write-off books debit write_offs 2.50 EUR, credit suspense 2.50 EUR: a loss of ours" in shown
    assert "--proposed books nothing: its journal is a write-off" in shown
    assert [one["kind"] for one in stored["inputs"]] == ["bank_statement", "books"]
    assert [(one["role"], one["balance"]) for one in stored["clearing_accounts"]] == [("suspense", 250)]

    assert [(one["owner"], one["open"], one["overdue"]) for one in stored["open_items"]] == [("treasury", 1, 0)]
    assert "open items of treasury: 1" in run("reconcile", "show")

    why = ("--reason", "monthly charges", "--actor", "ada")
    assert "is with grace" in run("exceptions", "assign", item["exception_id"], "grace", *why)
    run("exceptions", "note", item["exception_id"], "--reason", "asked the bank", "--actor", "grace")
    shown = run("exceptions", "show", item["exception_id"], "--json")
    assert (shown["owner"], [act["act"] for act in shown["acts"]], shown["case"]) == ("grace", ["assigned", "noted"], None)
    assert run("exceptions", "list", "--json", "--owner", "grace", "--overdue") == []
    run("exceptions", "resolve", item["exception_id"], "--proposed", *why, expect=1)
    assert run("exceptions", "resolve", item["exception_id"], "--write-off", *why, "--json")["journal_id"]
    run("exceptions", "resolve", item["exception_id"], "--write-off", *why, expect=1)
    assert run("exceptions", "list", "--json") == []
    (resolved,) = run("exceptions", "list", "--all", "--json")
    assert resolved["status"] == "resolved"
    assert "nothing is left for people" in run("reconcile", "run", DAY)
    assert "every clearing account has returned to zero" in run("reconcile", "show")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (document(statement(entry(-250), closing=1)), "statement 1: Bal: opening balance and entries do not make"),
        (document(statement(), message="BkToCstmrAcctRpt", kind="052"), "a camt.052 report"),
        (document(statement(account="<IBAN>DE77</IBAN>").replace("EUR", "SEK"))[:-9], "cut off"),
    ],
)
async def test_a_statement_that_is_not_sound_is_refused_in_one_line(run: Run, tmp_path: Path, content: bytes, said: str) -> None:
    (line,) = run("reconcile", "statement", written(tmp_path, "bad.xml", content), expect=1).splitlines()
    assert line.startswith("cardline: bad.xml: ")
    assert said in line
    (kept,) = run("clearing", "refusals", tmp_path / "bad.xml", "--json")
    assert (kept["kind"], kept["name"]) == ("bank_statement", "bad.xml")
    assert line == "cardline: " + ": ".join(filter(None, ("bad.xml", kept["place"], kept["reason"])))
    assert "bank statement" in run("clearing", "refusals", tmp_path / "bad.xml")


@pytest.mark.parametrize(
    "arguments",
    [
        ("reconcile", "run", "yesterday"),
        ("reconcile", "statement", "nowhere.xml"),
        ("exceptions", "resolve", "1", "--reason", "x"),
        ("exceptions", "resolve", "1", "--reason", "x", "--proposed", "--write-off"),
        ("exceptions", "resolve", "1", "--reason", " ", "--proposed"),
        ("exceptions", "assign", "1", " ", "--reason", "x"),
        ("exceptions", "note", "1", "--reason", " "),
    ],
)
async def test_wrong_usage_is_one_line_and_code_2(run: Run, arguments: tuple[str, ...]) -> None:
    run(*arguments, expect=2)


async def test_what_is_not_there_is_said(run: Run) -> None:
    run("exceptions", "show", 999, expect=1)
    assert "2999-01-01 lies ahead, and" in run("reconcile", "run", "2999-01-01", expect=1)
    run("exceptions", "resolve", 999, "--write-off", "--reason", "x", expect=1)
    run("exceptions", "assign", 999, "grace", "--reason", "x", expect=1)
    run("exceptions", "note", 999, "--reason", "x", expect=1)
    run("reconcile", "show", 999, expect=1)


def test_every_command_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    for group in ("reconcile", "exceptions"):
        assert main([group, "--help"]) == 0
        assert "resolve" in (said := capsys.readouterr().out) or "statement" in said
