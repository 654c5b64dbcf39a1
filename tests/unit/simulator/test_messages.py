from simulator.cards import Card
from simulator.desk import Desk
from simulator.messages import Amounts, altered, network_management, original_data, repeated, reply_key, reply_mti, reversal
from switch.iso8583 import Codec, Message

ORIGINAL = Message(
    "0100",
    {2: "5413330000000001", 7: "1014093457", 11: "123456", 15: "1014", 32: "1234", 33: "5678", 48: b"R", 63: "TNWAB12CD"},
)


def test_de_90_names_the_original_right_justified() -> None:
    assert original_data(ORIGINAL) == "0100" + "123456" + "1014093457" + "00000001234" + "00000005678"


def test_de_90_of_a_repeat_names_the_first_message() -> None:
    assert original_data(repeated(ORIGINAL)) == original_data(ORIGINAL)


def test_a_reversal_has_its_own_numbers_and_its_originals_parties(desk: Desk) -> None:
    message = reversal(desk.header(), ORIGINAL, character_set="ascii")
    assert message.text(11) != "123456"
    assert (message.text(32), message.text(33)) == ("1234", "5678")
    assert message.raw(48) == b"R6315TNWAB12CD1014  "
    assert 95 not in message.elements


def test_a_partial_reversal_says_what_remains_in_both_currencies(desk: Desk) -> None:
    message = reversal(desk.header(), ORIGINAL, character_set="ascii", remaining=(700, 650))
    assert message.text(95) == "000000000700" + "0" * 12 + "000000000650" + "000000"


def test_a_reversal_advice_carries_its_reason_and_date(desk: Desk) -> None:
    message = reversal(desk.header(), ORIGINAL, character_set="ascii", mti="0420")
    assert message.text(60).startswith("402")
    assert b"1510" in message.raw(48)


def test_replies_are_named_by_the_request() -> None:
    assert [reply_mti(mti) for mti in ("0100", "0101", "0120", "0400", "0421", "0800")] == [
        "0110",
        "0110",
        "0130",
        "0410",
        "0430",
        "0810",
    ]
    assert reply_key(repeated(ORIGINAL)) == reply_key(ORIGINAL) == ("0110", "1014093457", "123456", "1234", "5678")


def test_altering_a_message_leaves_the_first_alone() -> None:
    assert 33 not in altered(ORIGINAL, {33: None, 11: "000001"}).elements
    assert ORIGINAL.text(11) == "123456"


def test_every_kind_of_message_goes_over_the_wire_and_back(desk: Desk, card: Card) -> None:
    codec = Codec("cp037")
    purchase = desk.purchase(card, desk.abroad(Amounts(5_000, "978")))
    for message in (purchase, desk.written_reversal(purchase, mti="0420"), network_management(desk.header(), "061")):
        assert codec.decode(codec.encode(message)) == message
