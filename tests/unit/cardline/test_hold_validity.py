"""The operator's table of hold validities is refused when it is loaded, with its file and every key that is wrong."""

from pathlib import Path

import pytest

from cardline.errors import ConfigurationError
from cardline.hold_validity import load_validity


def test_the_shipped_table_is_read() -> None:
    assert (load_validity().name, load_validity().version) == ("default", 1)


@pytest.mark.parametrize(
    ("text", "key"),
    [('[rule.a]\ndays = 7\n[rule.b]\nmcc = "5542"\nhours = 2\n[rule.c]\nclasses = "final"\nhours = 3\n', "rule.c"),
     ("[rule.a]\ndays = 9\n", "rule.a")],
)  # fmt: skip
def test_a_contradiction_is_named_with_its_file_and_key(tmp_path: Path, text: str, key: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"\nversion = 2\n' + text)
    with pytest.raises(ConfigurationError) as caught:
        load_validity(path)
    assert caught.value.mistakes[0].startswith(f"{path}: {key}")


@pytest.mark.parametrize("text", [None, "rule = [", b"\xff"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, text: str | bytes | None) -> None:
    path = tmp_path / "mine.toml"
    if text is not None:
        path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(ConfigurationError, match=r"mine\.toml"):
        load_validity(path)
