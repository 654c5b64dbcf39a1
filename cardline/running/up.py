"""Everything on this machine, as children of one process: Postgres, Valkey and the switch.

The story of `cardline up`: hold the data directory, take the ports, start the parts in order, say where they are, keep
them running, and on SIGTERM or Ctrl-C stop them in the opposite order: the switch drains while its stores still work.
"""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType
from typing import Any

from rich.console import Console
from rich.table import Table

from cardline import endpoints
from cardline.data_directory import DataDirectory
from cardline.embedded.postgres import EmbeddedPostgres
from cardline.embedded.process import adopt_grandchildren
from cardline.embedded.valkey import EmbeddedValkey
from cardline.endpoints import Endpoints
from cardline.errors import ConfigurationError
from cardline.running import listening, readiness
from cardline.running.listening import METRICS
from cardline.running.supervise import Part, supervise
from cardline.running.switch_process import COMMAND, SwitchPlan, SwitchProcess, end_orphan
from cardline.settings import DEFAULT_LINKS, Address, LinkSettings, Settings

EBCDIC_LINK, ASCII_LINK, CLEARING_LINK = "mastercard", "mastercard-ascii", "clearing"
_OPTIONS = {EBCDIC_LINK: "--port", ASCII_LINK: "--ascii-port", CLEARING_LINK: "--clearing-port", METRICS: "--metrics-port"}
_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

Migrate = Callable[[str], Coroutine[Any, Any, Sequence[str]]]


async def _migrate(dsn: str) -> Sequence[str]:
    from cardline.schema import migrate

    return await migrate(dsn)


@dataclass(frozen=True, slots=True)
class UpPlan:
    """What to run. `ports` replaces ports of the settings by link name (or "metrics"); 0 is any free one."""

    data_dir: Path
    settings: Settings
    config: Path | None = None
    ports: Mapping[str, int] = field(default_factory=dict)
    command: Sequence[str] = COMMAND
    migrate: Migrate = _migrate


def chosen_ports(settings: Settings, given: Mapping[str, int | None]) -> dict[str, int]:
    """The ports of the command line that were given. Raises ConfigurationError where there is no such link.

    Whoever lets `--port` be any free one may have another `up` beside this one: then so is that of the clearing link,
    unless something else was said of it.
    """
    chosen = {name: port for name, port in given.items() if port is not None}
    for name in chosen.keys() - {METRICS} - settings.links.keys():
        raise ConfigurationError(f"{_OPTIONS[name]}: the configuration has links of its own, and none is called {name}")
    clearing = settings.links.get(CLEARING_LINK)
    if chosen.get(EBCDIC_LINK) == 0 and clearing and clearing.listen == DEFAULT_LINKS[CLEARING_LINK]["listen"]:
        chosen.setdefault(CLEARING_LINK, 0)
    return chosen


def up(plan: UpPlan, out: Console) -> int:
    """Runs until SIGTERM, SIGHUP or Ctrl-C, then returns 0. Call from the main thread.

    Raises ConfigurationError when it cannot run as it is set up, PartFailed when a part does not start or stay up, and
    what `migrate` raises.
    """
    directory = DataDirectory(plan.data_dir)
    with _interrupted_by_signals(), directory.held():
        running = _Running(plan, directory, out)
        try:
            running.start()
            running.publish()
            readiness.announce()
            supervise(running.parts, changed=running.publish, say=out.print)
        except KeyboardInterrupt:
            return 0
        finally:
            running.stop()


