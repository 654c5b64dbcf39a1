"""`cardline serve` that can be made blind while it runs: SIGUSR1, and it counts nothing and writes no canonical line;
SIGUSR2, and it does so again. The same process, so that nothing else differs between two turns. For the bench only.
"""

import os
import signal
import sys
from typing import Any, Self

from authorizer.meter import StoreMeter
from cardline.metrics import Metrics
from cardline.running.listening import take_over
from cardline.running.serve import run
from cardline.settings import load
from ledger.writer import WriterMeter
from switch import flow
from switch.connection import SwitchMeter
from switch.flow import FlowMeter
from switch.stories.rooms import StoryMeter

BLIND, SEEING = signal.SIGUSR1, signal.SIGUSR2
METERS = (FlowMeter, SwitchMeter, StoryMeter, WriterMeter, StoreMeter)


class BlinkingMetrics(Metrics):
    """The real ones, whose methods are hidden behind one that does nothing, and shown again."""

    def close_eyes(self) -> None:
        for meter in METERS:
            for name in vars(meter):
                if not name.startswith("_"):
                    self.__dict__[name] = _nothing

    def open_eyes(self) -> None:
        for name in [name for name, value in self.__dict__.items() if value is _nothing]:
            del self.__dict__[name]


class BlinkingLog:
    """The log of messages in the place of the switch's own, bound as the switch binds it; only its `info` is ever hidden."""

    def __init__(self, real: Any) -> None:
        self._real = real
        self.warning = real.warning

    def bind(self) -> Self:
        self._bound = self._real.bind()
        self.open_eyes()
        return self

    def close_eyes(self) -> None:
        self.info = _nothing

    def open_eyes(self) -> None:
        self.info = self._bound.info


def _nothing(*_: object, **__: object) -> None:
    pass


def main() -> int:
    metrics, log = BlinkingMetrics(), BlinkingLog(flow.log)
    flow.log = log

    def blink(number: int, _: object) -> None:
        for watching in (metrics, log):
            (watching.close_eyes if number == BLIND else watching.open_eyes)()

    for number in (BLIND, SEEING):
        signal.signal(number, blink)
    settings = load(require=("postgres_dsn", "redis_url", "token_key", "keys"), allow_test_keys=True)
    return run(settings, take_over(os.environ), metrics)


if __name__ == "__main__":
    sys.exit(main())
