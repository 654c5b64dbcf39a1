"""Carries connections from whoever dials to one server and does to them what the chooser says; `lane` is each direction.

The plan can be changed while it runs: by its own phases, by `use`, by `partition` and `heal`, by `cut`.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable
from types import TracebackType
from typing import Self

from simulator.errors import reason_of
from simulator.faults.chooser import Chooser, Direction
from simulator.faults.lane import Conditions, Lane, Pair
from simulator.faults.plan import FaultPlan, Phase

CONNECT_SECONDS, CLOSE_SECONDS = 5.0, 2.0


class FaultProxy:
    """In front of the server at `host`:`port`. Use it as a context; `start` opens it. `counts` says what it has done.

    As with Postgres, a host that is an absolute path is a Unix socket; it has no port.
    """

    def __init__(
        self,
        host: str,
        port: int = 0,
        plan: FaultPlan | None = None,
        *,
        seed: int = 0,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`tell` hears of each phase as it begins, and of the first connection in a row that the server does not take."""
        self._to = host, port
        self._tell, self._was_reached = tell, True
        self._plan = plan or FaultPlan()
        self._seed = seed
        self._counts: Counter[str] = Counter()
        self._conditions = Conditions()
        self._numbered = 0
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._carried: dict[Pair, tuple[Lane, ...]] = {}
        self._phases: asyncio.Task[None] | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Listens, in the background; the port. Raises OSError where it is taken."""
        self._server = await asyncio.start_server(self._accepted, host, port)
        self.use(self._plan)
        return int(self._server.sockets[0].getsockname()[1])

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends everything; waits for it, at most CLOSE_SECONDS."""
        if self._server is not None:
            self._server.close()
        tasks = self._tasks | ({self._phases} if self._phases else set())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=CLOSE_SECONDS)

    @property
    def phase(self) -> Phase:
        return self._conditions.phase

    @property
    def counts(self) -> Counter[str]:
        """Connections, units, bytes, dropped, corrupted, cut, half-closed, not connected; of open connections too.

        `held`: what a partition has stopped between its two ends.
        """
        lanes = (lane for lanes in self._carried.values() for lane in lanes)
        return sum((lane.chooser.counts for lane in lanes), self._counts)

    def use(self, plan: FaultPlan) -> None:
        """From its first phase on, for connections that are open as for new ones."""
        if self._phases is not None:
            self._phases.cancel()
        self._conditions.change(plan.phases[0])
        self._phases = asyncio.get_running_loop().create_task(self._play(plan))

    def partition(self, *directions: Direction) -> None:
        """Nothing passes in these directions (none named: both) until `heal` or the next phase."""
        for direction in directions or tuple(Direction):
            self._conditions.partition(direction, is_partitioned=True)

    def heal(self) -> None:
        """What was sent meanwhile arrives now."""
        for direction in Direction:
            self._conditions.partition(direction, is_partitioned=False)

    def cut(self) -> None:
        """Resets every connection that is open now."""
        for pair in tuple(self._carried):
            pair.reset()

    async def _play(self, plan: FaultPlan) -> None:
        while True:
            for phase in plan.phases:
                self._conditions.change(phase)
                until = "until the end" if phase.seconds is None else f"for {phase.seconds:g} s"
                self._tell(f"phase {phase.name or 'without a name'} begins, {until}")
                if phase.seconds is None:
                    return
                await asyncio.sleep(phase.seconds)
            if not plan.repeats:
                self._conditions.change(Phase())
                self._tell("the last phase is over: nothing is done to the connections any more")
                return

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None, "the server runs this as a task"
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._numbered += 1
        number = self._numbered
        try:
            await self._conditions.passage(Direction.TO_SERVER)
            async with asyncio.timeout(CONNECT_SECONDS):
                server_reader, server_writer = await self._dialed()
        except OSError as error:  # TimeoutError is one
            self._counts["not connected"] += 1
            if self._was_reached:
                host, port = self._to
                late = isinstance(error, TimeoutError) and not error.errno
                why = f"no connection within {CONNECT_SECONDS:g} s" if late else reason_of(error)
                self._tell(f"{host}{f':{port}' if port else ''} cannot be reached: {why}")
            self._was_reached = False
            writer.transport.abort()
        except asyncio.CancelledError:  # by `close`, which waits for this task
            writer.transport.abort()
        else:
            self._was_reached = True
            pair = Pair(writer, server_writer)
            ways = ((Direction.TO_SERVER, reader, server_writer), (Direction.TO_CLIENT, server_reader, writer))
            await self._carry(pair, [self._lane(number, way, pair) for way in ways])

    async def _dialed(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host, port = self._to
        return await (asyncio.open_unix_connection(host) if host.startswith("/") else asyncio.open_connection(host, port))

    def _lane(self, number: int, way: tuple[Direction, asyncio.StreamReader, asyncio.StreamWriter], pair: Pair) -> Lane:
        direction, reader, writer = way
        return Lane(direction, Chooser(self._seed, number, direction), self._conditions, reader, writer, pair)

    async def _carry(self, pair: Pair, lanes: list[Lane]) -> None:
        """Until both directions have ended, the connection is reset, or `close` cancels."""
        self._carried[pair] = tuple(lanes)
        self._counts["connections"] += 1
        loop = asyncio.get_running_loop()
        tasks = {loop.create_task(_run_all(lanes)), loop.create_task(_ended(pair))}
        try:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=CLOSE_SECONDS)
            for lane in lanes:
                self._counts.update(lane.chooser.counts)
            del self._carried[pair]
            pair.close()


async def _run_all(lanes: list[Lane]) -> None:
    async with asyncio.TaskGroup() as group:
        for lane in lanes:
            group.create_task(lane.run())


async def _ended(pair: Pair) -> None:
    await pair.is_over.wait()
