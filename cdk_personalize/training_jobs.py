"""What a training pipeline imports, and the batch jobs that it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cdk_personalize_handler import kinds, service_model

from cdk_personalize import _validation
from cdk_personalize._batch import destination, problems_of_input, source
from cdk_personalize._resource import arn_of
from cdk_personalize._validation import Problem
from cdk_personalize.batch_inference_job import ThemeGeneration
from cdk_personalize.campaign import exploration_as_api, influence_as_api
from cdk_personalize.dataset import problems_of_dataset
from cdk_personalize.dataset_import import ImportMode
from cdk_personalize.filter import problems_of_filter
from cdk_personalize.s3_location import problems_of_location, url_of_location

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_kms as kms
    from aws_cdk.interfaces.aws_personalize import IDatasetRef, IFilterRef
    from cdk_personalize_handler.kinds import Kind
    from constructs import Construct

    from cdk_personalize.campaign import ItemExploration, RankingInfluence
    from cdk_personalize.dataset import IDataset
    from cdk_personalize.filter import IFilter
    from cdk_personalize.s3_location import S3Location

_VALID_ROLE = "arn:aws:iam::111111111111:role/any"
_VALID_VERSION = "arn:aws:personalize:us-east-1:111111111111:solution/any/00000000"


@dataclass(frozen=True, kw_only=True, slots=True)
class DatasetUpdate:
    """An import of CSV files in each run of a training pipeline.

    :param dataset: The dataset: a construct, an import, or a `CfnDataset`.
    :param source: The S3 location of a CSV file or a folder of CSV files, a URI of at most 256 characters.
    :param mode: The effect on existing data. Default: FULL, which replaces it.
    """

    dataset: IDataset | IDatasetRef
    source: S3Location
    mode: ImportMode | None = None

    @property
    def kind(self) -> Kind:
        """The kind of job that a run creates."""
        return kinds.KINDS["DatasetImportJob"]

    def problems(self, scope: Construct, prop: str) -> list[Problem]:
        """Return the problems of the values of this object.

        :param prop: The prop of the training pipeline that contains this object.
        """
        return [
            *_in(prop, problems_of_dataset(scope, self.dataset)),
            *problems_of_location(scope, f"{prop}.source", self.source),
            *_validation.wrong_choice(f"{prop}.mode", self.mode, ImportMode),
        ]

    def _arguments(self) -> dict[str, Any]:
        """Return the arguments of the create call, without name and role."""
        request = {
            "datasetArn": arn_of("Dataset", self.dataset),
            "dataSource": {"dataLocation": url_of_location(self.source)},
            "importMode": None if self.mode is None else self.mode.value,
        }
        return _as_arguments(self.kind, request)


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchSegment:
    """A batch segment job in each run of a training pipeline.

    It uses the solution version of the run.

    :param input: The S3 file in JSON Lines format, or a folder of such files, with one item or attribute per line; a
        URI of at most 256 characters.
    :param output: The S3 folder for the results. It must differ from `input`. Each run overwrites the results of the
        previous run.
    :param filter: The filter for the users in a segment. Default: none.
    :param num_results: The maximum number of users in a segment. Default: the default of Amazon Personalize, 25.
    :param output_key: The KMS key that encrypts the results. Default: the encryption of the bucket.
    """

    input: S3Location
    output: S3Location
    filter: IFilter | IFilterRef | None = None
    num_results: int | None = None
    output_key: kms.IKey | None = None

    @property
    def kind(self) -> Kind:
        """The kind of job that a run creates."""
        return kinds.KINDS["BatchSegmentJob"]

    def problems(self, scope: Construct, prop: str) -> list[Problem]:
        """Return the problems of the values of this object.

        :param prop: The prop of the training pipeline that contains this object.
        """
        return _problems_of_batch(scope, prop, self, {})

    def _arguments(self) -> dict[str, Any]:
        """Return the arguments of the create call, without name, version and role."""
        return _as_arguments(self.kind, _batch_request(self))


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchInference:
    """A batch inference job in each run of a training pipeline.

    It uses the solution version of the run.

    :param input: The S3 file in JSON Lines format, or a folder of such files, with one user or item per line; a URI of
        at most 256 characters.
    :param output: The S3 folder for the results. It must differ from `input`. Each run overwrites the results of the
        previous run.
    :param filter: The filter for the recommended items. Default: none.
    :param num_results: The number of items for each input line. Default: the default of Amazon Personalize, 25.
    :param item_exploration: The exploration of new items. Default: the default of Amazon Personalize.
    :param ranking_influence: The weights of popularity and freshness. Default: no influence.
    :param theme_generation: The configuration of themes for the recommendation lists. Default: no themes.
    :param output_key: The KMS key that encrypts the results. Default: the encryption of the bucket.
    """

    input: S3Location
    output: S3Location
    filter: IFilter | IFilterRef | None = None
    num_results: int | None = None
    item_exploration: ItemExploration | None = None
    ranking_influence: RankingInfluence | None = None
    theme_generation: ThemeGeneration | None = None
    output_key: kms.IKey | None = None

    @property
    def kind(self) -> Kind:
        """The kind of job that a run creates."""
        return kinds.KINDS["BatchInferenceJob"]

    def problems(self, scope: Construct, prop: str) -> list[Problem]:
        """Return the problems of the values of this object.

        :param prop: The prop of the training pipeline that contains this object.
        """
        themes = _validation.wrong_type("theme_generation", self.theme_generation, ThemeGeneration, "a ThemeGeneration")
        wrong = [*themes, *exploration_as_api(self.item_exploration)[1], *influence_as_api(self.ranking_influence)[1]]
        if wrong:
            return _in(prop, wrong)
        return _problems_of_batch(scope, prop, self, self._model_members())

    def _arguments(self) -> dict[str, Any]:
        """Return the arguments of the create call, without name, version and role."""
        return _as_arguments(self.kind, {**_batch_request(self), **self._model_members()})

    def _model_members(self) -> dict[str, Any]:
        """Return the members for exploration, ranking influence and themes."""
        config = _validation.given(
            itemExplorationConfig=exploration_as_api(self.item_exploration)[0],
            rankingInfluence=influence_as_api(self.ranking_influence)[0],
        )
        themes = self.theme_generation
        return _validation.given(
            batchInferenceJobConfig=config or None,
            batchInferenceJobMode=None if themes is None else "THEME_GENERATION",
            themeGenerationConfig=None if themes is None else themes._render(),
        )


def _batch_request(job: BatchInference | BatchSegment) -> dict[str, Any]:
    return {
        "filterArn": arn_of("Filter", job.filter),
        "numResults": job.num_results,
        "jobInput": source(job.input),
        "jobOutput": {"s3DataDestination": destination(job.output, job.output_key)},
    }


def _problems_of_batch(
    scope: Construct, prop: str, job: BatchInference | BatchSegment, model: dict[str, Any]
) -> list[Problem]:
    location_problems = [
        *problems_of_input(scope, job.input, job.output),
        *problems_of_location(scope, "output", job.output),
    ]
    given = {name: value for name, value in {**_batch_request(job), **model}.items() if value is not None}
    complete = {**given, "jobName": "any", "roleArn": _VALID_ROLE, "solutionVersionArn": _VALID_VERSION}
    problems = [
        *location_problems,
        *([] if job.filter is None else problems_of_filter(scope, job.filter)),
        *_validation.wrong_object("output_key", job.output_key, "key_arn", "a key"),
        *([] if location_problems else _validation.violations(job.kind.name, complete, {})),
    ]
    return _in(prop, problems)


def _as_arguments(kind: Kind, request: dict[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in request.items() if value is not None}
    arguments: dict[str, Any] = service_model.to_template(service_model.create_shape(kind.name), given)
    return arguments


def _in(prop: str, problems: Sequence[Problem]) -> list[Problem]:
    """Return problems with the prop that contains the value in front of their props."""
    return [
        Problem(f"{prop}.{each.prop}", each.rule, each.value, each.remedy, certain=each.certain) for each in problems
    ]
