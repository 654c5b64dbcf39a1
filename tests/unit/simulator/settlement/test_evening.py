"""A settled evening: files that hold, the same bytes from the same seed, and every disagreement in the manifest."""

import io
import json
from collections import Counter
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from cardutil import mciipm
from defusedxml import ElementTree

from clearing.ipm.characters import CharacterSet
from clearing.ipm.framing import Framing
from clearing.ipm.messages import IpmMessage
from clearing.ipm.proof import FileProof
from clearing.ipm.reader import IpmReader, IpmRecord
from clearing.ipm.recognition import FileForm
from simulator.settlement.bank_statement import NAMESPACE
from simulator.settlement.disagreements import Disagreement
from simulator.settlement.evening import LATE, MANIFEST, Evening, EveningPlan, evening
from simulator.settlement.played import Money, PlayedTransaction

TODAY = date(2026, 11, 26)
CLEARING, POSITIONS, STATEMENT = "clearing-20261126.ipm", "positions-20261126.ipm", "statement-20261126.camt053.xml"
NOTHING = EveningPlan(3, TODAY, ())
ALL = EveningPlan(3, TODAY)


@pytest.fixture(scope="session")
def played(payments: list[PlayedTransaction]) -> Evening:
    return evening(payments, ALL)


@pytest.fixture(scope="session")
def plain(payments: list[PlayedTransaction]) -> Evening:
    return evening(payments, NOTHING)


def read(content: bytes) -> list[IpmMessage]:
    records = list(IpmReader(io.BytesIO(content)))
    assert all(isinstance(record, IpmRecord) for record in records)
    return [record.message for record in records if isinstance(record, IpmRecord)]


def manifest(found: Evening) -> dict[str, Any]:
    return json.loads(found.files[MANIFEST])


def noted(found: Evening, kind: Disagreement) -> dict[str, Any]:
    (entry,) = [entry for entry in manifest(found)["disagreements"] if entry["kind"] == kind.name.lower()]
    return entry


def settled(entry: dict[str, Any]) -> list[int]:
    return [message["settled"]["minor"] for message in entry["messages"]]


def test_a_payment_without_network_data_is_presented_without_a_trace_id(payments: list[PlayedTransaction]) -> None:
    found = evening([replace(payments[0], network_reference="")], NOTHING)
    (presented,) = [message for message in read(found.files[CLEARING]) if message.mti == "1240"]
    assert 63 not in presented.elements


def test_the_same_seed_gives_the_same_bytes(payments: list[PlayedTransaction], played: Evening) -> None:
    assert evening(payments, ALL).files == played.files
    assert evening(payments, replace(ALL, seed=4)).files != played.files


def test_every_clearing_and_position_file_holds_and_is_marked_as_a_test(played: Evening) -> None:
    names = [name for name in played.files if name.endswith(".ipm")]
    assert names == [CLEARING, POSITIONS, "clearing-20270110.ipm", "positions-20270110.ipm"]
    for name in names:
        proof = FileProof()
        assert [flaw for message in read(played.files[name]) if (flaw := proof.add(message))] == []
        assert proof.finish() is None
        assert proof.is_test


@pytest.mark.parametrize("framing", [Framing.VBS, Framing.BLOCKED])
@pytest.mark.parametrize("character_set", [CharacterSet.CP500, CharacterSet.LATIN_1])
def test_cardutil_reads_the_file_in_any_form(
    payments: list[PlayedTransaction], framing: Framing, character_set: CharacterSet
) -> None:
    found = evening(payments, replace(NOTHING, form=FileForm(framing, character_set)))
    reader = mciipm.IpmReader(io.BytesIO(found.files[CLEARING]), encoding=character_set.value, blocked=framing is Framing.BLOCKED)
    records = list(reader)
    assert len(records) == found.messages
    assert records[0]["PDS0122"] == "T"
    assert int(records[-1]["PDS0301"]) == sum(record.get("DE4", 0) for record in records)


def test_without_disagreements_every_payment_is_presented_once_as_authorized(
    payments: list[PlayedTransaction], plain: Evening
) -> None:
    presented = [message for message in read(plain.files[CLEARING]) if message.mti == "1240"]
    due = [payment for payment in payments if not payment.is_reversed and payment.origin.name != "SINGLE_MESSAGE"]
    assert [(m.text(2), m.text(63)[1:], int(m.text(5)), m.text(50)) for m in presented] == [
        (p.pan, p.trace_id, p.settled.minor, p.settled.currency) for p in due
    ]
    assert {message.text(25) for message in presented} == {"1401"}
    assert manifest(plain)["disagreements"] == []


def test_an_addendum_names_the_presentment_before_it(plain: Evening) -> None:
    messages = read(plain.files[CLEARING])
    addenda = [at for at, message in enumerate(messages) if message.function_code == "696"]
    assert addenda
    for at in addenda:
        assert messages[at - 1].mti == "1240"
        assert messages[at].pds["0501"][8:] == messages[at - 1].text(71)


