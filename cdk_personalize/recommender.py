"""Recommenders: use cases of a domain that answer requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from aws_cdk import ArnFormat, Resource, Stack
from aws_cdk import aws_iam as iam
from cdk_personalize_handler import kinds

from cdk_personalize import _validation
from cdk_personalize._events import CloudTrailEvents, ICloudTrailEvents
from cdk_personalize._grants import grant
from cdk_personalize._known_data import unknown_columns, warn_of_metadata, warn_of_required_data
from cdk_personalize._metrics import (
    GET_RECOMMENDATIONS,
    IRecommendationMetrics,
    Operation,
    RecommendationMetrics,
)
from cdk_personalize._references import implements_reference, reference
from cdk_personalize._resource import TaggableResource, arn_of
from cdk_personalize._retention import warn_of_retention
from cdk_personalize._spelling import warn_of_spelling
from cdk_personalize._synthesis import check_at_synthesis
from cdk_personalize._validation import Problem
from cdk_personalize.campaign import ItemExploration, exploration_as_api
from cdk_personalize.dataset_group import (
    comes_after_data,
    domain_of,
    is_custom,
    part_of_dataset_group,
    problems_of_dataset_group,
)
from cdk_personalize.dataset_type import columns_as_api, problems_of_columns
from cdk_personalize.quality_gate import gates_as_property, problems_of_gates, warn_of_metrics
from cdk_personalize.recipe import UseCase, known_use_cases, recipe_arn, recipe_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_cdk import Duration
    from aws_cdk.interfaces.aws_personalize import IDatasetGroupRef
    from constructs import Construct

    from cdk_personalize.dataset_group import IDatasetGroup
    from cdk_personalize.dataset_type import DatasetType
    from cdk_personalize.quality_gate import Metric, QualityGate

_ARN_PATH = "recommender/<name>"


@runtime_checkable
class IRecommender(ICloudTrailEvents, IRecommendationMetrics, Protocol):
    """A recommender, owned by this app or not."""

    @property
    def recommender_arn(self) -> str:
        """The ARN."""

    @property
    def recommender_name(self) -> str:
        """The name."""

    def grant_get_recommendations(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let an identity ask for recommendations."""


