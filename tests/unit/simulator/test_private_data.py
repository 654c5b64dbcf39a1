import pytest

from simulator.private_data import AdditionalAmount, PrivateData, build_private_data, read_additional_amounts, read_private_data


def test_subelements_are_written_with_id_and_length_in_the_links_characters() -> None:
    assert build_private_data("R", {"92": "123", "61": "10000"}, "ascii") == b"R6105100009203123"
    assert build_private_data("R", {}, "cp037") == b"\xd9"


def test_what_was_written_is_read_back() -> None:
    raw = build_private_data("T", {"63": "MCC0000011121  "}, "cp037")
    assert read_private_data(raw, "cp037") == PrivateData("T", {"63": "MCC0000011121  "})


@pytest.mark.parametrize("raw", [b"", b"R6", b"R61", b"R61XX", b"R6105123", b"R61 5     "])
def test_what_does_not_parse_is_none(raw: bytes) -> None:
    assert read_private_data(raw, "ascii") is None


def test_amounts_carry_their_sign() -> None:
    text = "0002978C000000001000" + "0002978D000000000007"
    assert read_additional_amounts(text) == (AdditionalAmount("02", "978", 1000), AdditionalAmount("02", "978", -7))


@pytest.mark.parametrize("text", ["0002978C00000000100", "0002978X000000001000", "0002978C00000000100X"])
def test_amounts_that_do_not_parse_are_none(text: str) -> None:
    assert read_additional_amounts(text) is None
