"""endpoints.json: where the parts of a running `up` are. Its keys are a promise to scripts; add to them freely.

It holds secrets of a development system (DSNs, token), so it is the user's alone (mode 0600).
"""

from dataclasses import asdict, dataclass, field
from pathlib import Path

import orjson

from cardline.embedded.process import replace_file

FILE = "endpoints.json"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """`processes` names the pid of every part that `up` runs itself: switch, postgres, redis. `config` is its settings file."""

    iso8583: str | None
    iso8583_ascii: str | None
    metrics: str
    postgres_dsn: str
    redis_url: str
    pid: int
    iso8583_clearing: str | None = None
    http: str | None = None
    api_token: str | None = None
    config: str | None = None
    processes: dict[str, int] = field(default_factory=dict)


def write(directory: Path, endpoints: Endpoints) -> None:
    """Readers see the old file or the new one."""
    replace_file(directory / FILE, orjson.dumps(asdict(endpoints), option=orjson.OPT_INDENT_2) + b"\n")


def read(directory: Path) -> Endpoints | None:
    """None when there is none, or one of another release. It may be left over: `DataDirectory.running` knows."""
    try:
        content = orjson.loads((directory / FILE).read_bytes())
        return Endpoints(**{name: content[name] for name in Endpoints.__dataclass_fields__})
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError):
        return None


def remove(directory: Path) -> None:
    (directory / FILE).unlink(missing_ok=True)
