"""Progress of commands, on the standard error stream of a terminal."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.progress import ProgressColumn

Entry = TypeVar("Entry")


def counted(entries: Sequence[Entry], description: str) -> Iterator[Entry]:
    """Yield the entries and show their number in a progress bar."""
    with _progress(BarColumn(), MofNCompleteColumn()) as progress:
        yield from progress.track(entries, description=description)


@contextlib.contextmanager
def timed(description: str) -> Iterator[None]:
    """Show the time since the start of the work."""
    with _progress() as progress:
        progress.add_task(description, total=None)
        yield


def _progress(*columns: ProgressColumn) -> Progress:
    """Return a progress display that is erased at its end.

    It shows nothing if the standard error stream is not a terminal.
    """
    console = Console(stderr=True)
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        *columns,
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
