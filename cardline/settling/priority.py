"""Whose turn it is on a processor that a payment wants, too. Imports nothing heavy: it is called before what is."""

import os

_NICENESS = 10


def let_payments_go_first() -> None:
    """For the calling thread and those it starts."""
    os.setpriority(os.PRIO_PROCESS, 0, max(os.getpriority(os.PRIO_PROCESS, 0), _NICENESS))
