"""Two accepted values for every member of every create request.

The tests over all kinds use them and the service model. A member without values fails these tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import data
from cdk_personalize_handler import service_model

from support.world import ACCOUNT, REGION, SIMILAR_ITEMS, VIDEO_ITEMS_SCHEMA, video_items_csv

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from support.world import World

_ROLES = tuple(f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("reader", "writer"))
_KEYS = tuple(f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{name}" for name in ("one", "two"))
_WIDER_ITEMS = data.schema(
    "Items", ITEM_ID="string", TITLE="string", GENRES=["null", "string"], DESCRIPTION=data.TEXT, YEAR=["null", "long"]
)
_USER_PERSONALIZATION = "arn:aws:personalize:::recipe/aws-user-personalization"

Pair = tuple[Any, Any]


class Samples:
    """An emulator with data, and valid values for the members of create requests."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.solution = world.solution()
        personalize = world.personalize
        self.group = personalize.describe_solution(solutionArn=self.solution)["solution"]["datasetGroupArn"]
        self.other_group = world.group("others")
        self.other_solution = personalize.create_solution(
            name="second", datasetGroupArn=self.group, recipeArn=_USER_PERSONALIZATION, performAutoTraining=False
        )["solutionArn"]
        world.pass_time()
        self.versions = (world.version(self.solution), world.version(self.solution))
        self.datasets = (
            f"{self.group.replace('dataset-group', 'dataset')}/ITEMS",
            f"{self.group.replace('dataset-group', 'dataset')}/INTERACTIONS",
        )
        self.schemas = tuple(
            personalize.create_schema(name=f"items-{number}", schema=avro)["schemaArn"]
            for number, avro in enumerate((data.ITEMS_SCHEMA, _WIDER_ITEMS))
        )
        self.filters = tuple(
            personalize.create_filter(name=name, datasetGroupArn=self.group, filterExpression=_expression(value))[
                "filterArn"
            ]
            for name, value in (("dramas", "Drama"), ("comedies", "Comedy"))
        )
        for name in ("one", "two"):
            world.objects.write(ACCOUNT, REGION, "bucket", f"{name}/items.json", b'{"itemId": "film-1"}\n')
            world.objects.write(ACCOUNT, REGION, "bucket", f"{name}/items.csv", video_items_csv().encode())
            world.objects.write(ACCOUNT, REGION, "bucket", f"{name}/users.csv", b"USER_ID\nuser-1\n")
        world.pass_time()

    def values(self, kind: str, member: str) -> Pair:
        """Return two values for a member of the create request of a kind."""
        own = self._own(kind)
        return own[member] if member in own else self._common()[member]

    def request(self, kind: str, *, complete: bool = False) -> dict[str, Any]:
        """Return a create request with the required members, or with all members."""
        shape = service_model.create_shape(kind)
        desired = set(shape.required_members) | _NEEDED.get(kind, set())
        if complete:
            desired = set(shape.members) - {service_model.TAGS} - _ALONE.get(kind, set())
        generated = {service_model.name_member(kind)}
        return {member: self.values(kind, member)[0] for member in sorted(desired - generated)}

    def _own(self, kind: str) -> Mapping[str, Pair]:
        own: Mapping[str, Callable[[], Mapping[str, Pair]]] = {
            "Schema": lambda: {"domain": ("ECOMMERCE", "VIDEO_ON_DEMAND")},
            "Dataset": lambda: {"datasetGroupArn": (self.other_group, self._group("third"))},
            "DatasetImportJob": lambda: {
                "dataSource": _sources("items.csv"),
                "datasetArn": (self.datasets[0], f"{self._films('cinema').replace('dataset-group', 'dataset')}/ITEMS"),
            },
            "DatasetExportJob": lambda: {"jobOutput": _outputs()},
            "DataDeletionJob": lambda: {"dataSource": _sources("users.csv")},
            "Recommender": lambda: {
                "datasetGroupArn": (self._films("cinema"), self._films("television")),
                "recipeArn": _use_cases("top-picks", "most-popular"),
            },
            "SolutionVersion": lambda: {"solutionArn": (self.other_solution, self.solution)},
            "EventTracker": lambda: {"datasetGroupArn": (self.other_group, self.group)},
            "BatchInferenceJob": lambda: {"jobInput": _sources_of_jobs(), "jobOutput": _outputs()},
            "BatchSegmentJob": lambda: {
                "jobInput": _sources_of_jobs(),
                "jobOutput": _outputs(),
                "solutionVersionArn": self._segments(),
            },
        }
        return own[kind]() if kind in own else {}

    def _group(self, name: str) -> str:
        """Return a dataset group that is created on first use."""
        arn = self.world.arn(f"dataset-group/{name}")
        return arn if self.world.status(arn) else self.world.group(name)

    def _films(self, name: str) -> str:
        """Return a domain dataset group with data, created on first use."""
        arn = self.world.arn(f"dataset-group/{name}")
        if not self.world.status(arn):
            self.world.group(name, domain="VIDEO_ON_DEMAND")
            views = self.world.dataset(arn, "Interactions", data.INTERACTIONS_SCHEMA)
            self.world.load(views, data.interactions_csv(), name)
            self.world.dataset(arn, "Items", VIDEO_ITEMS_SCHEMA)
        return arn

    def _segments(self) -> Pair:
        """Return two versions of a user segmentation solution, created on first use."""
        solution = self.world.arn("solution/segments")
        if not self.world.status(solution):
            self.world.personalize.create_solution(
                name="segments",
                datasetGroupArn=self.group,
                recipeArn="arn:aws:personalize:::recipe/aws-item-affinity",
                performAutoTraining=False,
            )
            self.world.pass_time()
            self.world.version(solution)
            self.world.version(solution)
        first, second = self.world.personalize.list_solution_versions(solutionArn=solution)["solutionVersions"]
        return first["solutionVersionArn"], second["solutionVersionArn"]

    def _common(self) -> Mapping[str, Pair]:
        return {
            "name": ("one-name", "another-name"),
            "jobName": ("one-name", "another-name"),
            "schema": (data.ITEMS_SCHEMA, _WIDER_ITEMS),
            "domain": ("ECOMMERCE", "VIDEO_ON_DEMAND"),
            "kmsKeyArn": _KEYS,
            "roleArn": _ROLES,
            "schemaArn": self.schemas,
            "datasetGroupArn": (self.group, self.other_group),
            "datasetType": ("ITEMS", "USERS"),
            "datasetArn": self.datasets,
            "importMode": ("FULL", "INCREMENTAL"),
            "publishAttributionMetricsToS3": (False, True),
            "ingestionMode": ("ALL", "PUT"),
            "recipeArn": (SIMILAR_ITEMS, _USER_PERSONALIZATION),
            "performHPO": (False, True),
            "performAutoML": (False, True),
            "performAutoTraining": (False, True),
            "performIncrementalUpdate": (False, True),
            "eventType": ("Watch", "Click"),
            "solutionConfig": (
                {"autoTrainingConfig": {"schedulingExpression": "rate(3 days)"}, "eventValueThreshold": "0.1"},
                {"autoTrainingConfig": {"schedulingExpression": "rate(3 days)"}, "eventValueThreshold": "0.2"},
            ),
            "solutionArn": (self.solution, self.other_solution),
            "trainingMode": ("FULL", "UPDATE"),
            "solutionVersionArn": self.versions,
            "minProvisionedTPS": (1, 3),
            "campaignConfig": (
                {"enableMetadataWithRecommendations": True},
                {"enableMetadataWithRecommendations": False, "rankingInfluence": {"POPULARITY": 0.5}},
            ),
            "recommenderConfig": (
                {"minRecommendationRequestsPerSecond": 1, "enableMetadataWithRecommendations": True},
                {
                    "minRecommendationRequestsPerSecond": 2,
                    "trainingDataConfig": {"excludedDatasetColumns": {"ITEMS": ["GENRES"]}},
                },
            ),
            "filterArn": self.filters,
            "numResults": (10, 20),
            "batchInferenceJobConfig": (
                {"itemExplorationConfig": {"explorationWeight": "0.1"}},
                {"itemExplorationConfig": {"explorationWeight": "0.9"}},
            ),
            "batchInferenceJobMode": ("THEME_GENERATION", "BATCH_INFERENCE"),
            "themeGenerationConfig": tuple(
                {"fieldsForThemeGeneration": {"itemName": column}} for column in ("TITLE", "GENRES")
            ),
            "filterExpression": (_expression("Drama"), _expression("Comedy")),
            "metrics": (
                [_metric("Watch", "watched"), _metric("Click", "clicked")],
                [_metric("Watch", "watched"), _metric("Click", "followed")],
            ),
            "metricsOutputConfig": (
                {"roleArn": _ROLES[0], "s3DataDestination": {"path": "s3://bucket/metrics/"}},
                {"roleArn": _ROLES[1], "s3DataDestination": {"path": "s3://bucket/other/"}},
            ),
        }


