"""/metrics, /healthz and /readyz for machines, on a thread of its own: it answers even when the event loop does not.

Reads only what it is given: the Prometheus registry and a function that says whether the process is ready.
"""

import logging
import socket
from collections.abc import Callable, Iterable, Sequence
from socketserver import ThreadingMixIn
from threading import Thread
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from prometheus_client import CollectorRegistry, make_wsgi_app

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

Readiness = Callable[[], tuple[bool, Sequence[str]]]
"""Whether authorizations can be answered, and what is missing, or what should be seen to although they can.
Called from another thread: it must only read.
"""

_REQUEST_SECONDS = 5.0
"""A client that says nothing for so long loses its connection."""

_POLL_SECONDS = 0.1
"""How long `close` may take to be noticed."""


class OpsServer:
    """Serves on a socket that is bound and listening already, until closed."""

    def __init__(self, listening: socket.socket, registry: CollectorRegistry, readiness: Readiness) -> None:
        self._server = _Server(listening, _application(registry, readiness))
        self._thread = Thread(target=self._server.serve_forever, args=(_POLL_SECONDS,), name="ops-http", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(_REQUEST_SECONDS)


def _application(registry: CollectorRegistry, readiness: Readiness) -> "Callable[..., Iterable[bytes]]":
    metrics = make_wsgi_app(registry)

    def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        match environ["REQUEST_METHOD"], environ["PATH_INFO"]:
            case "GET", "/metrics":
                page: Iterable[bytes] = metrics(environ, start_response)
                return page
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
    body = "".join(f"{line}\n" for line in lines).encode()
    start_response(status, [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))])
    return [body]


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def __init__(self, listening: socket.socket, application: "Callable[..., Iterable[bytes]]") -> None:
        host, port = listening.getsockname()[:2]
        super().__init__((host, port), _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listening
        self.server_name, self.server_port = host, port
        self.setup_environ()
        self.set_app(application)


class _Handler(WSGIRequestHandler):
    timeout = _REQUEST_SECONDS

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name is the base class's
        logging.getLogger("cardline.ops_http").debug(format, *args)
