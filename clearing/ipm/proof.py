"""Holds a whole clearing file to its own header and trailer, message by message. Pure.

One 1644/697 first, one 1644/695 last; DE 71 counts from 00000001 in steps of one; an addendum follows its presentment;
the trailer names the header's file (PDS 0105), counts all messages (PDS 0306) and sums all DE 4 (PDS 0301). A file that
does not keep to this must not be booked, not even the part that looks well.
"""

from dataclasses import dataclass

from clearing.ipm.messages import IpmMessage

HEADER, TRAILER, ADDENDUM = "697", "695", "696"


@dataclass(frozen=True, slots=True)
class ProofFlaw:
    """What does not hold at one message: the element or PDS that says so, and why. No content but counts and sums."""

    element: int | None
    tag: str | None
    reason: str


class FileProof:
    """Takes the messages in order; what it returns ends the proof. `finish` says whether the file was whole."""

    def __init__(self) -> None:
        self.file_id = ""
        self.messages = 0
        self.amount = 0
        """The sum of all DE 4 so far, whatever their currencies."""
        self.is_test = False
        self._is_open = False
        self._is_closed = False
        self._may_have_addendum = False

    def add(self, message: IpmMessage) -> ProofFlaw | None:
        """Nothing where the message is in its place."""
        self.messages += 1
        if message.text(71) != f"{self.messages:08d}":
            return ProofFlaw(71, None, f"the message number is not {self.messages}")
        self.amount += int(message.text(4, "0"))
        match message.mti, message.function_code:
            case "1644", code if code == HEADER:
                return self._header(message)
            case _ if not self._is_open:
                return ProofFlaw(24, None, "the file does not begin with a header" if self.messages == 1 else "after the trailer")
            case "1644", code if code == TRAILER:
                return self._trailer(message)
            case "1644", code if code == ADDENDUM and not self._may_have_addendum:
                return ProofFlaw(24, None, "an addendum that follows no presentment")
        self._may_have_addendum = message.mti == "1240" or message.function_code == ADDENDUM
        return None

    def finish(self) -> ProofFlaw | None:
        """No more messages will come."""
        if self._is_closed:
            return None
        return ProofFlaw(None, None, "the file ends without a trailer" if self.messages else "the file has no messages")

    def _header(self, message: IpmMessage) -> ProofFlaw | None:
        if self._is_open or self._is_closed:
            return ProofFlaw(24, None, "a second header")
        self.file_id = message.pds.get("0105", "")
        if len(self.file_id) != 25 or not self.file_id.isdecimal():
            return ProofFlaw(None, "0105", "the header's file identifier is not 25 digits")
        mode = message.pds.get("0122", "")
        if mode not in {"P", "T"}:
            return ProofFlaw(None, "0122", "the processing mode is neither P nor T")
        self.is_test = mode == "T"
        self._is_open = True
        return None

    def _trailer(self, message: IpmMessage) -> ProofFlaw | None:
        self._is_open, self._is_closed = False, True
        if message.pds.get("0105") != self.file_id:
            return ProofFlaw(None, "0105", "the trailer's file identifier is not the header's")
        for tag, what, counted in (("0306", "messages", self.messages), ("0301", "in all DE 4", self.amount)):
            said = message.pds.get(tag, "")
            if not said.isdecimal():
                return ProofFlaw(None, tag, "absent or not digits")
            if int(said) != counted:
                return ProofFlaw(None, tag, f"the trailer says {int(said)} {what}, the file has {counted}")
        return None
