"""The day of a record that names none, and those that a file's records may be of."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearing.days import day_of, days_of_file

CAME = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("file_id", "day"),
    [
        ("0022611250000020090000001", date(2026, 11, 25)),
        ("0022611260000020090000001", CAME),
        ("0022611270000020090000001", CAME),
        ("0022613990000020090000001", CAME),
        ("0020000000000020090000001", CAME),
        ("short", CAME),
        ("", CAME),
    ],
)
def test_it_is_the_date_in_the_files_name_unless_that_is_none_or_lies_ahead(file_id: str, day: date) -> None:
    assert days_of_file(file_id, CAME).own == day


@pytest.mark.parametrize(
    ("file_id", "first", "last"),
    [
        ("0022611260000020090000001", date(2025, 11, 25), date(2026, 12, 6)),
        ("0022701100000020090000001", date(2025, 11, 25), date(2027, 1, 20)),  # a file that says a day ahead means it
        ("0020611260000020090000001", date(2005, 11, 25), date(2026, 12, 6)),  # sent again years later, or misread itself
    ],
)
def test_the_days_of_its_records_lie_about_that_in_its_name_and_that_on_which_it_came(
    file_id: str, first: date, last: date
) -> None:
    assert days_of_file(file_id, CAME)[1:] == (first, last)


@given(st.text(max_size=8) | st.from_regex(r"[0-9]{6}", fullmatch=True))
def test_any_text_is_a_day_or_none(text: str) -> None:
    found = day_of(text)
    assert found is None or found.strftime("%y%m%d") == text


@given(st.dates(date(1970, 1, 1), date(2068, 12, 31)))
def test_every_day_is_read_as_it_is_written(day: date) -> None:
    assert day_of(day.strftime("%y%m%d")) == day
