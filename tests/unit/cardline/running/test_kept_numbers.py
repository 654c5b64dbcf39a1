"""Where a card's number is kept at all: only where a network is told of cards, and never without a key."""

from pathlib import Path

import pytest

from authorizer.pan import Pan
from cardline.errors import ConfigurationError
from cardline.running.kept_numbers import pan_cipher, sealed_number, told_links
from cardline.settings import Settings, load

PAN = Pan("5413330000000007")


def settings(directory: Path, *, enabled: bool, key: str = "42" * 32) -> Settings:
    profile, config = directory / "told.toml", directory / "cardline.toml"
    profile.write_text(f'[management]\nforwarder = "541333"\n[file_updates]\nenabled = {str(enabled).lower()}\n')
    config.write_text(f'pan_key = "{key}"\n[links.one]\nprofile = "{profile}"\nlisten = "127.0.0.1:0"\n')
    return load(config, allow_test_keys=True)


def test_no_number_is_kept_where_no_link_takes_file_updates(tmp_path: Path) -> None:
    assert told_links(settings(tmp_path, enabled=False, key="")) == ()
    assert sealed_number(settings(tmp_path, enabled=False), PAN, 7) is None
    assert told_links(load(allow_test_keys=True)) == ()


def test_a_number_that_is_kept_opens_under_the_key_of_the_settings(tmp_path: Path) -> None:
    told = settings(tmp_path, enabled=True)
    sealed = sealed_number(told, PAN, 7)
    assert told_links(told) == ("one",)
    assert sealed is not None
    assert pan_cipher(told).open(sealed, 7) == PAN


def test_a_link_that_takes_file_updates_needs_the_key(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"pan_key: missing \(set CARDLINE_PAN_KEY\): link one"):
        told_links(settings(tmp_path, enabled=True, key=""))
