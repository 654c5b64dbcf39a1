import random
from datetime import UTC, datetime, time

from simulator.cards import Card
from simulator.messages import trace_id
from simulator.network.conversion import RateTable
from simulator.network.intents import Intent, ReversalIntent, Writer
from simulator.network.parties import ACQUIRERS, BISTRO, CASH_MACHINE
from simulator.network.references import References
from simulator.private_data import read_private_data

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def writer(settlement: str | None = None) -> Writer:
    return Writer(References(random.Random(1), time(23, 0)), RateTable(), settlement, "cp037")


def test_an_intent_becomes_a_message_with_merchant_terminal_acquirer_and_dates(card: Card) -> None:
    message = writer().written(Intent(card, 12_50, BISTRO, ACQUIRERS[0]), NOON.replace(hour=23, minute=30))
    assert [message.text(number) for number in (4, 7, 13, 15, 18, 32, 33, 49)] == [
        "000000001250",
        "1121233000",
        "1121",
        "1122",
        "5812",
        "200001",
        "200900",
        "978",
    ]
    assert message.text(41) == "TERM0002"
    assert message.text(43).startswith("EXAMPLE BISTRO")


def test_a_purchase_abroad_is_billed_in_the_cards_currency(card: Card) -> None:
    message = writer("840").written(Intent(card, 100_00, CASH_MACHINE), NOON)
    assert [message.text(number) for number in (49, 51, 6, 50)] == ["756", "978", "000000010524", "840"]


def test_overrides_win_and_leave_out(card: Card) -> None:
    message = writer().written(Intent(card, 1_00, overrides={41: None, 22: "901", 105: "001"}), NOON)
    assert 41 not in message.elements
    assert (message.text(22), message.text(105)) == ("901", "001")


def test_a_later_message_of_a_payment_names_the_first(card: Card) -> None:
    written = writer()
    first = written.written(Intent(card, 1_00), NOON)
    second = written.written(Intent(card, 2_00, follows=first), NOON)
    assert read_private_data(second.raw(48), "cp037").subelements["63"] == trace_id(first)  # type: ignore[union-attr]


def test_a_reversal_keeps_the_payments_day_and_has_a_key_of_its_own(card: Card) -> None:
    written = writer()
    original = written.written(Intent(card, 1_00), NOON)
    reversal = written.written(ReversalIntent(original, remaining=(40, 0), approval_code="ABC123"), NOON)
    assert (reversal.mti, reversal.text(38), reversal.text(95)[:12]) == ("0400", "ABC123", f"{40:012d}")
    assert reversal.text(11) != original.text(11)


def test_another_clock_may_stand_in_de_7(card: Card) -> None:
    message = writer().written(Intent(card, 1_00, transmitted=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)), NOON)
    assert message.text(7) == "0102030405"
