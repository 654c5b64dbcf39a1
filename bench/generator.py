"""The load: prebuilt frames over TCP from a process of its own (`python -m bench.generator`, a job on standard input).

One thread on select(), whose time limits are finer than a millisecond, and little work per message, so that what is
measured is the other side. Latency counts from the moment a message was to be sent, not from when it could be
(coordinated omission), and ends when its reply has been read. Everything is bounded by the job's patience.
"""

import json
import pickle
import select
import socket
import sys
import time
from array import array
from collections.abc import Iterator

from bench.frames import FIRST_BITMAP_AT, STAN_BYTES, STANS
from bench.job import Job, Pace
from bench.percentiles import milliseconds

READ_BYTES = 1 << 18
_APPROVAL_CODE_BIT = 0x04  # DE 38, in the fifth byte of the bit map: only approvals have one
_ASCII = bytes.maketrans(bytes(range(0xF0, 0xFA)), b"0123456789")


class Channel:
    """One connection: whole replies out, frames in, in whatever pieces the socket takes them."""

    __slots__ = ("_input", "_output", "socket")

    def __init__(self, host: str, port: int) -> None:
        self.socket = socket.create_connection((host, port), timeout=5)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self._input, self._output = b"", b""

    def fileno(self) -> int:
        return self.socket.fileno()

    @property
    def is_blocked(self) -> bool:
        return bool(self._output)

    def send(self, data: bytes = b"") -> None:
        data = self._output + data if self._output else data
        try:
            self._output = data[self.socket.send(data) :]
        except BlockingIOError:
            self._output = data

    def receive(self) -> Iterator[tuple[bytes, int]]:
        """The buffer and where a frame begins in it, for every whole frame."""
        received = self.socket.recv(READ_BYTES)
        if not received:
            raise ConnectionResetError("the system closed a connection")
        data = self._input + received if self._input else received
        at, end = 0, len(data)
        while end - at >= 2:
            after = at + 2 + (data[at] << 8 | data[at + 1])
            if after > end:
                break
            yield data, at
            at = after
        self._input = data[at:]


class Generator:
    """Plays one job."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._channels = [Channel(job.host, job.port) for _ in range(job.connections)]
        self._due = array("d")
        self._latencies = array("d")
        self._sent = self._answered = self._approved = 0
        self._begun = self._last_answer = 0.0
        self._answered_in_time = 0

    def play(self) -> dict[str, object]:
        """The figures, ready for JSON."""
        cpu = time.process_time()
        self._begun = time.perf_counter()
        if self._job.pace is Pace.OPEN:
            self._open_loop()
        else:
            self._closed_loop()
        self._answered_in_time = self._answered
        spent = time.perf_counter() - self._begun
        self._drain()
        for channel in self._channels:
            channel.socket.close()
        return {
            "sent": self._sent,
            "answered": self._answered,
            "approved": self._approved,
            "unanswered": self._sent - self._answered,
            "seconds": round(spent, 3),
            "per_second": round(self._answered_in_time / spent, 1),
            "generator_cpu_seconds": round(time.process_time() - cpu, 3),
            "milliseconds": milliseconds(self._latencies),
        }

    def _closed_loop(self) -> None:
        limit = self._job.messages or sys.maxsize
        ends = float("inf") if self._job.messages else self._begun + self._job.seconds
        for channel in self._channels:
            self._send(channel, self._job.inflight, time.perf_counter())
        last_progress = time.perf_counter()
        while (now := time.perf_counter()) < ends and self._sent < limit:
            if now - last_progress > self._job.patience_seconds:
                raise TimeoutError("no reply for too long")
            for channel in self._ready(0.5):
                done = self._receive(channel)
                last_progress = now
                self._send(channel, min(done, limit - self._sent), time.perf_counter())

    def _open_loop(self) -> None:
        gap, channels = 1.0 / self._job.rate, self._channels
        limit = self._job.messages or int(self._job.seconds * self._job.rate)
        while self._sent < limit:
            due = min(limit, int((time.perf_counter() - self._begun) / gap) + 1)
            while self._sent < due:
                self._send(channels[self._sent % len(channels)], 1, self._begun + self._sent * gap)
            pause = self._begun + self._sent * gap - time.perf_counter()
            for channel in self._ready(max(0.0, pause)):
                self._receive(channel)

    def _drain(self) -> None:
        deadline = time.perf_counter() + self._job.patience_seconds
        while self._answered < self._sent and time.perf_counter() < deadline:
            for channel in self._ready(0.5):
                self._receive(channel)

    def _ready(self, timeout: float) -> list[Channel]:
        blocked = [channel for channel in self._channels if channel.is_blocked]
        readable, writable, _ = select.select(self._channels, blocked, (), timeout)
        for channel in writable:
            channel.send()
        return readable

    def _send(self, channel: Channel, count: int, due: float) -> None:
        if count <= 0:
            return
        frame, number = self._job.frames.frame, self._job.first + self._sent
        self._due.extend([due] * count)
        self._sent += count
        channel.send(frame(number) if count == 1 else b"".join(map(frame, range(number, number + count))))

    def _receive(self, channel: Channel) -> int:
        """How many replies came."""
        now, first, stan_at = time.perf_counter(), self._job.first, self._job.frames.stan_at
        due, latencies, count = self._due, self._latencies, 0
        for data, at in channel.receive():
            bitmap = at + 2 + FIRST_BITMAP_AT
            stan = at + stan_at + (8 if data[bitmap] & 0x80 else 0)
            number = (int(data[stan : stan + STAN_BYTES].translate(_ASCII)) - first) % STANS
            while number + STANS < self._sent:  # the latest message of that STAN
                number += STANS
            latencies.append(now - due[number])
            self._approved += (data[bitmap + 4] & _APPROVAL_CODE_BIT) != 0
            count += 1
        self._answered += count
        return count


def main() -> None:
    job = pickle.loads(sys.stdin.buffer.read())
    print(json.dumps(Generator(job).play()))


if __name__ == "__main__":
    main()
