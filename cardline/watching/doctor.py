"""`cardline doctor`: looks at every part from outside and prints what it found. What it means is said in `mistakes`."""

import asyncio
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cardline.settings import Settings
from cardline.watching.diagnosis import Finding, diagnose
from cardline.watching.examining.configuration import examine_settings
from cardline.watching.examining.machine import examine_machine
from cardline.watching.examining.postgres import examine_postgres
from cardline.watching.examining.redis import examine_redis
from cardline.watching.facts import Facts
from cardline.watching.mistakes import Verdict
from ledger.migrate import LATEST

_COLOURS = {Verdict.FINE: "green", Verdict.WARNING: "yellow", Verdict.FAILED: "red"}


def doctor(settings: Settings, data_dir: Path, out: Console) -> int:
    """Exit code 1 when something has failed; warnings are only said."""
    findings = diagnose(_examine(settings, data_dir))
    out.print(_table(findings))
    return 1 if any(finding.verdict is Verdict.FAILED for finding in findings) else 0


def _examine(settings: Settings, data_dir: Path) -> Facts:
    return Facts(
        settings=examine_settings(settings),
        postgres=asyncio.run(examine_postgres(settings)),
        newest_schema=LATEST,
        redis=examine_redis(settings.redis_url),
        machine=examine_machine(settings, data_dir),
    )


def _table(findings: list[Finding]) -> Table:
    table = Table("check", "", "found", "what to do")
    for finding in findings:
        colour = _COLOURS[finding.verdict]
        found = f"{finding.found}: {finding.why}" if finding.why else finding.found
        table.add_row(finding.check, f"[{colour}]{finding.verdict.value}[/]", escape(found), escape(finding.advice))
    return table
