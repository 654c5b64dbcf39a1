"""`cardline fixtures import`: a fixture out of a hex dump or a packet capture."""

import enum
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cardline.desk import Config

if TYPE_CHECKING:
    from simulator.fixtures.recorder import Heard
    from switch.profile import NetworkProfile

fixtures_app = typer.Typer(name="fixtures", help="Recorded traffic from elsewhere.", no_args_is_help=True)

MOST_BYTES = 256 * 1024 * 1024
"""A file is read whole; captures of card links are far smaller."""

MOST_FLAWS = 10
"""Said one by one; with the wrong profile every message has one."""


class Source(enum.Enum):
    """What the file is."""

    HEX = "hex"
    PCAP = "pcap"


@fixtures_app.command("import")
def _import(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Hex in any usual form, or a pcap or pcapng capture.")],
    source: Annotated[Source, typer.Option("--from", help="What FILE is.")],
    out: Annotated[Path, typer.Option(help="The fixture; there must be none of that name.")],
    profile: Annotated[str, typer.Option(help="Network profile by name or path: framing and alphabet.")] = "mastercard",
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="The host's port in a capture; all connections if not given.")
    ] = None,
    clear: Annotated[
        bool, typer.Option("--clear", help="Keep everything as it is; test cards only, others are left out.")
    ] = False,
    config: Config = None,  # noqa: ARG001  every command takes it
) -> int:
    """Make a fixture of a hex dump or a packet capture; exit code 1 when none of it can be read or a message was left out."""
    from cardline.network import fixture_files
    from cardline.network.fixture_masking import FixtureMask
    from simulator.fixtures.importing import imported
    from simulator.fixtures.transcript import Transcript
    from switch.iso8583 import Codec
    from switch.profile import load_profile

    network = load_profile(profile)
    notes: list[str] = []
    if source is Source.HEX:
        began = datetime.now(UTC)
        heard, places = _from_hex(file, network)
    else:
        began, heard = _from_capture(file, network, port, notes)
        places = [f"{file.name}: connection {each.connection}, {each.at_us / 1e6:.6f} s" for each in heard]
    header = fixture_files.header(network, began, is_clear=clear)
    mask = FixtureMask(network.character_set, is_clear=clear)
    found = imported(heard, header, Transcript(Codec(network.character_set), mask), notes)
    for note in notes:
        print(f"cardline: {file.name}: {note}", file=sys.stderr)
    for number, flaw in found.flaws[:MOST_FLAWS]:
        print(f"cardline: {places[number]}: cannot be read: {flaw}", file=sys.stderr)
    if found.withheld:
        print(f"cardline: {found.withheld} messages were left out: they name a card outside the test range", file=sys.stderr)
    if found.messages == found.unreadable:
        can_read = " that can be read" if found.messages else ""
        print(f"cardline: {file.name}: no message of profile {network.name} in it{can_read}", file=sys.stderr)
        return 1
    with fixture_files.new_file(out) as made:
        made.write(found.text)
    print(f"{found.messages} messages in {out}" + (f", {found.unreadable} of them unreadable" if found.unreadable else ""))
    return 1 if found.withheld else 0


def _from_hex(file: Path, profile: "NetworkProfile") -> "tuple[list[Heard], list[str]]":
    """What was said, and where in the file each message begins."""
    from simulator.fixtures.hex_dump import located
    from simulator.fixtures.importing import from_dump
    from switch.iso8583 import Codec

    codec = Codec(profile.character_set)
    found = located(file.name, _read(file).decode("utf-8", "replace"), profile.framing, codec)
    return from_dump((payload for _, payload in found), codec), [f"{file.name}:{line}" for line, _ in found]


def _from_capture(file: Path, profile: "NetworkProfile", port: int | None, notes: list[str]) -> "tuple[datetime, list[Heard]]":
    """When the first packet was captured, and what was said, counted from then."""
    from io import BytesIO

    from simulator.fixtures.capture import segments
    from simulator.fixtures.importing import from_capture
    from simulator.fixtures.recorder import Heard
    from simulator.fixtures.streams import conversations

    captured = list(segments(file.name, BytesIO(_read(file)), notes))
    first = min((segment.at_us for segment in captured), default=0)
    heard = from_capture(conversations(captured, port), profile.framing, notes)
    began = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=first)
    return began, [Heard(each.at_us - first, each.connection, each.side, each.payload) for each in heard]


def _read(file: Path) -> bytes:
    """Raises ConfigurationError."""
    from cardline.errors import ConfigurationError

    try:
        with file.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(f"{file}: {error.strerror}") from None
    if len(content) > MOST_BYTES:
        raise ConfigurationError(f"{file}: more than {MOST_BYTES // 1024 // 1024} MiB")
    return content
