"""/metrics, /healthz and /readyz for machines, on threads of its own: it answers even when the event loop does not.

Reads only what it is given: the metrics' page and a function that says whether the process is ready. Whoever asks has a
limit: so many at once, so long each.
"""

import contextlib
import logging
import socket
import time
from collections.abc import Callable, Iterable, Sequence
from socketserver import ThreadingMixIn
from threading import Thread
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

_REQUEST_SECONDS = 5.0
"""From connecting to the answer's last byte: whoever says nothing, or reads a byte now and then, loses the connection."""

_MOST_CONNECTIONS = 32
"""At once, each with its thread; one more is closed unheard."""

_POLL_SECONDS = 0.1
"""How long `close` may take to be noticed."""


class OpsServer:
    """Serves on a socket that is bound and listening already, until closed."""

    def __init__(self, listening: socket.socket, registry: CollectorRegistry, readiness: Readiness) -> None:
        self._server = _Server(listening, MetricsPage(registry), readiness)
        self._thread = Thread(target=self._server.serve_forever, args=(_POLL_SECONDS,), name="ops-http", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(_REQUEST_SECONDS)


def _application(metrics: MetricsPage, readiness: Readiness) -> "Callable[..., Iterable[bytes]]":
    def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        match environ["REQUEST_METHOD"], environ["PATH_INFO"]:
            case "GET", "/metrics":
                return _answer(start_response, "200 OK", metrics.text(), CONTENT_TYPE)
            case "GET", "/healthz":
                return _text(start_response, "200 OK", ["ok"])
            case "GET", "/readyz":
                is_ready, reasons = readiness()
                return _text(
                    start_response, *(("200 OK", ["ready", *reasons]) if is_ready else ("503 Service Unavailable", reasons))
                )
            case "GET", _:
                return _text(start_response, "404 Not Found", ["not found"])
        return _text(start_response, "405 Method Not Allowed", ["only GET"])

    return application


def _text(start_response: "StartResponse", status: str, lines: Sequence[str]) -> list[bytes]:
    return _answer(start_response, status, "".join(f"{line}\n" for line in lines).encode(), "text/plain; charset=utf-8")


def _answer(start_response: "StartResponse", status: str, body: bytes, content_type: str) -> list[bytes]:
    start_response(status, [("Content-Type", content_type), ("Content-Length", str(len(body)))])
    return [body]


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    block_on_close = False  # its threads would be kept in a list for good

    def __init__(self, listening: socket.socket, metrics: MetricsPage, readiness: Readiness) -> None:
        host, port = listening.getsockname()[:2]
        super().__init__((host, port), _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listening
        self.server_name, self.server_port = host, port
        self.setup_environ()
        self.set_app(_application(metrics, readiness))
        self._metrics = metrics
        self._open: dict[Any, float] = {}  # connections and when they end at the latest

    def verify_request(self, request: Any, client_address: Any) -> bool:  # noqa: ARG002 - the base class's signature
        return len(self._open) < _MOST_CONNECTIONS

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open[request] = time.monotonic() + _REQUEST_SECONDS
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            del self._open[request]
            self._metrics.charge(time.thread_time())  # all that this thread has done

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the base class's signature
        """Mostly that it has gone, or was shut: nothing to see to, and no traceback on standard error."""
        logging.getLogger("cardline.ops_http").debug("connection ended", exc_info=True)

    def service_actions(self) -> None:
        """Several times a second. A connection that is shut wakes its thread, which then ends it."""
        now = time.monotonic()
        for request, ends_at in self._open.copy().items():
            if ends_at <= now:
                with contextlib.suppress(OSError):
                    request.shutdown(socket.SHUT_RDWR)


class _Handler(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name is the base class's
        logging.getLogger("cardline.ops_http").debug(format, *args)
