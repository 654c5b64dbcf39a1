"""Reads the CSV that `cardline seed` writes: the cards a load is played with. Other columns are left alone."""

import csv
from collections.abc import Mapping
from pathlib import Path

from simulator.cards import Card
from simulator.currencies import by_alpha
from simulator.errors import PlanError

_DIGITS = {"pan": (12, 19), "expiry": (4, 4), "cvc2": (3, 3), "pin": (4, 12)}
"""At least and at most."""
SHOWN_MISTAKES = 5


def read_cards(path: Path) -> list[Card]:
    """Raises PlanError: the first mistakes with file, line and column; never their content. OSError where it is no file."""
    cards, mistakes = [], []
    try:
        with path.open(encoding="ascii", newline="") as lines:
            rows = csv.DictReader(lines)
            lacking = [column for column in (*_DIGITS, "currency") if column not in (rows.fieldnames or ())]
            if lacking:
                raise PlanError(f"cards {path}, line 1: no column {', '.join(lacking)}")
            for row in rows:
                wrong = [f"cards {path}, line {rows.line_num}: {said}" for said in _wrong(row)]
                mistakes += wrong
                if not wrong:
                    cards.append(_card(row))
    except (UnicodeDecodeError, csv.Error):
        raise PlanError(f"cards {path}: is not a CSV in ASCII") from None
    if mistakes:
        more = f"; and {len(mistakes) - SHOWN_MISTAKES} more" if len(mistakes) > SHOWN_MISTAKES else ""
        raise PlanError("; ".join(mistakes[:SHOWN_MISTAKES]) + more)
    if not cards:
        raise PlanError(f"cards {path}: holds no card")
    return cards


def _wrong(row: Mapping[str, str | None]) -> list[str]:
    found = []
    for column, (least, most) in _DIGITS.items():
        value = row[column] or ""
        if not (value.isdigit() and least <= len(value) <= most):
            found.append(f"{column}: has to be {least if least == most else f'{least} to {most}'} digits")
    try:
        by_alpha(row["currency"] or "")
    except KeyError:
        found.append("currency: is none that the simulator plays")
    return found


def _card(row: Mapping[str, str]) -> Card:
    funds = row.get("available_minor") or "0"
    return Card(
        row["pan"], row["expiry"], row["cvc2"], row["pin"], by_alpha(row["currency"]).numeric,
        int(funds) if funds.lstrip("-").isdigit() else 0,
    )  # fmt: skip
