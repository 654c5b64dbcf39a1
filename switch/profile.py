"""A network as data: character set, framing, timers and limits, read from configs/networks/*.toml.

Checks every key and reports all mistakes at once. Nothing here opens a socket or knows a message.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from importlib.resources import files
from math import isfinite
from pathlib import Path
from typing import Any

from switch.errors import ConfigurationError
from switch.file_updates import FileUpdates
from switch.framing import MAX_FRAME, MAX_RECORD, Framing, PrefixEncoding
from switch.iso8583 import Codec
from switch.management import Management, Purpose, SignOnWhen


class LinkKind(Enum):
    """What a link is for: payments as they happen, or the network's clearing records at the end of a day."""

    AUTHORIZATION = "authorization"
    CLEARING = "clearing"


@dataclass(frozen=True, slots=True)
class NetworkProfile:
    """One network as a link speaks it. Defaults are the Mastercard-style ones."""

    name: str
    kind: LinkKind = LinkKind.AUTHORIZATION
    """A clearing link has framing, `connect_seconds`, `idle_timeout_seconds`, `max_connections` and what begins with
    `max_file_`; nothing else here says anything to it. Its character set is found out, file by file."""
    framing: Framing = field(default_factory=Framing)
    character_set: str = "cp037"
    require_sign_on: bool = False
    """Refuse authorizations on a connection that has not signed on (0800)."""
    converts_currency: bool = True
    """What is billed in another currency than the account's is converted where there is a rate; else it is declined."""
    response_deadline_seconds: float = 2.0
    """Receipt to reply. Shorter than the network's own timer (8 s at a point of sale), so that 91 beats stand-in."""
    management: Management = field(default_factory=Management)
    """What we say by ourselves: sign-on, echo, keys, stored advices."""
    file_updates: FileUpdates = field(default_factory=FileUpdates)
    """What the network's stand-in is told of our cards."""
    echo_interval_seconds: float = 60.0
    """Silence of a peer that has signed on, after which it is sent an echo test (0800/270); 0: never."""
    response_seconds: float = 30.0
    """How long an 0810 to our 0800 may take; networks allow as much."""
    sign_on_retry_seconds: float = 5.0
    """Between a sign-on that failed and the next: long enough for a peer that is still starting."""
    sign_off_seconds: float = 2.0
    """How long an end of service waits for the answer to our sign-off; well inside the time a process has to drain."""
    key_lifetime_seconds: float = 86_400.0
    """After which a new PIN working key is asked for; networks roll them daily."""
    connect_seconds: float = 10.0
    """For one attempt to connect, or for a TLS handshake; a peer that takes longer is not well."""
    reconnect_first_seconds: float = 0.5
    """Pause after the first failure to connect or sign on; doubled with each, so that a restart is soon noticed."""
    reconnect_most_seconds: float = 30.0
    """The longest such pause: a network that is back waits no longer for us."""
    idle_timeout_seconds: float = 600.0
    """Silence after which a connection is closed, so that dead peers do not hold sockets; 0 keeps it for ever."""
    max_connections: int = 1024
    """Each costs a socket and up to two frames and 64 KiB of replies."""
    max_inflight_per_connection: int = 512
    """Beyond it reading stops, and TCP tells the peer; one connection cannot fill the whole switch."""
    max_inflight_per_link: int = 1500
    """Of all connections of the link together, beyond their own shares 91; leaves a quarter of the process to other links."""
    max_echo_misses: int = 2
    """Echo tests without an answer, in a row, that mean the link is down."""
    max_sign_on_attempts: int = 3
    """Then the connection is closed, and opened again where we connect."""
    max_outgoing: int = 1000
    """Requests of ours that wait for their replies; far more than file updates and echoes ever need at once."""
    max_file_seconds: float = 14_400.0
    """For one clearing file from header to trailer: a day's file at 50 records a second, and a sender that hangs ends."""
    max_file_bytes: int = 1 << 30
    """Of one clearing file: some two million records. It waits on disk, so this times `max_connections` has to fit there."""
    max_file_records: int = 5_000_000
    """Of one clearing file: more than fit into its bytes, unless they are no records."""


