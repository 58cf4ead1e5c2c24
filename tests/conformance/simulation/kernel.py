"""Discrete-event kernel: a clock, generators as processes, and running functions."""

from __future__ import annotations

import heapq
import itertools
from typing import TYPE_CHECKING, Any

from greenlet import getcurrent, greenlet

if TYPE_CHECKING:
    from collections.abc import Callable, Generator


class FunctionKilled(BaseException):
    """The function was killed, so it returned no result."""


class SimulationEnded(BaseException):
    """The simulation ended while a function was waiting."""


class Signal:
    """An event that happens once and carries a value."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel, self.fired, self.value = kernel, False, None
        self._waiters: list[Callable[[], None]] = []

    def fire(self, value: Any = None) -> None:
        """Call the waiting actions. A second call has no effect."""
        if not self.fired:
            self.fired, self.value = True, value
            for waiter in self._waiters:
                self.kernel.after(0, waiter)
            self._waiters.clear()

    def when(self, action: Callable[[], None]) -> None:
        """Call `action` when the signal fires, or now if it has fired."""
        if self.fired:
            self.kernel.after(0, action)
        else:
            self._waiters.append(action)


class Kernel:
    """The simulated clock, and the actions that are scheduled on it."""

    def __init__(self, start: float) -> None:
        self.now = start
        self.main = getcurrent()
        self.active: set[RunningFunction] = set()
        self._queue: list[tuple[float, int, Callable[[], None]]] = []
        self._count = itertools.count()

    def after(self, delay: float, action: Callable[[], None]) -> None:
        """Schedule an action after a delay in simulated seconds."""
        heapq.heappush(self._queue, (self.now + delay, next(self._count), action))

    def spawn(self, process: Generator[Any, Any, Any]) -> Signal:
        """Run a generator that yields delays in seconds, or signals to wait for.

        :return: a signal that fires at its end, with its return value.
        """
        done = Signal(self)

        def step(value: Any = None) -> None:
            try:
                awaited = process.send(value)
            except StopIteration as stop:
                done.fire(stop.value)
                return
            if isinstance(awaited, Signal):
                awaited.when(lambda: step(awaited.value))
            else:
                self.after(awaited, step)

        self.after(0, step)
        return done

    def run(self, until: Callable[[], bool]) -> None:
        """Run the scheduled actions in order, until none is left or `until` is true."""
        while self._queue and not until():
            when, _, action = heapq.heappop(self._queue)
            self.now = max(self.now, when)
            action()

    def close(self) -> None:
        """End the functions that are waiting."""
        for function in list(self.active):
            function.abort()


class RunningFunction:
    """A function that runs in simulated time."""

    def __init__(self, kernel: Kernel, job: Callable[[RunningFunction], Any]) -> None:
        self._kernel, self._job = kernel, job
        self._greenlet = greenlet(self._run, kernel.main)
        self._done = Signal(kernel)

    @classmethod
    def call(cls, kernel: Kernel, job: Callable[[RunningFunction], Any]) -> Signal:
        """Run a job.

        :return: a signal with ("ok" | "killed" | "error" | "aborted", value).
        """
        function = cls(kernel, job)
        kernel.active.add(function)
        kernel.after(0, function._greenlet.switch)
        return function._done

    def sleep(self, seconds: float) -> None:
        """Let the function sleep for simulated seconds."""
        self._kernel.after(seconds, self._greenlet.switch)
        self._kernel.main.switch()

    def abort(self) -> None:
        """End the function where it waits."""
        if self._greenlet:
            self._greenlet.throw(SimulationEnded)
        else:
            self._end("aborted", None)

    def _run(self) -> None:
        try:
            self._end("ok", self._job(self))
        except SimulationEnded:
            self._end("aborted", None)
        except FunctionKilled as killed:
            self._end("killed", str(killed))
        except Exception as error:  # handed to the caller that waits for the result
            self._end("error", error)

    def _end(self, kind: str, value: Any) -> None:
        self._kernel.active.discard(self)
        self._done.fire((kind, value))
