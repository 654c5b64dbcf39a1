"""How a child tells its parent that it can do its work: one line on a pipe, so that nobody polls or sleeps."""

import contextlib
import os
import select
import time
from collections.abc import MutableMapping, Sequence

FD_VARIABLE = "CARDLINE_READY_FD"
_WORD = b"ready\n"


def announce(environment: MutableMapping[str, str] = os.environ) -> None:
    """Says so to whoever started us; nothing happens when nobody listens. At most once."""
    descriptor = environment.pop(FD_VARIABLE, "")
    if descriptor.isdigit():
        with contextlib.suppress(OSError):  # the parent is gone; it does not matter any more
            os.write(int(descriptor), _WORD)
            os.close(int(descriptor))


class ReadyPipe:
    """The parent's side. Pass `environment` and `descriptor` to the child, then `wait`."""

    def __init__(self) -> None:
        self._read, self.descriptor = os.pipe()

    @property
    def environment(self) -> dict[str, str]:
        return {FD_VARIABLE: str(self.descriptor)}

    def wait(self, timeout_seconds: float, *, unless: Sequence[int] = ()) -> bool:
        """True when the child said it is ready; False when it closed the pipe (it died), the time is up, or one of the
        descriptors in `unless` became readable.
        """
        self._close_write()
        said = b""
        deadline = time.monotonic() + timeout_seconds
        while not said.endswith(_WORD):
            happened = select.select([self._read, *unless], [], [], max(0.0, deadline - time.monotonic()))[0]
            if self._read not in happened:
                return False
            if not (more := os.read(self._read, len(_WORD))):
                return False
            said += more
        return True

    def close(self) -> None:
        self._close_write()
        os.close(self._read)

    def _close_write(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1
