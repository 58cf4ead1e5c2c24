"""Campaigns: deployed solution versions that serve real-time requests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_cdk import Annotations, Duration, IResource, Resource
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from cdk_personalize_handler import kinds
from typing_extensions import Protocol, runtime_checkable

from cdk_personalize import _validation
from cdk_personalize._events import CloudTrailEvents, ICloudTrailEvents
from cdk_personalize._grants import grant
from cdk_personalize._imports import ImportedResource
from cdk_personalize._known_data import warn_of_metadata
from cdk_personalize._lazy import lazy_property
from cdk_personalize._metrics import (
    GET_PERSONALIZED_RANKING,
    GET_RECOMMENDATIONS,
    IRecommendationMetrics,
    RealTimeMetrics,
    RecommendationMetrics,
)
from cdk_personalize._references import implements_reference, reference
from cdk_personalize._resource import TaggableResource, arn_of
from cdk_personalize._retention import is_retained, warn_of_retention
from cdk_personalize._synthesis import check_at_synthesis
from cdk_personalize._validation import Problem
from cdk_personalize._versions import depend_on_versions
from cdk_personalize.recipe import Metadata, capabilities_of
from cdk_personalize.solution import iam_resources_of_solution, problems_of_solution
from cdk_personalize.solution_version import (
    SolutionVersion,
    iam_resources_of_trained_solution,
    problems_of_solution_version,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk.interfaces.aws_personalize import CampaignReference, ISolutionRef
    from constructs import Construct
    from typing_extensions import Unpack

    from cdk_personalize.metric_options import ResourceMetricOptions
    from cdk_personalize.recipe import Capabilities
    from cdk_personalize.solution import ISolution
    from cdk_personalize.solution_version import ISolutionVersion

_LATEST = "/$LATEST"
_LONGEST_AGE = Duration.days(36500)


@runtime_checkable
class ICampaign(IResource, ICloudTrailEvents, IRecommendationMetrics, Protocol):
    """A campaign, defined in this app or imported."""

    @property
    def campaign_arn(self) -> str:
        """The ARN of the campaign."""

    @property
    def campaign_name(self) -> str:
        """The name of the campaign."""

    def grant_get_recommendations(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant an identity permission to get recommendations."""

    def grant_get_personalized_ranking(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant an identity permission to rank items."""

    def grant_get_action_recommendations(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant an identity permission to get next best actions."""

    def metric_get_personalized_ranking(self, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a metric: the number of ranking requests."""

    def metric_get_personalized_ranking_latency(self, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a metric: the latency of ranking requests, in milliseconds."""

    def metric_get_personalized_ranking_4xx_errors(self, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a metric: the number of rejected ranking requests (4xx)."""

    def metric_get_personalized_ranking_5xx_errors(self, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a metric: the number of ranking requests with a server error (5xx)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemExploration:
    """Exploration of new items, for recipes and use cases that support it.

    :param weight: The share of exploration, from 0 (none) to 1. Default: the default of Amazon Personalize, 0.3.
    :param age_cut_off: The maximum age of an item to be explored, in whole days, at least 1. Default: 30 days.
    """

    weight: float | None = None
    age_cut_off: Duration | None = None

    def _problems(self, prop: str) -> list[Problem]:
        """Return the problems of the values of this object."""
        return [
            *_validation.out_of_range(f"{prop}.weight", self.weight, 0, 1),
            *_validation.days_out_of_range(f"{prop}.age_cut_off", self.age_cut_off, Duration.days(1), _LONGEST_AGE),
        ]

    def _render(self) -> dict[str, str]:
        """Convert this object to members of the API, with numbers as strings."""
        days = None if self.age_cut_off is None else self.age_cut_off.to_days()
        values = {"explorationWeight": self.weight, "explorationItemAgeCutOff": days}
        return {name: _validation.as_text(value) for name, value in values.items() if value is not None}


@dataclass(frozen=True, kw_only=True, slots=True)
class RankingInfluence:
    """Influence of popularity and freshness, for the Semantic-Similarity recipe.

    :param popularity: The weight of popularity, from 0 (none) to 1. Default: 0.
    :param freshness: The weight of freshness, from 0 (none) to 1. Requires items with a creation timestamp. Default: 0.
    """

    popularity: float | None = None
    freshness: float | None = None

    def _render(self) -> dict[str, float]:
        """Convert this object to members of the API."""
        values = {"POPULARITY": self.popularity, "FRESHNESS": self.freshness}
        return {name: value for name, value in values.items() if value is not None}


def exploration_as_api(exploration: Any) -> tuple[dict[str, str] | None, list[Problem]]:
    """Convert the prop `item_exploration` to members of the API, or return problems."""
    problems = _validation.wrong_type("item_exploration", exploration, ItemExploration, "an ItemExploration")
    if isinstance(exploration, ItemExploration):
        problems = exploration._problems("item_exploration")
    return None if exploration is None or problems else exploration._render(), problems


def influence_as_api(influence: Any) -> tuple[dict[str, float] | None, list[Problem]]:
    """Convert the prop `ranking_influence` to members of the API, or return problems."""
    problems = _validation.wrong_type("ranking_influence", influence, RankingInfluence, "a RankingInfluence")
    return None if influence is None or problems else influence._render(), problems


class _CampaignBase(CloudTrailEvents, RecommendationMetrics, Resource):
    """Base class of defined and imported campaigns."""

    _kind = kinds.KINDS["Campaign"]

    @lazy_property
    def campaign_arn(self) -> str:
        """The ARN."""
        raise NotImplementedError

    @lazy_property
    def campaign_name(self) -> str:
        """The name."""
        raise NotImplementedError

    @property
    def campaign_ref(self) -> CampaignReference:
        """The CDK reference of a campaign, accepted by generated (L1) constructs."""
        ref: CampaignReference = reference("Campaign", campaign_arn=self.campaign_arn)
        return ref

    def grant_get_recommendations(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant an identity permission to get recommendations from this campaign.

        :param grantee: The identity that receives the permission.
        """
        return self._grant(grantee, "GetRecommendations")

    def grant_get_personalized_ranking(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant an identity permission to rank items with this campaign.

        :param grantee: The identity that receives the permission.
        """
        return self._grant(grantee, "GetPersonalizedRanking")

    def grant_get_action_recommendations(self, grantee: iam.IGrantable) -> iam.Grant:
        """Grant an identity permission to get next best actions from this campaign.

        :param grantee: The identity that receives the permission.
        """
        return self._grant(grantee, "GetActionRecommendations")

    def metric_get_personalized_ranking(self, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a metric: the number of successful ranking requests.

        :param options: The options of the metric. Default: the sum over 5 minutes, the only statistic
            that the metric has.
        """
        return self._sum(GET_PERSONALIZED_RANKING.requests, options)

    def metric_get_personalized_ranking_latency(self, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a metric: the latency of successful ranking requests, in milliseconds.

        :param options: The options of the metric. Default: the average over 5 minutes.
        """
        return self.metric(GET_PERSONALIZED_RANKING.latency, **options)

    def metric_get_personalized_ranking_4xx_errors(self, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a metric: the number of rejected ranking requests (4xx).

        :param options: The options of the metric. Default: the sum over 5 minutes.
        """
        return self._sum(GET_PERSONALIZED_RANKING.client_errors, options)

    def metric_get_personalized_ranking_5xx_errors(self, **options: Unpack[ResourceMetricOptions]) -> cloudwatch.Metric:
        """Return a metric: the number of ranking requests with a server error (5xx).

        :param options: The options of the metric. Default: the sum over 5 minutes.
        """
        return self._sum(GET_PERSONALIZED_RANKING.server_errors, options)

    def _dimensions(self) -> dict[str, str]:
        return {"CampaignArn": self.campaign_arn}

    def _operations(self) -> tuple[RealTimeMetrics, ...]:
        return (GET_RECOMMENDATIONS, GET_PERSONALIZED_RANKING)

    def _grant(self, grantee: iam.IGrantable, operation: str) -> iam.Grant:
        return grant(self, grantee, operation, self.campaign_arn)


@implements_reference("Campaign")
class Campaign(TaggableResource, _CampaignBase):
    """A campaign: a deployed solution version that serves real-time requests.

    A deployment waits until the campaign is ACTIVE and its update is complete. During an update, the campaign serves
    its previous configuration. Provisioned requests per second are billed until the campaign is deleted.

    https://docs.aws.amazon.com/personalize/latest/dg/campaigns.html
    """

    _props: Mapping[str, str] = {"campaignConfig.itemExplorationConfig": "item_exploration"}

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        solution_version: ISolutionVersion | None = None,
        solution: ISolution | ISolutionRef | None = None,
        campaign_name: str | None = None,
        min_provisioned_tps: int | None = None,
        enable_metadata_with_recommendations: bool | None = None,
        sync_with_latest_solution_version: bool | None = None,
        item_exploration: ItemExploration | None = None,
        ranking_influence: RankingInfluence | None = None,
        active: bool | None = None,
        adopt: bool | None = None,
        timeout: Duration | None = None,
    ) -> None:
        """Create a campaign.

        :param scope: The parent construct.
        :param id: The construct ID, unique within `scope`.
        :param solution_version: The solution version to deploy. Specify this or `solution`. Updated in place.
        :param solution: The solution whose latest version to deploy (`$LATEST`): a construct, an import, or a
            `CfnSolution`. Specify this or `solution_version`. The campaign depends on the solution versions that the
            same stack trains for the solution, including later ones, except versions that depend on the campaign.
            Updated in place.
        :param campaign_name: The name: 1 to 63 letters, digits, hyphens or underscores, starting with a letter or a
            digit. Default: a unique name is generated. A change replaces the campaign.
        :param min_provisioned_tps: The minimum provisioned requests per second (TPS), at least 1; billed even without
            requests. Default: 1. Updated in place.
        :param enable_metadata_with_recommendations: Whether requests can return item metadata. Requires an Items
            dataset with metadata; may cost extra. Default: false, except for recipes that always return it. Updated in
            place.
        :param sync_with_latest_solution_version: Whether Amazon Personalize automatically updates the campaign to each
            newer version of `solution`. Default: true with `solution`; not supported with `solution_version`. Updated
            in place.
        :param item_exploration: The exploration of new items. Default: the default of Amazon Personalize. Updated in
            place.
        :param ranking_influence: The weights of popularity and freshness. Default: no influence. Updated in place.
        :param active: Whether the campaign exists. If false, a deployment deletes it: it is not billed and serves no
            requests, and the construct keeps its name and its ARN. If true again, a deployment creates it with that
            name, in 10 to 20 minutes. Requires `campaign_name`, and must be known at synthesis. If it is specified,
            `campaign_arn` follows from the name: resources that use the ARN do not wait for the campaign. Default:
            true. A change deletes or creates the campaign.
        :param adopt: Whether to adopt an existing campaign of that name when the construct is first deployed. The
            campaign is updated in place to the declared configuration; properties that are not declared keep their
            values, and a different create-only property fails the deployment. The stack then owns the campaign and
            deletes it like one that it created; a rollback of the adoption releases it. If there is no such campaign,
            it is created. Default: false. Updated in place; a later change has no effect.
        :param timeout: The maximum time that a deployment waits for the campaign, from 1 minute to 48 hours. After that
            time, the deployment fails. Each 55 minutes beyond the first 55 add a custom resource to the stack, which
            continues the wait. Default: 55 minutes.
        :raises ValidationError: If Amazon Personalize would reject a value.
        """
        arn, parents, problems = _deployed(scope, solution_version, solution)
        problems += _problems_of_activity(active, campaign_name)
        sync = sync_with_latest_solution_version
        if solution is not None and sync is None:
            sync = True
        if sync is True and solution is None and solution_version is not None:
            problems += _not_latest(solution_version, arn)
        config: dict[str, Any] = {
            "enableMetadataWithRecommendations": enable_metadata_with_recommendations,
            "syncWithLatestSolutionVersion": sync,
        }
        config["itemExplorationConfig"], wrong = exploration_as_api(item_exploration)
        problems += wrong
        config["rankingInfluence"], wrong = influence_as_api(ranking_influence)
        problems += wrong
        capabilities = capabilities_of(solution if solution_version is None else solution_version)
        problems += _problems_of_capabilities(capabilities, enable_metadata_with_recommendations, item_exploration)
        config = {member: value for member, value in config.items() if value is not None}
        if solution_version is None and solution is not None:
            self._props = {**self._props, "solutionVersionArn": "solution"}
        super().__init__(
            scope,
            id,
            kind="Campaign",
            request={
                "solutionVersionArn": arn,
                "minProvisionedTPS": min_provisioned_tps,
                "campaignConfig": None if config == {} else config,
            },
            name=campaign_name,
            adopt=adopt,
            timeout=timeout,
            problems=problems,
            parents=parents,
        )
        if capabilities and capabilities.metadata is Metadata.AUTOMATIC and enable_metadata_with_recommendations:
            Annotations.of(self).add_warning_v2(
                "cdk-personalize:campaign.metadata",
                "enable_metadata_with_recommendations has no effect, because the recipe always returns metadata",
            )
        served = solution if solution is not None else getattr(solution_version, "_solution", None)
        warn_of_retention(self, solution=served)
        warn_of_metadata(self, getattr(served, "_group", None), enable_metadata_with_recommendations)
        if solution is not None:
            # Amazon Personalize rejects a campaign on $LATEST until a first version is ACTIVE.
            depend_on_versions(arn_of("Solution", solution), self, self._chain[0])
        self.min_provisioned_tps = 1 if min_provisioned_tps is None else min_provisioned_tps
        """Provisioned requests per second."""
        self._capabilities = capabilities
        self._syncs = sync is True
        self._active = active
        if active is not None:
            check_at_synthesis(self, lambda: _problems_of_retention(self))
        if active is False:
            self._leave_out()

    @lazy_property
    def campaign_arn(self) -> str:
        """The ARN of the campaign.

        Resources that use the ARN are deployed after the campaign is ACTIVE, unless `active` is specified.
        """
        if self._active is None:
            return self._arn_attribute("campaign")
        return self.stack.format_arn(service="personalize", resource="campaign", resource_name=self._physical_name)

    @lazy_property
    def campaign_name(self) -> str:
        """The name of the campaign, specified or generated."""
        return self._name_attribute() if self._active is None else self._physical_name

    @lazy_property
    def campaign_status(self) -> str:
        """The status of the campaign after the deployment: ACTIVE.

        INACTIVE if `active` is false.
        """
        return "INACTIVE" if self._active is False else self._attribute("Status")

    def _operations(self) -> tuple[RealTimeMetrics, ...]:
        if self._capabilities is None:
            return super()._operations()
        if self._capabilities.actions:
            return ()
        return (GET_PERSONALIZED_RANKING if self._capabilities.ranks else GET_RECOMMENDATIONS,)

    def _provisioned(self) -> float | None:
        return None if self._active is False else self.min_provisioned_tps

    @staticmethod
    def from_campaign_arn(scope: Construct, id: str, campaign_arn: str) -> ICampaign:
        """Import a campaign.

        :param scope: The parent construct.
        :param id: The construct ID, unique within `scope`.
        :param campaign_arn: The ARN of the campaign. It may be in another region or account.
        :raises ValidationError: If the value is not the ARN of a campaign.
        """
        return _ImportedCampaign.from_arn(scope, id, campaign_arn)

    @staticmethod
    def from_campaign_name(scope: Construct, id: str, campaign_name: str) -> ICampaign:
        """Import a campaign in the account and region of the stack.

        :param scope: The parent construct.
        :param id: The construct ID, unique within `scope`.
        :param campaign_name: The name of the campaign.
        :raises ValidationError: If the value is not a valid name.
        """
        return _ImportedCampaign.from_name(scope, id, campaign_name)


@implements_reference("Campaign")
class _ImportedCampaign(ImportedResource, _CampaignBase):
    """An imported campaign."""


def _deployed(scope: Construct, solution_version: Any, solution: Any) -> tuple[str | None, list[str], list[Problem]]:
    """Return the ARN to deploy, the IAM resources of its solution, and problems."""
    if (solution_version is None) == (solution is None):
        rule = "or solution is required" if solution is None else "cannot be given together with solution"
        remedy = "" if solution is None else "specify one of them"
        return None, [], [Problem("solution_version", rule, None, remedy, certain=True)]
    if solution is None:
        arn, parts = arn_of("SolutionVersion", solution_version), iam_resources_of_trained_solution(solution_version)
        return arn, parts, problems_of_solution_version(scope, solution_version)
    arn = f"{arn_of('Solution', solution)}{_LATEST}"
    return arn, iam_resources_of_solution(solution), problems_of_solution(scope, solution)


def _problems_of_retention(campaign: Campaign) -> list[Problem]:
    rule = "must not be RETAIN together with active: an inactive campaign would not be deleted"
    return [Problem("removal policy", rule, None)] if is_retained(campaign) else []


def _problems_of_activity(active: Any, name: Any) -> list[Problem]:
    problems = [
        *_validation.wrong_flag("active", active),
        *_validation.not_known("active", active, "an inactive campaign is not in the template"),
    ]
    if active is not None and name is None:
        remedy = "specify a campaign_name, so that the ARN stays the same"
        problems.append(Problem("active", "requires campaign_name", active, remedy))
    return problems


def _problems_of_capabilities(capabilities: Capabilities | None, metadata: Any, exploration: Any) -> list[Problem]:
    """Return the props that the recipe does not support. Empty if it is unknown."""
    if capabilities is None:
        return []
    problems = []
    if not capabilities.serves:
        rule = "must be of a recipe that campaigns support"
        remedy = "use a BatchSegmentJob instead"
        problems.append(
            Problem("solution_version", rule, _validation.Verbatim("a user segmentation version"), remedy, certain=True)
        )
    elif capabilities.metadata is Metadata.NONE and metadata is True:
        prop = "enable_metadata_with_recommendations"
        problems.append(Problem(prop, "is not supported by the recipe, which recommends actions", metadata))
    if exploration is not None and not capabilities.explores:
        rule = "is not supported by the recipe: only Recipe.USER_PERSONALIZATION supports it"
        problems.append(Problem("item_exploration", rule, None, certain=True))
    return problems


def _not_latest(solution_version: Any, arn: Any) -> list[Problem]:
    """Return a problem if the solution version is known not to be `$LATEST`."""
    if isinstance(arn, str) and arn.endswith(_LATEST):
        return []
    rule = "requires the latest version of a solution ($LATEST)"
    remedy = "specify solution instead of solution_version"
    fixed = isinstance(solution_version, SolutionVersion) or _validation.is_known(arn)
    return [Problem("sync_with_latest_solution_version", rule, True, remedy)] if fixed else []
