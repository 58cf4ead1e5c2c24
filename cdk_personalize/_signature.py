"""Signatures of construct classes for `help()` and editors."""

from __future__ import annotations

import inspect
from typing import Any, ClassVar


class HasSignature:
    """A construct class with the parameters of its constructor as its signature.

    The metaclass of jsii would otherwise give it the signature `(*args: Any, **kwargs)`.
    """

    __signature__: ClassVar[inspect.Signature]

    def __init_subclass__(cls, **options: Any) -> None:
        """Derive the signature of a subclass."""
        super().__init_subclass__(**options)
        parameters = list(inspect.signature(cls.__init__).parameters.values())[1:]
        cls.__signature__ = inspect.Signature(parameters)
