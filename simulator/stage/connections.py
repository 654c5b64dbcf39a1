"""The connections of one scenario, by name; each is opened when it is first used. I/O; every wait has a limit."""

from dataclasses import dataclass

from simulator.client import NetworkConnection, Reply, Target, connected
from simulator.errors import HostSilent
from simulator.wire import codec_of
from switch.iso8583 import Message


@dataclass(frozen=True, slots=True)
class Limits:
    """How long to wait and how many scenarios to play at once.

    `reply_seconds` is the network's response timer; `settle_seconds` is how long the books may take after a message that
    nobody answers.
    """

    connect_seconds: float = 5.0
    reply_seconds: float = 8.0
    settle_seconds: float = 3.0
    at_once: int = 6


class Connections:
    def __init__(self, target: Target, limits: Limits) -> None:
        self._target, self._limits = target, limits
        self._codec = codec_of(target.character_set)
        self._open: dict[str, NetworkConnection] = {}
        self._unasked = 0

    @property
    def unasked(self) -> int:
        """Frames that answered nothing."""
        return self._unasked + sum(connection.unmatched_replies for connection in self._open.values())

    def check(self, message: Message) -> None:
        """Raises EncodeError for what no wire can carry."""
        self._codec.encode(message)

    async def exchange(self, name: str, message: Message) -> Reply | None:
        """The reply; None within the limit. Raises HostUnreachable, HostSilent."""
        return await (await self._connection(name)).exchange(message, self._limits.reply_seconds)

    async def send(self, name: str, message: Message) -> None:
        """Sends what nobody answers. Raises as `exchange` does, and HostSilent where the host reads no more."""
        connection = await self._connection(name)
        try:
            await connection.send_frame(self._target.framing.wrap(self._codec.encode(message)))
        except TimeoutError as error:
            raise HostSilent(f"{self._target} does not read any more") from error

    async def drop(self, name: str) -> None:
        """Breaks a connection, if it is there."""
        if (connection := self._open.pop(name, None)) is not None:
            self._unasked += connection.unmatched_replies
            await connection.close()

    async def close(self) -> None:
        for name in list(self._open):
            await self.drop(name)

    async def _connection(self, name: str) -> NetworkConnection:
        """A connection that the host has closed is not opened again behind the scenario's back."""
        if name not in self._open:
            self._open[name] = await connected(self._target, self._limits.connect_seconds)
        return self._open[name]
