"""The demo's evening: what the simulated network clears and settles of the day it played, as files beside the system's data,
and the issuer taking its clearing files in.
"""

from collections.abc import Sequence
from pathlib import Path

import asyncpg

from cardline.clearing_bars import watched
from cardline.clearing_ingest import Ingested, ingest
from cardline.settings import Settings
from ledger.verify import verify
from simulator.day import DayPlan
from simulator.outcome import DayOutcome
from simulator.script import Day
from simulator.settlement.day_played import payments_of
from simulator.settlement.evening import MANIFEST, Evening, EveningPlan, evening
from simulator.settlement.writing import write_files

DIRECTORY = "clearing"


def clear_the_day(day: Day, outcome: DayOutcome, plan: DayPlan, data_dir: Path) -> Evening:
    """Writes the files, every kind of disagreement once among them, and says what they hold."""
    payments = payments_of(day, outcome.replies, outcome.unfinished, year_of=plan.starts_at, character_set=plan.character_set)
    cleared = evening(payments, EveningPlan(plan.seed, plan.starts_at.date()))
    write_files(data_dir / DIRECTORY, cleared.files)
    return cleared


def sentence(cleared: Evening, data_dir: Path, *, keep: bool) -> str:
    """What was written and where, and for how long."""
    files, wrong = len(cleared.files), len(cleared.noted)
    fate = "" if keep else "; they go with the system, --keep keeps it"
    return (
        f"cleared and settled: {cleared.messages:,} clearing messages in {files} files, {wrong} disagreements on purpose "
        f"({MANIFEST} lists them), in {data_dir / DIRECTORY}{fate}"
    )


async def take_in(settings: Settings, cleared: Evening, data_dir: Path) -> tuple[Sequence[Ingested], dict[str, int], bool]:
    """What became of each clearing file, how many items for people of each kind, and whether the books hold afterwards."""
    paths = [data_dir / DIRECTORY / name for name in cleared.files if name.startswith("clearing-")]
    with watched() as watch:
        ingested = await ingest(settings, paths, watch, actor="demo")
    connection = await asyncpg.connect(settings.postgres_dsn, timeout=10)
    try:
        query = "select kind, count(*) from report.exception where subject like 'clearing %' group by kind order by kind"
        items = {row["kind"]: row["count"] for row in await connection.fetch(query)}
        is_sound = not await verify(connection)
    finally:
        await connection.close(timeout=10)
    return ingested, items, is_sound and all(found.refused is None for found in ingested)


def told(items: dict[str, int]) -> str:
    """The items in one sentence."""
    listed = ", ".join(f"{kind.replace('_', ' ')} {count}" for kind, count in items.items())
    return f"for people to look at (report.exception): {listed}" if items else "nothing for people to look at"
