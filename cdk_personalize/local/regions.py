"""The regions in which Amazon Personalize is available.

In other regions, AWS has no endpoint of the service: its name does not resolve, and a client raises
EndpointConnectionError. The local AWS has one endpoint for all regions: it closes the connection before a response, and
a client raises ConnectionClosedError. In both cases there is no response, and so no API error and no Date header.
"""

from __future__ import annotations

from functools import cache

import botocore.session


@cache
def personalize_regions() -> frozenset[str]:
    """Return the regions of Amazon Personalize in all partitions."""
    session = botocore.session.get_session()
    return frozenset(
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("personalize", partition_name=partition)
    )
