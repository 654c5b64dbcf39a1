"""Lines of the log about a payment, in sentences with their times. Pure."""

from collections.abc import Iterator, Sequence
from typing import Any

from cardline.explaining.log_files import written_at
from cardline.explaining.wording import moment
from cardline.guides.log_events import CANONICAL, EVERYWHERE
from ledger.payments import Told


def told(lines: Sequence[dict[str, Any]]) -> Iterator[Told]:
    """Each with when it was written."""
    for line in lines:
        at = written_at(line)
        yield at, f"{moment(at)} in the log: {_line(line)}."


def _line(line: dict[str, Any]) -> str:
    if line["event"] != CANONICAL:
        said = ", ".join(f"{key} {value}" for key, value in line.items() if key not in EVERYWHERE and value is not None)
        return f"{line['level']} {line['event']} ({said})"
    code = line.get("response_code")
    answered = f"was answered {code}" if code else "got no answer"
    repeat = ", as before" if line.get("repeat") else ""
    mti = line.get("mti") or "message without a type"
    return (
        f"message {line.get('message_id')} on link {line.get('link')}, a {mti}, {answered}{repeat}: "
        f"{line.get('decision')} ({line.get('reason')}), {line.get('milliseconds')} ms"
    )
