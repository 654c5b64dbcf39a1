"""Reads the table of what presentments may add to what was authorized: the shipped one, or the operator's."""

import tomllib
from importlib.resources import files
from pathlib import Path

from cardline.errors import ConfigurationError
from clearing.tolerances import Tolerances, TolerancesError, parse_tolerances

SHIPPED = "clearing_tolerances.toml"


def load_tolerances(path: Path | None = None) -> Tolerances:
    """ConfigurationError with every mistake, each with its file and key."""
    source = path if path is not None else files("configs").joinpath(SHIPPED)
    name = str(path) if path is not None else f"configs/{SHIPPED}"
    try:
        return parse_tolerances(tomllib.loads(source.read_text("utf-8")))
    except TolerancesError as error:
        raise ConfigurationError(*(f"{name}: {mistake}" for mistake in error.mistakes)) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"clearing_tolerances: {name} cannot be read: {error}") from None
