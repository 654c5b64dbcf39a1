"""What is asked of the whole system: alone, at fixed rates, and its memory over many messages."""

from collections.abc import Sequence
from typing import Any

from bench.end_to_end.running import Running
from bench.target import Target
from simulator.load.deck import Deck


def target(system: Running, deck: Deck) -> Target:
    """The EBCDIC link; CPU is counted for the switch, Postgres with its backends, and Valkey."""
    processes = system.endpoints.processes
    watched = {"switch": processes["switch"], "postgres": processes["postgres"], "valkey": processes["redis"]}
    return Target(system.address.host, system.address.port, deck, watched)


def measure_rates(product: Target, rates: Sequence[int], *, seconds: float, connections: int) -> dict[str, Any]:
    """Open loop; latency from the intended moment of sending."""
    return {str(rate): product.open(rate=rate, seconds=seconds, connections=connections) for rate in rates}


def measure_memory(product: Target, messages: int, *, connections: int, inflight: int) -> dict[str, Any]:
    """Resident memory from the first message to the last of many, at saturation."""
    return product.closed(messages=messages, connections=connections, inflight=inflight)
