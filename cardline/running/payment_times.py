"""How quickly payments are answered at the moment, read from a switch's own metrics. I/O only; never raises."""

import urllib.error
import urllib.request

from clearing.pacing import SLOW_SECONDS, Answers

_TIMEOUT_SECONDS = 1.0
_LARGEST_PAGE = 8 * 1024 * 1024
_HISTOGRAM = "cardline_authorization_seconds_bucket{"


def answers(metrics_address: str) -> Answers | None:
    """None where no switch tells (none runs there, or it is too busy to say so in time)."""
    try:
        with urllib.request.urlopen(f"http://{metrics_address}/metrics", timeout=_TIMEOUT_SECONDS) as page:
            text = page.read(_LARGEST_PAGE).decode("utf-8", "replace")
    except (OSError, urllib.error.URLError, ValueError):
        return None
    return counted(text)


def counted(metrics: str) -> Answers | None:
    """From the page's text: buckets are cumulative; what took no longer than the widest bound within SLOW_SECONDS is quick."""
    total, quick, widest = 0, 0, 0.0
    for line in metrics.splitlines():
        if not line.startswith(_HISTOGRAM):
            continue
        bound, _, count = line.partition('le="')[2].partition('"} ')
        value = int(float(count))
        if bound == "+Inf":
            total = value
        elif widest <= float(bound) <= SLOW_SECONDS:
            widest, quick = float(bound), value
    return Answers(total, quick) if widest else None
