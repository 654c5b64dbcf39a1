"""One directory, one `up`."""

import os
from pathlib import Path

import pytest

from cardline import endpoints
from cardline.data_directory import DataDirectory
from cardline.endpoints import Endpoints
from cardline.errors import ConfigurationError


def endpoints_of(pid: int) -> Endpoints:
    return Endpoints(iso8583="h:1", iso8583_ascii="h:2", metrics="http://h:3", postgres_dsn="p", redis_url="r", pid=pid)


def test_a_second_holder_is_told_who_has_it(tmp_path: Path) -> None:
    with (
        DataDirectory(tmp_path).held(),
        pytest.raises(ConfigurationError, match=rf"held by another `cardline up` \(pid {os.getpid()}\)"),
        DataDirectory(tmp_path).held(),
    ):
        pass


def test_it_can_be_held_again_afterwards(tmp_path: Path) -> None:
    for _ in range(2):
        with DataDirectory(tmp_path).held():
            pass


def test_a_new_directory_is_private(tmp_path: Path) -> None:
    with DataDirectory(tmp_path / "a" / "b").held():
        assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700


def test_a_directory_that_cannot_be_made_is_a_configuration_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="--data-dir"), DataDirectory(tmp_path / "file" / "below").held():
        pass


def test_its_keys_are_made_once_and_private(tmp_path: Path) -> None:
    key = DataDirectory(tmp_path).token_key()
    assert len(bytes.fromhex(key)) == 32
    assert DataDirectory(tmp_path).token_key() == key
    assert (tmp_path / "token.key").stat().st_mode & 0o777 == 0o600
    assert DataDirectory(tmp_path).pan_key() == DataDirectory(tmp_path).pan_key() != key
    assert (tmp_path / "pan.key").stat().st_mode & 0o777 == 0o600


def test_endpoints_count_while_their_up_lives(tmp_path: Path) -> None:
    ours = endpoints_of(os.getpid())
    with DataDirectory(tmp_path).held():
        assert DataDirectory(tmp_path).running() is None
        endpoints.write(tmp_path, ours)
        assert DataDirectory(tmp_path).running() == ours


def test_endpoints_left_over_by_another_process_do_not_count(tmp_path: Path) -> None:
    with DataDirectory(tmp_path).held():
        endpoints.write(tmp_path, endpoints_of(os.getppid()))
        assert DataDirectory(tmp_path).running() is None


def test_the_switch_s_logs_are_those_of_a_living_up_with_this_database(tmp_path: Path) -> None:
    directory = DataDirectory(tmp_path)
    with directory.held():
        assert directory.logs_of("p") == []
        endpoints.write(tmp_path, endpoints_of(os.getpid()))
        for name in ("switch.log", "switch.log.1"):
            (tmp_path / name).touch()
        assert [path.name for path in directory.logs_of("p")] == ["switch.log.1", "switch.log"]
        assert directory.logs_of("another database") == []
