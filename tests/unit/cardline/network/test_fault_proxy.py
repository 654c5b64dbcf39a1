"""Wrong usage of `cardline faults`; what the proxy does is tested with the proxy."""

from pathlib import Path

import pytest

from cardline import cli

CALM = "[[phase]]\n"


@pytest.mark.parametrize(
    ("listen", "to", "plan", "complaint"),
    [
        ("here", "127.0.0.1:1", CALM, "--listen: not HOST:PORT"),
        ("127.0.0.1:0", "127.0.0.1", CALM, "--to: not HOST:PORT"),
        (
            "127.0.0.1:0",
            "127.0.0.1:1",
            "[[phase]]\nto_client = { drop = 2 }",
            "to_client.drop: has to be a number between 0 and 1",
        ),
        ("127.0.0.1:0", "127.0.0.1:1", "[[", "plan.toml: "),
        ("192.0.2.1:0", "127.0.0.1:1", CALM, "--listen 192.0.2.1:0: "),
    ],
)
def test_a_mistake_is_one_line_and_wrong_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], listen: str, to: str, plan: str, complaint: str
) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(plan)
    assert cli.main(["faults", "--listen", listen, "--to", to, "--plan", str(file)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert complaint in line


def test_a_plan_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = tmp_path / "missing.toml"
    assert cli.main(["faults", "--listen", "127.0.0.1:0", "--to", "127.0.0.1:1", "--plan", str(missing)]) == 2
    assert capsys.readouterr().err == f"cardline: --plan {missing}: No such file or directory\n"
