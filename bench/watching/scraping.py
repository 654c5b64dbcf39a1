"""Scrapers that ask for /metrics again as soon as they have the page, in a process of their own: nobody is slower than that.

`python -m bench.watching.scraping PORT COUNT` until its standard input ends; prints how many pages it was given.
"""

import contextlib
import http.client
import subprocess
import sys
import threading
from collections.abc import Iterator

STOP_SECONDS = 10.0


@contextlib.contextmanager
def scraping(port: int, scrapers: int) -> Iterator[list[int]]:
    """The list has the number of pages after the end."""
    pages: list[int] = []
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.watching.scraping", str(port), str(scrapers)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        yield pages
    finally:
        said, _ = process.communicate(timeout=STOP_SECONDS)
        pages.append(int(said))


def main(port: int, scrapers: int) -> None:
    stop = threading.Event()
    counts = [0] * scrapers

    def ask(number: int) -> None:
        while not stop.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=STOP_SECONDS / 2)
            with contextlib.closing(connection):
                connection.request("GET", "/metrics", headers={"Accept-Encoding": "gzip"})  # as Prometheus does
                connection.getresponse().read()
            counts[number] += 1

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(scrapers)]
    for thread in threads:
        thread.start()
    sys.stdin.read()
    stop.set()
    for thread in threads:
        thread.join()
    print(sum(counts))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
