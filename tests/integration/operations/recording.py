"""What a running system exposes, on a normal day and with faults: recorded once into scrapes/, for the tests of the alerts.

`python -m tests.integration.operations.recording`, again when metrics or rules change so that a test asks for it. It takes seven minutes.
Of each scene two pages are kept, some seconds apart, with only the metrics that the rules name.
"""

import asyncio
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import psutil
import redis

from cardline.metrics import FRESH_SECONDS
from cardline.running.background_up import BackgroundUp, background_up
from cardline.running.housekeeping import RECONCILIATION_SECONDS
from simulator.settlement.evening import EveningPlan, evening
from tests.unit.simulator.settlement.conftest import payment

SCRAPES = Path(__file__).parent / "scrapes"
RULES = Path(__file__).parents[3] / "configs" / "prometheus"
BETWEEN_SECONDS = 8.0
LIMIT_SECONDS = 60.0
RATE = "10"
MANY, A_FEW = 20_000, 10
"""Payments of a clearing file: too many to be posted before housekeeping looks, and enough for a date to have records."""


def main(scenes: Sequence[str]) -> None:
    """All scenes, or only those named."""

    def plays(scene: str) -> bool:
        return not scenes or scene in scenes

    with tempfile.TemporaryDirectory(prefix="cardline-scrapes-") as directory, background_up(Path(directory) / "data") as up:
        cards = Path(directory) / "cards.csv"
        command(up, "seed", "--cards", "30", "--out", str(cards))
        with traffic(up, cards):  # the first payments fill caches
            pass
        if plays("normal"):
            with traffic(up, cards):
                record(up, "normal")
        if plays("nobody_connected"):
            record(up, "nobody_connected")
        for scene, part in (("redis_hangs", "redis"), ("postgres_hangs", "postgres")):
            if plays(scene):
                with traffic(up, cards), hanging(up, part):
                    record(up, scene)
        if plays("verifier_dead"):
            with verifier_shut_out(up), traffic(up, cards, seconds=int(FRESH_SECONDS) + 30):
                until(up, lambda page: value(page, "cardline_chain_verified_age_seconds") > FRESH_SECONDS, 2 * FRESH_SECONDS)
                record(up, "verifier_dead")
        if plays("clearing_file_stuck"):
            with killed_on_the_way(up, written(Path(directory), MANY, days_ago=0)), traffic(up, cards, seconds=40):
                until(up, lambda page: idle(page) > 0)
                record(up, "clearing_file_stuck", meanwhile=still_idle)
        if plays("not_reconciled"):
            command(up, "clearing", "ingest", str(written(Path(directory), A_FEW, days_ago=3)))
            until(
                up,
                lambda page: value(page, "cardline_reconciliation_overdue_seconds") > 0,
                RECONCILIATION_SECONDS + LIMIT_SECONDS,
            )
            with traffic(up, cards):
                record(up, "not_reconciled")
        if plays("drift"):  # the last: it is counted for as long as the process lives
            with traffic(up, cards):
                record(up, "drift", meanwhile=lie)


def written(directory: Path, payments: int, *, days_ago: int) -> Path:
    """A clearing file of the simulator about cards of nobody."""
    day = datetime.now(UTC).date() - timedelta(days=days_ago)
    files = evening([payment(number) for number in range(1, payments + 1)], EveningPlan(1, day, ())).files
    name, content = next((name, content) for name, content in files.items() if name.startswith("clearing-"))
    (directory / name).write_bytes(content)
    return directory / name


@contextmanager
def killed_on_the_way(up: BackgroundUp, file: Path) -> Iterator[None]:
    """An ingest is killed as soon as something of the file is posted; at the end another goes on with it."""
    words = ["clearing", "ingest", str(file), "--data-dir", str(up.data_dir)]
    process = subprocess.Popen([sys.executable, "-m", "cardline", *words], stdout=subprocess.DEVNULL)
    until(up, lambda page: value(page, "cardline_clearing_file_messages", 'state="done"') > 0)
    process.kill()
    assert process.wait(LIMIT_SECONDS) == -signal.SIGKILL, "it was quicker than housekeeping: give it more payments"
    yield
    command(up, *words[:3])


def idle(page: str) -> float:
    return value(page, "cardline_clearing_file_idle_seconds")


