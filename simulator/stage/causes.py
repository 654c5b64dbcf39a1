"""Why the network speaks for itself: reversal advices and stand-in advices by their cause in words (DE 60, DE 39). Data only.

Codes by the domain's list of advice reasons; causes that have no code of their own there are told as text in positions 8
to 60 of a reversal from another system (410).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cause:
    """`reason`: DE 60, three digits, detail and text. `result`: DE 39 of the advice, where the cause sets it."""

    reason: str
    result: str | None = None


REVERSAL_CAUSES = {
    "cancellation": Cause("", "17"),
    "response not deliverable": Cause("4000000", "82"),
    "no acknowledgement": Cause("4010000", "82"),
    "issuer time-out": Cause("4020000", "82"),
    "issuer signed out": Cause("4030000", "82"),
    "response error": Cause("4090000", "06"),
    "undelivered": Cause("4130000", "06"),
    "late response": Cause("4020000", "68"),
    "negative file": Cause("4100000REJECT BY NEGATIVE FILE", "06"),
    "capture file": Cause("4100000CAPTURE FILE", "06"),
    "not participating": Cause("4100000NOT PARTICIPATING", "06"),
    "invalid PIN": Cause("4100000INVALID PIN", "06"),
    "suspected fraud": Cause("4100000SUSPECTED FRAUD", "34"),
}
ADVICE_CAUSES = {
    "issuer selected stand-in": Cause("1000000"),
    "issuer signed out": Cause("1010000"),
    "issuer time-out": Cause("1020000"),
    "issuer unavailable": Cause("1030000"),
    "X-Code": Cause("1050000"),
    "PIN processing error": Cause("1070000"),
    "response error": Cause("1090000"),
    "undelivered": Cause("1130000"),
    "offline chip": Cause("1920000"),
    "acquirer approved": Cause("1900000"),
}
