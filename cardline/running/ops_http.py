"""/metrics, /healthz and /readyz for machines, on threads of its own: it answers even when the event loop does not.

Reads only what it is given: the metrics' page and a function that says whether the process is ready. Whoever asks has a
limit: so many at once, so long each; who comes last is heard.
"""

import contextlib
import logging
import socket
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from socketserver import ThreadingMixIn
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from prometheus_client import CollectorRegistry

from cardline.running.metrics_page import CONTENT_TYPE, MetricsPage

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

Readiness = Callable[[], tuple[bool, Sequence[str]]]
"""Whether authorizations can be answered, and what is missing, or what should be seen to although they can.
Called from another thread: it must only read.
"""

Health = Callable[[], Sequence[str]]
"""Why the process should be restarted; nothing while it lives. Called as Readiness is."""

_REQUEST_SECONDS = 5.0
"""From connecting to the answer's last byte: whoever reads a byte now and then loses the connection."""

_ASKING_SECONDS = 2.0
"""From connecting to the last byte of the question."""

_MOST_CONNECTIONS = 32
"""At once, each with its thread; one more takes the place of another, so that nobody can keep a health check out."""

_MOST_THREADS = 2 * _MOST_CONNECTIONS
"""With those that have lost their connection and not noticed; one more is closed unheard."""

_POLL_SECONDS = 0.1
"""How long `close` may take to be noticed."""


class OpsServer:
    """Serves on a socket that is bound and listening already, until closed."""

    def __init__(
        self, listening: socket.socket, registry: CollectorRegistry, readiness: Readiness, health: Health = lambda: ()
    ) -> None:
        self._server = _Server(listening, MetricsPage(registry), readiness, health)
        self._thread = Thread(target=self._server.serve_forever, args=(_POLL_SECONDS,), name="ops-http", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(_REQUEST_SECONDS)


def _application(metrics: MetricsPage, readiness: Readiness, health: Health) -> "Callable[..., Iterable[bytes]]":
    def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        environ["cardline.asked"]()
        match environ["REQUEST_METHOD"], environ["PATH_INFO"]:
            case "GET" | "HEAD", "/metrics":
                answered = _answer(start_response, _FINE, metrics.text(), CONTENT_TYPE)
            case "GET" | "HEAD", "/healthz":
                troubles = health()
                answered = _text(start_response, _UNAVAILABLE if troubles else _FINE, troubles or ["ok"])
            case "GET" | "HEAD", "/readyz":
                is_ready, reasons = readiness()
                answered = _text(start_response, *((_FINE, ["ready", *reasons]) if is_ready else (_UNAVAILABLE, reasons)))
            case "GET" | "HEAD", _:
                answered = _text(start_response, "404 Not Found", ["not found"])
            case _:
                answered = _text(start_response, "405 Method Not Allowed", ["only GET and HEAD"])
        return answered if environ["REQUEST_METHOD"] != "HEAD" else []

    return application


_FINE, _UNAVAILABLE = "200 OK", "503 Service Unavailable"


def _text(start_response: "StartResponse", status: str, lines: Sequence[str]) -> list[bytes]:
    return _answer(start_response, status, "".join(f"{line}\n" for line in lines).encode(), "text/plain; charset=utf-8")


def _answer(start_response: "StartResponse", status: str, body: bytes, content_type: str) -> list[bytes]:
    start_response(status, [("Content-Type", content_type), ("Content-Length", str(len(body)))])
    return [body]


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    block_on_close = False  # its threads would be kept in a list for good

    def __init__(self, listening: socket.socket, metrics: MetricsPage, readiness: Readiness, health: Health) -> None:
        host, port = listening.getsockname()[:2]
        super().__init__((host, port), _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listening
        self.server_name, self.server_port = host, port
        self.setup_environ()
        self.set_app(_application(metrics, readiness, health))
        self._metrics = metrics
        self._open: dict[Any, _Limit] = {}  # the oldest first
        self._running = 0
        self._counting = Lock()

    def verify_request(self, request: Any, client_address: Any) -> bool:  # noqa: ARG002 - the base class's signature
        return self._running < _MOST_THREADS

    def process_request(self, request: Any, client_address: Any) -> None:
        if len(self._open) >= _MOST_CONNECTIONS:
            self._make_room()
        self._open[request] = _Limit(time.monotonic())
        with self._counting:
            self._running += 1
        super().process_request(request, client_address)

    def asked(self, request: Any) -> None:
        """The question has come to its end."""
        if (limit := self._open.get(request)) is not None:
            limit.has_asked = True

    def _make_room(self) -> None:
        """The oldest goes, of those that have asked nothing yet if there are any."""
        waiting = self._open.copy()
        silent = (request for request, limit in waiting.items() if not limit.has_asked)
        if (oldest := next(silent, None) or next(iter(waiting), None)) is not None:
            self._shut(oldest)

    def _shut(self, request: Any) -> None:
        """Which wakes its thread, which then ends it."""
        self._open.pop(request, None)
        with contextlib.suppress(OSError):
            request.shutdown(socket.SHUT_RDWR)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._open.pop(request, None)
            with self._counting:
                self._running -= 1
            self._metrics.charge(time.thread_time())  # all that this thread has done

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the base class's signature
        """Mostly that it has gone, or was shut: nothing to see to, and no traceback on standard error."""
        logging.getLogger("cardline.ops_http").debug("connection ended", exc_info=True)

    def service_actions(self) -> None:
        """Several times a second."""
        now = time.monotonic()
        for request, limit in self._open.copy().items():
            if limit.is_over(now):
                self._shut(request)


@dataclass(slots=True)
class _Limit:
    """How long a connection may last."""

    opened_at: float
    has_asked: bool = False

    def is_over(self, now: float) -> bool:
        return now - self.opened_at >= (_REQUEST_SECONDS if self.has_asked else min(_ASKING_SECONDS, _REQUEST_SECONDS))


class _Handler(WSGIRequestHandler):
    def get_environ(self) -> dict[str, Any]:
        assert isinstance(self.server, _Server)
        return {**super().get_environ(), "cardline.asked": partial(self.server.asked, self.request)}

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name is the base class's
        logging.getLogger("cardline.ops_http").debug(format, *args)
