"""Recipes and domains: what can be trained."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar


class Domain(Enum):
    """The domain whose use cases a dataset group is for."""

    ECOMMERCE = "ECOMMERCE"
    """Shops."""
    VIDEO_ON_DEMAND = "VIDEO_ON_DEMAND"
    """Films and series."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """A way to train."""

    arn: str
    """The ARN."""

    USER_PERSONALIZATION_V2: ClassVar[Recipe]
    SIMILAR_ITEMS: ClassVar[Recipe]
    NEXT_BEST_ACTION: ClassVar[Recipe]


Recipe.USER_PERSONALIZATION_V2 = Recipe("arn:aws:personalize:::recipe/aws-user-personalization-v2")
Recipe.SIMILAR_ITEMS = Recipe("arn:aws:personalize:::recipe/aws-similar-items")
Recipe.NEXT_BEST_ACTION = Recipe("arn:aws:personalize:::recipe/aws-next-best-action")
