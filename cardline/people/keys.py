"""`cardline keys ...`: key files for `key_file`. Clear keys come in by a listing, never by an argument; out comes none.

A listing has one key a line: SET/USE[/INDEX] and the key in hexadecimal, or its components, which are combined by
exclusive or. The master key is CARDLINE_MASTER_KEY; `rewrap` needs CARDLINE_NEW_MASTER_KEY as well.
"""

import os
import secrets
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from authorizer.keyring import KeyName
    from authorizer.sealed_keys import KeyFile

MASTER_KEY, NEW_MASTER_KEY = "CARDLINE_MASTER_KEY", "CARDLINE_NEW_MASTER_KEY"

_HELP = f"Key files: the issuer's keys under a master key ({MASTER_KEY}; rewrap: {NEW_MASTER_KEY} as well)."

keys_app = typer.Typer(name="keys", help=_HELP, no_args_is_help=True)
File = Annotated[Path, typer.Argument(metavar="FILE", help="The key file.")]
Config = Annotated[Path | None, typer.Option("--config", help="Not read here; every command takes it.", hidden=True)]


@keys_app.command("create")
def create(
    file: File,
    listing: Annotated[str | None, typer.Option("--from", metavar="LISTING|-", help="Clear keys, one a line.")] = None,
    generate: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Draw a new key, e.g. default/pvk/1.")] = None,
    config: Config = None,  # noqa: ARG001
) -> int:
    """Make a key file from a listing, or with new keys, or both."""
    from authorizer.key_file import create_key_file
    from authorizer.keyring import KeyRing
    from cardline.errors import ConfigurationError

    master_key = _master_key(MASTER_KEY)
    try:
        ring = KeyRing(_with_drawn(_listed(_lines(listing)) if listing else {}, generate or []))
    except ValueError as error:
        raise ConfigurationError(str(error)) from None
    if not len(ring):
        raise ConfigurationError("no keys: give --from, --generate or both")
    _show(file, create_key_file(file, ring, master_key))
    return 0


@keys_app.command("show")
def show(file: File, config: Config = None) -> int:  # noqa: ARG001
    """Open a key file and print names and check values; never a key."""
    from authorizer.key_file import read_key_file

    _show(file, read_key_file(file, _master_key(MASTER_KEY)))
    return 0


@keys_app.command("rewrap")
def rewrap(file: File, config: Config = None) -> int:  # noqa: ARG001
    """Put a key file under another master key."""
    from authorizer.key_file import rewrap_key_file

    _show(file, rewrap_key_file(file, _master_key(MASTER_KEY), _master_key(NEW_MASTER_KEY)))
    return 0


def _master_key(variable: str) -> bytes:
    from authorizer.sealed_keys import parse_master_key
    from cardline.errors import ConfigurationError

    if not (said := os.environ.get(variable, "")):
        raise ConfigurationError(f"{variable} is not set; make one with `openssl rand -hex 32` and keep it apart from the file")
    try:
        return parse_master_key(said)
    except ValueError as error:
        raise ConfigurationError(f"{variable}: {error}") from None


def _lines(source: str) -> list[str]:
    return sys.stdin.read().splitlines() if source == "-" else Path(source).read_text(encoding="utf-8").splitlines()


def _listed(lines: Iterable[str]) -> "dict[KeyName, bytes]":
    """Raises ValueError with the number of the line and never its content."""
    from authorizer.crypto.des import xor
    from authorizer.keyring import KeyName

    keys: dict[KeyName, bytes] = {}
    for number, line in enumerate(lines, 1):
        words = line.split("#")[0].split()
        if not words:
            continue
        try:
            name = KeyName.parse(words[0])
            key, *components = (bytes.fromhex(word) for word in words[1:])
        except ValueError:
            raise ValueError(f"line {number}: not SET/USE[/INDEX] and one or more components in hexadecimal") from None
        for component in components:
            if len(component) != len(key):
                raise ValueError(f"line {number}: the components of {name} differ in length")
            key = xor(key, component)
        if name in keys:
            raise ValueError(f"line {number}: {name} is named twice")
        keys[name] = key
    return keys


def _with_drawn(keys: "dict[KeyName, bytes]", texts: Iterable[str]) -> "dict[KeyName, bytes]":
    from authorizer.keyring import KeyName

    drawn = [KeyName.parse(text) for text in texts]
    if twice := [str(name) for name in drawn if name in keys or drawn.count(name) > 1]:
        raise ValueError(f"{twice[0]} is named twice")
    return keys | {name: _drawn(name) for name in drawn}


def _drawn(name: "KeyName") -> bytes:
    """As long as is usual: double length, or AES-256."""
    from authorizer.crypto.des import with_odd_parity

    return secrets.token_bytes(32) if name.use.is_aes else with_odd_parity(secrets.token_bytes(16))


def _show(path: Path, file: "KeyFile") -> None:
    from rich.console import Console
    from rich.table import Table

    out = Console(highlight=False)
    table = Table("key", "check value")
    for name in file.ring.names:
        table.add_row(str(name), file.ring.check_value(name))
    out.print(f"{path}: version {file.version}, {len(file.ring)} keys", soft_wrap=True)
    out.print(table)
