"""Where a setting came from, file or environment, so that a mistake can be told with its place; and names that are no settings.

Knows names only, never a value.
"""

import difflib
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

from cardline.errors import ConfigurationError

PREFIX, JOINT = "CARDLINE_", "__"
NO_SETTINGS = frozenset({"DATA_DIR", "DEBUG", "LISTEN_FDS", "NEW_MASTER_KEY", "READY_FD"})
"""Variables of ours that are options of commands, or go from one process to another."""
_TESTS = "TEST_"
_LIKENESS = 0.75


def document(config: Path | None) -> dict[str, Any]:
    """Of a settings file. Raises ConfigurationError with its name."""
    if config is None:
        return {}
    try:
        return tomllib.loads(config.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"--config {config}: {error.strerror}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"--config {config}: {error}") from None


def told(error: Any, model: type[BaseModel], config: Path | None, environment: Mapping[str, str]) -> str:
    """One line of ours from pydantic's: the setting, what is wrong with it, and where it stands."""
    path = tuple(str(part) for part in error["loc"])
    source = _variable(path, environment) or (str(config) if config is not None else "")
    where = f" ({source})" if source else ""
    if error["type"] == "extra_forbidden":
        return f"{'.'.join(path)}: is not a setting{_meant(_likely(path, model))}{where}"
    return f"{'.'.join(path) or 'settings'}: {error['msg'][0].lower()}{error['msg'][1:]}{where}"


def is_given(path: Sequence[str], given: Mapping[str, Any], environment: Mapping[str, str]) -> bool:
    """Whether file or environment say anything of it, right or wrong."""
    if _variable(path, environment):
        return True
    found: Any = given
    for part in path:
        found = found.get(part) if isinstance(found, Mapping) else None
    return bool(found)


def stray_variables(model: type[BaseModel], environment: Mapping[str, str]) -> list[str]:
    """Those that look like settings and are none: pydantic passes over them in silence."""
    names = [".".join(path) for path in _paths(model)]
    variables = [name for name in sorted(environment) if name.upper().startswith(PREFIX)]
    return [
        f"{variable}{_meant(_as_variable(_close(_dotted(variable), names)))}"
        for variable in variables
        if _dotted(variable).partition(".")[0] not in model.model_fields and not _is_known(variable)
    ]


def _is_known(variable: str) -> bool:
    rest = variable.upper().removeprefix(PREFIX)
    return rest in NO_SETTINGS or rest.startswith(_TESTS)


def _dotted(variable: str) -> str:
    return variable.upper().removeprefix(PREFIX).lower().replace(JOINT, ".")


def _as_variable(dotted: str) -> str:
    return f"{PREFIX}{dotted.upper().replace('.', JOINT)}" if dotted else ""


def _variable(path: Sequence[str], environment: Mapping[str, str]) -> str:
    """The variable that says it, or a table that it is in, or a part of it."""
    wanted = _as_variable(".".join(path))
    for variable in environment:
        name = variable.upper()
        if name.startswith(PREFIX) and f"{wanted}{JOINT}".startswith(f"{name}{JOINT}"):
            return variable
    return next((v for v in sorted(environment) if v.upper().startswith(f"{wanted}{JOINT}")), "")


def _likely(path: Sequence[str], model: type[BaseModel]) -> str:
    """The setting of that name in another table, else one of this table that is spelled nearly so."""
    *table, name = path
    elsewhere = [".".join(found) for found in _paths(model) if found[-1] == name]
    for part in table:
        field = model.model_fields.get(part)
        model = (_table_of(field.annotation) if field is not None else None) or model
    return elsewhere[0] if elsewhere else ".".join([*table, close] if (close := _close(name, list(model.model_fields))) else [])


def _paths(model: type[BaseModel]) -> Iterator[tuple[str, ...]]:
    """Of every setting whose place is fixed; tables by name (links) have none."""
    for name, field in model.model_fields.items():
        table = field.annotation if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel) else None
        if table is None:
            yield (name,)
        else:
            yield from ((name, *rest) for rest in _paths(table))


def _table_of(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((table for part in get_args(annotation) if (table := _table_of(part)) is not None), None)


def _close(name: str, names: Sequence[str]) -> str:
    return next(iter(difflib.get_close_matches(name, names, n=1, cutoff=_LIKENESS)), "")


def _meant(name: str) -> str:
    return f"; did you mean {name}?" if name else ""
