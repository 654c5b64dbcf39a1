"""The demo's evening: what the simulated network clears and settles of the day it played, as files beside the system's data."""

from pathlib import Path

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
