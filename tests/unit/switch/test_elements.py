"""The element table."""

from switch.elements import BITMAPS, all_elements


def test_every_element_from_1_to_128_is_described() -> None:
    assert sorted(all_elements()) == list(range(1, 129))


def test_the_binary_elements_are_those_of_the_wire() -> None:
    binary = {number for number, element in all_elements().items() if element.is_binary}
    assert binary - BITMAPS == {48, 52, 55, 64, 96, 125, 128}


def test_institution_ids_may_have_eleven_digits() -> None:
    assert {all_elements()[number].max_length for number in (32, 33, 99, 100)} == {11}


def test_a_fixed_element_has_no_length_in_front() -> None:
    assert all_elements()[3].is_fixed
    assert all_elements()[2].length_digits == 2
    assert all_elements()[48].length_digits == 3
