"""`cardline top`: asks a switch for its metrics again and again, and shows what happened in between."""

import http.client
import time

from rich.console import Console
from rich.live import Live

from cardline.errors import ConfigurationError
from cardline.settings import Address
from cardline.watching.top_view import Between, Page, table

TIMEOUT_SECONDS = 5.0
PAGE_BYTES = 10_000_000
"""More than any switch exposes; whoever sends more is none."""


def watch(address: Address, out: Console, *, interval: float, is_once: bool) -> int:
    """Raises ConfigurationError where nobody answers there."""
    before, asked_at = _page(address), time.monotonic()
    with Live(console=out, auto_refresh=False, screen=out.is_terminal and not is_once) as live:
        while True:
            try:
                time.sleep(interval)
            except KeyboardInterrupt:
                return 0
            after, now = _page(address), time.monotonic()
            title = f"cardline at {address}, the last {now - asked_at:.1f} s"
            live.update(table(Between(before, after, now - asked_at), title), refresh=True)
            before, asked_at = after, now
            if is_once:
                return 0


def _page(address: Address) -> Page:
    connection = http.client.HTTPConnection(address.host, address.port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/metrics")
        answer = connection.getresponse()
        if answer.status != http.client.OK:
            raise ConfigurationError(f"metrics_listen: {address} answers {answer.status}; it is no switch")
        return Page.read(answer.read(PAGE_BYTES).decode())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise ConfigurationError(f"metrics_listen: no switch answers at {address} ({type(error).__name__})") from None
    finally:
        connection.close()
