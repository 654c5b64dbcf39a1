"""What the journal refuses, in words that say what there is and what helps."""

from datetime import UTC, datetime

import pytest

from cardline.people.accounts import _why_not
from ledger.accounts import AccountView, _still_has
from ledger.money import ASSETS

ACCOUNT = AccountView(
    account_id=7, code="customer.7", name="Customer 7", product="debit", program=None, asset="EUR", status="open",
    posted=109_00, holds=25_00, available=84_00, floor=0, facts_version=1, opened_at=datetime(2026, 3, 1, tzinfo=UTC), cards=(),
)  # fmt: skip


@pytest.mark.parametrize(
    ("reason", "key", "moved", "said"),
    [
        ("insufficient_funds", None, None, "account 7 has 84.00 EUR available, 25.00 EUR are held: 100.00 EUR cannot leave it"),
        (
            "duplicate_mismatch",
            "payroll-11",
            5_00,
            "account 7: the key 'payroll-11' has moved 5.00 EUR before, not 100.00 EUR; give every movement a key of its own",
        ),
        ("account_closed", None, None, "account 7 cannot withdraw 100.00 EUR: account closed"),
    ],
)
def test_a_refused_movement_is_told_in_major_units(reason: str, key: str | None, moved: int | None, said: str) -> None:
    assert _why_not("withdraw", ACCOUNT, 100_00, reason, key, moved) == said


@pytest.mark.parametrize(
    ("posted", "holds", "said"),
    [
        (109_00, 0, "account 7 still has 109.00 EUR posted: withdraw what is posted"),
        (-5_00, 0, "account 7 still has -5.00 EUR posted: fund what is owed"),
        (0, 25_00, "account 7 still has 25.00 EUR held: let the holds be presented, reversed or expire"),
    ],
)
def test_an_account_that_cannot_be_closed_says_what_to_do(posted: int, holds: int, said: str) -> None:
    assert _still_has(7, ASSETS["EUR"], posted, holds) == said
