"""Key files: what was put in comes out under the right master key, and under no other."""

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authorizer import key_file
from authorizer.errors import KeyFileError
from authorizer.key_file import create_key_file, read_key_file, rewrap_key_file
from authorizer.keyring import KeyName, KeyRing, KeyUse
from authorizer.sealed_keys import KeyFile, parse_master_key, seal, unseal

MASTER, OTHER = bytes(range(32)), bytes(range(1, 33))
KEYS = {
    KeyName("default", KeyUse.CVK, 1): b"cvk." * 4,
    KeyName("default", KeyUse.PVK, 1): b"pvk." * 4,
    KeyName("x", KeyUse.KBPK_AES): b"kbpk" * 8,
}
RING = KeyRing(KEYS)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    create_key_file(tmp_path / "keys.json", RING, MASTER)
    return tmp_path / "keys.json"


def test_what_was_sealed_is_read_again(path: Path) -> None:
    found = read_key_file(path, MASTER)
    assert dict(found.ring.items()) == KEYS
    assert found.version == 1


def test_the_file_is_its_owners_and_holds_no_key(path: Path) -> None:
    assert path.stat().st_mode & 0o777 == 0o600
    content = path.read_bytes()
    for key in (*KEYS.values(), MASTER):
        for form in (key, key.hex().encode(), key.hex().upper().encode(), base64.b64encode(key)):
            assert form not in content


def test_another_master_key_is_told_by_its_check_value(path: Path) -> None:
    with pytest.raises(
        KeyFileError, match=r"keys\.json: sealed under another master key \(its check value is [0-9A-F]{6}"
    ) as refusal:
        read_key_file(path, OTHER)
    assert "\n" not in str(refusal.value)


def test_rewrapped_keys_open_under_the_new_master_key_only(path: Path) -> None:
    rewrap_key_file(path, MASTER, OTHER)
    assert read_key_file(path, OTHER).version == 2
    assert dict(read_key_file(path, OTHER).ring.items()) == KEYS
    with pytest.raises(KeyFileError, match="another master key"):
        read_key_file(path, MASTER)


def test_an_existing_file_is_never_written_over(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(KeyFileError, match="exists already"):
        create_key_file(path, RING, MASTER)
    assert list(path.parent.iterdir()) == [path]
    with pytest.raises(KeyFileError, match="another master key"):
        rewrap_key_file(path, OTHER, MASTER)
    assert path.read_bytes() == before


def test_a_crash_while_writing_leaves_the_old_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = path.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(key_file.os, "fsync", full)
    with pytest.raises(KeyFileError, match="No space left"):
        rewrap_key_file(path, MASTER, OTHER)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match=r"none\.json: No such file"):
        read_key_file(tmp_path / "none.json", MASTER)


def _changed(change: str) -> bytes:
    document = json.loads(seal(KeyFile(RING, 1), MASTER))
    cvk, pvk = document["keys"][0], document["keys"][1]
    match change:
        case "swapped":
            cvk["sealed"], pvk["sealed"] = pvk["sealed"], cvk["sealed"]
        case "dropped":
            del document["keys"][1]
        case "renamed":
            cvk["key"] = "default/cvk/2"
        case "older":
            document["version"] = 2
        case "short":
            cvk["sealed"] = "AAAA"
        case "damaged":
            sealed = bytearray(base64.b64decode(cvk["sealed"]))
            sealed[-1] ^= 1
            cvk["sealed"] = base64.b64encode(sealed).decode()
    return json.dumps(document).encode()


@pytest.mark.parametrize("change", ["swapped", "dropped", "renamed", "older", "short", "damaged"])
def test_a_changed_file_does_not_open_and_the_key_is_named(change: str) -> None:
    with pytest.raises(KeyFileError, match=r"^default/cvk/[12] does not open"):
        unseal(_changed(change), MASTER)


def test_another_check_value_in_the_file_is_noticed() -> None:
    document = seal(KeyFile(RING, 1), MASTER).replace(RING.check_value(RING.names[0]).encode(), b"000000")
    with pytest.raises(KeyFileError, match="default/cvk/1 has another check value"):
        unseal(document, MASTER)


def test_a_key_that_is_named_twice_is_refused() -> None:
    document = json.loads(seal(KeyFile(RING, 1), MASTER))
    document["keys"].append(document["keys"][0])
    with pytest.raises(KeyFileError, match="twice"):
        unseal(json.dumps(document).encode(), MASTER)


@given(
    st.one_of(
        st.binary(max_size=200),
        st.recursive(
            st.none() | st.integers() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner) | st.dictionaries(st.sampled_from(["format", "keys", "version", "master_key_check"]), inner)
            ),
        ).map(lambda value: json.dumps(value).encode()),
    )
)
def test_any_bytes_that_are_no_key_file_are_refused(document: bytes) -> None:
    with pytest.raises(KeyFileError, match="is no key file"):
        unseal(document, MASTER)


@pytest.mark.parametrize("text", [MASTER.hex(), MASTER.hex().upper() + "\n", base64.b64encode(MASTER).decode()])
def test_a_master_key_is_hexadecimal_or_base64(text: str) -> None:
    assert parse_master_key(text) == MASTER


@pytest.mark.parametrize("text", ["", "secret", MASTER.hex()[:-2], "zz" * 32, base64.b64encode(MASTER[:-1]).decode()])
def test_what_is_no_master_key_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(ValueError, match="32 bytes") as refusal:
        parse_master_key(text)
    assert not text or text not in str(refusal.value)
