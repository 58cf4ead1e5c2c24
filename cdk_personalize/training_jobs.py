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
from cdk_personalize.s3_location import problems_of_place, url_of_place

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

_ROLE = "arn:aws:iam::111111111111:role/any"
_VERSION = "arn:aws:personalize:us-east-1:111111111111:solution/any/00000000"


@dataclass(frozen=True, kw_only=True, slots=True)
class DatasetUpdate:
    """An import of CSV files that each run of a training pipeline does.

    :param dataset: The dataset: a construct, an import, or a `CfnDataset`.
    :param source: Where the CSV files are: one, or a folder of them, an address of at most 256 characters.
    :param mode: What happens to the data that the dataset has. Default: FULL, it is replaced.
    """

    dataset: IDataset | IDatasetRef
    source: S3Location
    mode: ImportMode | None = None

    @property
    def kind(self) -> Kind:
        """The kind of job."""
        return kinds.KINDS["DatasetImportJob"]

    def problems(self, scope: Construct, prop: str) -> list[Problem]:
        """Return what is wrong."""
        return [
            *_in(prop, problems_of_dataset(scope, self.dataset)),
            *problems_of_place(scope, f"{prop}.source", self.source),
            *_validation.wrong_choice(f"{prop}.mode", self.mode, ImportMode),
        ]

    def _arguments(self) -> dict[str, Any]:
        """Return the request without the name and the role, as a state has it."""
        request = {
            "datasetArn": arn_of("Dataset", self.dataset),
            "dataSource": {"dataLocation": url_of_place(self.source)},
            "importMode": None if self.mode is None else self.mode.value,
        }
        return _as_arguments(self.kind, request)


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchSegment:
    """A batch segment job in each run of a training pipeline.

    It uses the solution version of the run.

    :param input: The file of JSON lines that says for what, or a folder of them, an address of at most 256 characters.
    :param output: The folder for the results, which must not be `input`. Each run overwrites those of the last one.
    :param filter: Which users may be in a segment. Default: all.
    :param num_results: How many users a segment has at most. Default: the default of Amazon Personalize, 25.
    :param output_key: The key that the results are encrypted with. Default: that of the bucket.
    """

    input: S3Location
    output: S3Location
    filter: IFilter | IFilterRef | None = None
    num_results: int | None = None
    output_key: kms.IKey | None = None

    @property
    def kind(self) -> Kind:
        """The kind of job."""
        return kinds.KINDS["BatchSegmentJob"]

    def problems(self, scope: Construct, prop: str) -> list[Problem]:
        """Return what is wrong."""
        return _problems_of_batch(scope, prop, self, {})

    def _arguments(self) -> dict[str, Any]:
        """Return the request for a state, without name, version and role."""
        return _as_arguments(self.kind, _batch_request(self))


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchInference:
    """A batch inference job in each run of a training pipeline.

    It uses the solution version of the run.

    :param input: The file of JSON lines that says for whom or what, or a folder of them, an address of at most 256
        characters.
    :param output: The folder for the results, which must not be `input`. Each run overwrites those of the last one.
    :param filter: Which items may be recommended. Default: all.
    :param num_results: How many items for each line of the input. Default: the default of Amazon Personalize, 25.
    :param item_exploration: How much to explore new items. Default: the default of Amazon Personalize.
    :param ranking_influence: How much popularity and freshness count. Default: not at all.
    :param theme_generation: What the themes of the lists are made from. Default: no themes.
    :param output_key: The key that the results are encrypted with. Default: that of the bucket.
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
        """The kind of job."""
        return kinds.KINDS["BatchInferenceJob"]

    def problems(self, scope: Construct, prop: str) -> list[Problem]:
        """Return what is wrong."""
        themes = _validation.wrong_type("theme_generation", self.theme_generation, ThemeGeneration, "a ThemeGeneration")
        wrong = [*themes, *exploration_as_api(self.item_exploration)[1], *influence_as_api(self.ranking_influence)[1]]
        if wrong:
            return _in(prop, wrong)
        return _problems_of_batch(scope, prop, self, self._model())

    def _arguments(self) -> dict[str, Any]:
        """Return the request for a state, without name, version and role."""
        return _as_arguments(self.kind, {**_batch_request(self), **self._model()})

    def _model(self) -> dict[str, Any]:
        """Return the members that say how the model is used."""
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
    places = [*problems_of_input(scope, job.input, job.output), *problems_of_place(scope, "output", job.output)]
    given = {name: value for name, value in {**_batch_request(job), **model}.items() if value is not None}
    complete = {**given, "jobName": "any", "roleArn": _ROLE, "solutionVersionArn": _VERSION}
    problems = [
        *places,
        *([] if job.filter is None else problems_of_filter(scope, job.filter)),
        *_validation.wrong_object("output_key", job.output_key, "key_arn", "a key"),
        *([] if places else _validation.violations(job.kind.name, complete, {})),
    ]
    return _in(prop, problems)


def _as_arguments(kind: Kind, request: dict[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in request.items() if value is not None}
    arguments: dict[str, Any] = service_model.to_template(service_model.create_shape(kind.name), given)
    return arguments


def _in(prop: str, problems: Sequence[Problem]) -> list[Problem]:
    """Return problems of a value that is itself in a prop."""
    return [
        Problem(f"{prop}.{each.prop}", each.rule, each.value, each.remedy, certain=each.certain) for each in problems
    ]
