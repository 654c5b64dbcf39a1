"""`cardline decode`: one message from the command line, a file or standard input, shown as a table or JSON.

Only reading and printing; what is shown is made in dissection.
"""

import json
import sys
from pathlib import Path
from string import hexdigits

from rich.console import Console

from cardline.decoding.clearing_dissection import dissect_clearing
from cardline.decoding.dissection import as_document, as_table, dissect, failure_line
from switch.errors import ConfigurationError
from switch.profile import LinkKind, NetworkProfile, load_profile

CLEARING_PROFILE = "ipm"
"""No network profile: clearing messages have elements of their own, and their character set is found out."""

MAX_BYTES = 64 * 1024
"""Far over any frame; keeps a mistyped path to something huge from being read."""


def decode_command(source: str, profile: str, as_json: bool, reveal: bool) -> int:
    """Exit code: 0 a message, 1 bytes that are none (what was read is shown all the same), 2 wrong usage."""
    try:
        network = _network(profile)
        data, is_whole = _read(source, may_go_on=network is None)
    except (ConfigurationError, OSError, ValueError) as error:
        print(f"decode: {error}", file=sys.stderr)
        return 2
    dissection = dissect(data, network, reveal=reveal) if network else dissect_clearing(data, reveal=reveal, is_whole=is_whole)
    if as_json:
        print(json.dumps(as_document(dissection), indent=2, ensure_ascii=False))
    elif dissection.mti is not None or dissection.elements:
        Console().print(as_table(dissection))
    for note in dissection.notes:
        print(f"decode: note: {note}", file=sys.stderr)
    if dissection.failure is None:
        return 0
    print(f"decode: {failure_line(dissection.failure)}", file=sys.stderr)
    return 1


def _network(profile: str) -> NetworkProfile | None:
    """None for the messages of clearing files."""
    if profile == CLEARING_PROFILE:
        return None
    network = load_profile(profile)
    return network if network.kind is LinkKind.AUTHORIZATION else None


def _read(source: str, *, may_go_on: bool) -> tuple[bytes, bool]:
    """HEX text itself, or a file (or - for standard input) holding hex text or raw bytes; and whether that is all of it.

    Where it may go on, what is too long is cut: of a clearing file only the first message is wanted.
    """
    if source == "-":
        content = sys.stdin.buffer.read(MAX_BYTES + 1)
    elif (data := _from_hex(source)) is not None:
        return data, True
    elif _is_file(source):
        with Path(source).open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    else:
        raise ValueError(_why_not(source))
    text = _from_hex(content.decode("ascii", "replace"))
    is_whole = len(content) <= MAX_BYTES
    if not is_whole and (text is not None or not may_go_on):
        raise ValueError(f"more than {MAX_BYTES} bytes")
    if not (content if text is None else text):
        raise ValueError("nothing to decode")
    return (content if text is None else text), is_whole


def _is_file(source: str) -> bool:
    try:
        return Path(source).is_file()
    except (OSError, ValueError):  # longer than any path may be; its text would quote the message
        return False


def _why_not(source: str) -> str:
    digits = "".join(source.split())
    if digits and all(digit in hexdigits for digit in digits):
        return f"{len(digits)} hex digits are not whole bytes"
    return "the message is neither hex nor an existing file"


def _from_hex(text: str) -> bytes | None:
    """Bytes from hex with any white space, or None for anything else."""
    digits = "".join(text.split()).removeprefix("0x")
    try:
        return bytes.fromhex(digits) if digits else None
    except ValueError:
        return None
