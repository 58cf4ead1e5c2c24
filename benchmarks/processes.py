"""Measuring programs, each in a process of its own."""

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
    """A Python program, with its own environment variables."""

    source: str
    environment: Mapping[str, str]
    options: Sequence[str] = ()


@dataclass(frozen=True)
class Measured:
    """The medians of several runs, and the last output."""

    cpu_seconds: float
    wall_seconds: float
    output: str


def measure(programs: Mapping[str, Program], runs: int) -> dict[str, Measured]:
    """Run each program several times, in turns, so that noise affects all of them."""
    cpu: dict[str, list[float]] = {name: [] for name in programs}
    wall: dict[str, list[float]] = {name: [] for name in programs}
    outputs: dict[str, str] = {}
    for name, program in programs.items():
        outputs[name] = _run(program)  # compiles the bytecode
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
