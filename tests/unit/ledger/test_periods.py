"""What a period is, when it may be closed or reopened, and what its seal says."""

from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

import pytest

from ledger.periods import (
    Period,
    PeriodKind,
    PeriodRow,
    PeriodStatus,
    balances_of,
    closed_with,
    covering,
    line_of,
    one_line,
    reopened_with,
    seal_period,
    why_not_close,
    why_not_reopen,
)

TODAY = date(2026, 11, 24)
AT = datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
OCTOBER = Period.parse("2026-10")


def rows(**statuses: str) -> list[PeriodRow]:
    """`p_2026_11_23="closed"`: the keyword is the period."""
    return [PeriodRow(Period.parse(name[2:].replace("_", "-")), PeriodStatus(status)) for name, status in statuses.items()]


@pytest.mark.parametrize(
    ("text", "starts", "ends"),
    [
        ("2026-11-24", date(2026, 11, 24), date(2026, 11, 24)),
        ("2028-02", date(2028, 2, 1), date(2028, 2, 29)),
        ("2026-12", date(2026, 12, 1), date(2026, 12, 31)),
    ],
)
def test_a_period_is_a_day_or_a_month(text: str, starts: date, ends: date) -> None:
    period = Period.parse(text)
    assert (period.starts, period.ends, str(period)) == (starts, ends, text)


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-13", "2026-02-30", "26-11-24", "2026-11-24T00", "2026-11-", "today", "\uff12\uff10\uff12\uff16-11"]
)
def test_anything_else_is_no_period(text: str) -> None:
    with pytest.raises(ValueError, match="write a day as"):
        Period.parse(text)


@pytest.mark.parametrize("text", ["0001-01-01", "0001-01", "1969-12-31", "1969-12"])
def test_no_period_lies_before_1970(text: str) -> None:
    with pytest.raises(ValueError, match="is before 1970"):
        Period.parse(text)


def test_a_month_is_written_with_four_digits_of_its_year() -> None:
    assert str(Period(PeriodKind.MONTH, date(1, 1, 1), date(1, 1, 31))) == "0001-01"


def test_the_line_is_the_latest_end_of_what_is_not_open() -> None:
    assert line_of(rows()) is None
    assert line_of(rows(p_2026_10="closed", p_2026_11_02="closing", p_2026_11_03="open")) == date(2026, 11, 2)


def test_today_and_the_past_may_be_closed_and_tomorrow_may_not() -> None:
    assert why_not_close(Period.day(TODAY), [], TODAY) is None
    assert why_not_close(Period.parse("2020-01-01"), [], TODAY) is None
    assert why_not_close(Period.day(TODAY + timedelta(days=1)), [], TODAY) == "2026-11-25 has not begun; today is 2026-11-24 UTC"


def test_a_month_may_be_closed_when_its_days_are_over_or_closed() -> None:
    november = Period.parse("2026-11")
    assert why_not_close(OCTOBER, [], TODAY) is None
    assert why_not_close(november, [], TODAY) == "2026-11 is not over: its days from 2026-11-24 on are open"
    assert (
        why_not_close(november, rows(p_2026_11_24="closed"), TODAY) == "2026-11 is not over: its days from 2026-11-25 on are open"
    )
    assert why_not_close(november, rows(p_2026_11_30="closed"), date(2026, 11, 30)) is None


def test_a_period_before_a_closed_one_is_closed_with_it() -> None:
    known = rows(p_2026_09="closed", p_2026_11_20="closed", p_2026_11_25="closed", p_2026_11_26="closing")
    assert covering(OCTOBER, known) == Period.parse("2026-11-20")
    assert covering(Period.parse("2026-09-30"), known) == Period.parse("2026-09")
    assert covering(Period.parse("2026-11-24"), known) == Period.parse("2026-11-25")
    for other in ("2026-11-25", "2026-11-26", "2026-11"):
        assert covering(Period.parse(other), known) is None
    assert covering(OCTOBER, rows(p_2026_10="open", p_2026_11_25="closed")) is None
    assert why_not_reopen(Period.parse("2026-11-24"), known) == "2026-11-24 is closed with 2026-11-25: reopen that"


def test_a_month_whose_last_day_is_closed_has_still_to_be_sealed_itself() -> None:
    assert covering(Period.parse("2026-11"), rows(p_2026_11_30="closed")) is None
    assert covering(Period.parse("2026-11"), rows(p_2026_12_01="closed")) == Period.parse("2026-12-01")


def test_only_what_is_closed_may_be_reopened() -> None:
    assert why_not_reopen(OCTOBER, []) == "2026-10 is not closed"
    assert why_not_reopen(OCTOBER, rows(p_2026_10="open")) == "2026-10 is not closed"
    assert why_not_reopen(OCTOBER, rows(p_2026_10="closed")) is None
    half = rows(p_2026_10="closed", p_2026_11_02="closing")
    assert why_not_reopen(OCTOBER, half) == "2026-11-02 is being closed; close it first"


def test_a_close_takes_what_was_left_open_or_half_closed_before_it_days_before_their_month() -> None:
    known = rows(p_2026_10="open", p_2026_10_31="closing", p_2026_11_01="closed", p_2026_11_05="open")
    assert [str(p) for p in closed_with(Period.parse("2026-11-03"), known)] == ["2026-10-31", "2026-10", "2026-11-03"]


def test_reopening_a_period_reopens_every_later_one() -> None:
    known = rows(p_2026_09="closed", p_2026_10="closed", p_2026_10_31="closed", p_2026_11_02="closed", p_2026_11_03="open")
    assert [str(p) for p in reopened_with(OCTOBER, known)] == ["2026-10-31", "2026-10", "2026-11-02"]


def test_a_seal_is_made_of_integers_and_measured_text_in_order() -> None:
    balances = {("customer", "EUR", "posted"): -100, ("bank", "EUR", "posted"): 100}
    seal = seal_period(
        Period(PeriodKind.DAY, date(1970, 1, 2), date(1970, 1, 2)), balances,
        number=2, previous=b"before", supersedes=1, closed_by="ann", at=AT, reason="end|of day",
    )  # fmt: skip
    assert seal.text.split("\n") == [
        "seal|2|day|1|1|1|1000000|3:ann|10:end|of day",
        "balance|4:bank|3:EUR|6:posted|100",
        "balance|8:customer|3:EUR|6:posted|-100",
    ]
    assert seal.hash == sha256(b"before" + seal.text.encode()).digest()
    assert balances_of(seal.text) == balances


def test_a_reason_cannot_write_a_line_of_the_seal() -> None:
    reason = "x\nbalance|4:bank|3:EUR|6:posted|1"
    with pytest.raises(AssertionError):
        seal_period(OCTOBER, {}, number=1, previous=b"", supersedes=None, closed_by="ann", at=AT, reason=reason)
    seal = seal_period(OCTOBER, {}, number=1, previous=b"", supersedes=None, closed_by="ann", at=AT, reason=one_line(reason))
    assert balances_of(seal.text) == {}
