"""What stands open while a period is closed: clearing files that are not posted to their end, exception items. It is said,
not refused: what is booked for it later goes into the next open period, with its own value date. Reads only.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

_UNPOSTED = "select file_id, posted, messages from report.clearing_progress where not is_posted order by file_id"
_OPEN = (
    "select count(*) as items, count(*) filter (where is_overdue) as overdue from report.exception "
    "where status = 'open' and business_date <= $1"
)


async def left_open(connection: Any, ends: date) -> Sequence[str]:
    """One line each, for people. A file's dates are not known before it is posted, so each counts."""
    lines = [
        f"clearing file {row['file_id']} is posted up to message {row['posted']} of {row['messages']}: "
        "what it books now is booked after this period"
        for row in await connection.fetch(_UNPOSTED)
    ]
    row = await connection.fetchrow(_OPEN, ends)
    if row["items"]:
        late = f", {row['overdue']} of them overdue" if row["overdue"] else ""
        lines.append(f"exception items that are open, up to {ends}: {row['items']}{late}; see `cardline exceptions list`")
    return lines
