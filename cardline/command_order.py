"""The order in which `cardline --help` lists its commands: running it, looking, people's work, the books, the network's side."""

from typing import Any

from typer.core import TyperGroup

ORDER = (
    *("up", "demo", "serve", "migrate", "seed", "doctor", "top"),
    *("decode", "pay", "explain", "account", "card", "holds", "policy", "keys"),
    *("ledger", "clearing", "reconcile", "exceptions"),
    *("simulate", "load", "record", "replay", "fixtures", "faults", "version"),
)


class InOrder(TyperGroup):
    """Commands as a newcomer needs them, not as modules register them. One that is not in ORDER is a bug."""

    def list_commands(self, ctx: Any) -> list[str]:
        return sorted(super().list_commands(ctx), key=ORDER.index)
