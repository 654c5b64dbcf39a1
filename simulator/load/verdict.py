"""Whether a step held, and if not why: the rule behind the exit code of `cardline load`. Pure.

A step holds when
- every planned message was sent, and every one that was sent was answered within its limit;
- the rate was held: at the end of the step 99 % of what was planned until a second before (half of a shorter step) was answered;
- the generator itself was in time: at most 1 % of the messages (of a hundred or more) left more than 25 ms after their moment;
- the host sent nothing that is no answer: no broken frames, no replies without DE 39 or to nothing, no lost connections.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from simulator.load.in_flight import NO_CODE
from simulator.load.percentiles import milliseconds, share_above
from simulator.load.tally import Tally

HELD_SHARE = 0.99
SETTLE_SECONDS = 1.0
LATE_SECONDS = 0.025
LATE_SHARE = 0.01
LEAST_JUDGED = 100
"""Of fewer messages one that is late would be more than that share, and says nothing of the generator."""
SHOWN_CODES = 8
FEW = 2
"""A few messages may be due in the last moment of a short step."""


@dataclass(frozen=True, slots=True)
class StepResult:
    """One step as it was asked for and as it went."""

    rate: float
    seconds: float
    limit_seconds: float
    tally: Tally
    was_interrupted: bool = False
    machine_was_full: bool = False
    """More was ready to run on this machine than it has cores: more processes would not help."""
    reasons: tuple[str, ...] = field(init=False)
    """Why it did not hold; none where it did."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "reasons", tuple(_reasons(self)))

    @property
    def is_held(self) -> bool:
        return not self.reasons

    @property
    def generator_was_the_limit(self) -> bool:
        judged = self.tally.latenesses.total()
        return judged >= LEAST_JUDGED and share_above(self.tally.latenesses, LATE_SECONDS) > LATE_SHARE

    @property
    def remark(self) -> str:
        """What does not decide and has to be known: answers that nobody would expect."""
        tally = self.tally
        if not tally.unexpected:
            return ""
        codes = " ".join(f"{code}:{count}" for code, count in tally.codes.most_common(SHOWN_CODES))
        remedy = "51 and 61: cards with more money"
        return f"{tally.unexpected} of {tally.answered} answers were unexpected (all by DE 39: {codes}); {remedy}"

    @property
    def answers_per_second(self) -> float:
        return self.tally.answered_by_end / self.tally.seconds if self.tally.seconds else 0.0

    @property
    def sent_per_second(self) -> float:
        """What was offered while the step lasted."""
        return self.tally.sent_by_end / self.tally.seconds if self.tally.seconds else 0.0

    def document(self) -> dict[str, Any]:
        """For `--json`; docs/load.md says what each key means."""
        tally = self.tally
        return {
            "rate_asked": self.rate,
            "seconds": self.seconds,
            "planned": tally.planned,
            "sent": tally.sent,
            "answered": tally.answered,
            "unanswered": tally.unanswered,
            "unsent": tally.planned - tally.sent,
            "late": tally.late,
            "unmatched": tally.unmatched,
            "malformed": tally.malformed,
            "unexpected": tally.unexpected,
            "lost_connections": tally.lost_connections,
            "rate_sent": round(self.sent_per_second, 1),
            "rate_answered": round(self.answers_per_second, 1),
            "codes": dict(sorted(tally.codes.items())),
            "kinds": dict(sorted(tally.kinds.items())),
            "latency_ms": milliseconds(tally.latencies),
            "lateness_ms": milliseconds(tally.latenesses),
            "generator_was_the_limit": self.generator_was_the_limit,
            "generator_cpu_seconds": round(tally.cpu_seconds, 3),
            "held": self.is_held,
            "reasons": list(self.reasons),
        }


def _reasons(step: StepResult) -> list[str]:
    tally, found = step.tally, []
    if step.was_interrupted:
        found.append("it was interrupted")
    found += _faults(tally.faults)
    if tally.malformed:
        found.append(f"the host sent {tally.malformed} frames that are no message with DE 7 and DE 11")
    if tally.unmatched:
        found.append(f"{tally.unmatched} replies answer nothing that was sent")
    if without := tally.codes[NO_CODE]:
        found.append(f"{without} of {tally.answered} answers carry no DE 39: nothing was decided")
    if step.generator_was_the_limit:
        share, judged = share_above(tally.latenesses, LATE_SECONDS), tally.latenesses.total()
        more = "the machine has more to do than cores: give it less" if step.machine_was_full else "take more --processes"
        found.append(
            f"the generator was the limit: {share:.1%} of the messages ({round(share * judged)} of {judged}) left more than "
            f"{LATE_SECONDS * 1000:.0f} ms late; {more}, or a machine with more to spare"
        )
    if step.was_interrupted:
        return found
    if tally.sent < tally.planned:
        found.append(f"{tally.planned - tally.sent} of {tally.planned} messages were not sent")
    if tally.sent > tally.answered:
        found.append(f"{tally.sent - tally.answered} of {tally.sent} messages were not answered within {step.limit_seconds:g} s")
    due = int(step.rate * (step.seconds - min(SETTLE_SECONDS, step.seconds / 2)))
    if tally.answered_by_end < HELD_SHARE * due - FEW:
        found.append(f"{step.rate:g}/s was not held: {step.answers_per_second:,.0f}/s were answered while it lasted")
    return found


def _faults(faults: Mapping[str, int]) -> Iterator[str]:
    """One line per kind, which is what stands before the colon, with the most frequent one in full."""
    kinds: dict[str, Counter[str]] = {}
    for fault, times in faults.items():
        kinds.setdefault(fault.partition(": ")[0], Counter())[fault] += times
    for _, found in sorted(kinds.items()):
        (fault, _times), times = found.most_common(1)[0], found.total()
        yield fault if times == 1 else f"{fault} ({times} times{', others alike' if len(found) > 1 else ''})"
