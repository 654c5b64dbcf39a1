"""The options of `cardline load`; what they do is imported when it is asked for."""

from pathlib import Path
from typing import Annotated

import typer

DataDir = Annotated[
    Path, typer.Option("--data-dir", envvar="CARDLINE_DATA_DIR", help="Directory of `cardline up`.", show_default=True)
]


def register(app: typer.Typer) -> None:
    app.command("load")(_load)


def _load(
    duration: Annotated[float, typer.Option(min=0.1, max=86_400, help="Seconds, of every step.")] = 10.0,
    rate: Annotated[float | None, typer.Option(min=0.1, max=1_000_000, help="Messages a second.")] = None,
    steps: Annotated[str | None, typer.Option(help="Several rates, one after the other: 100,200,400.")] = None,
    connections: Annotated[int, typer.Option(min=1, max=20_000, help="Of all processes together.")] = 8,
    mix: Annotated[str, typer.Option(help="A shipped mix by name, or a TOML file (docs/load.md).")] = "everyday",
    cards: Annotated[Path | None, typer.Option(help="CSV as `seed` writes it; makes cards of its own if not given.")] = None,
    host: Annotated[str | None, typer.Option(metavar="HOST:PORT", help="Not the running `up`.")] = None,
    profile: Annotated[str, typer.Option(help="Network profile by name or path.")] = "mastercard",
    processes: Annotated[int, typer.Option(min=1, max=64, help="More, where the generator says it was the limit.")] = 1,
    seed: Annotated[int | None, typer.Option(min=0, help="Same seed, same messages; chosen and shown if not given.")] = None,
    limit: Annotated[float, typer.Option(min=0.1, max=600, help="Seconds that an answer may take.")] = 8.0,
    plot: Annotated[Path | None, typer.Option(metavar="FILE.png|FILE.svg", help="Latency over rate.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    data_dir: DataDir = Path(".cardline"),
    config: Annotated[Path | None, typer.Option("--config", help="Settings in TOML; CARDLINE_* variables win.")] = None,
) -> int:
    """Offer messages at a fixed rate, whatever comes back; exit code 1 when the rate was not held or answers are missing."""
    from cardline.network.load import LoadPlan, load_command, parse_rates

    plan = LoadPlan(
        rates=parse_rates(rate, steps), seconds=duration, mix=mix, profile=profile, connections=connections,
        processes=processes, limit_seconds=limit, cards=cards, host=host, seed=seed, plot=plot, as_json=as_json,
    )  # fmt: skip
    return load_command(plan, data_dir, config)