class _Running:
    """What has been started so far, in order."""

    def __init__(self, plan: UpPlan, directory: DataDirectory, out: Console) -> None:
        self.parts: list[Part] = []
        self._plan = plan
        self._directory = directory
        self._out = out
        self._sockets: dict[str, socket.socket] = {}
        self._dsn = plan.settings.postgres_dsn
        self._url = plan.settings.redis_url
        self._is_published = False

    def start(self) -> None:
        endpoints.remove(self._directory.path)
        adopt_grandchildren()
        if end_orphan(self._directory.path):
            self._out.print("ended the switch of an earlier run")
        self._sockets = listening.bind_all(_addresses(self._plan), _OPTIONS)
        self._start_stores()
        for name in asyncio.run(self._plan.migrate(self._dsn)):
            self._out.print(f"applied {name}")
        stores = tuple(self.parts)
        self._start_part(SwitchProcess(self._directory.path, self._switch_plan(), self._sockets, stores))

    def publish(self) -> None:
        """Writes endpoints.json, now and whenever a part has a new pid; the first time also a table."""
        found = Endpoints(
            iso8583=self._address(EBCDIC_LINK),
            iso8583_ascii=self._address(ASCII_LINK),
            iso8583_clearing=self._address(CLEARING_LINK),
            metrics=f"http://{self._address(METRICS)}",
            postgres_dsn=self._dsn,
            redis_url=self._url,
            pid=os.getpid(),
            config=str(self._plan.config.absolute()) if self._plan.config else None,
            processes={part.name: part.process.pid for part in self.parts},
        )
        endpoints.write(self._directory.path, found)
        if not self._is_published:
            self._is_published = True
            self._out.print(_table(found, self._directory.path, self._plan.settings.links))

    def stop(self) -> None:
        """Every part gets its chance to end well, whatever happens to the others. Signals no longer interrupt."""
        for number in _STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        if self._is_published:
            self._out.print("stopping: the switch answers what it has read, then the stores close")
        endpoints.remove(self._directory.path)
        listening.close_all(self._sockets)  # our copies, so that a draining switch refuses new connections
        with contextlib.ExitStack() as stack:
            for part in self.parts:
                stack.callback(part.stop)

    def _start_stores(self) -> None:
        if not self._dsn:
            postgres = EmbeddedPostgres(self._directory.path / "postgres")
            self._start_part(postgres)
            self._dsn = postgres.dsn()
        if not self._url:
            valkey = EmbeddedValkey(self._directory.path / "valkey")
            self._start_part(valkey)
            self._url = valkey.url

    def _start_part(self, part: Part) -> None:
        self.parts.append(part)
        part.start()

    def _switch_plan(self) -> SwitchPlan:
        plan, settings = self._plan, self._plan.settings
        config = ("--config", str(plan.config.absolute())) if plan.config else ()
        environment = {
            "CARDLINE_POSTGRES_DSN": self._dsn,
            "CARDLINE_REDIS_URL": self._url,
            "CARDLINE_TOKEN_KEY": settings.token_key.hex() or self._directory.token_key(),
            "CARDLINE_PAN_KEY": settings.pan_key.hex() or self._directory.pan_key(),
            "CARDLINE_ANCHOR_FILE": str(settings.anchor_file or self._directory.anchor_file),
        }
        return SwitchPlan((*plan.command, *config), environment, settings.limits.drain_seconds)

    def _address(self, name: str) -> str | None:
        listening_socket = self._sockets.get(name)
        return str(listening.address_of(listening_socket)) if listening_socket else None


def _addresses(plan: UpPlan) -> dict[str, Address]:
    configured = listening.addresses(plan.settings)
    return {name: replace(address, port=plan.ports.get(name, address.port)) for name, address in configured.items()}


@contextlib.contextmanager
def _interrupted_by_signals() -> Iterator[None]:
    """The first of them interrupts whatever is being done; later ones do not disturb the stopping."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for each in _STOP_SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.getsignal(number) for number in _STOP_SIGNALS}
    for number, handler in before.items():
        if number != signal.SIGHUP or handler is not signal.SIG_IGN:  # nohup: it should survive the terminal
            signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _table(found: Endpoints, directory: Path, links: Mapping[str, LinkSettings]) -> Table:
    table = Table(title="cardline is up", title_justify="left", show_header=False)
    others = {name: link for name, link in links.items() if name not in (EBCDIC_LINK, ASCII_LINK, CLEARING_LINK)}
    rows = {
        "ISO 8583, EBCDIC": found.iso8583,
        "ISO 8583, ASCII": found.iso8583_ascii,
        "clearing files": found.iso8583_clearing,
        **{f"link {name}": f"{link.profile}, {_direction(link)}" for name, link in others.items()},
        "metrics and health": found.metrics,
        "Postgres": found.postgres_dsn if "postgres" in found.processes else "as configured",
        "Redis": found.redis_url if "redis" in found.processes else "as configured",
        "data directory": str(directory),
    }
    for name, address in rows.items():
        if address:
            table.add_row(name, address)
    return table


def _direction(link: LinkSettings) -> str:
    return f"dials {link.connect} ({link.connections} connections)" if link.connect else f"listens on {link.listen}"
