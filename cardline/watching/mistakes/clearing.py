"""Mistakes with what the network brings: files that nobody posts, items that nobody works off, dates that nobody reconciles."""

from cardline.watching.facts import BookFacts
from cardline.watching.mistakes.mistake import Check, Mistake, Verdict, books

_POSTED_WITHIN_SECONDS = 900.0
"""A file waits behind another that is being posted, which may take minutes."""


def _unposted(found: BookFacts) -> str:
    facts = found.clearing
    if facts is None or facts.unposted_seconds < _POSTED_WITHIN_SECONDS:
        return ""
    return f"{facts.unposted_files} files, {facts.unposted_file} for {facts.unposted_seconds / 60:.0f} minutes"


def _overdue(found: BookFacts) -> str:
    facts = found.clearing
    return f"{facts.overdue_items}, the oldest was due on {facts.overdue_since}" if facts and facts.overdue_items else ""


def _unreconciled(found: BookFacts) -> str:
    return f"{found.clearing.unreconciled} is not" if found.clearing and found.clearing.unreconciled else ""


CLEARING = (
    Check(
        "clearing",
        books(lambda b: "files posted, nothing overdue, reconciled" if b.clearing is not None else ""),
        (
            Mistake(
                "clearing", "a kept file that nobody posts", Verdict.FAILED, books(_unposted),
                "what it says is in the books only so far, and no date can be reconciled; whoever was posting it is gone",
                "`cardline clearing ingest FILE` again, which goes on where it ended; where it came over a link, start a switch",
            ),
            Mistake(
                "clearing", "exceptions whose deadline has passed", Verdict.WARNING, books(_overdue),
                "the right to a chargeback or an answer ends with its deadline, and the loss is ours",
                "`cardline exceptions list --overdue`; `cardline exceptions show NUMBER` says what is due",
            ),
            Mistake(
                "clearing", "the last business date is not reconciled", Verdict.WARNING, books(_unreconciled),
                "nobody has looked whether what the network and the bank say of it agrees with the books",
                "`cardline reconcile run DATE`",
            ),
        ),
    ),
)  # fmt: skip
