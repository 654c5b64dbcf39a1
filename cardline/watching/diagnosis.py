"""What `doctor` concludes from what it found: a finding per mistake that was made, else one that says what is fine. Pure.

The mistakes themselves are tables in `mistakes`; docs/doctor.md is written from them.
"""

from dataclasses import dataclass

from cardline.watching.facts import Facts
from cardline.watching.mistakes import CHECKS, Check, Verdict


@dataclass(frozen=True, slots=True)
class Finding:
    """`name`, `why` and `advice` are those of the mistake; empty where all is fine."""

    check: str
    verdict: Verdict
    found: str
    name: str = ""
    why: str = ""
    advice: str = ""


def diagnose(facts: Facts) -> list[Finding]:
    """In the order in which one would repair them."""
    return [finding for check in CHECKS for finding in _findings(check, facts)]


def _findings(check: Check, facts: Facts) -> list[Finding]:
    made = [
        Finding(check.name, mistake.verdict, found, mistake.name, mistake.why, mistake.advice)
        for mistake in check.mistakes
        if (found := mistake.look(facts))
    ]
    fine = "" if made else check.fine(facts)
    return [Finding(check.name, Verdict.FINE, fine)] if fine else made