class _RecommenderBase(CloudTrailEvents, RecommendationMetrics, Resource):
    """What owned and imported recommenders have in common: it follows from the ARN."""

    _kind = kinds.KINDS["Recommender"]

    recommender_arn: str
    recommender_name: str

    @property
    def recommender_ref(self) -> Any:
        """The reference by which CDK's generated constructs take a recommender, where CDK has one."""
        return reference("Recommender", recommender_arn=self.recommender_arn)

    def grant_get_recommendations(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let an identity ask this recommender for recommendations.

        :param grantee: who may.
        """
        return grant(self, grantee, "GetRecommendations", self.recommender_arn)

    def _dimensions(self) -> dict[str, str]:
        # unverified: the guide names the dimension of campaigns alone; samples of AWS read recommenders by this one
        return {"RecommenderArn": self.recommender_arn}

    def _operations(self) -> tuple[Operation, ...]:
        return (GET_RECOMMENDATIONS,)


@implements_reference("Recommender")
class Recommender(TaggableResource, _RecommenderBase):
    """A use case of a domain that answers requests for recommendations.

    A deployment waits until it is trained, or the update of it is done; while an update runs it answers with what it
    had. Other columns to train on mean a full training. It is billed while it is ACTIVE, and trains anew every week.

    https://docs.aws.amazon.com/personalize/latest/dg/creating-recommenders.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        dataset_group: IDatasetGroup | IDatasetGroupRef,
        use_case: UseCase,
        recommender_name: str | None = None,
        min_recommendation_requests_per_second: int | None = None,
        enable_metadata_with_recommendations: bool | None = None,
        item_exploration: ItemExploration | None = None,
        excluded_columns: Mapping[DatasetType, Sequence[str]] | None = None,
        included_columns: Mapping[DatasetType, Sequence[str]] | None = None,
        active: bool | None = None,
        quality_gate: QualityGate | Sequence[QualityGate] | None = None,
        adopt: bool | None = None,
        timeout: Duration | None = None,
    ) -> None:
        """Train and serve a use case.

        :param scope: the scope of the construct.
        :param id: its id there.
        :param dataset_group: The dataset group with the data: a construct, an import, or a `CfnDatasetGroup`, of the
            domain of `use_case`. A change replaces the recommender.
        :param use_case: What it is for. A change replaces the recommender.
        :param recommender_name: The name, 1 to 63 letters, digits, hyphens and underscores, the first a letter or a
            digit. Default: a unique name is generated. A change replaces the recommender.
        :param min_recommendation_requests_per_second: Requests per second to keep ready, at least 1; billed whether
            used or not. Default: 1. Changed in place.
        :param enable_metadata_with_recommendations: Whether requests may ask for columns of the items. Needs an Items
            dataset with metadata; costs extra. Default: false. Changed in place.
        :param item_exploration: How much to explore new items, for the use cases that can.
            Default: Amazon Personalize's. Changed in place.
        :param excluded_columns: Columns not to train on, at most 50 of each of at most 3 types of data.
            Default: none. Changed in place, by a full training.
        :param included_columns: Columns to train on, at most 50 of each of at most 3 types of data.
            Default: all. Changed in place, by a full training.
        :param active: Whether it runs. A stopped one costs nothing, answers nothing and does not train.
            Default: true. Changed in place, without a training.
        :param quality_gate: What the offline metrics have to reach, in one gate or a list of them. A recommender that
            falls short, when it is made or changed, fails the deployment with the numbers; the rollback brings its old
            configuration back. Default: none. Changed in place, without a training.
        :param adopt: Whether the construct, when it is new in the stack, takes over a recommender of that name that
            was made by hand: it is updated in place to what is declared, what is not declared stays, and what only a
            new one can have is refused. Afterwards it is the stack's as if made by it, and removed like that; a
            deployment that fails gives it back. Where there is none, one is made. Default: false. Changed in place,
            with no effect by itself.
        :param timeout: How long a deployment may wait for the recommender, 1 minute to 48 hours. More than 55 minutes
            add a wait link to the stack for each 55. Default: 4 hours.
        :raises ValidationError: when a value is one that Amazon Personalize would refuse.
        """
        exploration, wrong = exploration_as_api(item_exploration)
        problems = [
            *problems_of_dataset_group(scope, dataset_group),
            *_validation.wrong_type("use_case", use_case, UseCase, "a UseCase such as UseCase.ECOMMERCE_BEST_SELLERS"),
            *_problems_of_use_case(dataset_group, use_case, item_exploration),
            *wrong,
            *problems_of_columns("excluded_columns", excluded_columns),
            *problems_of_columns("included_columns", included_columns),
            *_validation.wrong_flag("active", active),
            *problems_of_gates(quality_gate, use_case.capabilities if isinstance(use_case, UseCase) else None),
        ]
        training = _validation.given(
            excludedDatasetColumns=columns_as_api(excluded_columns),
            includedDatasetColumns=columns_as_api(included_columns),
        )
        config = _validation.given(
            minRecommendationRequestsPerSecond=min_recommendation_requests_per_second,
            enableMetadataWithRecommendations=enable_metadata_with_recommendations,
            itemExplorationConfig=exploration,
            trainingDataConfig=None if training == {} else training,
        )
        super().__init__(
            scope,
            id,
            kind="Recommender",
            request={
                "datasetGroupArn": arn_of("DatasetGroup", dataset_group),
                "recipeArn": recipe_arn(scope, use_case) if isinstance(use_case, UseCase) else use_case,
                "recommenderConfig": None if config == {} else config,
            },
            name=recommender_name,
            props={
                "name": "recommender_name",
                "datasetGroupArn": "dataset_group",
                "recipeArn": "use_case",
                "recommenderConfig.minRecommendationRequestsPerSecond": "min_recommendation_requests_per_second",
                "recommenderConfig.enableMetadataWithRecommendations": "enable_metadata_with_recommendations",
                "recommenderConfig.itemExplorationConfig": "item_exploration",
                "recommenderConfig.trainingDataConfig.excludedDatasetColumns": "excluded_columns",
                "recommenderConfig.trainingDataConfig.includedDatasetColumns": "included_columns",
            },
            adopt=adopt,
            timeout=timeout,
            problems=problems,
            parents=[part_of_dataset_group(dataset_group)],
            extra={kinds.ACTIVE: active, kinds.QUALITY_GATE: gates_as_property(quality_gate)},
        )
        comes_after_data(dataset_group, self)
        warn_of_retention(self, dataset_group=dataset_group)
        warn_of_spelling(self, "use_case", recipe_name(use_case.arn), known_use_cases())
        warn_of_required_data(self, dataset_group, use_case.capabilities)
        warn_of_metrics(self, quality_gate)
        warn_of_metadata(self, dataset_group, enable_metadata_with_recommendations)
        if excluded_columns is not None or included_columns is not None:
            check_at_synthesis(
                self,
                lambda: [
                    *unknown_columns("excluded_columns", dataset_group, excluded_columns),
                    *unknown_columns("included_columns", dataset_group, included_columns),
                ],
            )
        self.recommender_arn = self._arn_attribute("recommender")
        """The ARN; who uses it waits until the recommender is ACTIVE, or stopped where it shall be."""
        self.recommender_name = self._name_attribute()
        """The name, generated or given."""
        self.recommender_status = self._attribute("Status")
        """The status after the deployment, ACTIVE or INACTIVE."""
        given = min_recommendation_requests_per_second
        self.min_recommendation_requests_per_second = 1 if given is None else given
        """Requests per second that are kept ready while it is ACTIVE."""

    def _provisioned(self) -> float:
        return self.min_recommendation_requests_per_second

    def offline_metric(self, metric: Metric) -> str:
        """Return an offline metric of the recommender, as text, for outputs and the like.

        :param metric: one that Amazon Personalize reports for it; the deployment fails on one that it does not.

        https://docs.aws.amazon.com/personalize/latest/dg/evaluating-recommenders.html
        """
        return self._metric_attribute(metric)

    @staticmethod
    def from_recommender_arn(scope: Construct, id: str, recommender_arn: str) -> IRecommender:
        """Import a recommender.

        :param scope: the scope of the import.
        :param id: its id there.
        :param recommender_arn: the ARN of the recommender, which may be of another region or account.
        :raises ValidationError: when it is not the ARN of a recommender.
        """
        _validation.refuse(scope, id, _validation.bad_arn("recommender_arn", recommender_arn, _ARN_PATH))
        name = Stack.of(scope).split_arn(recommender_arn, ArnFormat.SLASH_RESOURCE_NAME).resource_name
        return _ImportedRecommender(scope, id, recommender_arn, str(name))

    @staticmethod
    def from_recommender_name(scope: Construct, id: str, recommender_name: str) -> IRecommender:
        """Import a recommender of the stack's own account and region.

        :param scope: the scope of the import.
        :param id: its id there.
        :param recommender_name: the name of the recommender.
        :raises ValidationError: when it cannot be a name.
        """
        _validation.refuse(scope, id, _validation.bad_name("Recommender", "recommender_name", recommender_name))
        arn = Stack.of(scope).format_arn(service="personalize", resource="recommender", resource_name=recommender_name)
        return _ImportedRecommender(scope, id, arn, recommender_name)


@implements_reference("Recommender")
class _ImportedRecommender(_RecommenderBase):
    def __init__(self, scope: Construct, id: str, arn: str, name: str) -> None:
        super().__init__(scope, id, environment_from_arn=arn)
        self.recommender_arn = arn
        self.recommender_name = name


def _problems_of_use_case(group: Any, use_case: Any, item_exploration: Any) -> list[Problem]:
    """Return what does not go together: a use case, the domain of its group, and exploration."""
    if not isinstance(use_case, UseCase):
        return []
    problems = []
    domain = domain_of(group)
    if is_custom(group):
        rule = "must be of a domain: a custom dataset group takes solutions, not recommenders"
        problems.append(Problem("dataset_group", rule, None, certain=True))
    elif domain is not None and use_case.domain not in (None, domain):
        rule = f"must be of the domain of the dataset group, {_validation.shown(domain)}"
        problems.append(Problem("use_case", rule, recipe_name(use_case.arn), certain=True))
    if item_exploration is not None and use_case.capabilities is not None and not use_case.capabilities.explores:
        problems.append(
            Problem("item_exploration", "is not supported by the use case", recipe_name(use_case.arn), certain=True)
        )
    return problems
