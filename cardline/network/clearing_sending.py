"""`cardline clearing send`: plays the network that sends its clearing files over a link."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from cardline.data_directory import DataDirectory
from cardline.errors import ConfigurationError
from cardline.settings import Address
from clearing.intake.proving import Refused, proved
from simulator.errors import SimulatorError
from simulator.settlement.sending import ClearingSender, Receipt
from switch.profile import NetworkProfile


def address_of(text: str) -> Address:
    """Of `--to`. Raises ConfigurationError."""
    try:
        return Address.parse(text)
    except ValueError as error:
        raise ConfigurationError(f"--to {text}: {error}") from None


def why_unsound(files: list[Path]) -> dict[Path, str]:
    """What is wrong with those that no host could take: proved as `clearing ingest` does. Raises ConfigurationError."""
    found = {}
    try:
        for path in files:
            with path.open("rb") as stream:
                proof = proved(stream, path.name)
            if isinstance(proof, Refused):
                found[path] = proof.reason
    except OSError as error:
        raise ConfigurationError(f"{error.filename}: {error.strerror}") from None
    return found


async def send(files: list[Path], to: Address, profile: NetworkProfile) -> list[tuple[Path, Receipt | str]]:
    """Each file with what the host says of it, or in words why it says nothing; then no further file is sent.

    Raises ConfigurationError where a file cannot be read or nobody listens there.
    """
    told: list[tuple[Path, Receipt | str]] = []
    try:
        async with ClearingSender(to.host, to.port, profile.framing) as sender:
            for number, path in enumerate(files, 1):
                with open(path, "rb") as stream:  # noqa: ASYNC230, PTH123 - one command, one file at a time
                    try:
                        told.append((path, await sender.send(stream)))
                    except SimulatorError as error:
                        told.append((path, str(error)))
                        told += [(left, f"not sent, as {path.name} before it was not taken") for left in files[number:]]
                        break
    except SimulatorError as error:
        raise ConfigurationError(f"clearing send: {error}") from None
    except OSError as error:
        raise ConfigurationError(f"{error.filename}: {error.strerror}") from None
    return told


def running_clearing_link(data_dir: Path) -> str:
    """HOST:PORT of the clearing link of a running `up`. Raises ConfigurationError when there is none."""
    directory = DataDirectory(data_dir)
    running = directory.running()
    if running is None:
        raise ConfigurationError(f"no `cardline up` is running in {directory.path}: start one, give its --data-dir, or --to")
    if running.iso8583_clearing is None:
        raise ConfigurationError(f"the `up` in {directory.path} has no clearing link: give --to")
    return running.iso8583_clearing


def document(path: Path, told: Receipt | str) -> dict[str, Any]:
    """As JSON."""
    return {"file": path.name} | (asdict(told) if isinstance(told, Receipt) else {"is_acknowledged": False, "reason": told})


def sentence(path: Path, told: Receipt | str) -> str:
    """One line, whatever became of it."""
    if isinstance(told, str):
        return f"{path.name}: {told}"
    if told.is_acknowledged:
        figures = f"{told.messages:,} messages, {told.transactions:,} of them transactions"
        return f"{path.name}: acknowledged, {figures} (file {told.file_id})"
    where = f" at record {told.record}" if told.record is not None else ""
    return f"{path.name}: rejected{where}, {told.indicator}: {told.reason}"
