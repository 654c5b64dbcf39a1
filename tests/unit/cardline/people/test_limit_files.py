"""Files of limits: read whole, and refused by file and key."""

from pathlib import Path

import pytest

from cardline.errors import ConfigurationError
from cardline.people.limit_files import limits_in, read_limits
from ledger.money import ASSETS

LIMITS = """
[[limit]]
name = "cash"
window = "24h"
count = 2
amount = "30.00"
where = { channel = ["atm"] }
[[limit]]
name = "shops"
amount = "50.00"
window = "day"
"""


def _written(directory: Path, text: str) -> Path:
    file = directory / "limits.toml"
    file.write_text(text)
    return file


def test_amounts_are_in_the_accounts_currency(tmp_path: Path) -> None:
    file = _written(tmp_path, LIMITS)
    cash, shops = limits_in(read_limits(file), file, ASSETS["EUR"], of_program=False)
    assert (cash.max_amount, cash.max_count, cash.where) == (30_00, 2, (("channel=atm",),))
    assert (shops.max_amount, shops.currency, shops.where) == (50_00, "EUR", ())


def test_a_program_may_say_another_currency(tmp_path: Path) -> None:
    file = _written(tmp_path, LIMITS.replace('"50.00"', '"50"\ncurrency = "JPY"'))
    _, shops = limits_in(read_limits(file), file, ASSETS["EUR"], of_program=True)
    assert (shops.max_amount, shops.currency) == (50, "JPY")


@pytest.mark.parametrize(
    ("right", "wrong", "fault"),
    [
        ("atm", "moon", r"limit\[0\].where.channel: 'moon' is not one of"),
        ('["atm"]', '["atm"], mcc = ["5411"], mcc_group = ["cash"]', r"limit\[0\].where.mcc: none of these is in the groups"),
        ('"day"', '"9s"', r"limit\[1\].window: must be"),
        ('"30.00"', "30", r"limit\[0\].amount: must be text"),
        ('"30.00"', '"30.001"', r"limit\[0\].amount: "),
        ('"50.00"', '"50.00"\ncurrency = "USD"', r"limit\[1\].currency: USD, but the account is in EUR"),
        ('"50.00"', '"50.00"\ncurrency = "XXX"', r"limit\[1\].currency: 'XXX' is no currency"),
        ('"shops"', '"cash"', "limit: two limits have the same name"),
        ('"shops"', '"single-use"', r"limit\[1\].name: single-use is what single_use = true"),
        ("count = 2", "limit = 2", r"limit\[0\].limit: is not a key of a limit"),
        ("[[limit]]", "[[limits]]", "limits: is not a key of this file"),
        ("count = 2", "count =", "Invalid value"),
    ],
)
def test_a_wrong_limit_is_refused_with_file_and_key(tmp_path: Path, right: str, wrong: str, fault: str) -> None:
    assert right in LIMITS
    file = _written(tmp_path, LIMITS.replace(right, wrong, 1))
    with pytest.raises(ConfigurationError, match=f"limits.toml: {fault}"):
        limits_in(read_limits(file), file, ASSETS["EUR"], of_program=False)
