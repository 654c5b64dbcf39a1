"""Whatever takes the log, or does not, the payments go on."""

import json
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog

from cardline import logs
from cardline.logs import LogWriter

PIPE_BYTES = 64 * 1024
LIMIT_SECONDS = 10


class Lost:
    """How many lines were lost, from any thread."""

    def __init__(self) -> None:
        self.count = 0
        self.happened = threading.Event()

    def __call__(self, lines: int) -> None:
        self.count += lines
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
    reader = threading.Thread(target=read_all, args=(pipe[0], (given - lost.count) * (len(line) + 1)), daemon=True)
    reader.start()
    writer.close(LIMIT_SECONDS)
    assert writer.waiting() == 0
    reader.join(LIMIT_SECONDS)  # the last lines still stand in the pipe, which is closed after the test
    assert not reader.is_alive(), "a line that was counted as kept never came"


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
        writer.msg(b"and one written with it")
        assert lost.happened.wait(LIMIT_SECONDS)
        writer.close()
    assert lost.count == 3  # every line, also of those that were to be written together


def test_the_last_line_before_the_end_comes_out_whenever_the_end_is(pipe: tuple[int, int]) -> None:
    for number in range(60):
        writer = LogWriter(pipe[1], Lost())
        writer.msg(b"first")
        threading.Event().wait(logs.LINGER_SECONDS * 2 * (number % 4 == 0) * number / 60)  # before, at and after a writing
        writer.msg(b"last")
        writer.close()
    assert os.read(pipe[0], PIPE_BYTES).split() == [b"first", b"last"] * 60


def test_lines_of_several_threads_all_come_out(pipe: tuple[int, int]) -> None:
    lost, threads, lines = Lost(), 4, 500
    writer = LogWriter(pipe[1], lost)

    def write(name: int) -> None:
        for number in range(lines):
            writer.msg(b"%d %d" % (name, number))

    with ThreadPoolExecutor(threads) as pool:
        pool.map(write, range(threads))
    writer.close()
    out = [tuple(map(int, line.split())) for line in os.read(pipe[0], PIPE_BYTES).splitlines()]
    assert lost.count == 0
    assert sorted(out) == [(name, number) for name in range(threads) for number in range(lines)]


def test_a_line_is_one_object_with_its_level_and_its_time(pipe: tuple[int, int]) -> None:
    writer = logs.configure(Lost(), pipe[1])
    before = datetime.now(UTC)
    log = structlog.get_logger("test").bind()
    log.info("message", link="mastercard", milliseconds=3.412, stan=None)
    log.debug("too small to be told")
    log.warning("odd", what=Path("/there"), many={1, 2})
    writer.close()
    message, odd = map(json.loads, os.read(pipe[0], PIPE_BYTES).splitlines())
    stamp = message.pop("timestamp")
    assert message == {"link": "mastercard", "milliseconds": 3.412, "stan": None, "event": "message", "level": "info"}
    assert stamp.endswith("Z")
    assert before <= datetime.fromisoformat(stamp) <= datetime.now(UTC)
    assert (odd["level"], odd["what"], odd["many"]) == ("warning", "PosixPath('/there')", "{1, 2}")
