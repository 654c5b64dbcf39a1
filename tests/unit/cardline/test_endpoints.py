"""endpoints.json keeps the promise of its keys and its mode."""

import json
from pathlib import Path

from cardline import endpoints
from cardline.endpoints import Endpoints

FOUND = Endpoints(
    iso8583="127.0.0.1:8583",
    iso8583_ascii="127.0.0.1:8584",
    metrics="http://127.0.0.1:9583",
    postgres_dsn="postgresql://cardline@/cardline?host=/somewhere",
    redis_url="unix:///somewhere",
    pid=1,
    processes={"switch": 2, "postgres": 3, "redis": 4},
)


def test_the_file_holds_the_promised_keys(tmp_path: Path) -> None:
    endpoints.write(tmp_path, FOUND)
    content = json.loads((tmp_path / "endpoints.json").read_text())
    assert set(content) == {
        "iso8583", "iso8583_ascii", "iso8583_clearing", "http", "metrics", "postgres_dsn", "redis_url", "api_token", "pid", "config", "processes",
    }  # fmt: skip
    assert content["http"] is None
    assert content["processes"] == {"switch": 2, "postgres": 3, "redis": 4}


def test_the_file_is_the_users_alone_also_when_it_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "endpoints.json").write_text("{}")
    (tmp_path / "endpoints.json").chmod(0o644)
    endpoints.write(tmp_path, FOUND)
    assert (tmp_path / "endpoints.json").stat().st_mode & 0o777 == 0o600


def test_what_was_written_is_read(tmp_path: Path) -> None:
    endpoints.write(tmp_path, FOUND)
    assert endpoints.read(tmp_path) == FOUND


def test_keys_that_a_later_release_added_are_passed_over(tmp_path: Path) -> None:
    endpoints.write(tmp_path, FOUND)
    path = tmp_path / "endpoints.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "new": 1}))
    assert endpoints.read(tmp_path) == FOUND


def test_a_missing_or_broken_file_is_none(tmp_path: Path) -> None:
    assert endpoints.read(tmp_path) is None
    (tmp_path / "endpoints.json").write_text('{"iso8583": ')
    assert endpoints.read(tmp_path) is None


def test_nothing_else_is_left_in_the_directory(tmp_path: Path) -> None:
    endpoints.write(tmp_path, FOUND)
    endpoints.remove(tmp_path)
    endpoints.remove(tmp_path)
    assert list(tmp_path.iterdir()) == []
