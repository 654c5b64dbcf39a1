"""The progress bar of `cardline clearing ingest`, on standard error and only where somebody looks at a terminal."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, TaskID


class _Bars:
    """One bar per stage."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._task: TaskID | None = None

    def stage(self, name: str, total: int) -> None:
        self._task = self._bars.add_task(name, total=total)

    def done(self, so_far: int) -> None:
        if self._task is not None:
            self._bars.update(self._task, completed=so_far)


@contextmanager
def watched() -> Iterator[_Bars]:
    console = Console(stderr=True)
    with Progress(*Progress.get_default_columns(), console=console, disable=not console.is_terminal) as bars:
        yield _Bars(bars)