_SECTIONS: Mapping[str, Mapping[str, type]] = {
    "": {"kind": str, "character_set": str, "require_sign_on": bool, "converts_currency": bool},
    "framing": {
        "prefix_bytes": int,
        "encoding": str,
        "counts_itself": bool,
        "reserved_bytes": int,
        "header": str,
        "header_text": str,
        "trailer": str,
        "max_frame": int,
    },
    "management": {
        "sign_on": str,
        "sign_on_code": str,
        "code_065": str,
        "forwarder": str,
        "group": str,
        "service_indicator": str,
        "request_stored_advices": bool,
        "request_keys": bool,
        "key_form": str,
    },
    "file_updates": {
        "enabled": bool,
        "file_name": str,
        "record": str,
        "reason_blocked": str,
        "reason_lost": str,
        "reason_stolen": str,
        "reason_closed": str,
        "response_seconds": float,
        "retry_first_seconds": float,
        "retry_most_seconds": float,
        "max_attempts": int,
    },
    "timers": dict.fromkeys(
        (
            "response_deadline_seconds",
            "echo_interval_seconds",
            "idle_timeout_seconds",
            "response_seconds",
            "sign_on_retry_seconds",
            "sign_off_seconds",
            "key_lifetime_seconds",
            "connect_seconds",
            "reconnect_first_seconds",
            "reconnect_most_seconds",
            "max_file_seconds",
        ),
        float,
    ),
    "limits": dict.fromkeys(
        (
            "max_connections",
            "max_inflight_per_connection",
            "max_inflight_per_link",
            "max_echo_misses",
            "max_sign_on_attempts",
            "max_outgoing",
            "max_file_bytes",
            "max_file_records",
        ),
        int,
    ),
}
_CLEARING_KEYS = frozenset(
    {"kind", "connect_seconds", "idle_timeout_seconds", "max_connections"}
    | {"max_file_seconds", "max_file_bytes", "max_file_records"}
)
"""What a clearing link's profile may say."""
_MAY_BE_ZERO = frozenset({"idle_timeout_seconds", "echo_interval_seconds", "reserved_bytes"})


def load_profile(name_or_path: str | Path) -> NetworkProfile:
    """A shipped profile by name, or any by the path of its TOML file. ConfigurationError with all mistakes."""
    path = Path(name_or_path)
    is_path = path.suffix == ".toml" or path.name != str(name_or_path)
    source = path if is_path else files("configs.networks").joinpath(f"{name_or_path}.toml")
    try:
        document = tomllib.loads(source.read_text("utf-8"))
    except FileNotFoundError:
        shipped = sorted(
            entry.name.removesuffix(".toml") for entry in files("configs.networks").iterdir() if entry.name.endswith(".toml")
        )
        raise ConfigurationError(f"profile: there is no {name_or_path}; shipped are {', '.join(shipped)}") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"profile: {name_or_path} cannot be read: {error}") from None
    return parse_profile(path.stem if is_path else str(name_or_path), document, source=str(source) if is_path else None)


def parse_profile(name: str, document: Mapping[str, Any], *, source: str | None = None) -> NetworkProfile:
    """A profile from its TOML document. ConfigurationError with all mistakes, each with its file and key."""
    mistakes: list[str] = []
    sections = {section: _checked(section, _section(section, document, mistakes), mistakes) for section in _SECTIONS}
    kind = sections[""]["kind"] = _kind(sections[""].get("kind", LinkKind.AUTHORIZATION.value), mistakes)
    if kind is LinkKind.CLEARING:
        mistakes.extend(_senseless(sections))
    character_set = sections[""].get("character_set", "cp037")
    try:
        Codec(character_set)
    except ConfigurationError as error:
        mistakes.extend(error.mistakes)
        character_set = "ascii"
    most = MAX_RECORD if kind is LinkKind.CLEARING else MAX_FRAME
    framing = _framing(sections.pop("framing"), character_set, most, mistakes)
    management = _management(sections.pop("management"), mistakes)
    file_updates = FileUpdates(**sections.pop("file_updates"))
    mistakes.extend(f"file_updates.{mistake}" for mistake in file_updates.mistakes())
    if file_updates.enabled and not management.forwarder:
        mistakes.append("management.forwarder: has to be given where the link takes file updates (DE 33 says who we are)")
    if mistakes:
        raise ConfigurationError(*(f"profile {source or name}: {mistake}" for mistake in mistakes))
    values: dict[str, Any] = {key: value for section in sections.values() for key, value in section.items()}
    return NetworkProfile(name=name, framing=framing, management=management, file_updates=file_updates, **values)


