"""Commands that find a running `up` go by what it goes by."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from cardline import cli, endpoints
from cardline.data_directory import DataDirectory
from cardline.endpoints import Endpoints
from cardline.reach import live, reach

CONFIG = f'policy = "strict.toml"\ntoken_key = "{"5a" * 32}"\nmetrics_listen = "127.0.0.1:1"\npostgres_dsn = "postgresql://of/the-file"\n'


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Of an `up` with a settings file, whose ports were chosen on its command line."""
    for name in [name for name in os.environ if name.startswith("CARDLINE_")]:
        monkeypatch.delenv(name)
    config = tmp_path / "settings.toml"
    config.write_text(CONFIG)
    found = Endpoints(
        "h:1", "h:2", "http://127.0.0.1:9", "postgresql://run/ning", "redis://running", os.getpid(), config=str(config)
    )
    with DataDirectory(tmp_path / "data").held():
        endpoints.write(tmp_path / "data", found)
        yield tmp_path / "data"


def test_the_settings_file_of_the_running_up_holds_and_its_real_addresses_stand_above_it(directory: Path) -> None:
    found = reach(None, directory, require=("token_key", "keys"))
    assert (found.policy, found.token_key) == ("strict.toml", b"\x5a" * 32)
    assert (found.metrics_listen, found.postgres_dsn, found.redis_url) == (
        "127.0.0.1:9", "postgresql://run/ning", "redis://running",
    )  # fmt: skip
    assert found.anchor_file == directory / "anchors.jsonl"
    assert live(None, directory) == found


def test_a_variable_and_a_file_of_ones_own_win(directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "own.toml"
    own.write_text('shadow_policy = "draft.toml"\n')
    found = reach(own, directory)
    assert (found.policy, found.shadow_policy, found.postgres_dsn) == ("default", "draft.toml", "postgresql://run/ning")
    monkeypatch.setenv("CARDLINE_POLICY", "other.toml")
    assert reach(None, directory).policy == "other.toml"


def test_policy_show_shows_the_policy_of_the_running_up(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["policy", "show", "--data-dir", str(directory)]) == 2
    assert "strict.toml" in capsys.readouterr().err  # which is not there
    assert cli.main(["policy", "show", "--data-dir", str(directory / "other")]) == 0


def test_without_anything_that_runs_the_live_settings_are_those_given(tmp_path: Path) -> None:
    assert live(None, tmp_path).policy == "default"
