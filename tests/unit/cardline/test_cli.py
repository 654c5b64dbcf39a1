"""The process edge: exit codes, one line on standard error, quick help."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import typer

import cardline
from cardline import cli, desk


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("CARDLINE_POSTGRES_DSN", "CARDLINE_REDIS_URL", "CARDLINE_TOKEN_KEY", "CARDLINE_DEBUG"):
        monkeypatch.delenv(name, raising=False)


def only_line(capsys: pytest.CaptureFixture[str]) -> str:
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    return lines[0]


def test_help_is_fine(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    assert "trial-balance" not in capsys.readouterr().err


def test_every_command_of_the_contract_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("up", "serve", "migrate", "seed", "decode", "doctor", "demo", "version", "ledger verify"):
        assert cli.main([*command.split(), "--help"]) == 0
        assert "--config" in capsys.readouterr().out


def test_no_command_shows_the_help_and_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 2
    assert "Usage" in "".join(capsys.readouterr())


@pytest.mark.parametrize("words", [["nonsense"], ["up", "--nonsense"], ["seed"], ["up", "--port", "x"]])
def test_wrong_usage_is_one_line(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(words) == 2
    assert only_line(capsys).startswith("cardline: ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["account", "fund", "5", "-5", "--reason", "x"], "cardline: -5: must be above 0"),
        (["card", "block", "5", "--reason", "x"], "cardline: Missing argument 'blocked|lost|stolen'"),
        (["account", "fund", "5", "5", "-x", "--reason", "x"], "cardline: No such option"),
    ],
)
def test_wrong_usage_says_what_would_be_right(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(words) == 2
    assert only_line(capsys).startswith(said)


@pytest.mark.parametrize("words", [["migrate"], ["doctor"], ["seed", "--cards", "1"], ["ledger", "verify"]])
def test_a_command_without_a_system_says_where_it_looked(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([*words, "--data-dir", "nowhere"]) == 2
    assert "no `cardline up` is running in" in only_line(capsys)


def test_a_profile_that_is_not_there_is_told_along_with_a_database_that_is_not_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "own.toml"
    config.write_text('[links.net]\nprofile = "visas"\nlisten = "127.0.0.1:0"\n', encoding="utf-8")
    assert cli.main(["doctor", "--config", str(config)]) == 2
    line = only_line(capsys)
    assert "links.net.profile: " in line
    assert "visas" in line
    assert "no `cardline up` is running in" in line


def test_serve_without_configuration_names_everything_that_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["serve"]) == 2
    line = only_line(capsys)
    assert all(key in line for key in ("postgres_dsn", "redis_url", "token_key", "keys.cvk", "keys.pin_key"))


def test_a_database_that_does_not_answer_is_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CARDLINE_POSTGRES_DSN", f"postgresql://x@/x?host={tmp_path}")
    assert cli.main(["ledger", "verify"]) == 2
    assert only_line(capsys).startswith("cardline: ")


def test_a_bug_is_called_one(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("secret content")

    monkeypatch.setattr("cardline.reach.reach", broken)
    assert cli.main(["migrate"]) == 2
    assert only_line(capsys) == "cardline: this is a bug: KeyError (CARDLINE_DEBUG=1 shows where)"


def test_help_imports_none_of_the_rooms() -> None:
    code = "import sys; from cardline.cli import main; main(['--help']); print(*sys.modules, file=sys.stderr)"
    source = Path(cardline.__file__).parents[1]
    run = subprocess.run([sys.executable, "-c", code], cwd=source, capture_output=True, text=True, check=True, timeout=60)
    heavy = {"asyncpg", "redis", "ledger", "switch", "authorizer", "simulator", "uvloop", "prometheus_client"}
    assert not heavy & set(run.stderr.split())


@pytest.mark.parametrize("words", [["--actor", ""], ["--reason", " "]])
def test_what_goes_on_the_record_may_not_be_empty(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["account", "freeze", "1", "--reason", "why", *words]) == 2
    assert "may not be empty" in capsys.readouterr().err


def test_holds_expire_as_of_a_time_to_come_needs_a_reason_outside_development(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CARDLINE_POSTGRES_DSN", "postgresql://127.0.0.1:1/nowhere")
    for name, digit in (("CVK", "1"), ("PVK", "2"), ("PIN_KEY", "4")):
        monkeypatch.setenv(f"CARDLINE_KEYS__{name}", digit * 16 + "8" * 16)
    assert cli.main(["holds", "expire", "--as-of", "2099-01-01"]) == 2
    assert "say why with --reason" in capsys.readouterr().err


def test_a_port_of_a_link_that_is_not_there_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "own.toml"
    config.write_text('[links.net]\nprofile = "mastercard"\nconnect = "127.0.0.1:9"\n', encoding="utf-8")
    assert cli.main(["up", "--config", str(config), "--ascii-port", "0"]) == 2
    assert "--ascii-port" in only_line(capsys)


def test_the_live_policy_can_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["policy", "show"]) == 0
    shown = capsys.readouterr().out
    assert "card_usable" in shown
    assert "within_amount_limit" in shown
    assert "gambling" in shown


@pytest.mark.parametrize("example", ["policy.toml"])
def test_the_examples_are_right(example: str) -> None:
    assert cli.main(["policy", "check", str(Path(cardline.__file__).parents[1] / "examples" / example)]) == 0


def actors(command: click.Command, name: str = "cardline") -> Iterator[tuple[str, object]]:
    yield from ((name, parameter.default) for parameter in command.params if parameter.name == "actor")
    for word, below in getattr(command, "commands", {}).items():
        yield from actors(below, f"{name} {word}")


def test_who_is_not_named_is_called_the_same_by_every_command() -> None:
    found = dict(actors(typer.main.get_command(cli.app)))
    assert len(found) > 20
    assert {name for name, actor in found.items() if actor is None} == {"cardline ledger replay"}  # whose repair wants a name
    assert set(found.values()) - {None} == {desk.ACTOR}
