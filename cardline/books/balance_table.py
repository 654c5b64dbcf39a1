"""The trial balance as a table for people, in major units. Pure."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from ledger.money import ASSETS
from ledger.reports import RoleBalance, TrialBalanceRow


def trial_balance_table(rows: Sequence[TrialBalanceRow]) -> Table:
    table = Table("asset", "layer", title="Trial balance", title_justify="left")
    for heading in ("debits", "credits", "balanced"):
        table.add_column(heading, justify="right")
    for row in rows:
        verdict = "yes" if row.is_balanced else Text("NO", "bold red")
        table.add_row(row.asset, row.layer, _money(row.debits, row.asset), _money(row.credits, row.asset), verdict)
    return table


def role_balance_table(rows: Sequence[RoleBalance]) -> Table:
    table = Table("asset", "layer", "account", "name", title="Accounts", title_justify="left")
    for heading in ("debit", "credit"):
        table.add_column(heading, justify="right")
    for row in rows:
        sides = (_money(side, row.asset) if side else "" for side in (row.debits, row.credits))
        table.add_row(row.asset, row.layer, row.role, row.name, *sides)
    return table


def _money(minor: int, asset: str) -> str:
    known = ASSETS.get(asset)
    return known.format(minor) if known else f"{minor:,} minor units"
