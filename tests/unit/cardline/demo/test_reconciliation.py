"""What the demo says of its night."""

from datetime import date
from types import SimpleNamespace
from typing import Any, cast

from cardline.demo.reconciliation import Night, beside
from clearing.reconciliation.findings import Finding


def test_the_items_that_the_day_has_left_beside_its_clearing_are_counted() -> None:
    doubled = Finding("doubled_presentment", "clearing F/7", "twice", date(2026, 11, 26))
    run = cast("Any", SimpleNamespace(open=(doubled,)))
    night = Night((run,), (), {}, {}, 0, frozenset(), {"doubled_presentment": 1, "duplicate_mismatch": 9, "not_presented": 6})
    assert beside(night) == (
        "`cardline exceptions list` shows 16 items: these, and of payments that are not cleared "
        "9 duplicate_mismatch, 6 not_presented."
    )
