"""The reference documents say what the code says."""

from pathlib import Path

import pytest

from cardline.guides import cli, doctor, settings
from cardline.settings import Settings

DOCS = Path(__file__).parents[4] / "docs"


@pytest.mark.parametrize(("name", "module"), [("cli", cli), ("doctor", doctor), ("settings", settings)])
def test_a_reference_is_up_to_date(name: str, module) -> None:
    assert (DOCS / f"{name}.md").read_text(encoding="utf-8") == module.guide(), (
        f"python -m cardline.guides.{name} > docs/{name}.md"
    )


def test_every_command_says_what_it_does() -> None:
    for path, command in cli.commands():
        assert command.help, path


def test_every_setting_at_the_top_says_what_it_is() -> None:
    rows = [line.split("|") for line in settings.guide().split("## [keys]")[0].splitlines() if line.startswith("| `")]
    assert {row[1].strip(" `") for row in rows} >= set(Settings.model_fields) - {"keys", "rates", "card_layout", "limits"}
    assert all(row[4].strip() for row in rows)
