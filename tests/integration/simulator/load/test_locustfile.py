"""The locust user, as the documentation starts it, for two seconds against a stub host."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from answering import approve

from simulator.client import Target

LOCUSTFILE = Path(__file__).parents[4] / "bench" / "locustfile.py"
PATIENCE_SECONDS = 60.0


async def test_locust_plays_a_mix_headless(stub_issuer: Callable[..., Awaitable[Target]], card_file: Path) -> None:
    target = await stub_issuer(approve)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "locust", "-f", LOCUSTFILE, "--headless", "--users", "2", "--spawn-rate", "2", "--run-time", "2s",
        "--host", str(target), "--cards", card_file, "--mix", "purchases", "--pause", "0.05", "--json", "--skip-log",
        cwd=LOCUSTFILE.parents[1], stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(), PATIENCE_SECONDS)
    assert process.returncode == 0, err.decode()
    (stats,) = json.loads(out)
    assert (stats["name"], stats["method"]) == ("purchase 00", "ISO 8583")
    assert stats["num_requests"] > 2
    assert stats["num_failures"] == 0
