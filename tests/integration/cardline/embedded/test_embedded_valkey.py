"""The embedded Valkey: private, forgetful, and back at the same address."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from cardline.embedded.process import Identity, wait_until
from cardline.embedded.valkey import EmbeddedValkey
from cardline.errors import PartFailed


@pytest.fixture
def started(tmp_path: Path) -> Iterator[EmbeddedValkey]:
    server = EmbeddedValkey(tmp_path / "valkey")
    server.start()
    yield server
    server.stop()


def client(server: EmbeddedValkey) -> redis.Redis:
    return redis.Redis.from_url(server.url)


def test_it_forgets_accounts_rather_than_refuse_new_ones(started: EmbeddedValkey) -> None:
    with client(started) as connection:
        assert connection.config_get("maxmemory-policy") == {"maxmemory-policy": "allkeys-lru"}
        assert connection.config_get("port") == {"port": "0"}


def test_a_killed_server_comes_back_empty_at_the_same_address(started: EmbeddedValkey) -> None:
    url = started.url
    with client(started) as connection:
        connection.set("key", "value")
    started.process.kill()
    started.process.wait()
    started.start()
    assert started.url == url
    with client(started) as connection:
        assert connection.get("key") is None


def test_one_of_an_earlier_run_is_ended_first(started: EmbeddedValkey, tmp_path: Path) -> None:
    orphan = Identity.of(started.process.pid)
    assert orphan is not None
    again = EmbeddedValkey(tmp_path / "valkey")
    again.start()
    assert wait_until(lambda: not orphan.is_alive, timeout_seconds=5)
    with client(again) as connection:
        assert connection.ping()
    again.stop()


def test_an_option_that_valkey_refuses_is_reported_with_its_words(tmp_path: Path) -> None:
    with pytest.raises(PartFailed, match="nonsense"):
        EmbeddedValkey(tmp_path / "valkey", options=["--nonsense", "1"]).start()


def test_stopping_leaves_no_socket_behind(started: EmbeddedValkey, tmp_path: Path) -> None:
    started.stop()
    assert [path.name for path in (tmp_path / "valkey").iterdir()] == []
