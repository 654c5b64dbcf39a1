"""Keeps the parts of `up` running: whoever dies is reaped and started again, a bounded number of times.

Knows nothing of what a part does. Ends only by an exception: KeyboardInterrupt (SIGTERM, Ctrl-C) or PartFailed.
"""

import select
import subprocess
import time
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn, Protocol

from cardline.embedded.log import bound
from cardline.embedded.process import deaths, reap_adopted
from cardline.errors import CardlineError, PartFailed
from cardline.running.switch_process import ending

RESTARTS = 5
WITHIN_SECONDS = 60.0
"""More deaths than this is not bad luck: somebody has to look."""
_HOUSEKEEPING_SECONDS = 1.0


class Part(Protocol):
    """Something that runs as one child process of ours, at an address that does not change when it is started again."""

    name: str

    @property
    def process(self) -> "subprocess.Popen[bytes]": ...
    @property
    def log(self) -> Path: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...


class RestartBudget:
    """Pure: so many restarts of one part within a sliding time."""

    def __init__(self, limit: int = RESTARTS, within_seconds: float = WITHIN_SECONDS) -> None:
        self._limit, self._within = limit, within_seconds
        self._spent: dict[str, deque[float]] = defaultdict(deque)

    def spend(self, name: str, now: float) -> bool:
        """False when it is used up."""
        spent = self._spent[name]
        while spent and spent[0] <= now - self._within:
            spent.popleft()
        if len(spent) >= self._limit:
            return False
        spent.append(now)
        return True


def supervise(parts: Sequence[Part], *, changed: Callable[[], None], say: Callable[[str], None]) -> NoReturn:
    """`changed` is called after a restart, when the part has a new pid. Raises PartFailed when a budget is used up."""
    budget = RestartBudget()
    while True:
        with deaths([part.process for part in parts]) as descriptors:
            select.select(descriptors, [], [], _HOUSEKEEPING_SECONDS)
        for part in parts:
            if (code := part.process.poll()) is not None:
                if not budget.spend(part.name, time.monotonic()):
                    raise PartFailed(f"{part.name} does not stay up; giving up")
                say(f"{part.name} died ({ending(code)}); starting it again")
                _restart(part, changed, say)
        reap_adopted({part.process.pid for part in parts})
        for part in parts:
            bound(part.log)


def _restart(part: Part, changed: Callable[[], None], say: Callable[[str], None]) -> None:
    """A failure is left for the next round, when a part that this one needs may have been started again."""
    try:
        part.start()
    except CardlineError as error:
        say(str(error))
        return
    changed()
    say(f"{part.name} is back (pid {part.process.pid})")
