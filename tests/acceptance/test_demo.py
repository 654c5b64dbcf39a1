"""The command a newcomer runs first, as it is run: one process tree, its exit code, and nothing left behind."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

LIMIT_SECONDS = 600


@pytest.fixture
def private_tmp(memory: Path | None) -> Iterator[Path]:
    """Short, because Unix socket paths are; private, so that what is left behind shows."""
    with tempfile.TemporaryDirectory(prefix="cl-", dir=memory) as directory:
        Path(directory).chmod(0o755)  # Postgres runs as another user where we are root
        yield Path(directory)


@contextmanager
def demo(directory: Path, *arguments: str) -> "Iterator[subprocess.Popen[str]]":
    """A running `cardline demo`; killed when it takes too long, so that every wait for it ends."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CARDLINE_")}
    command = [sys.executable, "-m", "cardline", "demo", *arguments]
    with subprocess.Popen(
        command,
        env=environment | {"TMPDIR": str(directory)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509  a suite in the background ignores it
    ) as process:
        limit = threading.Timer(LIMIT_SECONDS, process.kill)
        limit.start()
        try:
            yield process
        finally:
            process.wait()
            limit.cancel()


def left_behind(directory: Path) -> list[str]:
    """Processes that were started under the directory, and files in it."""
    commands = [" ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"])]
    return [*(command for command in commands if str(directory) in command), *map(str, directory.iterdir())]


def test_the_day_balances_and_nothing_is_left_behind(private_tmp: Path) -> None:
    with demo(private_tmp, "--seed", "5", "--messages", "700") as process:
        said, _ = process.communicate()
    assert process.returncode == 0, said
    assert "The day balanced." in said
    told = " ".join(said.split())
    assert "16 disagreements on purpose (manifest.json lists them)" in told
    assert "The day is reconciled: 13 exceptions, each played on purpose, and nothing else" in told
    assert left_behind(private_tmp) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_kept_system_goes_away_when_it_is_told_to(private_tmp: Path, number: signal.Signals) -> None:
    with demo(private_tmp, "--keep", "--messages", "150") as process:
        assert process.stdout is not None
        is_kept = any("staying up" in line for line in process.stdout)
        process.send_signal(number)
        process.communicate()
    assert is_kept, "the demo ended instead of staying up"
    assert process.returncode == 0
    assert left_behind(private_tmp) == []