def still_idle(up: BackgroundUp) -> None:
    """Housekeeping has looked once more."""
    before = idle(page(up))
    until(up, lambda page: idle(page) > before)


def lie(up: BackgroundUp) -> None:
    """Every cached balance is ten units more than the ledger's."""
    with redis.Redis.from_url(up.endpoints.redis_url or "") as client:
        for key in client.scan_iter():
            if client.type(key) == b"hash" and client.hexists(key, "a"):
                client.hincrby(key, "a", 1000)


@contextmanager
def verifier_shut_out(up: BackgroundUp) -> Iterator[None]:
    """It is not let in any more, in any process."""
    rename = "alter role {} rename to {}"
    end = "select pg_terminate_backend(pid) from pg_stat_activity where application_name in ('cardline verifier', 'cardline proofs')"
    as_superuser(up, rename.format("cardline_verifier", "cardline_verifier_away"), end)
    try:
        yield
    finally:
        as_superuser(up, rename.format("cardline_verifier_away", "cardline_verifier"))


def as_superuser(up: BackgroundUp, *statements: str) -> None:
    async def execute() -> None:
        connection = await asyncpg.connect((up.endpoints.postgres_dsn or "").replace("//cardline@", "//postgres@"))
        for statement in statements:
            await connection.execute(statement)
        await connection.close()

    asyncio.run(execute())


@contextmanager
def hanging(up: BackgroundUp, part: str) -> Iterator[None]:
    """The store is there and says nothing."""
    process = psutil.Process(up.endpoints.processes[part])
    everybody = [process, *process.children(recursive=True)]
    for one in everybody:
        one.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for one in everybody:
            one.send_signal(signal.SIGCONT)


@contextmanager
def traffic(up: BackgroundUp, cards: Path, seconds: int = 16) -> Iterator[None]:
    """The simulator's purchases for as long as a scene takes."""
    words = ["load", "--rate", RATE, "--duration", str(seconds), "--connections", "2", "--cards", str(cards)]
    load = subprocess.Popen(
        [sys.executable, "-m", "cardline", *words, "--data-dir", str(up.data_dir)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until(up, lambda page: value(page, "cardline_links", 'link="mastercard",state="connected"') > 0)
        yield
    finally:
        load.wait(LIMIT_SECONDS)
        until(up, lambda page: value(page, "cardline_links", 'link="mastercard",state="connected"') == 0)


def record(up: BackgroundUp, scene: str, *, meanwhile: Callable[[BackgroundUp], None] = lambda _: None) -> None:
    for when, wait in (("before", 0.0), ("after", BETWEEN_SECONDS)):
        if wait:
            meanwhile(up)
            time.sleep(wait)
        (SCRAPES / f"{scene}.{when}.prom").write_text("".join(named_by_rules(page(up))), encoding="utf-8")
    print(f"{scene} recorded", flush=True)


def named_by_rules(text: str) -> list[str]:
    named = set(re.findall(r"cardline_[a-z_]+", "".join(path.read_text(encoding="utf-8") for path in RULES.glob("*.rules.yml"))))
    lines = [line for line in text.splitlines() if re.split(r"[{ ]", line, maxsplit=1)[0] in named]
    return [f"{series} {float(value):.10g}\n" for series, _, value in (line.rpartition(" ") for line in lines)]


def page(up: BackgroundUp) -> str:
    with urllib.request.urlopen(f"{up.endpoints.metrics}/metrics", timeout=LIMIT_SECONDS) as answer:
        return str(answer.read().decode())


def value(text: str, name: str, labels: str = "") -> float:
    wanted = f"{name}{{{labels}}} " if labels else f"{name} "
    return next((float(line.removeprefix(wanted)) for line in text.splitlines() if line.startswith(wanted)), 0.0)


def until(up: BackgroundUp, condition: Callable[[str], bool], limit_seconds: float = LIMIT_SECONDS) -> None:
    deadline = time.monotonic() + limit_seconds
    while not condition(page(up)):
        if time.monotonic() > deadline:
            raise TimeoutError("the system did not come to be as the scene wants it")
        time.sleep(0.05)


def command(up: BackgroundUp, *words: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "cardline", *words, "--data-dir", str(up.data_dir)],
        check=True, timeout=LIMIT_SECONDS, env=os.environ, stdout=subprocess.DEVNULL,
    )  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:])
