"""`cardline clearing ...`: clearing files of the network."""

from pathlib import Path
from typing import Annotated

import typer

clearing_app = typer.Typer(name="clearing", help="Clearing files of the network.", no_args_is_help=True)


@clearing_app.command("show")
def show(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An IPM file; framing and character set are found out.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    reveal: Annotated[bool, typer.Option("--reveal", help="Show card data in clear.")] = False,
    config: Annotated[Path | None, typer.Option("--config", help="Settings in TOML; CARDLINE_* variables win.")] = None,  # noqa: ARG001
) -> int:
    """Print a clearing file record by record; exit code 1 with every flaw on standard error."""
    from cardline.clearing_view import show_file
    from cardline.errors import ConfigurationError

    try:
        with file.open("rb") as stream:
            return show_file(stream, file.name, as_json=as_json, reveal=reveal)
    except OSError as error:
        raise ConfigurationError(f"{file}: {error.strerror}") from None
