"""Our sign-on to a network and our sign-off from it: asked, repeated a few times, given up. Pure.

Both laws in one table: nothing is asked while an answer is awaited, and an attempt that fails counts.
"""

from dataclasses import dataclass
from enum import Enum


class Progress(Enum):
    """OFF before and after; ASKED and LEAVING await an 0810; WAITING is the pause before the next attempt."""

    OFF = "off"
    ASKED = "asked"
    WAITING = "waiting"
    ON = "on"
    LEAVING = "leaving"
    FAILED = "failed"


class Step(Enum):
    """What happens to it."""

    ASK = "ask"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    GIVE_UP = "give_up"
    LEAVE = "leave"
    LEFT = "left"


# A missing pair changes nothing.
NEXT: dict[tuple[Progress, Step], Progress] = {
    (Progress.OFF, Step.ASK): Progress.ASKED,
    (Progress.WAITING, Step.ASK): Progress.ASKED,
    (Progress.ASKED, Step.ACCEPTED): Progress.ON,
    (Progress.ASKED, Step.REFUSED): Progress.WAITING,
    (Progress.ASKED, Step.GIVE_UP): Progress.FAILED,
    (Progress.ASKED, Step.LEAVE): Progress.LEAVING,
    (Progress.ON, Step.LEAVE): Progress.LEAVING,
    (Progress.LEAVING, Step.LEFT): Progress.OFF,
}


@dataclass(frozen=True, slots=True)
class SignOnPlan:
    """How often and after which pause."""

    attempts: int
    retry_seconds: float


class SignOn:
    """One connection's sign-on."""

    __slots__ = ("_attempts", "_plan", "_retry_at", "progress")

    def __init__(self, plan: SignOnPlan) -> None:
        self._plan = plan
        self._attempts = 0
        self._retry_at: float | None = None
        self.progress = Progress.OFF

    def ask(self) -> bool:
        """Whether a sign-on may leave now; if so it counts."""
        if self._step(Step.ASK):
            self._attempts += 1
            self._retry_at = None
            return True
        return False

    def answered(self, is_accepted: bool, now: float) -> Progress:
        """The 0810 to it, or its absence."""
        if self.progress is Progress.LEAVING:
            self._step(Step.LEFT)
        elif is_accepted:
            self._attempts = 0
            self._step(Step.ACCEPTED)
        elif self._attempts >= self._plan.attempts:
            self._step(Step.GIVE_UP)
        elif self._step(Step.REFUSED):
            self._retry_at = now + self._plan.retry_seconds
        return self.progress

    def leave(self) -> bool:
        """Whether there is somebody to sign off from."""
        return self._step(Step.LEAVE)

    def next_timer(self) -> float | None:
        return self._retry_at if self.progress is Progress.WAITING else None

    def _step(self, step: Step) -> bool:
        following = NEXT.get((self.progress, step))
        if following is None:
            return False
        self.progress = following
        return True
