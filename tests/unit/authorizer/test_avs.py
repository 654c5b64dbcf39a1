"""Every answer of SE 83 that a comparison can give, and DE 120 in each of its forms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authorizer.avs import AddressAsked, AddressForm, AddressOnFile, AvsResult, avs_result, read_address
from authorizer.subfields import read_subfields

ON_FILE = AddressOnFile("123 North 45th St., Apt 6", "90210-1234")


def combined(address: str, postcode: str) -> str:
    return f"0149{postcode:<9}{address:<40}"


def condensed(form: str, digits: str, postcode: str) -> str:
    return f"{form}14{postcode:<9}{digits:<5}"


@pytest.mark.parametrize(
    ("address", "postcode", "result"),
    [
        ("123 NORTH 45TH ST APT 6", "902101234", "X"),
        ("123 NORTH 45TH ST APT 6", "90210", "Y"),
        ("123 NORTH 45TH ST APT 6", "902109999", "Y"),
        ("123 NORTH 45TH ST APT 6", "10001", "A"),
        ("123 NORTH 45TH ST APT 6", "", "A"),
        ("9 ELSEWHERE", "902101234", "W"),
        ("9 ELSEWHERE", "90210", "Z"),
        ("", "90210", "Z"),
        ("9 ELSEWHERE", "10001", "N"),
        ("9 ELSEWHERE", "9021", "N"),
        ("", "", "U"),
    ],
)
def test_address_and_postcode_give_the_answer(address: str, postcode: str, result: str) -> None:
    assert avs_result(ON_FILE, read_address(combined(address, postcode))) is AvsResult(result)


@pytest.mark.parametrize(
    ("form", "digits", "result"),
    [
        ("02", "12345", "Y"),
        ("02", "123", "Z"),
        ("03", "123", "Y"),
        ("03", "00123", "Y"),
        ("03", "12345", "Z"),
        ("04", "12345", "Y"),
    ],
)
def test_condensed_forms_compare_digits_of_the_address(form: str, digits: str, result: str) -> None:
    assert avs_result(ON_FILE, read_address(condensed(form, digits, "90210"))) is AvsResult(result)


def test_an_address_without_a_number_never_matches_a_condensed_form() -> None:
    on_file = AddressOnFile("Rose Cottage", "90210")
    assert avs_result(on_file, read_address(condensed("02", "00000", "90210"))) is AvsResult.SHORT_POSTCODE_ONLY


def test_postcodes_with_letters_match_as_a_whole() -> None:
    on_file = AddressOnFile("1 High Street", "SW1A 1AA")
    assert avs_result(on_file, read_address(combined("1 High Street", "sw1a1aa"))) is AvsResult.ADDRESS_AND_SHORT_POSTCODE
    assert avs_result(on_file, read_address(combined("1 High Street", "SW1A 2AA"))) is AvsResult.ADDRESS_ONLY


def test_only_what_fits_the_element_is_compared() -> None:
    long = "1234 A Very Long Street Name In A Very Long Town Indeed"
    assert avs_result(AddressOnFile(long, ""), read_address(combined(long[:40], "90210"))) is AvsResult.ADDRESS_ONLY


@pytest.mark.parametrize("on_file", [None, AddressOnFile("", "")])
def test_without_an_address_on_file_there_is_no_data(on_file: AddressOnFile | None) -> None:
    assert avs_result(on_file, read_address(combined("1 High Street", "90210"))) is AvsResult.NO_DATA


@pytest.mark.parametrize("record", ["", "01", "0149short", "0549" + " " * 49, "0104abcd", "xx04abcd", "01é9"])
def test_a_record_without_an_address_asks_for_none(record: str) -> None:
    assert read_address(record) is None


@given(st.text(max_size=80))
def test_any_text_is_an_address_or_none(record: str) -> None:
    asked = read_address(record)
    assert asked is None or isinstance(avs_result(ON_FILE, asked), AvsResult)


@given(
    st.lists(
        st.tuples(st.from_regex("[0-9]{2}", fullmatch=True), st.text("abc ", min_size=1, max_size=20)),
        unique_by=lambda one: one[0],
    )
)
def test_subfields_are_read_as_they_were_written(subfields: list[tuple[str, str]]) -> None:
    text = "".join(f"{name}{len(value):02}{value}" for name, value in subfields)
    assert read_subfields(text) == dict(subfields)


def test_addresses_do_not_show() -> None:
    shown = repr(ON_FILE) + repr(AddressAsked(AddressForm.COMBINED, "123 North", "90210"))
    assert "North" not in shown
    assert "90210" not in shown
