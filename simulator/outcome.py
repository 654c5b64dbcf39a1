"""What came of a played day: every exchange with what was expected and got, latencies, and a verdict. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from simulator.cards import masked
from simulator.currencies import CURRENCIES
from simulator.expectation import Difference, Expectation
from simulator.messages import ReplyKey
from simulator.script import Kind
from simulator.stage.amounts import text_of
from switch.iso8583 import Message

PERCENTILES = (50.0, 90.0, 99.0, 100.0)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One frame sent and what happened. `got` is DE 39 or a word; no latency where nothing came back."""

    kind: Kind
    sent: str
    expected: str
    reason: str
    got: str
    differences: tuple[Difference, ...] = ()
    latency_seconds: float | None = None

    @property
    def ok(self) -> bool:
        return not self.differences


@dataclass(frozen=True, slots=True)
class SummaryLine:
    """Exchanges that were sent for the same thing and answered alike."""

    kind: Kind
    mti: str
    got: str
    reason: str
    count: int
    mismatches: int


@dataclass(frozen=True, slots=True)
class DayOutcome:
    """The day as played. `verdict` is set where it could not be played to its end.

    `unfinished` are the cards (by PAN) whose script a disagreement ended: their balances cannot be judged.
    """

    seed: int
    exchanges: tuple[Exchange, ...]
    not_sent: int = 0
    unmatched_replies: int = 0
    seconds: float = 0.0
    verdict: str | None = None
    unfinished: frozenset[str] = field(default=frozenset(), repr=False)
    replies: Mapping[ReplyKey, Message] = field(default_factory=dict, repr=False)
    """The first reply to each request."""

    @property
    def mismatches(self) -> tuple[Exchange, ...]:
        return tuple(exchange for exchange in self.exchanges if not exchange.ok)

    @property
    def ok(self) -> bool:
        """Everything was sent, answered as predicted, and nothing came that was not asked for."""
        is_complete = self.verdict is None and bool(self.exchanges) and not self.not_sent
        return is_complete and not self.unmatched_replies and not self.mismatches

    def summary(self) -> list[SummaryLine]:
        """What was sent, what was answered and why, in the order of `Kind`."""
        lines = Counter((e.kind, e.sent[:4], e.got, e.reason) for e in self.exchanges)
        bad = Counter((e.kind, e.sent[:4], e.got, e.reason) for e in self.mismatches)
        order = list(Kind)
        found = [SummaryLine(*key, count, bad[key]) for key, count in lines.items()]
        return sorted(found, key=lambda line: (order.index(line.kind), line.mti, line.got, line.reason))

    def latencies(self) -> dict[float, float]:
        """Seconds at each of PERCENTILES, over the exchanges that were answered."""
        taken = [e.latency_seconds for e in self.exchanges if e.latency_seconds is not None]
        return percentiles(taken, PERCENTILES)


def percentiles(values: Iterable[float], wanted: Sequence[float]) -> dict[float, float]:
    """Nearest-rank percentiles; empty where there are no values."""
    ordered = sorted(values)
    if not ordered:
        return {}
    ranks = {percent: max(1, -int(-percent * len(ordered) // 100)) for percent in wanted}
    return {percent: ordered[rank - 1] for percent, rank in ranks.items()}


def described(message: Message) -> str:
    """A message in one line: MTI, masked card, amount and STAN."""
    parts = [message.mti]
    if message.text(2):
        parts.append(masked(message.text(2)))
    if message.text(4):
        parts.append(_amount(int(message.text(4)), message.text(49)))
    if message.text(70):
        parts.append(f"DE 70 {message.text(70)}")
    return " ".join([*parts, f"STAN {message.text(11)}"])


def _amount(minor: int, numeric: str) -> str:
    """In major units; of a currency that is not played, minor units and its number as they stand in the message."""
    known = next((currency.alpha for currency in CURRENCIES if currency.numeric == numeric), None)
    return f"{text_of(minor, known)} {known}" if known else f"{minor} in minor units of {numeric or 'no currency'}"


def answered(
    kind: Kind,
    sent: str,
    expected: Expectation,
    got: Message | str,
    found: tuple[Difference, ...] = (),
    latency_seconds: float | None = None,
) -> Exchange:
    """An exchange from its parts; `got` is the reply, or a word for why there is none."""
    wanted = f"{expected.mti} {expected.code}"
    if isinstance(got, str):
        return Exchange(kind, sent, wanted, expected.reason, got, (Difference("reply", wanted, got),))
    return Exchange(kind, sent, wanted, expected.reason, got.text(39), found, latency_seconds)
