"""Recommenders: domain use cases that serve real-time requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import IResource, Resource
from aws_cdk import aws_iam as iam
from cdk_personalize_handler import kinds
from typing_extensions import Protocol, runtime_checkable

from cdk_personalize import _validation
from cdk_personalize._events import CloudTrailEvents, ICloudTrailEvents
from cdk_personalize._grants import grant
from cdk_personalize._group_members import (
    depend_on_data,
    domain_of,
    iam_resource_of_dataset_group,
    is_custom,
    problems_of_dataset_group,
)
from cdk_personalize._imports import ImportedResource
from cdk_personalize._known_data import unknown_columns, warn_of_metadata, warn_of_required_data
from cdk_personalize._metrics import (
    GET_RECOMMENDATIONS,
    IRecommendationMetrics,
    RealTimeMetrics,
    RecommendationMetrics,
)
from cdk_personalize._recommender_hours import HOURS, problems_of_hours, schedule_calls
from cdk_personalize._references import implements_reference, reference
from cdk_personalize._resource import PersonalizeResource, TaggableResource, arn_of
from cdk_personalize._retention import warn_of_retention
from cdk_personalize._spelling import warn_of_spelling
from cdk_personalize._synthesis import check_at_synthesis
from cdk_personalize._validation import Problem
from cdk_personalize.campaign import ItemExploration, exploration_as_api
from cdk_personalize.dataset_type import columns_as_api, problems_of_columns
from cdk_personalize.quality_gate import gates_as_property, problems_of_gates, warn_of_metrics
from cdk_personalize.recipe import UseCase, known_use_cases, recipe_arn, recipe_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_cdk import Duration
    from aws_cdk import aws_scheduler as scheduler
    from aws_cdk.interfaces.aws_personalize import IDatasetGroupRef
    from constructs import Construct

    from cdk_personalize.dataset_group import IDatasetGroup
    from cdk_personalize.dataset_type import DatasetType
    from cdk_personalize.quality_gate import OfflineMetric, QualityGate


@runtime_checkable
class IRecommender(IResource, ICloudTrailEvents, IRecommendationMetrics, Protocol):
    """A recommender, defined in this app or imported."""

    @property
    def recommender_arn(self) -> str:
        """The ARN of the recommender."""

    @property
    def recommender_name(self) -> str:
        """The name of the recommender."""

    def grant_get_recommendations(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant an identity permission to get recommendations."""

    def schedule_hours(
        self, *, start: scheduler.ScheduleExpression, stop: scheduler.ScheduleExpression, enabled: bool = True
    ) -> None:
        """Start and stop the recommender on schedules."""


