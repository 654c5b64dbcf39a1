"""Names and positions are there for what a clearing file usually holds."""

from clearing.ipm.layouts import all_pds, message_name, split


def test_fees_repeat_and_settlement_data_are_67_long() -> None:
    fees = all_pds()["0146"]
    assert fees.repeats
    assert sum(width for _, width in fees.positions) == 36
    assert sum(width for _, width in all_pds()["0159"].positions) == 67


def test_a_value_is_split_as_far_as_it_reaches() -> None:
    layout = all_pds()["0148"]
    assert list(split("97828402", layout.positions, repeats=True)) == [
        ("currency", "978"), ("exponent", "2"), ("currency", "840"), ("exponent", "2"),
    ]  # fmt: skip
    assert list(split("R", all_pds()["0025"].positions)) == [("indicator", "R")]
    assert list(split("whatever", all_pds()["0023"].positions)) == []


def test_messages_are_named_by_type_and_function() -> None:
    assert message_name("1644", "697") == "File header"
    assert message_name("1442", "999") == "Chargeback"
    assert message_name("0100", "") == "unknown message type"
