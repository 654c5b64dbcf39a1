"""`cardline keys`: clear keys go in, check values come out; and a process takes its keys from such a file."""

from pathlib import Path

import pytest

from authorizer.key_file import create_key_file, read_key_file
from authorizer.keyring import default_ring
from cardline.card_keys import key_ring, uses_test_keys
from cardline.cli import main
from cardline.errors import ConfigurationError
from cardline.settings import TEST_KEYS, load

MASTER, OTHER = "00" * 31 + "01", "00" * 31 + "02"
REQUIRED = ("keys",)
OWN = {"cvk": b"1234567890abcdef", "pvk": b"abcdef1234567890", "pin_key": b"fedcba0987654321"}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in [name for name in os.environ if name.startswith("CARDLINE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CARDLINE_MASTER_KEY", MASTER)


@pytest.fixture
def listing(tmp_path: Path) -> Path:
    path = tmp_path / "listing"
    path.write_text(
        "# a key ceremony\n"
        "default/zmk 6D6BE51F04F76167491554FE25F7ABEF 67499B2CF137DFCB9EA28FF757CD10A7  # two components\n\n"
        "default/cvk/1 0123456789ABCDEFFEDCBA9876543210\n"
    )
    return path


def test_a_file_is_made_from_a_listing_and_shown_by_its_check_values(
    tmp_path: Path, listing: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "keys.json"
    assert main(["keys", "create", str(file), "--from", str(listing), "--generate", "default/pvk/1"]) == 0
    assert main(["keys", "show", str(file)]) == 0
    shown = capsys.readouterr().out
    ring = read_key_file(file, bytes.fromhex(MASTER)).ring
    assert "05EE1D" in shown
    for name, key in ring.items():
        assert f"{name}" in shown
        assert ring.check_value(name) in shown
        assert key.hex() not in shown.lower()


def test_a_file_is_rewrapped_under_the_new_master_key(
    tmp_path: Path, listing: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "keys.json"
    main(["keys", "create", str(file), "--from", str(listing)])
    assert main(["keys", "rewrap", str(file)]) == 2
    assert "CARDLINE_NEW_MASTER_KEY is not set; make one with `openssl rand -hex 32`" in capsys.readouterr().err
    monkeypatch.setenv("CARDLINE_NEW_MASTER_KEY", OTHER)
    assert main(["keys", "rewrap", str(file)]) == 0
    assert main(["keys", "show", str(file)]) == 2
    assert "another master key" in capsys.readouterr().err
    assert read_key_file(file, bytes.fromhex(OTHER)).version == 2


@pytest.mark.parametrize(
    "line",
    ["default/cvk", "default/cvk 5EC7E7", "default/cvk zz5EC7E7", "nothing 5EC7E7", "default/zmk " + "5E" * 16 + " 5EC7E7",
     f"default/zmk {'5EC7E7C0' * 4}\ndefault/zmk {'5EC7E7C0' * 4}"],
)  # fmt: skip
def test_a_listing_that_makes_no_sense_is_refused_without_its_content(
    tmp_path: Path, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "listing").write_text(line)
    assert main(["keys", "create", str(tmp_path / "keys.json"), "--from", str(tmp_path / "listing")]) == 2
    said = capsys.readouterr().err
    assert said.startswith("cardline: ")
    assert "this is a bug" not in said
    assert "5E" not in said
    assert not (tmp_path / "keys.json").exists()


@pytest.mark.parametrize(
    "arguments",
    [[], ["--generate", "nothing"], ["--generate", "default/zmk", "--generate", "default/zmk"], ["--from", "nowhere"]],
)
def test_without_keys_no_file_is_made(tmp_path: Path, arguments: list[str]) -> None:
    assert main(["keys", "create", str(tmp_path / "keys.json"), *arguments]) == 2
    assert not (tmp_path / "keys.json").exists()


def test_a_process_takes_its_keys_from_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "keys.json"
    create_key_file(file, default_ring(pvk_index=1, **OWN), bytes.fromhex(MASTER))
    monkeypatch.setenv("CARDLINE_KEY_FILE", str(file))
    for allowed in (False, True):
        ring = key_ring(load(require=REQUIRED, allow_test_keys=allowed))
        assert not uses_test_keys(load(require=REQUIRED, allow_test_keys=allowed))
        assert [str(name) for name in ring.names] == ["default/cvk/0", "default/pin_key/0", "default/pvk/1"]
    assert MASTER not in repr(load(require=REQUIRED))


def mistakes(monkeypatch: pytest.MonkeyPatch, file: Path) -> str:
    monkeypatch.setenv("CARDLINE_KEY_FILE", str(file))
    with pytest.raises(ConfigurationError) as refusal:
        load(require=REQUIRED)
    return str(refusal.value)


def test_public_test_keys_are_refused_in_a_file_too_whatever_their_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "keys.json"
    public = OWN | {"pvk": TEST_KEYS.imk_smi, "pin_key": bytes(byte ^ 1 for byte in TEST_KEYS.pin_key)}
    create_key_file(file, default_ring(pvk_index=1, **public), bytes.fromhex(MASTER))
    said = mistakes(monkeypatch, file)
    assert f"key_file {file}: default/pvk/1 is a public test key" in said
    assert "default/pin_key/0 is a public test key" in said
    assert "default/cvk" not in said
    assert uses_test_keys(load(require=REQUIRED, allow_test_keys=True))


def test_each_mistake_with_a_key_file_names_the_file_and_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "keys.json"
    assert "No such file" in mistakes(monkeypatch, file)
    create_key_file(file, default_ring(cvk=OWN["cvk"]), bytes.fromhex(MASTER))
    assert f"key_file {file}: default/pvk is missing" in mistakes(monkeypatch, file)
    monkeypatch.setenv("CARDLINE_MASTER_KEY", OTHER)
    assert f"key_file {file}: sealed under another master key" in mistakes(monkeypatch, file)
    monkeypatch.delenv("CARDLINE_MASTER_KEY")
    assert "master_key: missing (set CARDLINE_MASTER_KEY" in mistakes(monkeypatch, file)
    assert load().key_file == file, "a command without cards' keys does not ask for the master key"
    monkeypatch.setenv("CARDLINE_KEYS__CVK", OWN["cvk"].hex())
    assert "only one may be" in mistakes(monkeypatch, file)


def test_a_master_key_is_never_taken_from_a_settings_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CARDLINE_MASTER_KEY")
    config = tmp_path / "cardline.toml"
    config.write_text(f'master_key = "{MASTER}"\n')
    with pytest.raises(ConfigurationError, match="belongs into the environment") as refusal:
        load(config)
    assert MASTER not in str(refusal.value)
    monkeypatch.setenv("CARDLINE_MASTER_KEY", "5ec7e7")
    with pytest.raises(ConfigurationError, match="master_key: a master key has 32 bytes") as refusal:
        load()
    assert "5ec7e7" not in str(refusal.value)