def test_each_disagreement_is_played_once_and_listed(played: Evening) -> None:
    document = manifest(played)
    assert Counter(entry["kind"] for entry in document["disagreements"]) == {kind.name.lower(): 1 for kind in Disagreement}
    assert document["not_played"] == []


def test_listed_messages_are_those_of_the_file(played: Evening) -> None:
    for entry in manifest(played)["disagreements"]:
        if not entry["messages"]:
            continue
        messages = read(played.files[entry["file"]])
        for listed in entry["messages"]:
            message = messages[listed["number"] - 1]
            assert (message.mti, message.function_code) == (listed["mti"], listed["function_code"])
            assert int(message.text(4)) == listed["amount"]["minor"]


def test_a_manifest_has_no_card_number(payments: list[PlayedTransaction], played: Evening) -> None:
    text = played.files[MANIFEST].decode()
    assert not [payment.pan for payment in payments if payment.pan in text]


def test_amounts_are_wrong_as_announced(played: Evening) -> None:
    over, under = noted(played, Disagreement.OVER_CLEARED), noted(played, Disagreement.UNDER_CLEARED)
    assert settled(over)[0] > over["authorized"]["minor"] * 1.3
    assert settled(under)[0] < under["authorized"]["minor"] * 0.7
    doubled = noted(played, Disagreement.DOUBLED)
    assert settled(doubled) == [doubled["authorized"]["minor"]] * 2
    assert len({message["arn"] for message in doubled["messages"]}) == 1
    several = noted(played, Disagreement.SEVERAL_PRESENTMENTS)
    assert len(settled(several)) == 3
    assert sum(settled(several)) == several["authorized"]["minor"]
    wrong = noted(played, Disagreement.WRONG_CURRENCY)
    assert wrong["messages"][0]["settled"]["currency"] != wrong["authorized"]["currency"]


def test_several_presentments_say_which_is_the_last(played: Evening) -> None:
    entry = noted(played, Disagreement.SEVERAL_PRESENTMENTS)
    messages = read(played.files[CLEARING])
    assert [messages[listed["number"] - 1].text(25) for listed in entry["messages"]] == ["1403", "1403", "1404"]


def test_a_reversed_presentment_is_taken_back_in_the_same_words(played: Evening) -> None:
    first, second = noted(played, Disagreement.REVERSED)["messages"]
    assert (first["is_reversal"], second["is_reversal"]) == (False, True)
    assert first["arn"] == second["arn"]
    assert read(played.files[CLEARING])[second["number"] - 1].pds["0025"] == "R261126"


def test_disputes_carry_the_number_of_their_presentment(played: Evening) -> None:
    entry = noted(played, Disagreement.SECOND_PRESENTMENT)
    kinds = [(message["mti"], message["function_code"]) for message in entry["messages"]]
    assert kinds == [("1240", "200"), ("1442", "450"), ("1240", "205")]
    assert len({message["arn"] for message in entry["messages"]}) == 1


def test_what_comes_after_expiry_is_in_a_file_of_a_later_day(played: Evening) -> None:
    entry = noted(played, Disagreement.AFTER_EXPIRY)
    assert entry["file"] == f"clearing-{TODAY + LATE:%Y%m%d}.ipm"
    assert read(played.files[entry["file"]])[1].text(12).startswith("261126")


def test_strangers_have_no_authorization(payments: list[PlayedTransaction], played: Evening) -> None:
    (unauthorized,) = noted(played, Disagreement.UNAUTHORIZED)["messages"]
    assert unauthorized["trace_id"] not in {payment.trace_id for payment in payments}
    (unknown,) = noted(played, Disagreement.UNKNOWN_CARD)["messages"]
    message = read(played.files[CLEARING])[unknown["number"] - 1]
    assert message.text(2) not in {payment.pan for payment in payments}
    assert 38 not in message.elements


def nets(found: Evening) -> dict[str, int]:
    """PDS 0396 by currency."""
    positions = [message for message in read(found.files[POSITIONS]) if message.function_code == "688"]
    values = {message.text(50): message.pds["0396"] for message in positions}
    return {currency: int(value[1:]) * (-1 if value[0] == "D" else 1) for currency, value in values.items()}


def booked(content: bytes) -> dict[str, tuple[list[int], int, int]]:
    """Entries, opening and closing by currency; in minor units of a currency with two decimals."""

    def minor(element: Any) -> int:
        amount = int(element.find("{*}Amt").text.replace(".", ""))
        return -amount if element.find("{*}CdtDbtInd").text == "DBIT" else amount

    found = {}
    for statement in ElementTree.fromstring(content).iter(f"{{{NAMESPACE}}}Stmt"):
        opening, closing = (minor(balance) for balance in statement.findall("{*}Bal"))
        entries = [minor(entry) for entry in statement.findall("{*}Ntry")]
        found[statement.find("{*}Acct/{*}Ccy").text] = (entries, opening, closing)
    return found


