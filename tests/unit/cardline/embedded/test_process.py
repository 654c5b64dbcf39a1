"""Recognising and ending processes: the right one, and only that."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cardline.embedded.process import Identity, PidFile, replace_file, spawn, stop, wait_until

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"


@pytest.fixture
def stubborn() -> Iterator["subprocess.Popen[bytes]"]:
    process = spawn([sys.executable, "-c", STUBBORN], dies_with=signal.SIGKILL, output=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    yield process
    process.kill()
    process.communicate()


def test_a_process_is_itself_and_no_other() -> None:
    us = Identity.of(os.getpid())
    assert us is not None
    assert us.is_alive
    assert not replace(us, started=us.started + 1).is_alive
    assert not replace(us, boot="another").is_alive


def test_a_zombie_is_not_alive(stubborn: "subprocess.Popen[bytes]") -> None:
    identity = Identity.of(stubborn.pid)
    assert identity is not None
    os.kill(stubborn.pid, signal.SIGKILL)
    assert wait_until(lambda: not identity.is_alive, timeout_seconds=5)  # nobody has waited for it


def test_a_child_leads_its_own_group(stubborn: "subprocess.Popen[bytes]") -> None:
    assert os.getpgid(stubborn.pid) == stubborn.pid != os.getpgrp()


def test_a_child_that_does_not_listen_is_killed_after_its_grace(stubborn: "subprocess.Popen[bytes]") -> None:
    assert stop(stubborn, gently=signal.SIGTERM, grace_seconds=0.05) == -signal.SIGKILL


def test_an_orphan_that_does_not_listen_is_killed_after_its_grace(stubborn: "subprocess.Popen[bytes]", tmp_path: Path) -> None:
    pid_file = PidFile(tmp_path / "pid")
    pid_file.write(stubborn.pid)
    assert pid_file.end_orphan(signal.SIGTERM, grace_seconds=0.05)
    assert Identity.of(stubborn.pid) is None
    assert pid_file.read() is None


def test_a_process_that_only_has_the_number_of_the_orphan_is_left_alone(
    stubborn: "subprocess.Popen[bytes]", tmp_path: Path
) -> None:
    pid_file = PidFile(tmp_path / "pid")
    pid_file.write(stubborn.pid)
    content = pid_file.path.read_text()
    recorded = pid_file.read()
    assert recorded is not None
    pid_file.path.write_text(content.replace(str(recorded.started), str(recorded.started - 1)))
    assert not pid_file.end_orphan(signal.SIGKILL, grace_seconds=1)
    assert stubborn.poll() is None


def test_a_copy_of_a_directory_does_not_end_the_process_of_the_original(
    stubborn: "subprocess.Popen[bytes]", tmp_path: Path
) -> None:
    original, copy, moved = (tmp_path / name for name in ("original", "copy", "moved"))
    original.mkdir()
    PidFile(original / "pid").write(stubborn.pid)
    shutil.copytree(original, copy)
    assert not PidFile(copy / "pid").end_orphan(signal.SIGKILL, grace_seconds=1)
    assert stubborn.poll() is None
    original.rename(moved)
    assert PidFile(moved / "pid").end_orphan(signal.SIGTERM, grace_seconds=0.05)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}'])
def test_a_broken_pid_file_means_no_orphan(tmp_path: Path, content: str) -> None:
    (tmp_path / "pid").write_text(content)
    assert not PidFile(tmp_path / "pid").end_orphan(signal.SIGKILL, grace_seconds=1)


def test_a_replaced_file_is_private_and_whole(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old and longer")
    replace_file(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_bytes() == b"new"
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o600
