"""Logs stay small and are quoted on one line."""

from pathlib import Path

import pytest

from cardline.embedded import log


def test_the_last_lines_are_quoted_on_one_line(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("one\ntwo\n\nthree\nfour\n")
    assert log.last_lines(tmp_path / "log") == f"two | three | four (all of it: {tmp_path / 'log'})"


def test_a_missing_or_empty_log_said_nothing(tmp_path: Path) -> None:
    assert log.last_lines(tmp_path / "log") == "it said nothing"


def test_a_log_that_has_grown_is_set_aside_under_its_writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "_LONGEST_BYTES", 10)
    path = tmp_path / "log"
    with log.opened_log(path) as writer:
        writer.write(b"before, and too long\n")
        writer.flush()
        log.bound(path)
        writer.write(b"after\n")
    assert path.read_bytes() == b"after\n"
    assert (tmp_path / "log.1").read_bytes() == b"before, and too long\n"
    assert (tmp_path / "log.1").stat().st_mode & 0o777 == 0o600


def test_on_a_full_disk_a_log_that_has_grown_is_emptied_without_being_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "_LONGEST_BYTES", 10)
    path = tmp_path / "log"
    path.write_bytes(b"before, and too long\n")
    (tmp_path / "log.1").symlink_to("/dev/full")
    trouble = log.bound(path)
    assert trouble is not None
    assert trouble.endswith(f"could not be kept in {path}.1: No space left on device")
    assert path.read_bytes() == b""
    assert log.bound(path) is None


def test_a_log_that_cannot_be_emptied_is_told_and_stops_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "_LONGEST_BYTES", -1)
    trouble = log.bound(tmp_path)  # a directory can be neither copied nor cut
    assert trouble is not None
    assert trouble.endswith("cannot be emptied: Is a directory")
