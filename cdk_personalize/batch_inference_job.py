"""Batch inference jobs, which write recommendations for many users or items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_cdk import Stack

from cdk_personalize import _validation
from cdk_personalize._batch import BatchJob, problems_of_input, source
from cdk_personalize._known_data import unknown_column
from cdk_personalize._resource import arn_of
from cdk_personalize._synthesis import check_at_synthesis
from cdk_personalize._validation import Problem
from cdk_personalize.campaign import ItemExploration, RankingInfluence, exploration_as_api, influence_as_api
from cdk_personalize.dataset_type import DatasetType
from cdk_personalize.filter import problems_of_filter
from cdk_personalize.recipe import capabilities_of, recipe_name
from cdk_personalize.solution_version import iam_resources_of_trained_solution, problems_of_solution_version

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import Duration
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_kms as kms
    from aws_cdk.interfaces.aws_personalize import IFilterRef
    from constructs import Construct

    from cdk_personalize.filter import IFilter
    from cdk_personalize.s3_location import S3Location
    from cdk_personalize.solution_version import ISolutionVersion

_THEME_REGIONS = ("ap-northeast-1", "us-east-1", "us-west-2")


@dataclass(frozen=True, kw_only=True, slots=True)
class ThemeGeneration:
    """Themes that a batch inference job generates for its lists of recommended items.

    Only the Similar-Items recipe supports themes. The Items dataset must have a textual column. Themes cost extra, and
    the input can have at most 100 items.

    :param item_name: The column with the names of the items, such as TITLE: 1 to 150 letters, digits or underscores,
        not starting with a digit. The column must hold plain strings and must not be the textual column.

    https://docs.aws.amazon.com/personalize/latest/dg/themed-batch-recommendations.html
    """

    item_name: str

    def _render(self) -> dict[str, Any]:
        """Convert this object to members of the API."""
        return {"fieldsForThemeGeneration": {"itemName": self.item_name}}


class BatchInferenceJob(BatchJob):
    """A job that writes recommendations for many users or items to Amazon S3.

    It runs when it is first deployed, and again after each change of a property. For each input file there is a results
    file, with the suffix `.out`. Amazon Personalize cannot delete jobs: after deletion from the stack, the job and its
    output stay, at no cost.

    https://docs.aws.amazon.com/personalize/latest/dg/recommendations-batch.html
    """

    _props: Mapping[str, str] = {
        **BatchJob._props,
        "batchInferenceJobConfig.itemExplorationConfig": "item_exploration",
        "batchInferenceJobMode": "theme_generation",
        "themeGenerationConfig": "theme_generation",
        "themeGenerationConfig.fieldsForThemeGeneration.itemName": "theme_generation.item_name",
    }

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        solution_version: ISolutionVersion,
        input: S3Location,
        output: S3Location,
        role: iam.IRole | None = None,
        job_name: str | None = None,
        filter: IFilter | IFilterRef | None = None,
        num_results: int | None = None,
        item_exploration: ItemExploration | None = None,
        ranking_influence: RankingInfluence | None = None,
        theme_generation: ThemeGeneration | None = None,
        output_key: kms.IKey | None = None,
        rerun_on: Mapping[str, str] | None = None,
        timeout: Duration | None = None,
    ) -> None:
        """Create a batch inference job.

        :param scope: The parent construct.
        :param id: The construct ID, unique within `scope`.
        :param solution_version: The solution version that makes the recommendations. A change replaces the job, which
            runs again.
        :param input: The S3 file in JSON Lines format, or a folder of such files, with one user or item per line; a URI
            of at most 256 characters. A change replaces the job, which runs again. Changing the content of the files
            does not rerun the job; change `rerun_on`.
        :param output: The S3 folder for the results, a URI of at most 256 characters. It must differ from `input`. A
            change replaces the job, which runs again.
        :param role: The role that Amazon Personalize assumes to read and write; it receives the required permissions.
            Default: a role is created. A change replaces the job, which runs again.
        :param job_name: The name: 1 to 63 letters, digits, hyphens or underscores, starting with a letter or a digit.
            Job names cannot be reused: if you set a name, each later change requires a new one. Default: a unique name
            is generated. A change replaces the job, which runs again.
        :param filter: The filter for the recommended items. Default: none. A change replaces the job, which runs again.
        :param num_results: The number of items for each input line. Default: the default of Amazon Personalize, 25. A
            change replaces the job, which runs again.
        :param item_exploration: The exploration of new items. Default: the default of Amazon Personalize. A change
            replaces the job, which runs again.
        :param ranking_influence: The weights of popularity and freshness. Default: no influence. A change replaces the
            job, which runs again.
        :param theme_generation: The configuration of themes for the recommendation lists. Default: no themes. A change
            replaces the job, which runs again.
        :param output_key: The KMS key that encrypts the results. Default: the encryption of the bucket. A change
            replaces the job, which runs again.
        :param rerun_on: Values that rerun the job when they change, such as a hash of the files or a date. Default:
            none. A change replaces the job, which runs again.
        :param timeout: The maximum time that a deployment waits for the job, from 1 minute to 48 hours. After that
            time, the deployment fails. Each 55 minutes beyond the first 55 add a custom resource to the stack, which
            continues the wait. Default: 2 hours.
        :raises ValidationError: If Amazon Personalize would reject a value.
        """
        exploration, wrong = exploration_as_api(item_exploration)
        influence, also_wrong = influence_as_api(ranking_influence)
        themes = _validation.wrong_type("theme_generation", theme_generation, ThemeGeneration, "a ThemeGeneration")
        config = {"itemExplorationConfig": exploration, "rankingInfluence": influence}
        config = {name: value for name, value in config.items() if value is not None}
        themed = theme_generation is not None and not themes
        super().__init__(
            scope,
            id,
            kind="BatchInferenceJob",
            request={
                "solutionVersionArn": arn_of("SolutionVersion", solution_version),
                "filterArn": arn_of("Filter", filter),
                "numResults": num_results,
                "jobInput": source(input),
                "batchInferenceJobConfig": None if config == {} else config,
                "batchInferenceJobMode": "THEME_GENERATION" if themed else None,
                "themeGenerationConfig": theme_generation._render() if theme_generation and themed else None,
            },
            problems=[
                *problems_of_solution_version(scope, solution_version),
                *problems_of_input(scope, input, output),
                *([] if filter is None else problems_of_filter(scope, filter)),
                *wrong,
                *also_wrong,
                *themes,
                *problems_of_inference(scope, solution_version, item_exploration, theme_generation),
            ],
            parents=iam_resources_of_trained_solution(solution_version),
            job_name=job_name,
            role=role,
            reads=input,
            writes=output,
            key=output_key,
            rerun_on=rerun_on,
            timeout=timeout,
        )
        if isinstance(theme_generation, ThemeGeneration):
            group = getattr(getattr(solution_version, "_solution", None), "_group", None)
            name, prop = theme_generation.item_name, "theme_generation.item_name"
            check_at_synthesis(self, lambda: unknown_column(prop, group, DatasetType.ITEMS, name))
        self.batch_inference_job_arn = self._arn_attribute("batch-inference-job")
        """The ARN of the job. Resources that use the ARN are deployed after the results are written."""
        self.batch_inference_job_name = self._name_attribute()
        """The name of the job, specified or generated."""
        self.batch_inference_job_status = self._attribute("Status")
        """The status of the job after the deployment: ACTIVE."""


def problems_of_inference(scope: Construct, version: Any, exploration: Any, themes: Any) -> list[Problem]:
    """Return the props that the recipe or the region does not support.

    A recipe or region that is not known at synthesis is not checked.
    """
    problems = []
    region = Stack.of(scope).region
    if themes is not None and _validation.is_known(region) and region not in _THEME_REGIONS:
        rule = f"requires a region that supports themes: {', '.join(_THEME_REGIONS)}"
        remedy = "omit it, or deploy the stack to one of these regions"
        problems.append(Problem("theme_generation", rule, region, remedy, certain=True))
    capabilities = capabilities_of(version)
    if capabilities is None:
        return problems
    recipe = recipe_name(version.recipe.arn)
    if not capabilities.batch_inference:
        rule = "must be of a recipe that supports batch inference jobs"
        problems.append(Problem("solution_version", rule, recipe, certain=True))
    elif themes is not None and not capabilities.themes:
        remedy = "omit it, or train a solution with Recipe.SIMILAR_ITEMS"
        problems.append(Problem("theme_generation", "requires the Similar-Items recipe", recipe, remedy, certain=True))
    if exploration is not None and not capabilities.explores:
        problems.append(Problem("item_exploration", "is not supported by the recipe", recipe, certain=True))
    return problems
