"""Two servers in a process of their own (`python -m bench.limit.server`): a framed echo, and the floor.

The floor is the whole path of an authorization with nothing that makes it right or safe: cut a frame, decode, one
script call per batch, one committed statement per batch, encode, answer. It batches as cardline does: what waits goes
together. Ends when its standard input is closed.
"""

import asyncio
import json
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import iso8583
import uvloop

from bench.frames import CHARACTER_SET
from bench.limit.codec import Texts, answered, specification
from bench.limit.stores import CommitStore, Payment, ScriptStore

MAX_BATCH = 200


@dataclass(slots=True)
class Waiting:
    """One request on its way: where it came from, what it says, and what it is to the stores."""

    transport: asyncio.WriteTransport
    texts: Texts
    payment: Payment


class Framed(asyncio.Protocol):
    """Whole frames of one connection."""

    def __init__(self) -> None:
        self._waiting = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport

    def cut(self, data: bytes) -> Iterator[bytes]:
        data = self._waiting + data if self._waiting else data
        at, end = 0, len(data)
        while end - at >= 2:
            after = at + 2 + (data[at] << 8 | data[at + 1])
            if after > end:
                break
            yield data[at + 2 : after]
            at = after
        self._waiting = data[at:]


class Echo(Framed):
    """Sends every frame back with the message type that answers it, in every character set: the third digit one more, the
    last 0."""

    def data_received(self, data: bytes) -> None:
        replies = []
        for payload in self.cut(data):
            replies += (len(payload).to_bytes(2, "big"), payload[:2], bytes((payload[2] + 1, payload[3] & 0xF0)), payload[4:])
        self.transport.write(b"".join(replies))


class Stage:
    """Sends what waits as one batch, at once, and hands it on."""

    def __init__(self, send: Callable[[Sequence[Payment]], Awaitable[Any]], pass_on: Callable[[list[Waiting]], None]) -> None:
        self._send, self._pass_on = send, pass_on
        self._waiting: deque[Waiting] = deque()
        self._task: asyncio.Task[None] | None = None

    def put(self, arrived: list[Waiting]) -> None:
        self._waiting.extend(arrived)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._work())

    async def _work(self) -> None:
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(MAX_BATCH, len(self._waiting)))]
            await self._send([waiting.payment for waiting in batch])
            self._pass_on(batch)
        self._task = None


class Floor:
    def __init__(self, scripts: ScriptStore, commits: CommitStore, accounts: int, first: int) -> None:
        self.spec = specification(CHARACTER_SET)
        self._accounts, self._next, self._by_pan = accounts, first, dict[str, int]()
        self._committing = Stage(commits.write, self._answer)
        self._reserving = Stage(scripts.reserve, self._committing.put)

    def arrived(self, transport: asyncio.WriteTransport, payloads: Iterator[bytes]) -> None:
        self._reserving.put([self._waiting(transport, payload) for payload in payloads])

    def _waiting(self, transport: asyncio.WriteTransport, payload: bytes) -> Waiting:
        texts = iso8583.decode(payload, self.spec)[0]
        account = self._by_pan.setdefault(texts["2"], len(self._by_pan) % self._accounts)
        self._next += 1
        return Waiting(transport, texts, (self._next, account))

    def _answer(self, batch: list[Waiting]) -> None:
        for waiting in batch:
            payload = iso8583.encode(answered(waiting.texts), self.spec)[0]
            waiting.transport.write(len(payload).to_bytes(2, "big") + payload)


class FloorConnection(Framed):
    def __init__(self, floor: Floor) -> None:
        super().__init__()
        self._floor = floor

    def data_received(self, data: bytes) -> None:
        self._floor.arrived(self.transport, self.cut(data))


async def serve(job: dict[str, Any]) -> None:
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), ended.set)
    if job["kind"] == "echo":
        await _listen(Echo, ended)
        return
    scripts, commits = ScriptStore(job["redis_url"]), await CommitStore.open(job["postgres_dsn"], job["accounts"])
    try:
        await scripts.open(job["accounts"])
        floor = Floor(scripts, commits, job["accounts"], await commits.next_number())
        await _listen(lambda: FloorConnection(floor), ended)
    finally:
        await scripts.close(job["accounts"])
        await commits.close()


async def _listen(factory: Callable[[], asyncio.Protocol], ended: asyncio.Event) -> None:
    server = await asyncio.get_running_loop().create_server(factory, "127.0.0.1", 0, backlog=128)
    print(json.dumps(server.sockets[0].getsockname()[1]), flush=True)
    await ended.wait()
    server.close()


def main() -> None:
    job = json.loads(sys.stdin.readline())
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(job))


if __name__ == "__main__":
    main()
