from dataclasses import fields
from pathlib import Path

import pytest

from simulator.errors import PlanError
from simulator.faults.plan import FaultPlan, Phase, Rules, Unit, parse_plan

WHOLE = """
repeats = true

[[phase]]
name = "slow and torn"
seconds = 5
to_server = { delay_seconds = 0.2, jitter_seconds = 0.1, unit = "frame" }
to_client = { split = 1 }

[[phase]]
seconds = 0.5
to_client = { is_partitioned = true }
"""


def test_phases_and_rules_are_read() -> None:
    first = Phase("slow and torn", Rules(Unit.FRAME, 0.2, 0.1), Rules(split=1), 5.0)
    assert parse_plan(WHOLE, "plan.toml") == FaultPlan((first, Phase("", Rules(), Rules(is_partitioned=True), 0.5)), repeats=True)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "plan.toml: phase: has to be a list of at least one"),
        ("[[phase]\n", r"plan.toml: .*line 1"),
        ("speed = 1\n[[phase]]", "plan.toml: speed: there is no such key; expected one of phase, repeats"),
        ("[[phase]]\nto_sever = {}", "plan.toml:1: phase 1: to_sever: there is no such key; expected one of name, "),
        ("[[phase]]\nto_server = 1", "plan.toml:1: phase 1: to_server: has to be a table"),
        ("[[phase]]\nto_server = { drop = 1.5 }", "plan.toml:1: phase 1: to_server.drop: has to be a number between 0 and 1"),
        ("[[phase]]\nto_server = { split = 0.5 }", "to_server.split: has to be a whole number from 0 up"),
        ("[[phase]]\nto_server = { delay_seconds = -1 }", "to_server.delay_seconds: has to be a number from 0 up"),
        ("[[phase]]\nto_server = { delay_seconds = nan }", "to_server.delay_seconds: has to be a number from 0 up"),
        ("[[phase]]\nto_server = { delay_seconds = true }", "to_server.delay_seconds: has to be a number from 0 up"),
        ("[[phase]]\nto_client = { is_partitioned = 1 }", "to_client.is_partitioned: has to be true or false"),
        ('[[phase]]\nto_client = { unit = "byte" }', "to_client.unit: has to be one of read, frame"),
        ("[[phase]]\nto_client = { unit = [] }", "to_client.unit: has to be one of read, frame"),
        ("[[phase]]\nseconds = 1\n\n[[phase]]\nseconds = 0", "plan.toml:4: phase 2: seconds: has to be a number above 0"),
        ("phase = [{ seconds = 0 }]", "plan.toml: phase 1: seconds: has to be a number above 0"),
        ("[[phase]]\nseconds = 0", "phase 1: seconds: has to be a number above 0"),
        ("[[phase]]\nname = 1", "phase 1: name: has to be a text"),
        ("[[phase]]\n[[phase]]", "seconds: has to be given for every phase that another one follows"),
        ("repeats = true\n[[phase]]", "seconds: has to be given"),
        ("repeats = 1\n[[phase]]", "repeats: has to be true or false"),
    ],
)
def test_a_mistake_is_named_with_file_phase_and_key(text: str, complaint: str) -> None:
    with pytest.raises(PlanError, match=complaint):
        parse_plan(text, "plan.toml")


def test_the_plan_that_is_shown_as_an_example_is_one() -> None:
    path = Path(__file__).parents[4] / "examples" / "faults.toml"
    assert len(parse_plan(path.read_text(), str(path)).phases) == 4


def test_the_documentation_names_every_rule() -> None:
    text = (Path(__file__).parents[4] / "docs" / "network.md").read_text()
    assert [field.name for field in fields(Rules) if f"`{field.name}`" not in text] == []
