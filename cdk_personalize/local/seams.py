"""Replacing functions of ministack by name.

Ministack has no public interface to extend it. Each change of its behavior replaces one of its functions, and a
function that is missing ends the start: a silent change of ministack must not turn a check off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType


class SeamError(RuntimeError):
    """A function of ministack that has to be replaced does not exist."""


def replace(name: str, make: Callable[[Any], Any], *modules: ModuleType) -> None:
    """Replace a function in its module and in modules that import it by name.

    :param name: the name of the function.
    :param make: gets the function of the first module and returns its replacement.
    :param modules: the defining module first.
    :raises SeamError: if one of the modules has no such name.
    """
    for module in modules:
        if not hasattr(module, name):
            raise SeamError(f"{module.__name__} has no {name}: this version of ministack is not supported")
    replacement = make(getattr(modules[0], name))
    for module in modules:
        setattr(module, name, replacement)
