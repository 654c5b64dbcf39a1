"""`cardline clearing ...`: clearing files of the network."""

from pathlib import Path
from typing import Annotated

import typer

clearing_app = typer.Typer(name="clearing", help="Clearing files of the network.", no_args_is_help=True)


@clearing_app.command("show")
def show(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="IPM files; framing and character set are found out.")],
    summary: Annotated[bool, typer.Option("--summary", help="One line for each record.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    reveal: Annotated[bool, typer.Option("--reveal", help="Show card data in clear.")] = False,
    config: Annotated[Path | None, typer.Option("--config", help="Settings in TOML; CARDLINE_* variables win.")] = None,  # noqa: ARG001
) -> int:
    """Print clearing files record by record; exit code 1 with every flaw on standard error."""
    from cardline.clearing_view import View, show_file
    from cardline.errors import ConfigurationError

    if summary and as_json:
        raise ConfigurationError("clearing show: --summary and --json are two ways of printing, choose one")
    view = View.JSON if as_json else View.SUMMARY if summary else View.TABLES
    worst = 0
    for file in files:
        try:
            with file.open("rb") as stream:
                worst = max(worst, show_file(stream, file.name, view=view, reveal=reveal))
        except OSError as error:
            raise ConfigurationError(f"{file}: {error.strerror}") from None
    return worst
