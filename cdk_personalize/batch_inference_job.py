"""Batch inference jobs: recommendations for many at once, with themes where they are wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_cdk import Stack

from cdk_personalize import _validation
from cdk_personalize._batch import Job, problems_of_input, source
from cdk_personalize._known_data import unknown_column
from cdk_personalize._resource import arn_of
from cdk_personalize._synthesis import check_at_synthesis
from cdk_personalize._validation import Problem
from cdk_personalize.campaign import ItemExploration, RankingInfluence, exploration_as_api, influence_as_api
from cdk_personalize.dataset_type import DatasetType
from cdk_personalize.filter import problems_of_filter
from cdk_personalize.recipe import capabilities_of, recipe_name
from cdk_personalize.solution_version import parts_of_trained_solution, problems_of_solution_version

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
    """That each list of recommendations gets a theme; for the Similar-Items recipe.

    The items need a column of text besides. Themes cost extra, for at most 100 items of input.

    :param item_name: The column of the items that has their names, such as TITLE: 1 to 150 letters, digits and
        underscores, the first no digit. It is a column of plain strings, not the one of text.

    https://docs.aws.amazon.com/personalize/latest/dg/themed-batch-recommendations.html
    """

    item_name: str

    def render(self) -> dict[str, Any]:
        """Return the API's form."""
        return {"fieldsForThemeGeneration": {"itemName": self.item_name}}


class BatchInferenceJob(Job):
    """Recommendations for many users or items at once: read from Amazon S3, and written there.

    It runs once, when it is deployed, and again when something about it changes. The results are in a file for each
    file of the input, with `.out` after its name. Amazon Personalize keeps jobs for good: taken out of the stack it
    stays there, at no cost, and so does what it wrote.

    https://docs.aws.amazon.com/personalize/latest/dg/recommendations-batch.html
    """

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
        """Make recommendations.

        :param scope: the scope of the construct.
        :param id: its id there.
        :param solution_version: The solution version to ask. A change replaces the job: it is run anew.
        :param input: The file of JSON lines that says for whom or what, or a folder of them, an address of at most 256
            characters. A change replaces the job: it is run anew. A change of the files is none: see `rerun_on`.
        :param output: The folder for the results, which must not be `input`, an address of at most 256 characters.
            A change replaces the job: it is run anew.
        :param role: The role by which Amazon Personalize reads and writes; it gets the rights that it needs.
            Default: a role is made. A change replaces the job: it is run anew.
        :param job_name: The name, 1 to 63 letters, digits, hyphens and underscores, the first a letter or a digit. Jobs
            keep their names for good: with one given, each further change needs another. Default: a unique name is
            generated. A change replaces the job: it is run anew.
        :param filter: Which items may be recommended. Default: all. A change replaces the job: it is run anew.
        :param num_results: How many items for each line of the input. Default: Amazon Personalize's, 25.
            A change replaces the job: it is run anew.
        :param item_exploration: How much to explore new items. Default: Amazon Personalize's. A change replaces the
            job: it is run anew.
        :param ranking_influence: How much popularity and freshness count. Default: not at all. A change replaces the
            job: it is run anew.
        :param theme_generation: What the themes of the lists are made from. Default: no themes. A change replaces the
            job: it is run anew.
        :param output_key: The key that the results are encrypted with. Default: that of the bucket. A change replaces
            the job: it is run anew.
        :param rerun_on: Values of your own, such as a hash of the files or a date. Default: none. A change replaces
            the job: it is run anew.
        :param timeout: How long a deployment may wait for the job, 1 minute to 48 hours. More than 55 minutes add
            a wait link to the stack for each 55. Default: 2 hours.
        :raises ValidationError: when a value is one that Amazon Personalize would refuse.
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
                "themeGenerationConfig": theme_generation.render() if theme_generation and themed else None,
            },
            props={
                "jobName": "job_name",
                "solutionVersionArn": "solution_version",
                "filterArn": "filter",
                "batchInferenceJobConfig.itemExplorationConfig": "item_exploration",
                "batchInferenceJobConfig.rankingInfluence": "ranking_influence",
                "batchInferenceJobMode": "theme_generation",
                "themeGenerationConfig": "theme_generation",
                "themeGenerationConfig.fieldsForThemeGeneration.itemName": "theme_generation.item_name",
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
            parents=parts_of_trained_solution(solution_version),
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
        """The ARN; who uses it waits until the results are there."""
        self.batch_inference_job_name = self._name_attribute()
        """The name, generated or given."""
        self.batch_inference_job_status = self._attribute("Status")
        """The status after the deployment, ACTIVE."""


def problems_of_inference(scope: Construct, version: Any, exploration: Any, themes: Any) -> list[Problem]:
    """Return what the recipe or the region cannot do, where they are known."""
    problems = []
    region = Stack.of(scope).region
    if themes is not None and _validation.is_known(region) and region not in _THEME_REGIONS:
        rule = f"requires a region with themes: {', '.join(_THEME_REGIONS)}"
        remedy = "leave it out, or deploy the stack to one of them"
        problems.append(Problem("theme_generation", rule, region, remedy, certain=True))
    capabilities = capabilities_of(version)
    if capabilities is None:
        return problems
    recipe = recipe_name(version.recipe.arn)
    if not capabilities.batch_inference:
        rule = "must be of a recipe that batch inference jobs can run on"
        problems.append(Problem("solution_version", rule, recipe, certain=True))
    elif themes is not None and not capabilities.themes:
        remedy = "leave it out, or train a solution with Recipe.SIMILAR_ITEMS"
        problems.append(Problem("theme_generation", "needs a Similar-Items recipe", recipe, remedy, certain=True))
    if exploration is not None and not capabilities.explores:
        problems.append(Problem("item_exploration", "is not supported by the recipe", recipe, certain=True))
    return problems
