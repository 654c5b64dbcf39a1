"""Where a process gets the issuer's keys from: a key file under a master key, or the settings themselves.

The public test keys are known here, so that `serve` can refuse them wherever they come from.
"""

from authorizer.errors import KeyFileError
from authorizer.key_file import read_key_file
from authorizer.keyring import DEFAULT_SET, KeyRing, KeyUse, default_ring
from cardline.errors import ConfigurationError
from cardline.settings import KEY_NAMES, NEEDED_KEYS, TEST_KEYS, Keys, Settings


def key_ring(settings: Settings) -> KeyRing:
    """Raises ConfigurationError where the key file cannot be opened."""
    if settings.key_file is None:
        return _ring(settings.keys)
    if not settings.master_key:
        raise ConfigurationError("master_key: missing (set CARDLINE_MASTER_KEY to open the key_file)")
    try:
        return read_key_file(settings.key_file, settings.master_key).ring
    except KeyFileError as error:
        raise ConfigurationError(f"key_file {error}") from None


def key_file_mistakes(settings: Settings, *, needed: bool, allow_test_keys: bool) -> list[str]:
    """What keeps this key file from being used, each with the file and the key."""
    try:
        ring = key_ring(settings)
    except ConfigurationError as error:
        return list(error.mistakes)
    where = f"key_file {settings.key_file}"
    absent = [name for name in NEEDED_KEYS if needed and not ring.has(DEFAULT_SET, KeyUse(name))]
    public = [] if allow_test_keys else ring.same_as(_ring(TEST_KEYS))
    return [
        *(f"{where}: {DEFAULT_SET}/{name} is missing" for name in absent),
        *(f"{where}: {name} is a public test key (--allow-test-keys is for development only)" for name in public),
    ]


def uses_test_keys(settings: Settings) -> bool:
    """Any of them, wherever the keys come from."""
    return bool(key_ring(settings).same_as(_ring(TEST_KEYS)))


def is_development(settings: Settings) -> bool:
    """All of them are: no card of this issuer is anybody's."""
    ring = key_ring(settings)
    return len(ring.same_as(_ring(TEST_KEYS))) == len(ring)


def _ring(keys: Keys) -> KeyRing:
    return default_ring(pvk_index=keys.pvk_index, **{name: getattr(keys, name) for name in KEY_NAMES})