_NEEDED: Mapping[str, set[str]] = {
    "Solution": {"recipeArn", "performAutoTraining"},
    "DatasetGroup": {"kmsKeyArn", "roleArn"},
    "DatasetImportJob": {"roleArn"},
}
"""By kind, optional members that a request also gets: the service requires them, or they turn off a long training."""

_ALONE: Mapping[str, set[str]] = {
    "Solution": {"performAutoML", "eventType"},
    "DatasetGroup": {"domain"},
    "Schema": {"domain"},
}
"""By kind, members that a complete request omits, because they exclude other members."""


def _metric(event: str, name: str) -> dict[str, str]:
    return {"eventType": event, "metricName": name, "expression": "SUM(Items.PRICE)"}


def _expression(genre: str) -> str:
    return f'INCLUDE ItemID WHERE Items.GENRES IN ("{genre}")'


def _sources(file: str) -> Pair:
    one, two = ({"dataLocation": f"s3://bucket/{name}/{file}"} for name in ("one", "two"))
    return one, two


def _sources_of_jobs() -> Pair:
    one, two = ({"s3DataSource": {"path": f"s3://bucket/{name}/items.json"}} for name in ("one", "two"))
    return one, two


def _outputs() -> Pair:
    one, two = ({"s3DataDestination": {"path": f"s3://bucket/out-{name}/"}} for name in ("one", "two"))
    return one, two


def _use_cases(*names: str) -> Pair:
    one, two = (f"arn:aws:personalize:::recipe/aws-vod-{name}" for name in names)
    return one, two
