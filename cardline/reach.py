"""How a command finds the system it is about: by its own settings, else through the data directory of a running `up`, whose
settings file it then goes by as well. CARDLINE_* and a --config of its own win.
"""

from collections.abc import Collection
from pathlib import Path
from typing import Any

from cardline.data_directory import DataDirectory
from cardline.endpoints import Endpoints
from cardline.errors import ConfigurationError
from cardline.setting_sources import document
from cardline.settings import Settings, load


def reach(config: Path | None, data_dir: Path, *, require: Collection[str] = (), opens_keys: bool = True) -> Settings:
    """Settings with a DSN in them. Either all of it is given, or all that is missing comes from the running `up`:
    a token key of one system and the database of another would make every card unknown.

    Raises ConfigurationError when neither is there.
    """
    given = load(config, allow_test_keys=True, opens_keys=opens_keys)
    if given.postgres_dsn:
        return load(config, require=require, allow_test_keys=True, opens_keys=opens_keys)
    directory = DataDirectory(data_dir)
    running = directory.running()
    if running is None:
        nobody = f"no `cardline up` is running in {directory.path}: start one, give its --data-dir, or set CARDLINE_POSTGRES_DSN"
        raise ConfigurationError(*_unknown_profiles(given), nobody)
    fallback = _settings_of(running, directory, takes_file=config is None)
    return load(config, require=require, allow_test_keys=True, fallback=fallback, opens_keys=opens_keys)


def live(config: Path | None, data_dir: Path) -> Settings:
    """As `reach`, where it does not matter whether anything runs."""
    given = load(config, allow_test_keys=True, opens_keys=False)
    directory = DataDirectory(data_dir)
    running = directory.running()
    if given.postgres_dsn or running is None:
        return given
    fallback = _settings_of(running, directory, takes_file=config is None)
    return load(config, allow_test_keys=True, fallback=fallback, opens_keys=False)


def _settings_of(running: Endpoints, directory: DataDirectory, *, takes_file: bool) -> dict[str, Any]:
    """What a running `up` goes by: where it really is, its settings file, and what its directory keeps where that says nothing.

    A --config of the command's own stands in place of that file.
    """
    own = document(Path(running.config)) if takes_file and running.config is not None else {}
    kept = {"token_key": directory.token_key(), "pan_key": directory.pan_key(), "anchor_file": directory.anchor_file}
    stores = {"postgres_dsn": running.postgres_dsn, "redis_url": running.redis_url}
    return {**kept, **own, **stores, "metrics_listen": running.metrics.removeprefix("http://")}


def _unknown_profiles(settings: Settings) -> list[str]:
    """Told along with a database that is not given: else that mistake would come to light one run later."""
    from switch.errors import ConfigurationError as Unreadable
    from switch.profile import load_profile

    mistakes = []
    for name, link in settings.links.items():
        try:
            load_profile(link.profile)
        except Unreadable as error:
            mistakes.append(f"links.{name}.profile: {error}")
    return mistakes


def running_link(data_dir: Path, character_set: str) -> str:
    """HOST:PORT of the link of a running `up` that is spelled so. Raises ConfigurationError when there is none."""
    directory = DataDirectory(data_dir)
    running = directory.running()
    if running is None:
        raise ConfigurationError(f"no `cardline up` is running in {directory.path}: start one, give its --data-dir, or --host")
    found = running.iso8583_ascii if character_set == "ascii" else running.iso8583
    if found is None:
        raise ConfigurationError(f"the `up` in {directory.path} has no link in {character_set}: give --host and --profile")
    return found
