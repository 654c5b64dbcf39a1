"""A payment as a terminal sends it: the PIN and the CVC2 only where they are asked for, and a key of its own."""

from datetime import UTC, datetime, timedelta

import pytest

from cardline import cli
from cardline.network.paying import Wanted, payment
from simulator.cards import Card
from simulator.messages import reply_key
from simulator.pin import pin_block
from simulator.private_data import read_private_data

CARD = Card("5413330000000005", "2912", "123", "4711", "978", 0)
NOW = datetime(2026, 3, 1, 12, 0, 0, 123_456, tzinfo=UTC)
SHOP = Wanted(12_50, "5411", is_cash=False, sends_pin=False, sends_cvc2=False)


def test_a_purchase_in_a_shop_carries_neither_pin_nor_cvc2() -> None:
    message = payment(CARD, SHOP, NOW, "cp037")
    data = read_private_data(message.raw(48), "cp037")
    assert (message.mti, message.text(3), message.text(4), message.text(18)) == ("0100", "000000", "000000001250", "5411")
    assert 52 not in message.elements
    assert data is not None
    assert "92" not in data.subelements


def test_a_withdrawal_with_a_pin_carries_its_block() -> None:
    message = payment(CARD, Wanted(20_00, "6011", is_cash=True, sends_pin=True, sends_cvc2=False), NOW, "cp037")
    assert (message.text(3), message.raw(52)) == ("010000", pin_block("4711", CARD.pan))


def test_an_online_payment_carries_the_cvc2_and_says_that_no_card_was_there() -> None:
    message = payment(CARD, Wanted(1_00, "5732", is_cash=False, sends_pin=False, sends_cvc2=True), NOW, "cp037")
    data = read_private_data(message.raw(48), "cp037")
    assert data is not None
    assert (data.subelements["92"], message.text(22), message.text(61)[3:5]) == ("123", "810", "51")


def test_two_payments_have_different_keys() -> None:
    first, second = (payment(CARD, SHOP, NOW + timedelta(microseconds=at), "cp037") for at in (0, 1))
    assert reply_key(first) != reply_key(second)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--mcc", "54"), "--mcc 54: must be four digits"),
        (("cards.csv",), "no `cardline up` is running"),
        (("cards.csv", "--host", "8583"), "--host: expected HOST:PORT, not '8583'"),
        (("cards.csv", "--profile", "visas"), "there is no visas"),
    ],
)
def test_what_cannot_be_paid_is_one_clear_line(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str], tmp_path: object
) -> None:
    assert cli.main(["pay", *words, "--data-dir", f"{tmp_path}/nowhere"]) == 2
    assert said in capsys.readouterr().err
