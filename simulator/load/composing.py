"""The frame of the n-th message: what its number and its second say, put into the holes of its template. Pure."""

from collections.abc import Callable
from datetime import UTC, datetime

from simulator.load.deck import Deck, Slot
from simulator.load.mix import Kind

STANS = 999_999
PER_SECOND = 20_000
"""Message numbers begin at this many per second of the day: two runs of one day share no trace id unless one is faster."""
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
KEPT_SECONDS = 4_096


def first_number(now: datetime) -> int:
    """Where a run's numbers begin."""
    return (now.hour * 3600 + now.minute * 60 + now.second) * PER_SECOND


class Composer:
    """`origin` is the number of the run's first message; `second_of` gives the UTC second at which a number is planned."""

    def __init__(self, deck: Deck, origin: int, second_of: Callable[[int], int]) -> None:
        self._slots, self._faces, self._strangers = deck.slots, deck.faces, deck.strangers
        self._origin, self._second_of = origin, second_of
        charset = deck.character_set
        self._digits = bytes.maketrans(b"0123456789", "0123456789".encode(charset))
        self._triples = [f"{a}{b}{c}".encode(charset) for a in _LETTERS for b in _LETTERS for c in _LETTERS]
        self._network, self._blanks = "MCC".encode(charset), "  ".encode(charset)
        self._moments: dict[int, tuple[bytes, bytes, bytes]] = {}
        self._charset = charset

    def compose(self, number: int) -> tuple[bytes, bytes, Slot]:
        """Frame, key of its reply, and what it is."""
        place = number - self._origin
        slot = self._slots[place % len(self._slots)]
        faces = self._strangers if slot.kind is Kind.UNKNOWN_CARD else self._faces
        face = faces[(place - slot.first) % len(faces)]
        stamped = number - slot.original if slot.kind is Kind.REPEAT else number
        stamp, time, date = self._moment(self._second_of(stamped))
        stan, rrn = self._digits_of(stamped)
        values = face.values | {
            b"amount": slot.amount, b"stamp": stamp, b"time": time, b"date": date, b"stan": stan, b"rrn": rrn,
            b"reference": self._reference(stamped),
        }  # fmt: skip
        if slot.original:
            self._name_original(values, number - slot.original, slot.kind)
        return face.formats[slot.template] % values, slot.reply_mti + stamp + stan, slot

    def _name_original(self, values: dict[bytes, bytes], original: int, kind: Kind) -> None:
        stamp, _, date = self._moment(self._second_of(original))
        values[b"original_stan"], rrn = self._digits_of(original)
        values[b"original_stamp"] = stamp
        values[b"original_trace"] = self._reference(original) + date + self._blanks
        if kind is Kind.REVERSAL:  # a reversal keeps its original's RRN
            values[b"rrn"] = rrn

    def _digits_of(self, number: int) -> tuple[bytes, bytes]:
        """DE 11 and DE 37."""
        digits = (b"%06d%012d" % (number % STANS + 1, number)).translate(self._digits)
        return digits[:6], digits[6:]

    def _reference(self, number: int) -> bytes:
        """DE 63: unique for 2 * 10**9 numbers."""
        high, low = divmod(number, len(self._triples))
        return self._network + self._triples[high % len(self._triples)] + self._triples[low]

    def _moment(self, second: int) -> tuple[bytes, bytes, bytes]:
        """DE 7, DE 12 and DE 13, the local time being UTC."""
        try:
            return self._moments[second]
        except KeyError:
            pass
        if len(self._moments) >= KEPT_SECONDS:
            self._moments.clear()
        text = f"{datetime.fromtimestamp(second, UTC):%m%d%H%M%S}".encode(self._charset)
        self._moments[second] = text, text[4:], text[:4]
        return self._moments[second]
