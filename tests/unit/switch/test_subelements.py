"""Inside the elements: what is built is read back, any content gives a value or a located error."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.errors import EncodeError
from switch.subelements import (
    AdditionalAmount,
    AdditionalData,
    OriginalDataElements,
    ReplacementAmounts,
    SubelementError,
    build_additional_amounts,
    build_additional_data,
    build_original_data_elements,
    build_replacement_amounts,
    build_tagged,
    parse_additional_amounts,
    parse_additional_data,
    parse_original_data_elements,
    parse_replacement_amounts,
    parse_tagged,
    split_positions,
)

CHARACTER_SETS = st.sampled_from(["cp037", "ascii"])
IDS = st.text("0123456789", min_size=2, max_size=2)


@given(CHARACTER_SETS, st.sampled_from(["R", "T", ""]), st.dictionaries(IDS, st.binary(max_size=99), max_size=9))
def test_additional_data_is_read_back_byte_exact_and_in_order(
    character_set: str, tcc: str, subelements: dict[str, bytes]
) -> None:
    data = AdditionalData(tcc, subelements, character_set)
    raw = build_additional_data(data, character_set)
    found = parse_additional_data(raw, character_set)
    if tcc or subelements:
        assert found == data
        assert isinstance(found, AdditionalData)
        assert list(found.subelements) == list(subelements)


@given(CHARACTER_SETS, st.binary(max_size=200))
def test_additional_data_of_any_bytes_is_a_value_and_sound_ones_build_the_same_bytes(character_set: str, raw: bytes) -> None:
    found = parse_additional_data(raw, character_set)
    if isinstance(found, SubelementError):
        assert found.offset <= len(raw)
    elif character_set == "cp037" or raw.isascii():
        assert build_additional_data(found, character_set) == raw


def test_a_category_code_alone_is_additional_data() -> None:
    assert parse_additional_data("R".encode("cp037"), "cp037") == AdditionalData("R", {}, "cp037")


def test_a_binary_subelement_stands_between_characters() -> None:
    raw = "T7210".encode("cp037") + bytes(range(10)) + "610500001".encode("cp037")
    found = parse_additional_data(raw, "cp037")
    assert isinstance(found, AdditionalData)
    assert found.subelements["72"] == bytes(range(10))
    assert (found.text("61"), found.text("92"), found.text("92", "-")) == ("00001", "", "-")


@pytest.mark.parametrize(
    ("text", "offset", "subelement"),
    [("R61", 1, None), ("R6105000", 1, "61"), ("R610106X01", 6, None), ("R6101061010", 6, "61")],
)
def test_broken_additional_data_is_located(text: str, offset: int, subelement: str | None) -> None:
    found = parse_additional_data(text.encode("ascii"), "ascii")
    assert isinstance(found, SubelementError)
    assert (found.offset, found.subelement) == (offset, subelement)


def test_an_answer_adds_a_subelement_to_what_it_echoes() -> None:
    data = AdditionalData("R", {}, "ascii").with_text("87", "N")
    assert build_additional_data(data, "ascii") == b"R8701N"


@pytest.mark.parametrize("subelements", [{"6": b""}, {"6X": b""}, {"61": bytes(100)}])
def test_additional_data_that_cannot_be_written_is_refused(subelements: dict[str, bytes]) -> None:
    with pytest.raises(EncodeError):
        build_additional_data(AdditionalData("R", subelements), "cp037")


def test_tagged_content_is_read_by_its_widths() -> None:
    assert parse_tagged("0103210", element=48, id_digits=2, length_digits=2) == {"01": "210"}
    assert parse_tagged("001002AB002000", element=105, id_digits=3, length_digits=3) == {"001": "AB", "002": ""}


@given(st.dictionaries(IDS, st.text(max_size=99), max_size=5))
def test_tagged_content_is_read_back_in_order_whatever_its_ids(items: dict[str, str]) -> None:
    text = build_tagged(items, element=108, id_digits=2, length_digits=2)
    found = parse_tagged(text, element=108, id_digits=2, length_digits=2)
    assert isinstance(found, dict)
    assert list(found.items()) == list(items.items())


def test_tagged_content_that_cannot_be_written_or_is_given_twice_is_refused() -> None:
    with pytest.raises(EncodeError):
        build_tagged({"01": "x" * 100}, element=48, id_digits=2, length_digits=2)
    found = parse_tagged("0101A0101B", element=48, id_digits=2, length_digits=2)
    assert found == SubelementError(48, 5, "given twice", "01")


@given(st.text(max_size=60), st.sampled_from([(2, 2), (3, 3), (2, 3)]))
def test_tagged_content_of_any_text_is_a_value(text: str, digits: tuple[int, int]) -> None:
    found = parse_tagged(text, element=105, id_digits=digits[0], length_digits=digits[1])
    assert isinstance(found, dict | SubelementError)


@given(
    st.lists(
        st.builds(AdditionalAmount, IDS, IDS, st.just("978"), st.integers(1 - 10**12, 10**12 - 1)),
        max_size=6,
    )
)
def test_additional_amounts_are_read_back(amounts: list[AdditionalAmount]) -> None:
    assert parse_additional_amounts(build_additional_amounts(amounts)) == tuple(amounts)


@given(st.text(max_size=125))
def test_additional_amounts_of_any_text_are_a_value(text: str) -> None:
    assert isinstance(parse_additional_amounts(text), tuple | SubelementError)


def test_too_many_or_too_large_additional_amounts_are_refused() -> None:
    with pytest.raises(EncodeError):
        build_additional_amounts([AdditionalAmount("00", "02", "978", 1)] * 7)
    with pytest.raises(EncodeError):
        build_additional_amounts([AdditionalAmount("00", "02", "978", 10**12)])


def test_the_observed_shape_of_original_data_elements_is_read() -> None:
    found = parse_original_data_elements("010012345610140934570000000123400000005678")
    assert found == OriginalDataElements("0100", "123456", "1014093457", "00000001234", "00000005678")
    assert isinstance(found, OriginalDataElements)
    assert build_original_data_elements(found) == "010012345610140934570000000123400000005678"


def test_original_data_elements_take_institutions_as_they_stand_in_de_32_and_33() -> None:
    original = OriginalDataElements("0100", "123456", "1014093457", "1234", "")
    assert build_original_data_elements(original).endswith("00000001234" + "0" * 11)


def test_replacement_amounts_are_read_back_and_zeros_mean_full() -> None:
    amounts = ReplacementAmounts(transaction_minor=500, settlement_minor=0, billing_minor=550)
    assert parse_replacement_amounts(build_replacement_amounts(amounts)) == amounts
    full = parse_replacement_amounts("0" * 42)
    assert isinstance(full, ReplacementAmounts)
    assert full.is_full
    assert not amounts.is_full


@pytest.mark.parametrize("text", ["", "0" * 41, "A" * 42])
def test_a_wrong_de_90_or_95_is_an_error(text: str) -> None:
    assert isinstance(parse_original_data_elements(text), SubelementError)
    assert isinstance(parse_replacement_amounts(text), SubelementError)


def test_a_short_de_61_is_split_as_far_as_it_goes() -> None:
    parts = split_positions(61, "1025100006000840")
    assert parts[3] == ("cardholder presence", "5")
    assert parts[-1] == ("country", "840")


def test_separators_of_de_43_are_not_shown() -> None:
    names = [name for name, _ in split_positions(43, "EXAMPLE SHOP           ROMA          ITA")]
    assert names == ["name", "city", "country or state"]
