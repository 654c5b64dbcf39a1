"""The options of `cardline simulate`; what they do is imported when it is asked for."""

from pathlib import Path
from typing import Annotated

import typer

DataDir = Annotated[
    Path, typer.Option("--data-dir", envvar="CARDLINE_DATA_DIR", help="Directory of `cardline up`.", show_default=True)
]
Names = Annotated[list[str] | None, typer.Argument(metavar="NAME|FILE...", help="Scenarios, or files of your own.")]
Cards = Annotated[Path | None, typer.Option(help="CSV with the cards of a host that is not ours, as `seed` writes it.")]


def register(app: typer.Typer) -> None:
    app.command("simulate")(_simulate)


def _simulate(
    names: Names = None,
    all_: Annotated[bool, typer.Option("--all", help="Every scenario of the package.")] = False,
    list_: Annotated[bool, typer.Option("--list", help="Name them and say what each shows.")] = False,
    host: Annotated[str | None, typer.Option(metavar="HOST:PORT", help="Not the running `up`.")] = None,
    profile: Annotated[str, typer.Option(help="Network profile by name or path: framing and character set.")] = "mastercard",
    cards: Cards = None,
    books: Annotated[str | None, typer.Option(help="DSN under which `report.*` shows the host's balances.")] = None,
    seed: Annotated[int | None, typer.Option(help="Same seed, same messages; printed when chosen freely.")] = None,
    audit: Annotated[bool, typer.Option(help="Also judge what the scenarios do not say.")] = True,
    reply_seconds: Annotated[float, typer.Option(min=0.1, max=600, help="How long a reply may take.")] = 8.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    data_dir: DataDir = Path(".cardline"),
    config: Annotated[Path | None, typer.Option("--config", help="Settings in TOML; CARDLINE_* variables win.")] = None,
) -> int:
    """Play the network in scenarios; exit code 0 only if every reply and balance was as it must be."""
    from cardline import desk
    from cardline.errors import ConfigurationError
    from cardline.network.simulate import Wanted, listed, simulate
    from simulator.stage.files import names as all_names

    if list_:
        return listed(desk.console())
    if bool(names) == all_:
        raise ConfigurationError("simulate: name scenarios, or say --all; --list names them")
    chosen = tuple(all_names() if all_ else names or ())
    wanted = Wanted(chosen, host, profile, cards, books, seed, audit, reply_seconds, as_json)
    return simulate(wanted, config, data_dir, desk.console())
