"""The pytest plugin of the package: the fixture `personalize`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cdk_personalize.local.local_personalize import LocalPersonalize


@pytest.fixture
def personalize() -> LocalPersonalize:
    """Return an empty, emulated Amazon Personalize in the process of the test."""
    # Imported here, so that test runs without this fixture do not load botocore.
    from cdk_personalize.local.local_personalize import LocalPersonalize

    return LocalPersonalize()