class _RecommenderBase(CloudTrailEvents, RecommendationMetrics, Resource):
    """Base class of defined and imported recommenders."""

    _kind = kinds.KINDS["Recommender"]

    recommender_arn: str
    recommender_name: str

    @property
    def recommender_ref(self) -> object:
        """The CDK reference of a recommender, if CDK has one.

        Generated (L1) constructs accept it.
        """
        ref: object = reference("Recommender", recommender_arn=self.recommender_arn)
        return ref

    def grant_get_recommendations(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant an identity permission to get recommendations from this recommender.

        :param grantee: The identity that receives the permission.
        """
        return grant(self, grantee, "GetRecommendations", self.recommender_arn)

    def schedule_hours(
        self, *, start: scheduler.ScheduleExpression, stop: scheduler.ScheduleExpression, enabled: bool = True
    ) -> None:
        """Start and stop the recommender on schedules.

        A stopped recommender is not billed. Amazon EventBridge Scheduler calls Amazon Personalize. It repeats a
        rejected call for up to one hour, for example during an update of the recommender. A deployment neither starts
        nor stops the recommender, but updates its configuration. A new recommender runs until the next stop.
        `cdk-personalize drift` reports no drift.

        :param start: The times of the start: `ScheduleExpression.cron(...)` or `.at(...)`. Default time zone: UTC.
            Updated in place.
        :param stop: The times of the stop. Updated in place.
        :param enabled: Whether the schedules are on. If false, only `active` decides whether the recommender runs.
            Default: true. Updated in place.
        :raises ValidationError: If an expression is a rate, both are the same, `active` is false, the method was called
            before, or an imported recommender is in another account or region.

        https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
        """
        problems = problems_of_hours(self, start, stop, enabled)
        if enabled and self._active is False:
            rule = "must not be false: the schedules start the recommender"
            problems.append(Problem("active", rule, None, "omit it, or specify enabled=False", certain=True))
        _validation.refuse(self, HOURS, problems)
        schedule_calls(self, self.recommender_arn, start, stop, enabled=enabled)
        if enabled and isinstance(self, PersonalizeResource):
            self.ignore_changes(kinds.ACTIVE)

    def _dimensions(self) -> dict[str, str]:
        # Not verified: the developer guide only names the dimension of campaigns; AWS samples use this one for
        # recommenders.
        return {"RecommenderArn": self.recommender_arn}

    def _operations(self) -> tuple[RealTimeMetrics, ...]:
        return (GET_RECOMMENDATIONS,)


@implements_reference("Recommender")
class Recommender(TaggableResource, _RecommenderBase):
    """A recommender: a domain use case that serves real-time requests.

    A deployment waits until the recommender is trained and its update is complete. During an update, it serves its
    previous configuration. A change of the training columns starts a full training. An ACTIVE recommender is billed and
    retrains every week.

    https://docs.aws.amazon.com/personalize/latest/dg/creating-recommenders.html
    """

    _props: Mapping[str, str] = {
        "recipeArn": "use_case",
        "recommenderConfig.itemExplorationConfig": "item_exploration",
        "recommenderConfig.trainingDataConfig.excludedDatasetColumns": "excluded_columns",
        "recommenderConfig.trainingDataConfig.includedDatasetColumns": "included_columns",
    }

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
        """Create a recommender.

        :param scope: The parent construct.
        :param id: The construct ID, unique within `scope`.
        :param dataset_group: The dataset group, of the domain of `use_case`: a construct, an import, or a
            `CfnDatasetGroup`. A change replaces the recommender.
        :param use_case: The use case. A change replaces the recommender.
        :param recommender_name: The name: 1 to 63 letters, digits, hyphens or underscores, starting with a letter or a
            digit. Default: a unique name is generated. A change replaces the recommender.
        :param min_recommendation_requests_per_second: The minimum provisioned requests per second, at least 1; billed
            even without requests. Default: 1. Updated in place.
        :param enable_metadata_with_recommendations: Whether requests can return item metadata. Requires an Items
            dataset with metadata; costs extra. Default: false. Updated in place.
        :param item_exploration: The exploration of new items, for use cases that support it. Default: the default of
            Amazon Personalize. Updated in place.
        :param excluded_columns: The columns to exclude from training, by dataset type: at most 3 types with at most 50
            columns each. Default: none. Updated in place, by a full training.
        :param included_columns: The only columns to train on, by dataset type: at most 3 types with at most 50 columns
            each. Default: all. Updated in place, by a full training.
        :param active: Whether the recommender runs. A stopped recommender is not billed, does not serve requests and
            does not train. Default: true. Updated in place, without a training.
        :param quality_gate: Minimum values of offline metrics, as one gate or a list. If a new or updated recommender
            is below a gate, the deployment fails with the values, and the rollback restores the previous configuration.
            Default: none. Updated in place, without a training.
        :param adopt: Whether to adopt an existing recommender of that name when the construct is first deployed. The
            recommender is updated in place to the declared configuration; properties that are not declared keep their
            values, and a different create-only property fails the deployment. The stack then owns the recommender and
            deletes it like one that it created; a rollback of the adoption releases it. If there is no such
            recommender, it is created. Default: false. Updated in place; a later change has no effect.
        :param timeout: The maximum time that a deployment waits for the recommender, from 1 minute to 48 hours. After
            that time, the deployment fails. Each 55 minutes beyond the first 55 add a custom resource to the stack,
            which continues the wait. Default: 4 hours.
        :raises ValidationError: If Amazon Personalize would reject a value.
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
            adopt=adopt,
            timeout=timeout,
            problems=problems,
            parents=[iam_resource_of_dataset_group(dataset_group)],
            extra={kinds.ACTIVE: active, kinds.QUALITY_GATE: gates_as_property(quality_gate)},
        )
        depend_on_data(dataset_group, self)
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
        """The ARN of the recommender. Resources that use the ARN are deployed after the recommender is ACTIVE, or
        INACTIVE if `active` is false.
        """
        self.recommender_name = self._name_attribute()
        """The name of the recommender, specified or generated."""
        self.recommender_status = self._attribute("Status")
        """The status of the recommender after the deployment: ACTIVE or INACTIVE."""
        given = min_recommendation_requests_per_second
        self.min_recommendation_requests_per_second = 1 if given is None else given
        """Provisioned requests per second while the recommender is ACTIVE."""
        self._active = active

    def _provisioned(self) -> float:
        return self.min_recommendation_requests_per_second

    def offline_metric(self, metric: OfflineMetric) -> str:
        """Return an offline metric of the recommender as text, for example for an output.

        :param metric: A metric that Amazon Personalize reports for the use case. The deployment fails if it is not
            reported.

        https://docs.aws.amazon.com/personalize/latest/dg/evaluating-recommenders.html
        """
        return self._metric_attribute(metric)

    @staticmethod
    def from_recommender_arn(scope: Construct, id: str, recommender_arn: str) -> IRecommender:
        """Import a recommender.

        :param scope: The parent construct.
        :param id: The construct ID, unique within `scope`.
        :param recommender_arn: The ARN of the recommender. It may be in another region or account.
        :raises ValidationError: If the value is not the ARN of a recommender.
        """
        return _ImportedRecommender.from_arn(scope, id, recommender_arn)

    @staticmethod
    def from_recommender_name(scope: Construct, id: str, recommender_name: str) -> IRecommender:
        """Import a recommender in the account and region of the stack.

        :param scope: The parent construct.
        :param id: The construct ID, unique within `scope`.
        :param recommender_name: The name of the recommender.
        :raises ValidationError: If the value is not a valid name.
        """
        return _ImportedRecommender.from_name(scope, id, recommender_name)


@implements_reference("Recommender")
class _ImportedRecommender(ImportedResource, _RecommenderBase):
    """An imported recommender."""


def _problems_of_use_case(group: Any, use_case: Any, item_exploration: Any) -> list[Problem]:
    """Return the problems of the use case with the dataset group and exploration."""
    if not isinstance(use_case, UseCase):
        return []
    problems = []
    domain = domain_of(group)
    if is_custom(group):
        rule = "must have a domain: custom dataset groups support solutions, not recommenders"
        problems.append(Problem("dataset_group", rule, None, certain=True))
    elif domain is not None and use_case.domain not in (None, domain):
        rule = f"must be of the domain of the dataset group, {_validation.shown(domain)}"
        problems.append(Problem("use_case", rule, recipe_name(use_case.arn), certain=True))
    if item_exploration is not None and use_case.capabilities is not None and not use_case.capabilities.explores:
        problems.append(
            Problem("item_exploration", "is not supported by the use case", recipe_name(use_case.arn), certain=True)
        )
    return problems
