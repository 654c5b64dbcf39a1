"""The trial balance as a table for people, in major units. Pure."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from ledger.money import ASSETS
from ledger.reports import TrialBalanceRow


def trial_balance_table(rows: Sequence[TrialBalanceRow]) -> Table:
    table = Table("asset", "layer", title="Trial balance", title_justify="left")
    for heading in ("debits", "credits", "balanced"):
        table.add_column(heading, justify="right")
    for row in rows:
        verdict = "yes" if row.is_balanced else Text("NO", "bold red")
        table.add_row(row.asset, row.layer, _money(row.debits, row.asset), _money(row.credits, row.asset), verdict)
    return table


def _money(minor: int, asset: str) -> str:
    known = ASSETS.get(asset)
    return known.format(minor) if known else f"{minor:,} minor units"
