"""A switch whose log nobody takes: standard output is a full pipe, or a full disk. Payments go on, and what is lost is counted."""

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from acceptance.issuer import ASCII, EBCDIC, PATIENCE_SECONDS, ROOT, Issuer, Switch, eventually
from acceptance.network import ask, connection, purchase

from cardline.running.listening import METRICS, bind_all, close_all, hand_over
from cardline.running.readiness import ReadyPipe
from cardline.settings import Address

SMALLEST_PIPE = 4096
PAYMENTS = 60
"""Their lines are several times what the pipe takes."""


class Serving(Switch):
    """`cardline serve` beside the issuer's own switch, its standard output being `output`."""

    def __init__(self, issuer: Issuer, output: int) -> None:
        self._sockets = bind_all({name: Address("127.0.0.1", 0) for name in (EBCDIC, ASCII, METRICS)})
        words = [sys.executable, "-m", "cardline", "serve", "--allow-test-keys", "--config", str(issuer.config)]
        with contextlib.closing(ReadyPipe()) as ready:
            environment = {**os.environ, "PYTHONPATH": str(ROOT), **hand_over(self._sockets), **ready.environment}
            inherited = [ready.descriptor, *(one.fileno() for one in self._sockets.values())]
            process = subprocess.Popen(words, stdout=output, env=environment, pass_fds=inherited)
            self._child = SimpleNamespace(process=process)  # type: ignore[assignment]
            is_ready = ready.wait(PATIENCE_SECONDS)
        if not is_ready:
            self.close()
        assert is_ready

    def close(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE_SECONDS)
        close_all(self._sockets)


@contextmanager
def full_pipe() -> Iterator[int]:
    """The writing end of a pipe that nobody reads and that takes no byte more."""
    read, write = os.pipe()
    fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, SMALLEST_PIPE)
    os.set_blocking(write, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(write, b"x")
    os.set_blocking(write, True)
    yield write
    os.close(read)
    os.close(write)


@contextmanager
def full_disk() -> Iterator[int]:
    descriptor = os.open("/dev/full", os.O_WRONLY)
    yield descriptor
    os.close(descriptor)


@pytest.mark.parametrize("where", ["a pipe that nobody reads", "a full disk"])
async def test_payments_go_on_and_the_switch_ends_in_order(issuer: Issuer, where: str) -> None:
    held = await issuer.card(balance_minor=PAYMENTS * 1_00)
    with (
        full_pipe() if where.startswith("a pipe") else full_disk() as output,
        contextlib.closing(Serving(issuer, output)) as switch,
    ):
        async with connection(switch) as network:
            answers = [(await ask(network, purchase(held, 1_00))).text(39) for _ in range(PAYMENTS)]
        assert answers == ["00"] * PAYMENTS
        assert switch.is_ready
        if where.startswith("a pipe"):  # the lines wait: the writer has taken some and is held up by the pipe
            assert switch.metric("cardline_queue_depth", queue="log") >= PAYMENTS - 2
            assert switch.metric("cardline_log_lines_lost_total") == 0
        else:
            await eventually("it is counted", lambda: switch.metric("cardline_log_lines_lost_total") > 0)
        switch.process.send_signal(signal.SIGTERM)
        assert switch.process.wait(PATIENCE_SECONDS) == 0
    assert (await issuer.account(held))["holds"] == PAYMENTS * 1_00
    assert await issuer.findings() == []
