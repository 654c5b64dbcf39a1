"""Looks at the machine that a switch runs on, and asks a running switch how it is."""

import http.client
import os
import resource
import shutil
from pathlib import Path

from cardline.errors import ConfigurationError
from cardline.running.listening import addresses, bind_all, close_all
from cardline.settings import Address, Settings
from cardline.watching.facts import MachineFacts

TIMEOUT_SECONDS = 5.0


def examine_machine(settings: Settings, data_dir: Path) -> MachineFacts:
    switch = _switch(Address.parse(settings.metrics_listen))
    return MachineFacts(
        free_bytes=shutil.disk_usage(data_dir if data_dir.exists() else Path()).free,
        open_files=resource.getrlimit(resource.RLIMIT_NOFILE)[0],
        anchors=_anchors(settings.anchor_file),
        ports_taken=[] if switch is not None else _ports_taken(settings),
        switch=switch,
    )


def _anchors(path: Path | None) -> str:
    if path is None:
        return ""
    if path.exists():
        return "kept" if path.is_file() and os.access(path, os.W_OK) else f"{path} cannot be written"
    return "kept" if os.access(path.parent, os.W_OK) else f"{path.parent} is not there or cannot be written"


def _ports_taken(settings: Settings) -> list[str]:
    """Each address is bound for a moment, as a switch would. What two of our own links share is said elsewhere."""
    mistakes: list[str] = []
    for name, address in {str(address): (name, address) for name, address in addresses(settings).items()}.values():
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
