"""The demo's night: what the network and the bank sent is taken in, each business date is reconciled, and what was played
wrong on purpose has to be found, each as the item it is, and nothing else.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import asyncpg
from rich.console import Console
from rich.table import Table

from cardline import desk
from cardline.settings import Settings
from cardline.settling.bars import watched
from cardline.settling.ingest import clearing_key, ingest
from cardline.settling.reconcile_view import money
from cardline.settling.statement_intake import take_all
from clearing.reconciliation.findings import Finding
from clearing.reconciliation.running import Run, reconcile
from ledger.verify import verify
from simulator.settlement.disagreements import Disagreement
from simulator.settlement.evening import Evening

ACTOR = "demo"
AS_ITEMS: Mapping[Disagreement, tuple[str, ...]] = {
    Disagreement.MISSING: ("not_presented",),
    Disagreement.DOUBLED: ("doubled_presentment",),
    Disagreement.OVER_CLEARED: ("over_cleared",),
    Disagreement.UNAUTHORIZED: ("unauthorized_presentment",),
    Disagreement.UNKNOWN_CARD: ("unknown_card",),
    Disagreement.AFTER_EXPIRY: ("after_expiry",),
    Disagreement.AFTER_REVERSAL: ("after_reversal",),
    Disagreement.WRONG_CURRENCY: ("wrong_currency",),
    Disagreement.CHARGEBACK: ("chargeback",),
    Disagreement.SECOND_PRESENTMENT: ("chargeback", "second_presentment"),
    Disagreement.POSITION_DIFFERS: ("position_differs",),
    Disagreement.BANK_DIFFERS: ("bank_differs",),
}
"""What each disagreement has to become; the others are part of the trade and settle by themselves."""


@dataclass(frozen=True, slots=True)
class Night:
    """The runs, and what was not as it should be: found and not played, or played and not found, by kind."""

    runs: tuple[Run, ...]
    refused: tuple[str, ...]
    surplus: Mapping[str, int]
    overlooked: Mapping[str, int]
    unproved: int
    """What `ledger verify` finds in the books afterwards."""
    never_presented: frozenset[str]
    """Subjects about payments that were played between network and issuer and that the evening does not clear."""
    waiting: Mapping[str, int]
    """All items that are open afterwards, by kind, also those that payments themselves have raised."""

    @property
    def ok(self) -> bool:
        return not self.refused and not self.surplus and not self.overlooked and not self.unproved

    @property
    def found(self) -> list[Finding]:
        return _found(self.runs, self.never_presented)


async def reconcile_the_day(settings: Settings, cleared: Evening, directory: Path, troubled: Collection[int]) -> Night:
    """Date by date, in the order in which the files come. `troubled`: accounts whose payments the evening does not clear."""
    refused: list[str] = []
    runs: list[Run] = []
    for stamp in sorted({name.split("-")[1][:8] for name in cleared.files if name.startswith("clearing-")}):
        files = [directory / name for name in cleared.files if stamp in name]
        with watched() as watch:
            ingested = await ingest(settings, [path for path in files if path.suffix == ".ipm"], watch, actor=ACTOR)
        taken = await take_all(settings, [path for path in files if path.suffix == ".xml"], actor=ACTOR)
        refused += [said for said in (*(one.refused for one in ingested), *(one.refused for one in taken)) if said is not None]
        async with desk.journal(settings) as journal, desk.books(settings) as books:
            day = datetime.strptime(stamp, "%Y%m%d").date()  # noqa: DTZ007 - a date alone
            runs.append(await reconcile(books, journal, day, key=clearing_key(settings), actor=ACTOR))
    never_presented = await _never_presented(settings, troubled)
    found = Counter(one.kind for one in _found(runs, never_presented))
    played = Counter(kind for noted in cleared.noted for kind in AS_ITEMS.get(noted.kind, ()))
    unproved = await _unproved(settings)
    waiting = await _waiting(settings)
    return Night(tuple(runs), tuple(refused), found - played, played - found, unproved, never_presented, waiting)


def _found(runs: Iterable[Run], never_presented: Collection[str]) -> list[Finding]:
    return [one for run in runs for one in run.open if one.kind != "not_presented" or one.subject not in never_presented]


async def _never_presented(settings: Settings, accounts: Collection[int]) -> frozenset[str]:
    async with desk.books(settings) as books:
        rows = await books.fetch("select authorization_id from report.authorization where account_id = any($1)", list(accounts))
    return frozenset(f"authorization {row['authorization_id']}" for row in rows)


async def _waiting(settings: Settings) -> Mapping[str, int]:
    async with desk.books(settings) as books:
        rows = await books.fetch("select kind, count(*) as items from report.exception where status = 'open' group by kind")
    return {row["kind"]: row["items"] for row in rows}


async def _unproved(settings: Settings) -> int:
    connection = await asyncpg.connect(settings.postgres_dsn)
    try:
        return len(await verify(connection))
    finally:
        await connection.close()


def told(night: Night, out: Console) -> None:
    """The items as a table, then in one line whether they are what was played."""
    table = Table("exception", "about", "amount", "owner", title="What the reconciliation found")
    table.columns[2].justify = "right"
    for one in night.found:
        table.add_row(one.kind, one.subject, money(one.amount, one.asset), one.owner)
    out.print(table)
    for line in night.refused:
        out.print(f"refused: {line}", style="bold red")
    for name, kinds in (("found and not played", night.surplus), ("played and not found", night.overlooked)):
        for kind, count in sorted(kinds.items()):
            out.print(f"{name}: {count} {kind}", style="bold red")
    if night.unproved:
        out.print(f"ledger verify after clearing and settlement: {night.unproved} findings", style="bold red")
    if night.ok:
        out.print(
            f"The day is reconciled: {len(night.found)} exceptions, each played on purpose, and nothing else; the books hold."
        )
    out.print(beside(night))


def beside(night: Night) -> str:
    """What `cardline exceptions list` shows beyond the table: the day's troubles between network and issuer leave items too."""
    more = Counter(night.waiting) - Counter(one.kind for one in night.found)
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(more.items()))
    others = f": these, and of payments that are not cleared {kinds}" if kinds else ""
    return f"`cardline exceptions list` shows {sum(night.waiting.values())} items{others}."
