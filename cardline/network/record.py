"""`cardline record`: stands between a network and its host, forwards every byte, and keeps what was said as a fixture."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cardline.desk import Config

if TYPE_CHECKING:
    from cardline.settings import Address
    from simulator.fixtures.form import Side
    from simulator.fixtures.recorder import Recorded, Recorder
    from switch.profile import NetworkProfile

SWITCH_SECONDS = 0.0002
"""How long the thread that writes may keep the interpreter from forwarding. With the usual 5 ms, and more traffic than it can
write, the 99th percentile of a round trip was 26 to 41 ms instead of 14."""


def register(app: typer.Typer) -> None:
    app.command("record")(_record)


def _record(
    listen: Annotated[str, typer.Option(metavar="HOST:PORT", help="Where the network connects; port 0 is any free one.")],
    to: Annotated[str, typer.Option(metavar="HOST:PORT", help="The host it is to reach.")],
    out: Annotated[Path, typer.Option(help="The fixture; there must be none of that name.")],
    profile: Annotated[str, typer.Option(help="Network profile by name or path.")] = "mastercard",
    seconds: Annotated[float | None, typer.Option(min=0.1, help="End after so long.")] = None,
    messages: Annotated[int | None, typer.Option(min=1, help="End after so many messages, both directions.")] = None,
    clear: Annotated[
        bool, typer.Option("--clear", help="Keep everything as it is; test cards only, others are left out.")
    ] = False,
    config: Config = None,  # noqa: ARG001  every command takes it
) -> int:
    """Forward traffic between a network and its host, and keep it as a fixture; ends with Ctrl-C.

    Exit code 1 when the recording is not whole or holds nothing. Other numbers than test cards are replaced, and what is secret
    about them overwritten.
    """
    from cardline.network import fixture_files
    from switch.profile import load_profile

    network = load_profile(profile)
    ends = _Ends(seconds, messages)
    listening, host = fixture_files.address("--listen", listen), fixture_files.address("--to", to)
    usual = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        recorded = asyncio.run(_recorded(listening, host, network, out, ends, is_clear=clear))
    finally:
        sys.setswitchinterval(usual)
    return _say(recorded, out)


@dataclass(frozen=True, slots=True)
class _Ends:
    """What ends a recording, besides Ctrl-C."""

    seconds: float | None
    messages: int | None


async def _recorded(
    listen: "Address", to: "Address", profile: "NetworkProfile", out: Path, ends: _Ends, *, is_clear: bool
) -> "Recorded":
    from cardline.errors import ConfigurationError
    from cardline.network import fixture_files
    from cardline.network.fixture_masking import FixtureMask
    from simulator.fixtures.recorder import Recorder
    from simulator.fixtures.tap import Ears, Tap
    from simulator.fixtures.transcript import Transcript
    from switch.iso8583 import Codec

    enough = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, enough.set)
    header = fixture_files.header(profile, datetime.now(UTC), is_clear=is_clear)
    transcript = Transcript(Codec(profile.character_set), FixtureMask(profile.character_set, is_clear=is_clear))
    tap = Tap((to.host, to.port))
    try:
        port = await tap.listen(listen.host, listen.port)
        recorder = Recorder(fixture_files.new_file(out), header, transcript, profile.framing)
        hearing = _Hearing(recorder, enough.set, ends.messages)
        await tap.serve(Ears(hearing.bytes_passed, recorder.forget, hearing.went_wrong))
        print(f"recording {replace(listen, port=port)} to {to} into {out}", file=sys.stderr, flush=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ends.seconds):
                await enough.wait()
    except OSError as error:
        raise ConfigurationError(f"--listen {listen}: {error.strerror}; take another port, or 0 for any free one") from None
    finally:
        await tap.close()
    return await asyncio.to_thread(recorder.finish)


class _Hearing:
    """From the tap to the recorder, with the time of the recording."""

    def __init__(self, recorder: "Recorder", enough: Callable[[], None], most: int | None) -> None:
        self._recorder, self._enough, self._most = recorder, enough, most
        self._loop = asyncio.get_running_loop()
        self._started = self._loop.time()

    def bytes_passed(self, connection: int, side: "Side", data: bytes) -> None:
        self._recorder.hear(self._now_us, connection, side, data, self._most)
        if self._most is not None and self._recorder.heard >= self._most:
            self._enough()

    def went_wrong(self, connection: int, why: str) -> None:
        self._recorder.note(self._now_us, f"connection {connection}: {why}")
        print(f"cardline: connection {connection}: {why}", file=sys.stderr)

    @property
    def _now_us(self) -> int:
        return round((self._loop.time() - self._started) * 1e6)


def _say(recorded: "Recorded", out: Path) -> int:
    """One line, and one for everything that is missing."""
    print(f"{recorded.messages} messages in {out}")
    missing = (
        (recorded.dropped, "were not recorded: the disk did not follow"),
        (recorded.withheld, "were left out: they name a card outside the test range, and --clear keeps those of test cards only"),
        (recorded.framing_lost, "directions were not recorded to their end: their bytes are no messages of this profile"),
    )
    for count, what in missing:
        if count:
            print(f"cardline: {count} {what}", file=sys.stderr)
    if recorded.fault:
        print(f"cardline: the recording broke off: {recorded.fault}", file=sys.stderr)
    if recorded.unreadable:
        print(
            f"cardline: {recorded.unreadable} messages could not be read; they stand in the fixture without content",
            file=sys.stderr,
        )
    return 0 if recorded.is_whole and recorded.messages else 1
