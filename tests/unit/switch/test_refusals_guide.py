from pathlib import Path

from authorizer.reasons import DeclineReason
from switch.refusals_guide import REMEDIES, guide

ROOT = Path(__file__).parents[3]


def test_the_table_of_refusals_is_up_to_date() -> None:
    assert (ROOT / "docs" / "refusals.md").read_text(encoding="utf-8") == guide(), (
        "python -m switch.refusals_guide > docs/refusals.md"
    )


def test_every_reason_says_who_can_fix_it() -> None:
    assert set(REMEDIES) == set(DeclineReason)
