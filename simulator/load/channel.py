"""One TCP connection of a load generator: frames in, whole payloads out, in whatever pieces the socket takes them."""

import socket

from simulator.errors import HostUnreachable
from switch.framing import FrameReader, Framing

READ_BYTES = 1 << 18
WAITING_BYTES = 1 << 22
"""What may wait for a host that does not read: some ten thousand messages; then they are not sent at all."""


class Channel:
    """`output` is what the socket has not taken yet; `closed` says why it carries nothing any more."""

    __slots__ = ("_frames", "closed", "descriptor", "output", "socket")

    def __init__(self, host: str, port: int, framing: Framing, connect_seconds: float) -> None:
        """Raises HostUnreachable, at the latest after `connect_seconds`."""
        try:
            self.socket = socket.create_connection((host, port), timeout=connect_seconds)
        except TimeoutError as error:
            raise HostUnreachable(f"{host}:{port} took no connection within {connect_seconds:g} s") from error
        except OSError as error:
            raise HostUnreachable(f"{host}:{port} cannot be reached: {error.strerror or error}") from error
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self._frames, self.output = FrameReader(framing), b""
        self.descriptor = self.socket.fileno()
        self.closed: str | None = None

    def send(self, data: bytes = b"") -> None:
        """What the socket does not take now waits."""
        if self.closed:
            return
        data = self.output + data if self.output else data
        try:
            self.output = data[self.socket.send(data) :]
        except BlockingIOError:
            self.output = data
        except OSError as error:
            self._end(f"the host broke a connection: {error.strerror or error}")

    def receive(self) -> list[bytes]:
        """Whole payloads; also those that came before the connection ended."""
        try:
            received = self.socket.recv(READ_BYTES)
        except BlockingIOError:
            return []
        except OSError as error:
            self._end(f"the host broke a connection: {error.strerror or error}")
            return []
        if not received:
            self._end("the host closed a connection")
            return []
        payloads = self._frames.feed(received)
        if self._frames.lost is not None:
            self._end(f"the host sent what is no frame: {self._frames.lost.reason}")
        return payloads

    def close(self) -> None:
        self.socket.close()

    def _end(self, reason: str) -> None:
        """The socket stays open until whoever selects on it has let go of it."""
        self.closed, self.output = self.closed or reason, b""
