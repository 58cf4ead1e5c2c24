"""The regions that Amazon Personalize is in.

Elsewhere it has no endpoint that could answer.

On AWS the name of the endpoint does not resolve, and a client ends with an EndpointConnectionError. The local AWS has
one endpoint for all regions: it closes the connection before it has answered, and a client ends with a
ConnectionClosedError. There is no answer, no error of the service and no Date header in both cases.
"""

from __future__ import annotations

from functools import cache

import botocore.session


@cache
def personalize_regions() -> frozenset[str]:
    """Return the regions in all partitions."""
    session = botocore.session.get_session()
    return frozenset(
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("personalize", partition_name=partition)
    )
