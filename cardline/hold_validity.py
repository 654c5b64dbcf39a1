"""Reads the table of hold validities: the shipped one, or the operator's."""

import tomllib
from importlib.resources import files
from pathlib import Path

from authorizer.validity import HoldValidity, ValidityError, parse_validity
from cardline.errors import ConfigurationError

SHIPPED = "hold_validity.toml"


def load_validity(path: Path | None = None) -> HoldValidity:
    """ConfigurationError with every mistake, each with its file and key."""
    source = path if path is not None else files("configs").joinpath(SHIPPED)
    name = str(path) if path is not None else f"configs/{SHIPPED}"
    try:
        return parse_validity(tomllib.loads(source.read_text("utf-8")))
    except ValidityError as error:
        raise ConfigurationError(*(f"{name}: {mistake}" for mistake in error.mistakes)) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"hold_validity: {name} cannot be read: {error}") from None
