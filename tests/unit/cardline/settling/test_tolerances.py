"""The operator's table of tolerances is refused when it is loaded, with its file and every key that is wrong."""

from pathlib import Path

import pytest

from cardline.errors import ConfigurationError
from cardline.settling.tolerances import load_tolerances


def test_the_shipped_table_is_read() -> None:
    assert (load_tolerances().name, load_tolerances().version) == ("default", 1)


def test_a_mistake_is_named_with_its_file_and_key(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"\nversion = 2\n[rule.a]\npercent = 101\n')
    with pytest.raises(ConfigurationError) as caught:
        load_tolerances(path)
    assert caught.value.mistakes[0].startswith(f"{path}: rule.a.percent")


@pytest.mark.parametrize("text", [None, "rule = [", b"\xff"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, text: str | bytes | None) -> None:
    path = tmp_path / "mine.toml"
    if text is not None:
        path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(ConfigurationError, match=r"mine\.toml"):
        load_tolerances(path)
