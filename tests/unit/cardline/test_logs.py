"""Whatever takes the log, or does not, the payments go on."""

import os
import threading
from collections.abc import Iterator

import pytest

from cardline import logs
from cardline.logs import LogWriter

PIPE_BYTES = 64 * 1024
LIMIT_SECONDS = 10


class Lost:
    """How many lines were lost, from any thread."""

    def __init__(self) -> None:
        self.count = 0
        self.happened = threading.Event()

    def __call__(self) -> None:
        self.count += 1
        self.happened.set()


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    read, write = os.pipe()
    yield read, write
    for descriptor in (read, write):
        os.close(descriptor)


def test_lines_come_out_in_their_order(pipe: tuple[int, int]) -> None:
    writer = LogWriter(pipe[1], Lost())
    for number in range(100):
        writer.msg(b"%d" % number)
    writer.close()
    assert os.read(pipe[0], PIPE_BYTES).split() == [b"%d" % number for number in range(100)]


def test_a_reader_that_stops_blocks_nobody_and_what_is_beyond_the_limit_is_counted(
    pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "MAX_WAITING_LINES", 10)
    lost = Lost()
    writer = LogWriter(pipe[1], lost)
    line, given = b"x" * PIPE_BYTES, 0
    while not lost.happened.is_set():  # each call returns, although nobody reads
        writer.msg(line)
        given += 1
        assert given < 10_000
    assert lost.count == 1
    assert writer.waiting() >= 10
    threading.Thread(target=read_all, args=(pipe[0], (given - lost.count) * (len(line) + 1))).start()
    writer.close(LIMIT_SECONDS)
    assert writer.waiting() == 0


def read_all(descriptor: int, count: int) -> None:
    while count > 0:
        count -= len(os.read(descriptor, min(count, PIPE_BYTES)))


def test_a_full_disk_loses_lines_and_nothing_else() -> None:
    lost = Lost()
    with open("/dev/full", "wb", buffering=0) as full:  # noqa: PTH123  a device
        writer = LogWriter(full.fileno(), lost)
        writer.msg(b"one")
        assert lost.happened.wait(LIMIT_SECONDS)
        lost.happened.clear()
        writer.msg(b"another")
        assert lost.happened.wait(LIMIT_SECONDS)
        writer.close()
