"""Names for messages: unique across processes without asking anybody, and in order of time within one."""

import time

_EPOCH_MS = 1_767_225_600_000  # 2026-01-01: forty-one bits of milliseconds reach to 2095
_SEQUENCE_BITS, _PROCESS_BITS = 12, 10


class MessageIds:
    """63-bit ids: milliseconds, the process's number (0..1023, its stream), a sequence. More than 4,096 in a
    millisecond borrow from the next one."""

    def __init__(self, process_number: int) -> None:
        assert 0 <= process_number < 1 << _PROCESS_BITS
        self._process = process_number << _SEQUENCE_BITS
        self._last = 0

    def next(self) -> int:
        now = (int(time.time() * 1000) - _EPOCH_MS) << (_SEQUENCE_BITS + _PROCESS_BITS)
        previous = self._last
        if now > previous:
            self._last = now
        else:
            step = (
                1
                if (previous + 1) & ((1 << _SEQUENCE_BITS) - 1)
                else (1 << (_SEQUENCE_BITS + _PROCESS_BITS)) - (1 << _SEQUENCE_BITS) + 1
            )
            self._last = previous + step
        return self._last | self._process
