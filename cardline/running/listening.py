"""Listening sockets that outlive the process that serves them.

`up` binds them once and hands them to every switch it starts, so an address survives a restart and connections made
meanwhile wait in the backlog. `serve` on its own binds its own.
"""

import errno
import os
import socket
from collections.abc import Mapping
from dataclasses import replace

import psutil

from cardline.errors import ConfigurationError
from cardline.settings import Address, Settings

FDS_VARIABLE = "CARDLINE_LISTEN_FDS"
METRICS = "metrics"
_BACKLOG = 1024
"""Connections that may wait while a switch restarts."""


def bind_all(addresses: Mapping[str, Address], options: Mapping[str, str] | None = None) -> dict[str, socket.socket]:
    """Binds every address or none. Raises ConfigurationError naming all that are taken and who has them.

    `options` names the command line option that would choose another port.
    """
    bound: dict[str, socket.socket] = {}
    mistakes = []
    for name, address in addresses.items():
        try:
            bound[name] = _bind(address)
        except OSError as error:
            mistakes.append(_explain(name, address, error, (options or {}).get(name)))
    if mistakes:
        close_all(bound)
        raise ConfigurationError(*mistakes)
    return bound


def address_of(listening: socket.socket) -> Address:
    """The port that was really bound."""
    host, port = listening.getsockname()[:2]
    return Address(host, port)


def close_all(sockets: Mapping[str, socket.socket]) -> None:
    for listening in sockets.values():
        listening.close()


def hand_over(sockets: Mapping[str, socket.socket]) -> dict[str, str]:
    """The environment that tells a child which of its inherited descriptors is which."""
    return {FDS_VARIABLE: ",".join(f"{name}={listening.fileno()}" for name, listening in sockets.items())}


def take_over(environment: Mapping[str, str]) -> dict[str, socket.socket]:
    """The other end of `hand_over`; empty when nothing was inherited. Raises ConfigurationError."""
    sockets = {}
    for entry in filter(None, environment.get(FDS_VARIABLE, "").split(",")):
        name, _, descriptor = entry.rpartition("=")
        try:
            sockets[name] = socket.socket(fileno=int(descriptor))
        except (ValueError, OSError):
            raise ConfigurationError(f"{FDS_VARIABLE}: {entry} is not an inherited socket") from None
        os.set_inheritable(sockets[name].fileno(), False)
    return sockets


def inherited_or_bound(settings: Settings, environment: Mapping[str, str]) -> dict[str, socket.socket]:
    """What a switch listens on, by link name and "metrics": handed over by a parent, else bound as configured."""
    inherited = take_over(environment)
    missing = {name: address for name, address in addresses(settings).items() if name not in inherited}
    return {**inherited, **bind_all(missing)}


def addresses(settings: Settings) -> dict[str, Address]:
    configured = {name: Address.parse(link.listen) for name, link in settings.links.items() if link.listen}
    return {**configured, METRICS: Address.parse(settings.metrics_listen)}


def is_of_this_machine(address: Address) -> bool:
    """Whether one could listen there at all, whatever the port."""
    try:
        _bind(replace(address, port=0)).close()
    except OSError as error:
        return error.errno != errno.EADDRNOTAVAIL
    return True


def _bind(address: Address) -> socket.socket:
    listening = socket.socket(socket.AF_INET6 if ":" in address.host else socket.AF_INET)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((address.host, address.port))
        listening.listen(_BACKLOG)
    except OSError:
        listening.close()
        raise
    return listening


def _explain(name: str, address: Address, error: OSError, option: str | None) -> str:
    remedy = f" (choose another with {option}; 0 takes any free port)" if option else ""
    if error.errno == errno.EADDRINUSE:
        return f"{name}: {address} is in use by {_owner(address.port)}{remedy}"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{name}: cannot listen on {address}: {address.host} is no address of this machine (0.0.0.0 means all it has)"
    return f"{name}: cannot listen on {address}: {error.strerror}{remedy}"


def _owner(port: int) -> str:
    try:
        connections = [c for c in psutil.net_connections("tcp") if c.status == psutil.CONN_LISTEN]
    except psutil.Error:
        connections = []
    pids = {c.pid for c in connections if c.laddr and c.laddr.port == port and c.pid}
    owners = sorted(f"{_name(pid)} (pid {pid})" for pid in pids)
    return ", ".join(owners) or "a process of another user"


def _name(pid: int) -> str:
    try:
        return str(psutil.Process(pid).name())
    except psutil.Error:
        return "a process"
