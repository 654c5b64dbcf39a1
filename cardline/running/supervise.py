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
    budget, told = RestartBudget(), _Told(say)
    while True:
        with deaths([part.process for part in parts]) as descriptors:
            select.select(descriptors, [], [], _HOUSEKEEPING_SECONDS)
        for part in parts:
            if (code := part.process.poll()) is not None:
                if not budget.spend(part.name, time.monotonic()):
                    raise PartFailed(f"{part.name} does not stay up; giving up")
                told.say(f"{part.name} died ({ending(code)}); starting it again")
                _restart(part, changed, told.say)
        reap_adopted({part.process.pid for part in parts})
        for part in parts:
            told.trouble(part.name, bound(part.log))


class _Told:
    """What is said while the parts run: nobody's payments stop because it cannot be written, nor is it said every second."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._troubles: dict[str, str] = {}

    def say(self, line: str) -> None:
        try:
            self._say(line)
        except BrokenPipeError:  # nobody is there any more
            raise
        except OSError:  # a full disk under our own output
            return

    def trouble(self, name: str, trouble: str | None) -> None:
        """The same words are not repeated."""
        if trouble is not None and self._troubles.get(name) != trouble:
            self._troubles[name] = trouble
            self.say(trouble)


def _restart(part: Part, changed: Callable[[], None], say: Callable[[str], None]) -> None:
    """A failure is left for the next round, when a part that this one needs may have been started again."""
    try:
        part.start()
        changed()
    except (CardlineError, OSError) as error:  # a full disk is no reason to stop the other parts
        say(f"{part.name}: {error}" if isinstance(error, OSError) else str(error))
        return
    say(f"{part.name} is back (pid {part.process.pid})")
