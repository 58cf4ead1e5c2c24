"""The kinds of resources that the emulated service has.

Their rules are written from the service's documentation and from recorded answers of it, and on purpose not from the
handler's catalogue: the two must be able to disagree. What no source settles is marked `unverified`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk_personalize.local import batch_kinds, data_kinds, model_kinds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdk_personalize.local.kind import Kind

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        data_kinds.Schema(),
        data_kinds.DatasetGroup(),
        data_kinds.Dataset(),
        data_kinds.DatasetImportJob(),
        data_kinds.DatasetExportJob(),
        data_kinds.DataDeletionJob(),
        data_kinds.EventTracker(),
        data_kinds.Filter(),
        data_kinds.MetricAttribution(),
        model_kinds.Solution(),
        model_kinds.SolutionVersion(),
        model_kinds.Campaign(),
        model_kinds.Recommender(),
        batch_kinds.BatchInferenceJob(),
        batch_kinds.BatchSegmentJob(),
    )
}
