"""Microseconds of CPU per decision, by what a card's controls and limits add: `python -m bench.decide.rules [--seconds S]`.

The rules are pure, so this is the whole of their price; what the counters cost in Redis is measured by
`python -m bench.decide.velocity`. Each figure is the best of several rounds, the median beside it, as in `bench.decide.crypto`.
"""

import argparse
import platform
import statistics
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time

from authorizer.controls import Control, Feature, Stance
from authorizer.decide import Approved, Policy, decide
from authorizer.facts import AccountStatus, CardFacts, CardStatus
from authorizer.hours import Hours
from authorizer.limits import Limit, Used
from authorizer.request import AuthorizationRequest
from bench.decide.crypto import ROUNDS, Check, microseconds

NOW = datetime(2027, 1, 15, 12, tzinfo=UTC)
POLICY = Policy(mcc_groups={"gambling": frozenset({"7995"})})
FACTS = CardFacts(
    card_id=7, account_id=7, asset="EUR", card_status=CardStatus.ACTIVE, account_status=AccountStatus.OPEN, expiry="2912",
    psn="00", pvv="1234", facts_version=1,
)  # fmt: skip
REQUEST = AuthorizationRequest(
    token=bytes(16), amount_minor=10_00, asset="EUR", transmitted_at=NOW, expiry="2912", mcc="5411", entry_mode="051",
    merchant_id="SHOP00000000001", country="DEU", pos_data="0000000000900276", transaction_currency="EUR",
)  # fmt: skip
VALUES = {
    Feature.MCC: "7995", Feature.MCC_GROUP: "gambling", Feature.MERCHANT: "CASINO", Feature.COUNTRY: "ITA",
    Feature.CURRENCY: "USD", Feature.ENTRY_MODE: "81", Feature.PRESENCE: "absent", Feature.CHANNEL: "atm",
}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.decide.rules", description=__doc__)
    parser.add_argument("--seconds", type=float, default=0.2, help="per decision and round")
    seconds = parser.parse_args().seconds
    command = " ".join(["python -m bench.decide.rules", *sys.argv[1:]])
    print(f"{platform.machine()}, Python {platform.python_version()}, `{command}`\n")
    print("| decision on a card with | best us | median us |\n| --- | --- | --- |")
    for name, check in _checks():
        assert isinstance(check(), Approved)
        rounds = [microseconds(check, seconds) for _ in range(ROUNDS)]
        print(f"| {name} | {min(rounds):.2f} | {statistics.median(rounds):.2f} |", flush=True)
    return 0


def _checks() -> Iterator[tuple[str, Check]]:
    yield "neither controls nor limits", lambda: decide(REQUEST, FACTS, POLICY, NOW)
    controls = [Control(feature.value, Stance.DENY, feature, frozenset({value})) for feature, value in VALUES.items()]
    night = Hours(time(23), time(5), "Europe/Rome")
    controls.append(Control("night", Stance.DENY, Feature.TIME, hours=night))
    for control in controls:
        facts = replace(FACTS, controls=(control,))
        yield f"one control by {control.feature.value}", lambda facts=facts: decide(REQUEST, facts, POLICY, NOW)  # type: ignore[misc]
    all_of_them = replace(FACTS, controls=tuple(controls))
    yield f"{len(controls)} controls, one of each", lambda: decide(REQUEST, all_of_them, POLICY, NOW)
    for count in (1, 5):
        limits = tuple(Limit(f"l{number}", "day", 100_00, 9, currency="EUR") for number in range(count))
        limited, usage = replace(FACTS, lineage=7, limits=limits), [Used(10_00, 1)] * count
        yield f"{count} limits", lambda limited=limited, usage=usage: decide(REQUEST, limited, POLICY, NOW, usage)  # type: ignore[misc]


if __name__ == "__main__":
    sys.exit(main())
