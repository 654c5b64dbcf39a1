"""What came of played scenarios: every step with what was expected and got, and a verdict. Pure data."""

import enum
from dataclasses import dataclass, field


class Verdict(enum.StrEnum):
    """How a step ended."""

    HELD = "held"
    BROKEN = "broken"
    NOT_PLAYED = "not played"


@dataclass(frozen=True, slots=True)
class View:
    """One thing that was judged, as the scenario and the auditor want it and as it came. None: no opinion."""

    what: str
    stated: str | None
    predicted: str | None
    got: str

    @property
    def holds(self) -> bool:
        return all(wanted is None or wanted == self.got for wanted in (self.stated, self.predicted))


@dataclass(frozen=True, slots=True)
class StepResult:
    """`sent`, `expected` and `got` in a few words; `broken` are the views that did not hold."""

    name: str
    verdict: Verdict
    sent: str = ""
    expected: str = ""
    got: str = ""
    broken: tuple[View, ...] = ()
    note: str = ""
    latency_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """`skipped`: why it was not played at all; that is no failure, and no success."""

    name: str
    title: str
    steps: tuple[StepResult, ...] = ()
    skipped: str | None = None
    unasked_replies: int = 0

    @property
    def ok(self) -> bool:
        return not self.unasked_replies and all(step.verdict is Verdict.HELD for step in self.steps)


@dataclass(frozen=True, slots=True)
class RunResult:
    """All that was played with one seed."""

    seed: int
    scenarios: tuple[ScenarioResult, ...]
    are_books_observed: bool = True
    seconds: float = field(default=0.0, compare=False)

    @property
    def played(self) -> tuple[ScenarioResult, ...]:
        return tuple(result for result in self.scenarios if result.skipped is None)

    @property
    def ok(self) -> bool:
        """Something was played, and all of it held."""
        return bool(self.played) and all(result.ok for result in self.played)