def test_positions_are_the_sum_of_what_was_presented_and_of_single_messages(
    payments: list[PlayedTransaction], plain: Evening
) -> None:
    expected: Counter[str] = Counter()
    for payment in payments:
        if not payment.is_reversed:
            expected[payment.settled.currency] += payment.settled.minor * (1 if payment.is_credit else -1)
    for message in read(plain.files[CLEARING]):
        if fee := message.pds.get("0146"):
            expected[message.text(50)] += int(fee[24:36]) * (1 if fee[2:4] == "29" else -1)
    assert nets(plain) == dict(expected)


def test_a_refund_and_cash_cost_interchange_where_a_purchase_earns_it(plain: Evening) -> None:
    sides = {message.text(3)[:2]: message.pds["0146"][2:4] for message in read(plain.files[CLEARING]) if "0146" in message.pds}
    assert sides == {"00": "29", "01": "19", "20": "19"}


def test_the_bank_books_what_was_netted_and_its_statement_adds_up(played: Evening, plain: Evening) -> None:
    accounts = booked(plain.files[STATEMENT])
    assert {alpha: entries for alpha, (entries, _, _) in accounts.items()} == {
        "EUR": [nets(plain)["978"]],
        "USD": [nets(plain)["840"]],
    }
    for found in (played, plain):
        for name, content in found.files.items():
            if name.endswith(".xml"):
                assert all(opening + sum(entries) == closing for entries, opening, closing in booked(content).values())


def test_a_later_statement_opens_where_the_last_one_closed(payments: list[PlayedTransaction]) -> None:
    found = evening(payments, EveningPlan(3, TODAY, (Disagreement.AFTER_EXPIRY,)))
    early, late = (booked(content) for name, content in found.files.items() if name.endswith(".xml"))
    assert late
    assert all(opening == early[alpha][2] for alpha, (_, opening, _) in late.items())


def test_a_second_evening_of_a_day_has_names_and_numbers_of_its_own_and_opens_where_the_first_closed(
    payments: list[PlayedTransaction], plain: Evening
) -> None:
    closed = {number: booked(plain.files[STATEMENT])[alpha][2] for number, alpha in (("978", "EUR"), ("840", "USD"))}
    again = evening(payments, replace(NOTHING, cycle=2, opening=closed))
    assert [name for name in again.files if name in plain.files] == [MANIFEST]
    first, second = read(plain.files[CLEARING]), read(again.files["clearing-20261126-2.ipm"])
    assert (first[0].pds["0105"][-5:], second[0].pds["0105"][-5:]) == ("00001", "00002")
    references = [{message.text(31) for message in one if 31 in message.elements} for one in (first, second)]
    assert references[0]
    assert references[0].isdisjoint(references[1])
    opened = {alpha: opening for alpha, (_, opening, _) in booked(again.files["statement-20261126-2.camt053.xml"]).items()}
    assert opened == {"EUR": closed["978"], "USD": closed["840"]}


@pytest.mark.parametrize("kind", [Disagreement.POSITION_DIFFERS, Disagreement.BANK_DIFFERS])
def test_a_wrong_total_is_wrong_by_what_the_manifest_says(
    payments: list[PlayedTransaction], plain: Evening, kind: Disagreement
) -> None:
    found = evening(payments, EveningPlan(3, TODAY, (kind,)))
    entry = noted(found, kind)
    currency = entry["expected"]["currency"]
    alpha = {"978": "EUR", "840": "USD"}[currency]
    stated = nets(found)[currency] if kind is Disagreement.POSITION_DIFFERS else booked(found.files[STATEMENT])[alpha][0][0]
    assert (nets(plain)[currency], stated) == (entry["expected"]["minor"], entry["stated"]["minor"])
    assert stated != nets(plain)[currency]


def test_a_day_without_payments_is_an_empty_file_that_holds() -> None:
    found = evening([], ALL)
    assert [message.function_code for message in read(found.files[CLEARING])] == ["697", "700", "695"]
    assert set(manifest(found)["not_played"]) >= {"missing", "doubled", "after_expiry"}


def test_fractions_of_a_unit_are_not_lost_when_one_payment_is_split(payments: list[PlayedTransaction]) -> None:
    odd = [replace(payments[0], amount=Money(333, "392"))]
    found = evening(odd, EveningPlan(1, TODAY, (Disagreement.SEVERAL_PRESENTMENTS,)))
    assert sum(settled(noted(found, Disagreement.SEVERAL_PRESENTMENTS))) == 333
