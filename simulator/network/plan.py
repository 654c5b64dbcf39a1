"""What one network is set up with: timers, stand-in limits, sign-on, references, rates. Data; no behaviour.

Real network timers are not public: these are defaults to start from.
"""

import enum
from dataclasses import dataclass, field
from datetime import time

from simulator.network.conversion import RateTable
from simulator.network.references import CUT_OFF


class SignsOn(enum.Enum):
    """Who begins: the network (0800/061 on each connection), the issuer, or nobody (a connection is enough)."""

    NETWORK = "network"
    ISSUER = "issuer"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Timers:
    """All in seconds. `late`: for how long after its time-out a reply is still recognised as a late one."""

    response_seconds: float = 8.0
    cash_response_seconds: float = 20.0
    advice_seconds: float = 30.0
    management_seconds: float = 30.0
    echo_seconds: float = 60.0
    """Silence after which an echo test is sent; 0 sends none."""
    probe_seconds: float = 10.0
    """Between attempts to sign a silent or refusing issuer on again."""
    late_seconds: float = 600.0


@dataclass(frozen=True, slots=True)
class StandInLimits:
    """Amounts in minor units of the card's currency. Without `is_on` the acquirer is told 91 instead."""

    is_on: bool = True
    amount_minor: int = 50_000
    """Per transaction."""
    day_minor: int = 100_000
    """Per card and settlement day."""
    refused_mccs: frozenset[str] = frozenset({"6051", "7995"})
    approves_with_pin: bool = False
    """The network does not hold the issuer's PIN keys."""


@dataclass(frozen=True, slots=True)
class NetworkPlan:
    """One network as the issuer meets it. Everything random comes from `seed`."""

    seed: int = 0
    character_set: str = "cp037"
    timers: Timers = Timers()
    stand_in: StandInLimits = StandInLimits()
    signs_on: SignsOn = SignsOn.NETWORK
    sign_on_code: str = "061"
    sign_off_code: str = "062"
    forwarder: str = "200900"
    """DE 33 of the network's own 0800."""
    cut_off: time = CUT_OFF
    settlement_currency: str | None = None
    """With one, DE 5/9/50 are sent."""
    rates: RateTable = field(default_factory=RateTable)
    misses: int = 3
    """So many unanswered messages in a row, and the issuer is signed off as silent."""
    advice_attempts: int = 10
    """So often is an advice sent before it is given up."""
    waits_for_saf_request: bool = False
    """Stored advices leave on the issuer's 0800/060 only, not by themselves after sign-on."""
    acknowledges: bool = False
    """Each reply in time is confirmed with a 0180."""
