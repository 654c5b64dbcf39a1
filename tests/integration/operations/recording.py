"""What a running system exposes, on a normal day and with faults: recorded once into scrapes/, for the tests of the alerts.

`python -m tests.integration.operations.recording`, again when metrics or rules change so that a test asks for it. It takes a minute.
Of each scene two pages are kept, some seconds apart, with only the metrics that the rules name.
"""

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
from pathlib import Path

import psutil
import redis

from cardline.running.background_up import BackgroundUp, background_up

SCRAPES = Path(__file__).parent / "scrapes"
RULES = Path(__file__).parents[3] / "configs" / "prometheus"
BETWEEN_SECONDS = 8.0
LIMIT_SECONDS = 60.0
RATE = "10"


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
        if plays("drift"):
            with traffic(up, cards):
                record(up, "drift", meanwhile=lie)
        for scene, part in (("redis_hangs", "redis"), ("postgres_hangs", "postgres")):
            if plays(scene):
                with traffic(up, cards), hanging(up, part):
                    record(up, scene)


def lie(up: BackgroundUp) -> None:
    """Every cached balance is ten units more than the ledger's."""
    with redis.Redis.from_url(up.endpoints.redis_url or "") as client:
        for key in client.scan_iter():
            if client.type(key) == b"hash" and client.hexists(key, "a"):
                client.hincrby(key, "a", 1000)


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
def traffic(up: BackgroundUp, cards: Path) -> Iterator[None]:
    """The simulator's purchases for as long as a scene takes."""
    words = ["load", "--rate", RATE, "--duration", "16", "--connections", "2", "--cards", str(cards)]
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
    return [f"{line}\n" for line in text.splitlines() if re.split(r"[{ ]", line, maxsplit=1)[0] in named]


def page(up: BackgroundUp) -> str:
    with urllib.request.urlopen(f"{up.endpoints.metrics}/metrics", timeout=LIMIT_SECONDS) as answer:
        return str(answer.read().decode())


def value(text: str, name: str, labels: str = "") -> float:
    wanted = f"{name}{{{labels}}} " if labels else f"{name} "
    return next((float(line.removeprefix(wanted)) for line in text.splitlines() if line.startswith(wanted)), 0.0)


def until(up: BackgroundUp, condition: Callable[[str], bool]) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS
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
