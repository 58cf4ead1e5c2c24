"""Measure the CPU time and duration of programs, each in a separate process."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class Program:
    """A Python program to measure."""

    source: str
    """The source code."""
    environment: Mapping[str, str]
    """Environment variables that are added to those of this process."""
    options: Sequence[str] = ()
    """Options of the Python interpreter."""


@dataclass(frozen=True)
class Measured:
    """The results of several runs of a program."""

    cpu_seconds: float
    """Median of the user and system time."""
    wall_seconds: float
    """Median of the elapsed time."""
    output: str
    """Standard output of the last run."""


def measure(programs: Mapping[str, Program], runs: int) -> dict[str, Measured]:
    """Run each program several times and return the medians.

    The programs alternate, so that other load on the machine affects all of them.
    """
    cpu: dict[str, list[float]] = {name: [] for name in programs}
    wall: dict[str, list[float]] = {name: [] for name in programs}
    outputs: dict[str, str] = {}
    for name, program in programs.items():
        outputs[name] = _run(program)  # The first run compiles the bytecode and is not measured.
    for _ in range(runs):
        for name, program in programs.items():
            begin, before = time.perf_counter(), _children_cpu()
            outputs[name] = _run(program)
            cpu[name].append(_children_cpu() - before)
            wall[name].append(time.perf_counter() - begin)
    return {
        name: Measured(statistics.median(cpu[name]), statistics.median(wall[name]), outputs[name]) for name in programs
    }


def _run(program: Program) -> str:
    command = [sys.executable, *program.options, "-c", program.source]
    environment = {**os.environ, **program.environment}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def _children_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
