"""Bounded pieces of verification, each a few short statements with snapshots of their own: none holds up a hot row.

Facts never change, so what a bite has read stays true: an account's postings can be summed version by version in many
bites and compared with a balance that was read before the first.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from ledger.chain import ALL_TIME, Window, broken_links, window_query, windows
from ledger.findings import Finding
from ledger.statements import statement

_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BITE_ITEMS = 1000
"""Commands whose batches are rebuilt in one bite: about 30 ms."""
BITE_POSTINGS = 5000
"""Postings summed in one bite."""
BITE_ACCOUNTS = 500


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is not verified yet: when its oldest batch was booked (None: nothing is), and what is wrong with the cursors."""

    oldest: datetime | None
    heads: dict[int, int]
    verified: dict[int, int]
    findings: list[Finding]


async def backlog(connection: Any) -> Backlog:
    rows = await connection.fetch(statement("unverified"))
    findings = []
    for row in rows:
        subject = f"stream {row['stream']}"
        if row["head"] < row["verified"] or not row["is_the_same"]:
            findings.append(Finding("chain", f"{subject} batch {row['verified']}", "is not there any more as it was verified"))
        elif row["head"] > row["verified"] and row["oldest"] is None:
            findings.append(Finding("chain", f"{subject} batch {row['verified'] + 1}", "is missing"))
    times = [row["oldest"] for row in rows if row["oldest"] is not None]
    return Backlog(
        min(times, default=None),
        {row["stream"]: row["head"] for row in rows},
        {row["stream"]: row["verified"] for row in rows},
        findings,
    )


async def verify_new(connection: Any, waiting: Backlog) -> tuple[list[Finding], int]:
    """Verify the oldest batches that wait, and move the cursors over them. Returns findings and how many were verified."""
    assert waiting.oldest is not None
    window = await _window_from(connection, waiting.oldest)
    findings, batches = await _verify_window(connection, window)
    reached: dict[int, tuple[int, bytes]] = {}
    for stream, batch, link in batches:
        if batch == reached.get(stream, (waiting.verified.get(stream, 0), b""))[0] + 1:
            reached[stream] = (batch, link)
    await connection.execute(
        statement("mark_verified"), list(reached), [b for b, _ in reached.values()], [link for _, link in reached.values()]
    )
    return findings, sum(batch - waiting.verified.get(stream, 0) for stream, (batch, _) in reached.items())


async def _window_from(connection: Any, first: datetime) -> Window:
    rows = await connection.fetch(
        "select booked_at, items from ledger.batch where booked_at >= $1 order by booked_at limit $2", first, BITE_ITEMS
    )
    if not rows:
        return first, ALL_TIME[1]
    _, until = windows(map(tuple, rows), BITE_ITEMS)[0]
    return first, until if until != ALL_TIME[1] else rows[-1]["booked_at"] + _MICROSECOND


async def _verify_window(connection: Any, window: Window) -> tuple[list[Finding], list[tuple[int, int, bytes]]]:
    rows = await connection.fetch(window_query(), *window)
    postings = await connection.fetch(statement("window_postings"), *window)
    findings = [*broken_links(rows), *(Finding("postings", row["subject"], row["detail"]) for row in postings)]
    return findings, sorted((row["stream"], row["batch"], row["link"]) for row in rows if row["link"] is not None)


# --- the rolling pass over everything ---


async def verify_old(connection: Any) -> list[Finding]:
    """The next batches of the rolling pass, from the first again after the last."""
    position = await _position(connection, "batches")
    first = _EPOCH + position * _MICROSECOND
    window = await _window_from(connection, first)
    is_end = window[1] == ALL_TIME[1]
    findings, _ = ([], []) if is_end else await _verify_window(connection, window)
    await _move(connection, "batches", 0 if is_end else (window[1] - _EPOCH) // _MICROSECOND)
    return findings


@dataclass(slots=True)
class _Sum:
    """A balance as it was read, and its postings as far as they are summed."""

    row: Any
    upto: int = 0
    versions: int = 0
    posted: int = 0
    pending: int = 0


@dataclass(slots=True)
class AccountPass:
    """The rolling pass over the accounts. Accounts with many postings take many bites."""

    _open: list[_Sum] = field(default_factory=list)

    async def bite(self, connection: Any) -> list[Finding]:
        if not self._open:
            await self._next_accounts(connection)
        taken: list[tuple[_Sum, int]] = []
        room = BITE_POSTINGS
        for each in self._open:
            if room <= 0:
                break
            until = min(each.row["version"], each.upto + room)
            room -= until - each.upto + 1
            taken.append((each, until))
        await self._sum(connection, taken)
        done = [each for each in self._open if each.upto >= each.row["version"]]
        self._open = [each for each in self._open if each.upto < each.row["version"]]
        return list(_differences(done))

    async def _next_accounts(self, connection: Any) -> None:
        position = await _position(connection, "accounts")
        rows = await connection.fetch(
            "select a.account_id, b.posted, b.holds, coalesce(b.version, 0) as version, a.normal_side "
            "from ledger.account a left join ledger.balance b using (account_id) "
            "where a.account_id > $1 order by a.account_id limit $2", position, BITE_ACCOUNTS,
        )  # fmt: skip
        self._open = [_Sum(row) for row in rows]
        await _move(connection, "accounts", rows[-1]["account_id"] if rows else 0)

    async def _sum(self, connection: Any, taken: list[tuple[_Sum, int]]) -> None:
        ids, after, until = [e.row["account_id"] for e, _ in taken], [e.upto for e, _ in taken], [until for _, until in taken]
        sums = {row["account_id"]: row for row in await connection.fetch(statement("posting_sums"), ids, after, until)}
        for each, reached in taken:
            found = sums[each.row["account_id"]]
            each.upto = reached
            each.versions += found["versions"]
            each.posted += found["posted"]
            each.pending += found["pending"]


def _differences(done: Iterable[_Sum]) -> Iterable[Finding]:
    for each in done:
        row = each.row
        sign = 1 if row["normal_side"] == "debit" else -1
        expected = (sign * each.posted, -sign * each.pending, each.versions)
        if (row["posted"], row["holds"], row["version"]) != expected:
            detail = "posted {}, holds {}, version {}; postings say {}, {}, {}".format(
                row["posted"], row["holds"], row["version"], *expected
            )
            yield Finding("balances_are_sums_of_postings", f"account {row['account_id']}", detail)


async def _position(connection: Any, name: str) -> int:
    return await connection.fetchval("select position from ledger.rolling_pass where name = $1", name) or 0


async def _move(connection: Any, name: str, position: int) -> None:
    await connection.execute(
        "insert into ledger.rolling_pass (name, position) values ($1, $2) on conflict (name) do update set position = $2",
        name, position,
    )  # fmt: skip
