"""The options of `cardline top`; what they do is imported when it is asked for."""

from pathlib import Path
from typing import Annotated

import typer

DataDir = Annotated[
    Path, typer.Option("--data-dir", envvar="CARDLINE_DATA_DIR", help="Directory of `cardline up`.", show_default=True)
]


def register(app: typer.Typer) -> None:
    app.command("top")(_top)


def _top(
    interval: Annotated[float, typer.Option(min=0.2, max=3600, help="Seconds between two looks.")] = 1.0,
    once: Annotated[bool, typer.Option("--once", help="One table, then end.")] = False,
    data_dir: DataDir = Path(".cardline"),
    config: Annotated[Path | None, typer.Option("--config", help="Settings in TOML; CARDLINE_* variables win.")] = None,
) -> int:
    """Watch a switch: rates, latency, links, declines, batches, until Ctrl-C."""
    from rich.console import Console

    from cardline.reach import reach
    from cardline.settings import Address
    from cardline.watching.top import watch

    return watch(Address.parse(reach(config, data_dir).metrics_listen), Console(), interval=interval, is_once=once)
