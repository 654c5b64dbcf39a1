"""Which links bring clearing files, and where they are."""

from pathlib import Path

import pytest

from cardline.clearing_link.process import profiles_of
from cardline.errors import ConfigurationError
from cardline.running.up import chosen_ports
from cardline.settings import load

GIVEN = {"mastercard": None, "mastercard-ascii": None, "clearing": None, "metrics": None}


def test_clearing_links_are_told_from_those_that_bring_payments() -> None:
    payments, clearing = profiles_of(load())
    assert (list(payments), list(clearing)) == (["mastercard", "mastercard-ascii"], ["clearing"])


def test_a_clearing_link_that_should_connect_is_a_mistake(tmp_path: Path) -> None:
    config = tmp_path / "cardline.toml"
    config.write_text('[links.files]\nprofile = "clearing"\nconnect = "127.0.0.1:9"\n')
    with pytest.raises(ConfigurationError, match=r"links\.files: a clearing link listens"):
        profiles_of(load(config))


@pytest.mark.parametrize(
    ("given", "chosen"),
    [
        ({}, {}),
        ({"mastercard": 0}, {"mastercard": 0, "clearing": 0}),
        ({"mastercard": 0, "clearing": 9000}, {"mastercard": 0, "clearing": 9000}),
        ({"mastercard": 9001, "mastercard-ascii": 0}, {"mastercard": 9001, "mastercard-ascii": 0}),
    ],
)
def test_a_free_port_for_payments_means_one_for_files_too(given: dict[str, int], chosen: dict[str, int]) -> None:
    assert chosen_ports(load(), GIVEN | given) == chosen


def test_a_port_for_a_link_that_is_not_configured_names_its_option(tmp_path: Path) -> None:
    config = tmp_path / "cardline.toml"
    config.write_text('[links.mastercard]\nprofile = "mastercard"\nlisten = "127.0.0.1:0"\n')
    with pytest.raises(ConfigurationError, match=r"--clearing-port: the configuration has links of its own"):
        chosen_ports(load(config), GIVEN | {"clearing": 1})
