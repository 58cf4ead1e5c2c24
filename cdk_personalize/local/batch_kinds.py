"""Batch inference jobs and batch segment jobs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cdk_personalize.local import expressions, recipes, schemas, strict_json
from cdk_personalize.local.dataset_job_kinds import DatasetJobKind
from cdk_personalize.local.errors import ServiceError, invalid
from cdk_personalize.local.kind import MINUTE
from cdk_personalize.local.objects import INSUFFICIENT_PRIVILEGES, INVALID_INPUT, INVALID_OUTPUT
from cdk_personalize.local.preconditions import require_running_quota
from cdk_personalize.local.resource import ACTIVE
from cdk_personalize.local.serving import serving_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cdk_personalize.local.kind import Request
    from cdk_personalize.local.registry import ResourceRegistry
    from cdk_personalize.local.resource import EmulatedResource
    from cdk_personalize.local.serving import Scored, Serving

_THEMES = "THEME_GENERATION"
_THEME_REGIONS = ("us-east-1", "us-west-2", "ap-northeast-1")
_DEFAULT_RESULTS = 25
_MAX_FILES = 1000
_MAX_LINES = 50_000_000
_MAX_THEMED_ITEMS = 100
_MAX_USERS = 5_000_000
_MAX_QUERIES = {"aws-item-affinity": 500, "aws-item-attribute-affinity": 10}


class BatchJobKind(DatasetJobKind):
    """Rules that apply to batch inference jobs and to batch segment jobs."""

    seconds = 20 * MINUTE

    def require_creatable(self, registry: ResourceRegistry, request: Request) -> None:
        """Raise ServiceError if the request is not valid, or the quota is reached.

        The solution version must be ACTIVE and of a supported recipe, the filter must be of the same dataset group, and
        the output must not be the input. The quota is five running jobs of the kind.
        """
        version = registry.get(request["solutionVersionArn"])
        if version.status != ACTIVE:
            raise invalid(f"{version.arn} is {version.status}, not ACTIVE")  # unverified: the exception type
        self.require_recipe(registry, version, request)
        group = version.record["datasetGroupArn"]
        if "filterArn" in request and registry.get(request["filterArn"]).record["datasetGroupArn"] != group:
            raise invalid(f"{request['filterArn']} is not a filter of {group}")  # unverified: the exception type
        if self._input(request).rstrip("/") == self._output(request).rstrip("/"):
            raise invalid("The output location must not be the input location")  # unverified: the exception type
        require_running_quota(registry.all(self.name), 5)

    def require_recipe(self, registry: ResourceRegistry, version: EmulatedResource, request: Request) -> None:
        """Raise InvalidInputException if the recipe does not support the job."""
        raise NotImplementedError

    def complete(self, registry: ResourceRegistry, request: Request) -> dict[str, Any]:
        """Return the members that a creation adds to the request, such as defaults."""
        return super().complete(registry, request) | {"numResults": request.get("numResults", _DEFAULT_RESULTS)}

    def finish_creation(self, registry: ResourceRegistry, resource: EmulatedResource, ended: float) -> str | None:
        """Read the input files and write the output files."""
        files = registry.read_objects(self._input(resource.record))
        version = registry.resources.get(resource.record["solutionVersionArn"])
        if resource.record["_role_too_new"]:
            return INSUFFICIENT_PRIVILEGES
        if not files:
            return INVALID_INPUT
        if version is None:
            return "The solution version was deleted."
        serving, most = serving_of(registry, version), self.max_lines(resource, version)
        if len(files) > _MAX_FILES:
            return f"{INVALID_INPUT}: there are more than {_MAX_FILES} files"  # unverified: the wording
        output = self._output(resource.record)
        for key, body in files.items():
            lines = [line for line in body.decode("utf-8-sig", errors="replace").splitlines() if line.strip()]
            if len(lines) > most:
                return f"The input file {key} has more than {most} lines"  # unverified: the wording
            answers = "".join(self.output_line(self._line(resource, serving, line)) + "\n" for line in lines)
            if not registry.write_object(output, f"{key.rsplit('/', 1)[-1]}.out", answers.encode()):
                return INVALID_OUTPUT
        return None if registry.write_object(output, "_CHECK", b"") else INVALID_OUTPUT

    def max_lines(self, resource: EmulatedResource, version: EmulatedResource) -> int:
        """Return the maximum number of lines in an input file."""
        raise NotImplementedError

    def output(self, resource: EmulatedResource, serving: Serving, question: dict[str, Any]) -> dict[str, Any]:
        """Return the output for one line of the input file.

        :param question: the JSON object of the line.
        :raises KeyError: if the line lacks a member that the recipe requires.
        :raises ServiceError: if the filter lacks a value.
        """
        raise NotImplementedError

    def output_line(self, answer: dict[str, Any]) -> str:
        """Format an answer as a line of an output file."""
        return _compact(answer)

    def _line(self, resource: EmulatedResource, serving: Serving, line: str) -> dict[str, Any]:
        # unverified: the output of the service for an input line that is not valid
        question: Any = line
        try:
            question = strict_json.loads(line)
            return {"input": question, "output": self.output(resource, serving, question), "error": None}
        except KeyError as missing:
            error = f"{missing.args[0]} is required"
        except (ValueError, TypeError, AttributeError):
            error = "The line is not a valid JSON object"
        except ServiceError as rejection:
            error = rejection.message
        return {"input": question, "output": None, "error": error}

    @staticmethod
    def _input(request: Request) -> str:
        return str(request["jobInput"]["s3DataSource"]["path"])

    @staticmethod
    def _output(request: Request) -> str:
        return str(request["jobOutput"]["s3DataDestination"]["path"])


class BatchInferenceJobKind(BatchJobKind):
    """A job that writes recommendations for many users or items, or themes."""

    name = "BatchInferenceJob"

    def require_recipe(self, registry: ResourceRegistry, version: EmulatedResource, request: Request) -> None:
        """Raise InvalidInputException if the recipe does not support the job.

        unverified: the exception types.
        """
        recipe = recipes.of(version.record)
        if not recipe.batch:
            raise invalid(f"{recipe.name} does not support batch inference jobs")
        themed = request.get("batchInferenceJobMode") == _THEMES
        if themed != ("themeGenerationConfig" in request):
            raise invalid(f"batchInferenceJobMode {_THEMES} and themeGenerationConfig must be set together")
        if themed:
            self._require_themes(registry, version, recipe, request)

    def complete(self, registry: ResourceRegistry, request: Request) -> dict[str, Any]:
        """Return the members that a creation adds to the request, such as defaults."""
        mode = request.get("batchInferenceJobMode", "BATCH_INFERENCE")
        return super().complete(registry, request) | {"batchInferenceJobMode": mode}

    def max_lines(self, resource: EmulatedResource, version: EmulatedResource) -> int:
        """Return the maximum number of lines in an input file."""
        return _MAX_THEMED_ITEMS if resource.record["batchInferenceJobMode"] == _THEMES else _MAX_LINES

    def output(self, resource: EmulatedResource, serving: Serving, question: dict[str, Any]) -> dict[str, Any]:
        """Return the recommendations for one line of the input file."""
        ranked = self._ranked(serving, question)
        passes = serving.passes(
            resource.record.get("filterArn"),
            question.get("filterValues", {}),
            question.get("userId"),
            question.get("itemId"),
        )
        kept = [each for each in ranked if passes(each[0])][: resource.record["numResults"]]
        if resource.record["batchInferenceJobMode"] == _THEMES:
            return self._theme(resource, serving, question["itemId"], [item for item, _ in kept])
        output: dict[str, Any] = {"recommendedItems": [item for item, _ in kept]}
        if serving.recipe.scored:
            output["scores"] = [score for _, score in kept]
        return output

    @staticmethod
    def _ranked(serving: Serving, question: dict[str, Any]) -> Sequence[Scored]:
        if serving.recipe.recipe_type == recipes.RELATED_ITEMS:
            return serving.items(None, question["itemId"])
        if serving.recipe.recipe_type == recipes.PERSONALIZED_RANKING:
            return serving.ranking(question["userId"], question["itemList"])
        return serving.items(question["userId"], None)

    @staticmethod
    def _theme(resource: EmulatedResource, serving: Serving, item: str, items: list[str]) -> dict[str, Any]:
        column = resource.record["themeGenerationConfig"]["fieldsForThemeGeneration"]["itemName"]
        row = serving.data.table("ITEMS").get(item, {})
        span = max(len(items) - 1, 1)
        return {
            "recommendedItems": items,
            "theme": f"More like {row.get(column) or item}",
            "itemsThemeRelevanceScores": [round(0.6 - 0.7 * position / span, 6) for position in range(len(items))],
        }

    @staticmethod
    def _require_themes(
        registry: ResourceRegistry, version: EmulatedResource, recipe: recipes.EmulatedRecipe, request: Request
    ) -> None:
        if not recipe.themes:
            raise invalid(f"Themes require the Similar-Items recipe, not {recipe.name}")
        if registry.region not in _THEME_REGIONS:
            raise invalid(f"Themes are not available in {registry.region}, only in {', '.join(_THEME_REGIONS)}")
        column = request["themeGenerationConfig"]["fieldsForThemeGeneration"]["itemName"]
        found = registry.all("Dataset", datasetGroupArn=version.record["datasetGroupArn"], datasetType="ITEMS")
        schema = registry.get(found[0].record["schemaArn"]).record["schema"] if found else None
        textual = schemas.textual_fields(schema) if schema else []
        if schema is None or not textual:
            raise invalid("Themes require an Items dataset with a textual field")
        if column in textual or "string" not in schemas.parse_schema(schema).get(column, []):
            raise invalid(f"itemName must be a string column of the Items dataset that is not textual, not {column}")


class BatchSegmentJobKind(BatchJobKind):
    """A job that writes user segments for items or for item attributes."""

    name = "BatchSegmentJob"

    def require_recipe(self, registry: ResourceRegistry, version: EmulatedResource, request: Request) -> None:
        """Raise InvalidInputException if the recipe does not support user segments.

        unverified: the exception types.
        """
        recipe = recipes.of(version.record)
        if recipe.recipe_type != recipes.USER_SEGMENTATION:
            raise invalid(f"{recipe.name} does not support batch segment jobs")
        if request.get("numResults", 0) > _MAX_USERS:
            raise invalid(f"numResults must be at most {_MAX_USERS}")

    def output_line(self, answer: dict[str, Any]) -> str:
        """Format an answer as a line of an output file.

        As in the developer guide, only the list of users has no spaces.
        """
        if not answer["output"]:
            return json.dumps(answer)
        users = _compact(answer["output"]["usersList"])
        return f'{{"input": {json.dumps(answer["input"])}, "output": {{"usersList": {users}}}, "error": null}}'

    def max_lines(self, resource: EmulatedResource, version: EmulatedResource) -> int:
        """Return the maximum number of lines in an input file."""
        return _MAX_QUERIES[recipes.of(version.record).name]

    def output(self, resource: EmulatedResource, serving: Serving, question: dict[str, Any]) -> dict[str, Any]:
        """Return the user segment for one line of the input file."""
        if serving.recipe.name == "aws-item-affinity":
            given_items = {question["itemId"]}
        else:
            expression = expressions.parse(f"INCLUDE ItemID WHERE {question['itemAttributes']}")
            rows = serving.data.table("ITEMS")
            given_items = {item for item, row in rows.items() if expression.allows({"ITEMS": [row]}.__getitem__, {})}
        passes = serving.passes(resource.record.get("filterArn"), question.get("filterValues", {}), None, None)
        users = [user for user in serving.users(given_items) if passes(user)]
        return {"usersList": users[: resource.record["numResults"]]}


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
