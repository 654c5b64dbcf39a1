"""Scrapers that ask for /metrics again as soon as they have the page, in a process of their own: nobody is slower than that.

Each line on its standard input begins a time of scraping, the next one ends it and is answered by the number of pages.
"""

import contextlib
import http.client
import subprocess
import sys
import threading
from collections.abc import Iterator

STOP_SECONDS = 10.0


class Scrapers:
    """The process, from outside."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def begin(self) -> None:
        self._say()

    def end(self) -> int:
        """How many pages they were given since they began."""
        self._say()
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())

    def _say(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()


@contextlib.contextmanager
def scrapers(port: int, count: int) -> Iterator[Scrapers]:
    command = [sys.executable, "-m", "bench.watching.scraping", str(port), str(count)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Scrapers(process)


def main(port: int, count: int) -> None:
    while sys.stdin.readline():
        stop = threading.Event()
        pages = [0] * count
        threads = [threading.Thread(target=_ask, args=(port, stop, pages, number)) for number in range(count)]
        for thread in threads:
            thread.start()
        sys.stdin.readline()
        stop.set()
        for thread in threads:
            thread.join()
        print(sum(pages), flush=True)


def _ask(port: int, stop: threading.Event, pages: list[int], number: int) -> None:
    while not stop.is_set():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=STOP_SECONDS)
        with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/metrics")
            connection.getresponse().read()
            pages[number] += 1


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
