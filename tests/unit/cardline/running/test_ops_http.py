"""The pages for machines, over a real socket."""

import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from prometheus_client import CollectorRegistry, Counter

from cardline.running import ops_http
from cardline.running.ops_http import OpsServer

PATIENCE_SECONDS = 5


class Process:
    """Stands for the switch: something with a readiness that changes."""

    def __init__(self) -> None:
        self.missing: list[str] = []
        self.warnings: list[str] = []
        self.troubles: list[str] = []
        self.registry = CollectorRegistry()
        listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = listening.getsockname()[1]
        self.server = OpsServer(
            listening, self.registry, lambda: (not self.missing, self.missing or self.warnings), lambda: self.troubles
        )

    def request(self, method: str, path: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        connection.request(method, path)
        response = connection.getresponse()
        answer = response.status, response.read().decode()
        connection.close()
        return answer


@pytest.fixture
def process() -> Iterator[Process]:
    process = Process()
    process.server.start()
    yield process
    process.server.close()


def test_health_says_that_the_process_lives(process: Process) -> None:
    assert process.request("GET", "/healthz") == (200, "ok\n")


def test_health_says_why_the_process_should_be_restarted(process: Process) -> None:
    process.troubles = ["event loop: has not turned for 12 s"]
    assert process.request("GET", "/healthz") == (503, "event loop: has not turned for 12 s\n")


@pytest.mark.parametrize(("path", "status"), [("/healthz", 200), ("/readyz", 200), ("/metrics", 200), ("/", 404)])
def test_who_asks_for_the_head_alone_gets_it(process: Process, path: str, status: int) -> None:
    assert process.request("HEAD", path) == (status, "")


def test_readiness_follows_the_process_and_names_what_is_missing(process: Process) -> None:
    assert process.request("GET", "/readyz") == (200, "ready\n")
    process.missing = ["Postgres is away", "draining"]
    assert process.request("GET", "/readyz") == (503, "Postgres is away\ndraining\n")


def test_a_process_that_can_answer_is_ready_and_says_what_should_be_seen_to(process: Process) -> None:
    process.warnings = ["warning: partitions"]
    assert process.request("GET", "/readyz") == (200, "ready\nwarning: partitions\n")


def test_metrics_show_the_registry(process: Process) -> None:
    Counter("cardline_test", "A counter", registry=process.registry).inc(3)
    status, body = process.request("GET", "/metrics")
    assert status == 200
    assert "cardline_test_total 3.0" in body


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/", 404), ("POST", "/metrics", 405)])
def test_anything_else_is_refused(process: Process, method: str, path: str, status: int) -> None:
    assert process.request(method, path)[0] == status


def test_a_client_that_says_nothing_does_not_hold_up_the_others(process: Process) -> None:
    with socket.create_connection(("127.0.0.1", process.port)):
        assert process.request("GET", "/healthz")[0] == 200


def test_a_scraper_that_never_reads_keeps_nobody_waiting(process: Process) -> None:
    silent = [socket.create_connection(("127.0.0.1", process.port), timeout=5) for _ in range(10)]
    for half in silent[:5]:
        half.sendall(b"GET /metrics HTTP/1.0\r\n")  # and no more
    assert process.request("GET", "/healthz") == (200, "ok\n")
    for each in silent:
        each.close()


def test_a_scraper_that_says_a_byte_now_and_then_is_not_listened_to_for_ever(
    process: Process, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ops_http, "_ASKING_SECONDS", 0.1)
    before = threading.active_count()
    with socket.create_connection(("127.0.0.1", process.port), timeout=0.01) as slow:
        said = 0
        while not is_closed(slow):
            said += 1
            assert said < PATIENCE_SECONDS / 0.01
            with contextlib.suppress(OSError):
                slow.sendall(b"G")
    assert said > 1
    until(lambda: threading.active_count() <= before)
    assert capfd.readouterr().err == ""


def test_a_scraper_that_reads_a_byte_now_and_then_is_not_served_for_ever(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ops_http, "_REQUEST_SECONDS", 0.1)
    Counter("cardline_test", "A counter " * 1_000_000, registry=process.registry)
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        slow.settimeout(PATIENCE_SECONDS)
        slow.connect(("127.0.0.1", process.port))
        slow.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
        until(lambda: threads(process) == 0)


def test_however_many_say_nothing_a_health_check_is_heard_and_the_oldest_of_them_has_to_go(process: Process) -> None:
    silent = [socket.create_connection(("127.0.0.1", process.port), timeout=5) for _ in range(2 * ops_http._MOST_CONNECTIONS)]
    assert process.request("GET", "/healthz") == (200, "ok\n")
    assert is_closed(silent[0])
    assert threads(process) <= ops_http._MOST_CONNECTIONS + 1
    for each in silent:
        each.close()


def test_who_has_asked_goes_after_those_who_have_not(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ops_http, "_MOST_CONNECTIONS", 2)
    asked, answer = threading.Event(), threading.Event()

    def readiness() -> tuple[bool, list[str]]:
        asked.set()
        answer.wait(PATIENCE_SECONDS)
        return True, []

    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    server = OpsServer(listening, process.registry, readiness)
    server.start()
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS) as asking:
        asking.sendall(b"GET /readyz HTTP/1.0\r\n\r\n")
        asked.wait(PATIENCE_SECONDS)
        silent = [socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS) for _ in range(2)]
        assert is_closed(silent[0])
        answer.set()
        assert asking.recv(12) == b"HTTP/1.0 200"
    silent[1].close()
    server.close()


def test_no_more_threads_are_begun_than_can_be_borne(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ops_http, "_MOST_THREADS", 1)
    with socket.create_connection(("127.0.0.1", process.port)), socket.create_connection(
        ("127.0.0.1", process.port), timeout=PATIENCE_SECONDS
    ) as one_more:  # fmt: skip
        assert is_closed(one_more)
    until(lambda: answer_or_none(process) == (200, "ok\n"))


def threads(process: Process) -> int:
    return process.server._server._running


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline


def is_closed(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except TimeoutError:
        return False
    except ConnectionError:
        return True


def answer_or_none(process: Process) -> tuple[int, str] | None:
    try:
        return process.request("GET", "/healthz")
    except (ConnectionError, http.client.HTTPException):
        return None
