"""Variables that look like settings and are none."""

import pytest

from cardline.setting_sources import stray_variables
from cardline.settings import Settings


@pytest.mark.parametrize(
    ("variable", "told"),
    [
        ("CARDLINE_POLCY", "CARDLINE_POLCY; did you mean CARDLINE_POLICY?"),
        ("CARDLINE_LIMIT__WRITERS", "CARDLINE_LIMIT__WRITERS; did you mean CARDLINE_LIMITS__WRITERS?"),
        ("CARDLINE_KEYS_CVK", "CARDLINE_KEYS_CVK; did you mean CARDLINE_KEYS__CVK?"),
        ("CARDLINE_SERVICE_HOST", "CARDLINE_SERVICE_HOST"),
    ],
)
def test_a_misspelt_variable_is_named_with_what_was_meant(variable: str, told: str) -> None:
    assert stray_variables(Settings, {variable: "x", "HOME": "/"}) == [told]


@pytest.mark.parametrize(
    "variable",
    ["CARDLINE_POLICY", "cardline_policy", "CARDLINE_LINKS__ANY__PROFILE", "CARDLINE_KEYS__CVK", "CARDLINE_DEBUG",
     "CARDLINE_DATA_DIR", "CARDLINE_NEW_MASTER_KEY", "CARDLINE_READY_FD", "CARDLINE_LISTEN_FDS", "CARDLINE_TEST_POSTGRES_BIN"],
)  # fmt: skip
def test_what_is_read_somewhere_is_no_stray(variable: str) -> None:
    assert stray_variables(Settings, {variable: "x"}) == []
