"""docs/logs.md, written from `log_events`: `python -m cardline.guides.logs > docs/logs.md`."""

import sys

from cardline.guides.log_events import CANONICAL, EVENTS, EVERYWHERE, KEYS, MESSAGE_KEYS
from cardline.logs import MAX_WAITING_LINES

HEAD = f"""# Logs

A switch writes one JSON object per line to standard output, in UTF-8. This is written from `cardline/guides/log_events.py`
(`python -m cardline.guides.logs`), which a test holds to the code; do not edit it. New keys and events may come; none changes
its meaning. No line has card data: of a message there is nothing in it but its type, DE 11, DE 37 and DE 39.

`cardline up` writes it to `switch.log` in its data directory; beyond 100 MB what is there goes to `switch.log.1` and replaces
what was there before. In production, whoever runs `cardline serve` takes its standard output and keeps it. A reader that stops
or a full disk never stops payments: {MAX_WAITING_LINES:,} lines wait, those beyond are dropped and counted
(`cardline_log_lines_lost_total`; [runbook](runbooks/records-lost.md)).

Other commands say what is wrong on standard error, in one line of words. `CARDLINE_DEBUG=1` prints their
warnings too, in the same form without `timestamp`.

## One payment through all of it

Each message gets a `message_id` as it arrives. It is on its `message` line and on `command_poisoned`; in `report.message` (what
came and what was answered, masked), `report.authorization` (the decision) and `report.authorization_event` (each step of its
life, with the journal that the step booked: `report.journal`, `report.posting`). A clearing record names the `authorization_id`
that it was matched to (`report.clearing_record`), and the exception items about it name the record (`report.exception`).

`cardline explain RRN` gathers all of that into one story. Of the log it reads that of the `up` in its data directory, or the
files named with `--log`: of any size, also `.gz`, each rotated file for itself, in any order, and with what syslog or a
container engine writes before or around each line.

```sh
.venv/bin/cardline explain 633012000042 --log switch.log --log switch.log.1 --log switch.log.2.gz
journalctl -u cardline -o cat | .venv/bin/cardline explain 633012000042 --log /dev/stdin
```

## On every line

| key | what it is |
|---|---|
"""


def guide() -> str:
    """The whole text, in Markdown."""
    parts = [HEAD, *(_row(key, said) for key, said in EVERYWHERE.items())]
    parts += [
        f"\n## `{CANONICAL}`: the canonical line\n\nOne per message, when it ends, whatever happened to it. Level `info`.\n"
    ]
    parts += ["\n| key | what it is |\n|---|---|\n", *(_row(key, said) for key, said in MESSAGE_KEYS.items())]
    parts += ["\n## The other events\n\n| event | level | keys | what it says |\n|---|---|---|---|\n"]
    for event in EVENTS:
        keys = ", ".join(f"`{key}`" for key in event.keys)
        parts += [f"| `{event.name}` | {event.levels} | {keys} | {event.tells} |\n"]
    parts += ["\n## Their keys\n\n| key | what it is |\n|---|---|\n", *(_row(key, said) for key, said in sorted(KEYS.items()))]
    return "".join(parts)


def _row(key: str, said: str) -> str:
    return f"| `{key}` | {said} |\n"


if __name__ == "__main__":
    sys.stdout.write(guide())
