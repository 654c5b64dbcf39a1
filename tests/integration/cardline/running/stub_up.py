"""`cardline up` with a stub for the switch and no migrations: DATA_DIR [LINK=PORT...]."""

import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from cardline import cli, settings
from cardline.running.up import UpPlan, up

STUB = Path(__file__).with_name("stub_switch.py")


async def no_migrations(_dsn: str) -> Sequence[str]:
    return ()


def run() -> int:
    ports = {"mastercard": 0, "mastercard-ascii": 0, "clearing": 0, "metrics": 0}
    ports |= {name: int(port) for name, _, port in (word.partition("=") for word in sys.argv[2:])}
    plan = UpPlan(
        Path(sys.argv[1]),
        settings.load(allow_test_keys=True),
        ports=ports,
        command=(sys.executable, str(STUB)),
        migrate=no_migrations,
    )
    return up(plan, Console(width=200))


try:
    sys.exit(run())
except Exception as error:  # noqa: BLE001  as cli.main does
    sys.exit(cli._complain(error))
