"""The numbers a network gives out: STAN, RRN, Banknet reference, approval codes, and the settlement day with its cut-off.

Counters start where the seed says; the same seed and the same times give the same references. Pure.
"""

import random
from datetime import UTC, date, datetime, time, timedelta

from simulator.messages import Header
from simulator.network.parties import Acquirer

LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CUT_OFF = time(23, 0)
"""The shipped end of a settlement day, UTC."""
STANS, BANKNET = 999_999, 36**6


class References:
    """One network's counters. `cut_off` is UTC: what comes at or after it settles on the next day."""

    def __init__(self, rng: random.Random, cut_off: time) -> None:
        self._rng = rng
        self._cut_off = cut_off
        self._number = rng.randrange(STANS)
        self._banknet = rng.randrange(BANKNET)

    def header(self, acquirer: Acquirer, transmitted: datetime) -> Header:
        """All that is stamped on a new request."""
        stan = self.stan()
        rrn = f"{transmitted:%j}".rjust(4, f"{transmitted:%Y}"[-1]) + f"{transmitted:%H}{stan}"
        day = self.settlement_day(transmitted)
        return Header(transmitted, stan, acquirer.number, acquirer.forwarder, rrn, self.banknet(), day)

    def stan(self) -> str:
        self._number = self._number % STANS + 1
        return f"{self._number:06d}"

    def banknet(self) -> str:
        """DE 63: network code and reference, nine characters."""
        self._banknet = (self._banknet + 1) % BANKNET
        number, digits = self._banknet, ""
        for _ in range(6):
            number, digit = divmod(number, 36)
            digits = LETTERS[digit] + digits
        return "MCC" + digits

    def approval_code(self) -> str:
        """DE 38 of an answer that the network gives itself."""
        return "".join(self._rng.choice(LETTERS) for _ in range(6))

    def settlement_day(self, at: datetime) -> date:
        """DE 15."""
        moment = at.astimezone(UTC)
        return moment.date() + timedelta(days=1) if moment.time() >= self._cut_off else moment.date()
