"""The schema and the chart of accounts of this release, brought up together."""

from collections.abc import Sequence
from importlib.resources import files

from ledger import migrate as migrations
from ledger.chart import Chart, parse

CHART = "chart_of_accounts.toml"


def packaged_chart() -> Chart:
    """The chart that comes with this release."""
    return parse(files("configs").joinpath(CHART).read_text(encoding="utf-8"), CHART)


async def migrate(dsn: str) -> Sequence[str]:
    """Apply what is missing; returns the names of the files applied. Raises what `ledger.migrate` raises."""
    return await migrations.migrate(dsn, packaged_chart())
