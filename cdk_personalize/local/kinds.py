"""All kinds of resources of the emulated service.

Their rules are written from the service's documentation and from recorded responses, and deliberately not from the
`kinds` of the handler, so that tests detect errors in either. A rule without a source is marked `unverified`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk_personalize.local import (
    batch_kinds,
    dataset_job_kinds,
    dataset_kinds,
    group_resource_kinds,
    serving_kinds,
    solution_kinds,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdk_personalize.local.kind import ResourceKind

KINDS: Mapping[str, ResourceKind] = {
    kind.name: kind
    for kind in (
        dataset_kinds.SchemaKind(),
        dataset_kinds.DatasetGroupKind(),
        dataset_kinds.DatasetKind(),
        dataset_job_kinds.DatasetImportJobKind(),
        dataset_job_kinds.DatasetExportJobKind(),
        dataset_job_kinds.DataDeletionJobKind(),
        group_resource_kinds.EventTrackerKind(),
        group_resource_kinds.FilterKind(),
        group_resource_kinds.MetricAttributionKind(),
        solution_kinds.SolutionKind(),
        solution_kinds.SolutionVersionKind(),
        serving_kinds.CampaignKind(),
        serving_kinds.RecommenderKind(),
        batch_kinds.BatchInferenceJobKind(),
        batch_kinds.BatchSegmentJobKind(),
    )
}