def _section(section: str, document: Mapping[str, Any], mistakes: list[str]) -> Mapping[str, Any]:
    if not section:
        return {key: value for key, value in document.items() if key not in _SECTIONS}
    found = document.get(section, {})
    if isinstance(found, Mapping):
        return found
    mistakes.append(f"{section}: has to be a table")
    return {}


def _checked(section: str, values: Mapping[str, Any], mistakes: list[str]) -> dict[str, Any]:
    """The values of the right type and sign; a mistake for every other."""
    known = _SECTIONS[section]
    checked: dict[str, Any] = {}
    for key, value in values.items():
        path = f"{section}.{key}" if section else key
        if key not in known:
            mistakes.append(f"{path}: no such key")
        elif not _is_of(known[key], value):
            mistakes.append(f"{path}: has to be {_WORDS[known[key]]}, not {value!r}")
        elif known[key] in (int, float) and not _is_sound(key, value):
            mistakes.append(f"{path}: has to be more than 0, not {value!r}")
        else:
            checked[key] = value
    return checked


_WORDS = {str: "a string", bool: "true or false", int: "a whole number", float: "a number of seconds"}


def _is_of(wanted: type, value: object) -> bool:
    if isinstance(value, bool):
        return wanted is bool
    return isinstance(value, (int, float) if wanted is float else wanted)


def _is_sound(key: str, value: float) -> bool:
    return isfinite(value) and (value > 0 or (value == 0 and key in _MAY_BE_ZERO))


def _kind(value: str, mistakes: list[str]) -> LinkKind:
    known = {kind.value: kind for kind in LinkKind}
    if value not in known:
        mistakes.append(f"kind: {value!r} is not one of {', '.join(known)}")
    return known.get(value, LinkKind.AUTHORIZATION)


def _senseless(sections: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """A key that nobody would read is a mistake too."""
    given = [(section, key) for section, values in sections.items() for key in values if section != "framing"]
    return [
        f"{section}.{key}: says nothing on a clearing link".removeprefix(".")
        for section, key in given
        if key not in _CLEARING_KEYS
    ]


def _framing(values: dict[str, Any], character_set: str, most: int, mistakes: list[str]) -> Framing:
    for key in ("header", "trailer"):
        if key in values:
            values[key] = _hex(f"framing.{key}", values[key], mistakes)
    if "header_text" in values:
        if "header" in values:
            mistakes.append("framing.header_text: header is given too")
        values["header"] = _characters("framing.header_text", values.pop("header_text"), character_set, mistakes)
    encodings = {encoding.value: encoding for encoding in PrefixEncoding}
    if "encoding" in values:
        found = encodings.get(values["encoding"])
        if found is None:
            mistakes.append(f"framing.encoding: {values['encoding']!r} is not one of {', '.join(encodings)}")
        values["encoding"] = found or PrefixEncoding.BIG_ENDIAN
    if values.get("max_frame", 0) > most:
        mistakes.append(f"framing.max_frame: {values.pop('max_frame')} is over {most}")
    try:
        return Framing(**values)
    except ConfigurationError as error:
        mistakes.extend(error.mistakes)
        return Framing()


def _management(values: dict[str, Any], mistakes: list[str]) -> Management:
    choices: dict[str, Mapping[str, Enum]] = {
        "sign_on": {when.value: when for when in SignOnWhen},
        "code_065": {purpose.value: purpose for purpose in (Purpose.SIGN_ON, Purpose.SIGN_OFF)},
    }
    for key, known in choices.items():
        if key in values and values[key] not in known:
            mistakes.append(f"management.{key}: {values.pop(key)!r} is not one of {', '.join(known)}")
        elif key in values:
            values[key] = known[values[key]]
    management = Management(**values)
    mistakes.extend(f"management.{mistake}" for mistake in management.mistakes())
    return management


def _hex(path: str, text: str, mistakes: list[str]) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        mistakes.append(f"{path}: has to be bytes in hex")
        return b""


def _characters(path: str, text: str, character_set: str, mistakes: list[str]) -> bytes:
    try:
        return text.encode(character_set)
    except UnicodeEncodeError:
        mistakes.append(f"{path}: cannot be written in {character_set}")
        return b""
