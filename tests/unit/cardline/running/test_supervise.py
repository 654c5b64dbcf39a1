"""How often a part may die, and what stops nobody."""

import errno
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cardline.embedded import log
from cardline.running import supervise as supervising
from cardline.running.supervise import RestartBudget, supervise


class Sleeper:
    """A part that runs and is looked at three times; then somebody presses Ctrl-C."""

    name = "switch"

    def __init__(self, path: Path, process: "subprocess.Popen[bytes]") -> None:
        self.process = process
        self._log, self._rounds = path, 0

    @property
    def log(self) -> Path:
        self._rounds += 1
        if self._rounds > 3:
            raise KeyboardInterrupt
        self._log.write_bytes(b"too long a line\n")
        return self._log

    def start(self) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def stop(self) -> None: ...


@pytest.fixture
def process() -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen(["sleep", "60"]) as found:
        yield found
        found.kill()


@pytest.fixture
def full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A log that has grown too long, and no room to set it aside."""
    monkeypatch.setattr(supervising, "_HOUSEKEEPING_SECONDS", 0.01)
    monkeypatch.setattr(log, "_LONGEST_BYTES", 10)

    def no_room(source: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(target))

    monkeypatch.setattr("shutil.copyfile", no_room)
    return tmp_path / "switch.log"


def test_a_full_disk_under_a_log_is_said_once_and_the_parts_run_on(full_disk: Path, process: "subprocess.Popen[bytes]") -> None:
    lines: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        supervise([Sleeper(full_disk, process)], changed=lambda: None, say=lines.append)
    assert [line.rpartition(": ")[2] for line in lines] == ["No space left on device"]
    assert process.poll() is None
    assert full_disk.read_bytes() == b""


def test_a_full_disk_under_our_own_output_stops_nobody(full_disk: Path, process: "subprocess.Popen[bytes]") -> None:
    def unheard(line: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(KeyboardInterrupt):
        supervise([Sleeper(full_disk, process)], changed=lambda: None, say=unheard)


def test_a_part_that_finds_no_room_to_start_does_not_take_the_others_with_it(
    full_disk: Path, process: "subprocess.Popen[bytes]"
) -> None:
    process.kill()
    process.wait()
    lines: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        supervise([Sleeper(full_disk, process)], changed=lambda: None, say=lines.append)
    assert lines[1] == "switch: [Errno 28] No space left on device"


def test_a_budget_is_used_up_by_deaths_in_a_short_time() -> None:
    budget = RestartBudget(limit=2, within_seconds=60)
    assert [budget.spend("switch", now) for now in (0, 1, 2)] == [True, True, False]


def test_old_deaths_are_forgiven() -> None:
    budget = RestartBudget(limit=1, within_seconds=60)
    assert [budget.spend("switch", now) for now in (0, 59, 60)] == [True, False, True]


def test_every_part_has_its_own_budget() -> None:
    budget = RestartBudget(limit=1, within_seconds=60)
    assert [budget.spend(name, 0) for name in ("switch", "redis")] == [True, True]
