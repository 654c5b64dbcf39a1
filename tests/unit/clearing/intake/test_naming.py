"""Under what name a clearing file is known."""

import pytest

from clearing.intake.naming import shown_name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("day.ipm", "day.ipm"),
        ("red\x1b[31m.ipm", "red\\x1b[31m.ipm"),
        ("\udcff.ipm", "\\udcff.ipm"),  # a byte that is no UTF-8
        ("5413330000000027.ipm", "541333******0027.ipm"),
        ("cards-5413_3300_0000_0027.ipm", "cards-5413_33**_****_0027.ipm"),
        ("0022611260000020090000001.ipm", "0022611260000020090000001.ipm"),
        ("0022611265413330000000027.ipm", "002261126541333******0027.ipm"),
        ("5413330000000027-0022611260000020090000001.ipm", "541333******0027-0022611260000020090000001.ipm"),
    ],
)
def test_a_name_shows_no_card_number_and_the_files_own_id_as_it_is(name: str, shown: str) -> None:
    assert shown_name(name) == shown


@pytest.mark.parametrize("date", ["260101", "261231", "261126"])
def test_no_file_id_is_taken_for_a_card_number(date: str) -> None:
    names = [f"002{date}0541333{number:04d}00001.ipm" for number in range(500)]
    assert [name for name in names if shown_name(name) != name] == []
