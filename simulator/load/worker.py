"""One process of a load generator (`python -m simulator.load.worker`), driven over its standard streams.

In: a pickled job, then a line of JSON per step; `stop` or the end of the stream ends it. Out: a line of JSON when it is
connected, then reports while a step is played and one marked as last. It never waits for whoever reads.
"""

import contextlib
import gc
import os
import pickle
import select
import signal
import sys
import time

import orjson

from simulator.errors import SimulatorError
from simulator.load.generator import Generator
from simulator.load.job import Job, Pace, Step
from simulator.load.tally import Tally

REPORT_SECONDS = 0.5
LINE_LIMIT = 1 << 16
FLUSH_SECONDS = 5.0
"""How long the last report of a step may take to be read."""


class Parent:
    """Both pipes. Steps come in through `next_step`; reports go out as far as the pipe takes them."""

    def __init__(self) -> None:
        self._input, self._output = b"", b""
        self._is_stopped = False
        self._next_report = 0.0
        os.set_blocking(sys.stdin.fileno(), False)
        os.set_blocking(sys.stdout.fileno(), False)

    def is_stopped(self) -> bool:
        self._read(0.0)
        return self._is_stopped

    def reported(self, tally: Tally) -> bool:
        self._write()
        now = time.perf_counter()
        if self._output or now < self._next_report:
            return False
        self._next_report = now + REPORT_SECONDS
        self.say(b'{"tally":%b}' % tally.to_line())
        return True

    def say(self, line: bytes) -> None:
        self._output += line + b"\n"
        self._write()

    def flush(self) -> None:
        """Waits for the reader, but not for ever."""
        ends = time.perf_counter() + FLUSH_SECONDS
        while self._output and (left := ends - time.perf_counter()) > 0:
            select.select((), (sys.stdout,), (), left)
            self._write()

    def next_step(self) -> Step | None:
        """None when there is none to come."""
        while not self._is_stopped and b"\n" not in self._input:
            self._read(None)
        if self._is_stopped:
            return None
        line, _, self._input = self._input.partition(b"\n")
        values = orjson.loads(line)
        return Step(**{**values, "pace": Pace(values["pace"])})

    def _read(self, timeout: float | None) -> None:
        if self._is_stopped or not select.select((sys.stdin,), (), (), timeout)[0]:
            return
        received = os.read(sys.stdin.fileno(), LINE_LIMIT)
        self._input += received
        self._is_stopped = not received or self._input.startswith(b"stop")

    def _write(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._output:
                self._output = self._output[os.write(sys.stdout.fileno(), self._output) :]


def main() -> int:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is the parent's: it asks for the figures so far
    job: Job = pickle.load(sys.stdin.buffer)  # noqa: S301 - from our own parent, through a pipe
    parent = Parent()
    try:
        generator = Generator(job, parent)
    except SimulatorError as error:
        parent.say(orjson.dumps({"unreachable": str(error)}))
        parent.flush()
        return 1
    gc.freeze()
    gc.disable()  # nothing made per message refers to itself, and a full look would make many messages late
    parent.say(b'{"ready":true}')
    while (step := parent.next_step()) is not None:
        last = generator.play(step)
        parent.say(b'{"tally":%b,"is_last":true}' % last.to_line())
        parent.flush()
    generator.close()
    return 0


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):  # nobody is there any more to be told
        sys.exit(main())
