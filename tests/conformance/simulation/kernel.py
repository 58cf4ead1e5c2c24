"""Discrete-event kernel: a clock, generators as processes, and threads.

Only one thread runs at a time, in the order of the simulated time.
"""

from __future__ import annotations

import heapq
import itertools
import threading
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator


class FunctionKilled(BaseException):
    """The function was killed, so it returned no result."""


class SimulationEnded(BaseException):
    """The simulation ended while a thread was waiting."""


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
        self.main = threading.Semaphore(0)
        self.active: set[RunThread] = set()
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
        """End the waiting threads."""
        for thread in list(self.active):
            thread.aborted = True
            thread.resume()


class RunThread(threading.Thread):
    """A reusable thread that runs functions in simulated time."""

    idle: ClassVar[list[RunThread]] = []
    kernel: Kernel
    done: Signal
    job: Callable[[RunThread], Any]

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.aborted = False
        self._go = threading.Semaphore(0)
        self.start()

    @classmethod
    def call(cls, kernel: Kernel, job: Callable[[RunThread], Any]) -> Signal:
        """Run a job in a thread.

        :return: a signal with ("ok" | "killed" | "error" | "aborted", value).
        """
        thread = cls.idle.pop() if cls.idle else cls()
        thread.kernel, thread.done, thread.aborted, thread.job = kernel, Signal(kernel), False, job
        kernel.active.add(thread)
        kernel.after(0, thread.resume)
        return thread.done

    def run(self) -> None:
        while True:
            self._go.acquire()
            kernel = self.kernel
            try:
                result = ("aborted", None) if self.aborted else ("ok", self.job(self))
            except SimulationEnded:
                result = ("aborted", None)
            except FunctionKilled as killed:
                result = ("killed", str(killed))
            except Exception as error:  # handed to the thread that waits for the result
                result = ("error", error)
            kernel.active.discard(self)
            self.done.fire(result)
            RunThread.idle.append(self)
            kernel.main.release()

    def resume(self) -> None:
        """Continue the thread until it sleeps or ends."""
        self._go.release()
        self.kernel.main.acquire()

    def sleep(self, seconds: float) -> None:
        """Let the thread sleep for simulated seconds."""
        self.kernel.after(seconds, self.resume)
        self.kernel.main.release()
        self._go.acquire()
        if self.aborted:
            raise SimulationEnded
