"""What a control refuses, in words."""

from dataclasses import replace
from datetime import time

from authorizer.controls import Control, Feature, Stance
from authorizer.hours import Hours
from cardline.people.control_lines import compared

NIGHT = Hours(time(23), time(5), "Europe/Vienna")


def test_values_and_hours_are_told_and_days_where_they_are_not_all() -> None:
    cash = Control("night cash", Stance.DENY, Feature.CHANNEL, frozenset({"atm"}), NIGHT)
    assert compared(cash) == "atm, 23:00 to 05:00 Europe/Vienna"
    assert compared(replace(cash, hours=None)) == "atm"
    sunday = replace(cash, feature=Feature.TIME, values=frozenset(), hours=replace(NIGHT, days=frozenset({6})))
    assert compared(sunday) == "23:00 to 05:00 Europe/Vienna sun"
