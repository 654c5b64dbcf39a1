"""The locust user, as the documentation starts it, against a stub host until that has seen enough."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from answering import approve

from simulator.client import Target
from switch.iso8583 import Malformed, Message

LOCUSTFILE = Path(__file__).parents[4] / "bench" / "locustfile.py"
PATIENCE_SECONDS = 60.0
ENOUGH = 20


async def test_locust_plays_a_mix_headless(stub_issuer: Callable[..., Awaitable[Target]], card_file: Path) -> None:
    seen, is_enough = set[str](), asyncio.Event()

    def answer(message: Message | Malformed) -> Message | None:
        assert isinstance(message, Message)
        seen.add(message.text(11))
        if len(seen) > ENOUGH:
            is_enough.set()
        return approve(message)

    target = await stub_issuer(answer)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "locust", "-f", LOCUSTFILE, "--headless", "--users", "2", "--spawn-rate", "2", "--run-time", "60s",
        "--host", str(target), "--cards", card_file, "--mix", "purchases", "--pause", "0.01", "--json", "--skip-log",
        cwd=LOCUSTFILE.parents[1], stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    await asyncio.wait_for(is_enough.wait(), PATIENCE_SECONDS)
    process.terminate()
    out, err = await asyncio.wait_for(process.communicate(), PATIENCE_SECONDS)
    assert process.returncode == 0, err.decode()
    (stats,) = json.loads(out)
    assert (stats["name"], stats["method"]) == ("purchase 00", "ISO 8583")
    assert stats["num_requests"] >= ENOUGH // 2
    assert stats["num_failures"] == 0
