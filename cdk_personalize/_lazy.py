"""Properties whose value is created on first access and kept."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Type checkers do not accept a cached property, which can be set, for the property of an interface.
    from builtins import property as lazy_property
else:
    from functools import cached_property as lazy_property

__all__ = ["lazy_property"]
