"""Regions with Amazon Personalize, from botocore's endpoint data."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import botocore.loaders

from cdk_personalize import _stacks, _validation
from cdk_personalize._validation import Problem

if TYPE_CHECKING:
    from constructs import Construct

_ENDPOINT_PREFIX = "personalize"


@cache
def regions() -> tuple[str, ...]:
    """Return the regions with Amazon Personalize, in alphabetical order.

    Regions of all partitions are included.
    """
    endpoints = botocore.loaders.create_loader().load_data("endpoints")
    return tuple(
        sorted(
            region
            for partition in endpoints["partitions"]
            for region in partition["services"].get(_ENDPOINT_PREFIX, {}).get("endpoints", {})
        )
    )


def unsupported_region(scope: Construct) -> list[Problem]:
    """Return a problem if Amazon Personalize is not available in the stack's region."""
    region = _stacks.environment_of_stack(scope).region
    if not _validation.is_known(region) or region in regions():
        return []
    elsewhere = f"deploy the stack to one of {', '.join(regions())}"
    remedy = f"{elsewhere}; if Amazon Personalize is new in the region, upgrade botocore"
    return [Problem("region of the stack", "must be a region with Amazon Personalize", region, remedy)]
