"""A real Prometheus on a free port, which scrapes one address with the project's rules."""

import contextlib
import json
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from operations.alert_days import RULES
from operations.prometheus_programs import prometheus

PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Scraper:
    url: str

    def get(self, path: str, **parameters: str) -> Any:
        """The data of an answer of its API. Raises ValueError with what it says against a query."""
        try:
            with urllib.request.urlopen(f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}", timeout=10) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise ValueError(json.load(error)["error"]) from None

    def query(self, expression: str) -> list[dict[str, Any]]:
        return list(self.get("query", query=expression)["result"])

    def until(self, expression: str) -> list[dict[str, Any]]:
        """What the query gives as soon as it gives something."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            with contextlib.suppress(urllib.error.URLError, ConnectionError, ValueError):
                if found := self.query(expression):
                    return found
            assert time.monotonic() < deadline, f"nothing in {PATIENCE_SECONDS:g} s: {expression}"
            time.sleep(0.1)


@contextlib.contextmanager
def scraping(target: str, directory: Path) -> Iterator[Scraper]:
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(RULES / "recording.rules.yml"), str(RULES / "alerts.rules.yml")],
        "scrape_configs": [{"job_name": "cardline", "static_configs": [{"targets": [target.removeprefix("http://")]}]}],
    }
    (directory / "prometheus.json").write_text(json.dumps(config), encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    words = [
        "--config.file",
        directory / "prometheus.json",
        "--storage.tsdb.path",
        directory / "data",
        "--web.listen-address",
        address,
    ]
    with (directory / "prometheus.log").open("wb") as log:
        process = subprocess.Popen([prometheus(), *words], stdout=log, stderr=log)
    try:
        scraper = Scraper(f"http://{address}")
        scraper.until('up{job="cardline"} == 1')
        yield scraper
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)
