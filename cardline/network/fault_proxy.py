"""`cardline faults`: the fault proxy between any two parts that talk TCP, until Ctrl-C. What it does is `simulator.faults`."""

import asyncio
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from cardline.settings import Address
    from simulator.faults.plan import FaultPlan
    from simulator.faults.proxy import FaultProxy


def register(app: typer.Typer) -> None:
    app.command("faults")(faults)


def faults(
    listen: Annotated[str, typer.Option(metavar="HOST:PORT", help="Where to take connections; port 0: any free one.")],
    to: Annotated[str, typer.Option("--to", metavar="HOST:PORT", help="Where they go; also the absolute path of a Unix socket.")],
    plan: Annotated[Path, typer.Option("--plan", help="What goes wrong, in TOML; read again on SIGHUP.")],
    seed: Annotated[int, typer.Option(help="Same seed and same bytes, same faults.")] = 0,
) -> int:
    """Carry connections and do to them what networks do: delay, drop, split, join, corrupt, cut, half-close, slow, partition."""
    from simulator.faults.proxy import FaultProxy

    listens = _address("--listen", listen)
    host, port = (to, 0) if to.startswith("/") else _parts(_address("--to", to))
    return asyncio.run(_carried(listens, FaultProxy(host, port, _plan_given(plan), seed=seed, tell=_tell), plan))


async def _carried(listens: "Address", proxy: "FaultProxy", path: Path) -> int:
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    async with proxy:
        try:
            port = await proxy.start(listens.host, listens.port)
        except OSError as error:
            from cardline.errors import ConfigurationError

            raise ConfigurationError(
                f"--listen {listens}: {error.strerror or error}; take another port, or 0 for any free one"
            ) from None
        loop.add_signal_handler(signal.SIGHUP, _reread, proxy, path)
        print(f"faults: listening on {replace(listens, port=port)}; Ctrl-C ends, SIGHUP reads the plan again", flush=True)
        await ended.wait()
        counts = proxy.counts
    print("faults: " + (", ".join(f"{name} {count}" for name, count in sorted(counts.items())) or "no connection came"))
    return 0


def _reread(proxy: "FaultProxy", path: Path) -> None:
    """A plan with a mistake changes nothing."""
    from simulator.errors import PlanError

    try:
        proxy.use(_plan(path))
    except (OSError, PlanError) as error:
        print(f"faults: going on with the plan as it was: {error}", file=sys.stderr, flush=True)
    else:
        print(f"faults: {path} was read again", flush=True)


def _plan(path: Path) -> "FaultPlan":
    """Raises OSError and PlanError."""
    from simulator.errors import PlanError
    from simulator.faults.plan import parse_plan

    try:
        return parse_plan(path.read_text(encoding="utf-8"), str(path))
    except UnicodeDecodeError:
        raise PlanError(f"{path}: is not UTF-8") from None


def _plan_given(path: Path) -> "FaultPlan":
    """Raises ConfigurationError and PlanError."""
    from cardline.errors import ConfigurationError

    try:
        return _plan(path)
    except OSError as error:
        raise ConfigurationError(f"--plan {path}: {error.strerror}") from None


def _tell(text: str) -> None:
    print(f"faults: {text}", file=sys.stderr, flush=True)


def _parts(address: "Address") -> tuple[str, int]:
    return address.host, address.port


def _address(key: str, text: str) -> "Address":
    from cardline.errors import ConfigurationError
    from cardline.settings import Address

    try:
        return Address.parse(text)
    except ValueError as error:
        raise ConfigurationError(f"{key}: {error}") from None
