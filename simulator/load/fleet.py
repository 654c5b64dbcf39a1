"""The processes of a load generator: started, told their steps, listened to, ended. Every wait has a limit."""

import os
import pickle
import selectors
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from types import TracebackType
from typing import Any, Self

import orjson

from simulator.errors import HostUnreachable, LoadError
from simulator.load.job import Job, Pace, Step
from simulator.load.tally import Tally, from_document

READY_SECONDS = 30.0
"""Beyond the time that connections may take: to start Python and to read the deck."""
SLACK_SECONDS = 10.0
"""How long after its time a process may still be silent before it counts as dead."""
LEAD_SECONDS = 0.2
"""Between the command for a step and its beginning, so that all processes begin together."""
STOP_SECONDS = 5.0
READ_BYTES = 1 << 18

OnReport = Callable[[Tally], None]
"""Called with all that is known of the step so far."""


@dataclass(slots=True)
class _Member:
    process: "subprocess.Popen[bytes]"
    received: bytes = b""

    @property
    def output(self) -> int:
        assert self.process.stdout is not None
        return self.process.stdout.fileno()

    def tell(self, line: bytes) -> None:
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):  # its end is noticed where its reports are read
            self.process.stdin.write(line)
            self.process.stdin.flush()


class Fleet:
    """Use as a context: at its end every process is gone."""

    def __init__(self, job: Job, processes: int = 1, *, first: int | None = None) -> None:
        """`job.connections` are those of all processes together, at least one of each. `first`: where numbers go on from an
        earlier fleet with the same origin."""
        self._job = replace(job, processes=processes, clock=time.time() - time.perf_counter())
        self._members: list[_Member] = []
        self._next = job.origin if first is None else first

    def __enter__(self) -> Self:
        """Starts and connects. Raises HostUnreachable, LoadError."""
        job = self._job
        try:
            for number in range(job.processes):
                own = job.connections // job.processes + (number < job.connections % job.processes)
                self._members.append(_started(replace(job, number=number, connections=max(1, own))))
            self._gather(READY_SECONDS + job.connections * job.connect_seconds, "ready", lambda _: None)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._end()

    def play_open(self, rate: float, seconds: float, on_report: OnReport) -> Tally:
        """`rate` messages a second, evenly spaced. A KeyboardInterrupt ends it with what is known, and goes on."""
        messages = max(1, round(rate * seconds))
        return self._play(Step(self._next, messages, 0.0, rate=rate), messages / rate, on_report)

    def play_closed(
        self, *, inflight: int, messages: int, seconds: float, on_report: OnReport, limit_seconds: float = 3600.0
    ) -> Tally:
        """`inflight` per connection, until `messages` are sent or `seconds` (0: whenever) are over."""
        step = Step(self._next, messages, 0.0, pace=Pace.CLOSED, inflight=inflight, seconds=seconds)
        return self._play(step, seconds or limit_seconds, on_report)

    def _play(self, step: Step, seconds: float, on_report: OnReport) -> Tally:
        step = replace(step, begins=time.perf_counter() + LEAD_SECONDS)
        line = orjson.dumps(asdict(step)) + b"\n"
        for member in self._members:
            member.tell(line)
        played = Tally()

        def add(document: dict[str, Any]) -> None:
            played.add(from_document(document["tally"]))
            on_report(played)

        patience = LEAD_SECONDS + seconds + self._job.limit_seconds + SLACK_SECONDS
        try:
            self._gather(patience, "is_last", add)
        except KeyboardInterrupt:
            for member in self._members:
                member.tell(b"stop\n")
            with suppress(LoadError):
                self._gather(STOP_SECONDS, "is_last", add)
            raise Interrupted(played) from None
        self._next += step.messages if step.pace is Pace.OPEN else played.sent
        return played

    def _gather(self, limit_seconds: float, last: str, on_document: Callable[[dict[str, Any]], None]) -> None:
        """Reads every process up to the document that has the key `last`; others are handed over on the way, too."""
        ends = time.perf_counter() + limit_seconds
        with selectors.DefaultSelector() as selector:
            for member in self._members:
                selector.register(member.output, selectors.EVENT_READ, member)
            while selector.get_map():
                ready = selector.select(max(0.0, ends - time.perf_counter()))
                if not ready and time.perf_counter() >= ends:
                    raise LoadError(f"a process of the load generator did not report within {limit_seconds:g} s")
                for key, _ in ready:
                    for document in _documents(key.data):
                        if "tally" in document:
                            on_document(document)
                        if document.get(last):
                            selector.unregister(key.fd)

    def _end(self) -> None:
        for member in self._members:
            assert member.process.stdin is not None
            assert member.process.stdout is not None
            with suppress(OSError):
                member.process.stdin.close()
            try:
                member.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                member.process.kill()
                member.process.wait()
            member.process.stdout.close()
        self._members.clear()


class Interrupted(KeyboardInterrupt):
    """Somebody pressed Ctrl-C while a step was played; carries what is known of it."""

    def __init__(self, played: Tally) -> None:
        super().__init__()
        self.played = played


def _started(job: Job) -> _Member:
    """In a process group of its own: a Ctrl-C in the terminal is ours alone, also while Python starts."""
    command = [sys.executable, "-m", "simulator.load.worker"]
    process = subprocess.Popen(  # noqa: S603 - our own module
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, process_group=0
    )
    member = _Member(process)
    member.tell(pickle.dumps(job))
    return member


def _documents(member: _Member) -> list[dict[str, Any]]:
    """What has come since. Raises HostUnreachable where a process says so, LoadError where it has ended."""
    received = os.read(member.output, READ_BYTES)
    if not received:
        raise LoadError(f"a process of the load generator ended with {member.process.wait(STOP_SECONDS)}")
    *lines, member.received = (member.received + received).split(b"\n")
    documents = [orjson.loads(line) for line in lines]
    for document in documents:
        if "unreachable" in document:
            raise HostUnreachable(document["unreachable"])
    return documents
