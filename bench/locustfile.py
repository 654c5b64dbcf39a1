"""An ISO 8583 user for locust, with the mixes of `cardline load` (docs/load.md has the commands):

    locust -f bench/locustfile.py --headless -u 20 -r 20 -t 30s -H 127.0.0.1:8583 --cards cards.csv

Every user holds one connection and asks again as soon as it is answered (plus `--pause`): a closed loop, as locust's users are.
So a slow host is asked less often; rates and percentiles that must not be flattered by that come from `cardline load`.
"""

import itertools
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import gevent
from gevent import socket
from locust import User, events, task
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment
from locust.runners import MasterRunner

from simulator.errors import SimulatorError
from simulator.load.card_file import read_cards
from simulator.load.composing import Composer, first_number
from simulator.load.deck import Deck, Slot, Spelling, deal
from simulator.load.mix_file import load_mix
from simulator.load.reply_layout import ReplyReader
from switch.errors import SwitchError
from switch.framing import FrameReader
from switch.profile import NetworkProfile, load_profile

READ_BYTES = 65_536
CONNECT_SECONDS = 5.0
WORKER_NUMBERS = 10**8
"""Of each process of a distributed run."""
RECONNECT_SECONDS = 1.0
"""Between two attempts of a user: a host that is down is not hammered."""


@events.init_command_line_parser.add_listener
def _add_options(parser: LocustArgumentParser) -> None:
    group = parser.add_argument_group("ISO 8583")
    group.add_argument("--cards", default="cards.csv", help="CSV as `cardline seed` writes it")
    group.add_argument("--mix", default="everyday", help="a shipped mix by name, or a TOML file")
    group.add_argument("--network", default="mastercard", help="network profile by name or path")
    group.add_argument("--answer-limit", type=float, default=8.0, help="seconds that an answer may take")
    group.add_argument("--pause", type=float, default=0.0, help="seconds between an answer and the next request of a user")
    group.add_argument("--traffic-seed", type=int, default=1, help="same seed, same messages")


class Traffic:
    """What all users of one process share: the deck and the next number. Of a distributed run each worker has its own numbers."""

    def __init__(self, environment: Environment) -> None:
        options: Any = environment.parsed_options
        self.profile: NetworkProfile = load_profile(options.network)
        spelling = Spelling(self.profile.character_set, self.profile.framing)
        cards = read_cards(Path(options.cards))
        self.deck: Deck = deal(load_mix(options.mix), cards, options.traffic_seed, spelling)
        worker = max(0, getattr(environment.runner, "worker_index", 0))
        origin = first_number(datetime.now(UTC)) + worker * WORKER_NUMBERS
        self._numbers = itertools.count(origin)
        self._moments: dict[int, int] = {}
        self._composer = Composer(self.deck, origin, self._second_of)

    def next(self) -> tuple[bytes, bytes, Slot]:
        """Frame, key of its reply, and what it is; stamped with the second in which it is taken."""
        number = next(self._numbers)
        self._moments[number] = int(time.time())
        self._moments.pop(number - len(self.deck.slots), None)  # no conversation is longer than the deck
        return self._composer.compose(number)

    def _second_of(self, number: int) -> int:
        return self._moments[number]


@events.init.add_listener
def _load_traffic(environment: Environment, **_: Any) -> None:
    """locust would log a fault and go on without traffic."""
    if isinstance(environment.runner, MasterRunner):
        return
    try:
        environment.traffic = Traffic(environment)  # type: ignore[attr-defined]
    except (SimulatorError, SwitchError, OSError) as error:
        print(f"locustfile: {error}", file=sys.stderr)
        sys.exit(2)


class Iso8583User(User):
    """One connection with one message in flight. A request's name is its kind and the code that answered it: `purchase 00`."""

    def on_start(self) -> None:
        self._traffic: Traffic = self.environment.traffic  # type: ignore[attr-defined]
        self._options: Any = self.environment.parsed_options
        self._replies = ReplyReader()
        self._socket: Any = None

    def on_stop(self) -> None:
        self._disconnect()

    @task
    def ask(self) -> None:
        if self._socket is None and not self._connect():
            gevent.sleep(RECONNECT_SECONDS)
            return
        frame, key, slot = self._traffic.next()
        began = time.perf_counter()
        code, fault = self._exchanged(frame, key)
        self._fire(f"{slot.kind} {code}".rstrip(), began, len(frame), fault or _unexpected(code, slot, self._traffic.deck))
        if fault:
            self._disconnect()
        gevent.sleep(self._options.pause)

    def _exchanged(self, frame: bytes, key: bytes) -> tuple[str, Exception | None]:
        """DE 39 of the answer, or what was there instead of one."""
        try:
            with gevent.Timeout(self._options.answer_limit, TimeoutError("not answered in time")):
                self._socket.sendall(frame)
                while received := self._socket.recv(READ_BYTES):
                    for payload in self._frames.feed(received):
                        found = self._replies.read(payload)
                        if found is not None and found[0] == key:
                            return found[1].decode(self._traffic.deck.character_set, errors="replace"), None
                    if self._frames.lost is not None:
                        return "", ConnectionError(f"the host sent what is no frame: {self._frames.lost.reason}")
                return "", ConnectionError("the host closed the connection")
        except (TimeoutError, OSError) as error:
            return "", error

    def _connect(self) -> bool:
        began = time.perf_counter()
        try:
            self._socket = socket.create_connection(_address(self.host), timeout=CONNECT_SECONDS)
        except (OSError, ValueError) as error:
            self._fire("connect", began, 0, error)
            return False
        self._socket.settimeout(None)  # the limit of an answer is set where it is awaited
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._frames = FrameReader(self._traffic.profile.framing)
        return True

    def _disconnect(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _fire(self, name: str, began: float, size: int, fault: Exception | None) -> None:
        milliseconds = (time.perf_counter() - began) * 1000
        self.environment.events.request.fire(
            request_type="ISO 8583", name=name, response_time=milliseconds, response_length=size, exception=fault, context={}
        )


def _address(text: str | None) -> tuple[str, int]:
    """Of HOST:PORT, with or without a scheme, as locust's web page wants one."""
    host, _, port = (text or "").rpartition(":")
    if not (host and port.isdigit()):
        raise ValueError(f"--host {text}: has to be HOST:PORT")
    return host.rpartition("/")[2], int(port)


def _unexpected(code: str, slot: Slot, deck: Deck) -> Exception | None:
    """A refusal that was to be expected is no failure."""
    if code.encode(deck.character_set, errors="replace") in slot.expected:
        return None
    return ValueError(f"answered {code or 'without DE 39'}")
