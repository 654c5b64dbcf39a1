"""Looks at the machine that a switch runs on, and asks a running switch how it is."""

import http.client
import os
import resource
import shutil
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path

from cardline.data_directory import TOKEN_KEY
from cardline.errors import ConfigurationError
from cardline.running.listening import addresses, bind_all, close_all, is_of_this_machine
from cardline.settings import Address, Settings
from cardline.watching.facts import MachineFacts

TIMEOUT_SECONDS = 5.0


def examine_machine(settings: Settings, data_dir: Path) -> MachineFacts:
    switch = _switch(Address.parse(settings.metrics_listen))
    foreign = {} if switch is not None else _foreign(addresses(settings))
    return MachineFacts(
        free_bytes=shutil.disk_usage(data_dir if data_dir.exists() else Path()).free,
        open_files=resource.getrlimit(resource.RLIMIT_NOFILE)[0],
        anchors=_anchors(settings.anchor_file),
        open_directory=_open_directory(data_dir),
        ports_taken=[] if switch is not None else _ports_taken(settings, foreign),
        foreign_addresses=[f"{name}: {address}" for name, address in foreign.items()],
        silent_networks=[] if switch is not None else list(_silent_networks(settings)),
        switch=switch,
    )


def _anchors(path: Path | None) -> str:
    if path is None:
        return ""
    if path.exists():
        return "kept" if path.is_file() and os.access(path, os.W_OK) else f"{path} cannot be written"
    return "kept" if os.access(path.parent, os.W_OK) else f"{path.parent} is not there or cannot be written"


def _open_directory(data_dir: Path) -> str:
    """Whose it is is told by the key in it. Nothing where it is the directory of no `up`."""
    try:
        directory, key = data_dir.stat(), (data_dir / TOKEN_KEY).stat()
    except OSError:
        return ""
    if directory.st_uid not in (key.st_uid, 0):
        return f"{data_dir} is another user's than the keys in it"
    return f"{data_dir} has mode {directory.st_mode & 0o777:04o}" if directory.st_mode & 0o077 else ""


def _foreign(listening: Mapping[str, Address]) -> dict[str, Address]:
    return {name: address for name, address in listening.items() if not is_of_this_machine(address)}


def _silent_networks(settings: Settings) -> Iterator[str]:
    """Each is called once, as a switch would, and hung up on: nothing is sent."""
    for name, link in settings.links.items():
        if link.connect is None:
            continue
        address = Address.parse(link.connect)
        try:
            socket.create_connection((address.host, address.port), timeout=TIMEOUT_SECONDS).close()
        except OSError as error:
            yield f"{name}: {address}: {error.strerror or error}"


def _ports_taken(settings: Settings, foreign: Mapping[str, Address]) -> list[str]:
    """Each address is bound for a moment, as a switch would. What two of our own links share is said elsewhere."""
    mistakes: list[str] = []
    wanted = {str(address): (name, address) for name, address in addresses(settings).items() if name not in foreign}
    for name, address in wanted.values():
        try:
            close_all(bind_all({name: address}))
        except ConfigurationError as error:
            mistakes += error.mistakes
    return mistakes


def _switch(address: Address) -> str | None:
    connection = http.client.HTTPConnection(address.host, address.port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/readyz")
        return "; ".join(connection.getresponse().read(10_000).decode(errors="replace").split("\n")).strip("; ")
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
