"""The jobs that read questions from Amazon S3 and write a model's answers there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cdk_personalize.local import datasets, expressions, recipes
from cdk_personalize.local.data_plane import serving_of
from cdk_personalize.local.errors import ServiceError, invalid
from cdk_personalize.local.kind import MINUTE, Kind, check_quota_of_running, table_of
from cdk_personalize.local.objects import INVALID_INPUT, INVALID_OUTPUT
from cdk_personalize.local.resource import ACTIVE
from cdk_personalize.local.serving import SCORED

if TYPE_CHECKING:
    from cdk_personalize.local.emulator import World
    from cdk_personalize.local.kind import Request
    from cdk_personalize.local.resource import Resource
    from cdk_personalize.local.serving import Scored, Serving

_THEMES = "THEME_GENERATION"
_THEME_REGIONS = ("us-east-1", "us-west-2", "ap-northeast-1")
_DEFAULT_RESULTS = 25
_MOST_FILES = 1000
_MOST_LINES = 50_000_000
_MOST_THEMED_ITEMS = 100
_MOST_USERS = 5_000_000
_MOST_QUERIES = {"aws-item-affinity": 500, "aws-item-attribute-affinity": 10}


class BatchKind(Kind):
    """What both kinds of jobs have in common."""

    seconds = 20 * MINUTE

    def check_create(self, world: World, request: Request) -> None:
        """Refuse a version that is not ready, a recipe without such jobs, a filter of another group."""
        version = world.get(request["solutionVersionArn"])
        if version.status != ACTIVE:
            raise invalid(f"{version.arn} is {version.status}, not ACTIVE")  # unverified: the exception
        self.check_recipe(world, version, request)
        group = version.record["datasetGroupArn"]
        if "filterArn" in request and world.get(request["filterArn"]).record["datasetGroupArn"] != group:
            raise invalid(f"{request['filterArn']} is not a filter of {group}")  # unverified: the exception
        if self._input(request).rstrip("/") == self._output(request).rstrip("/"):
            raise invalid("The output must not go to where the input is")  # unverified: the exception
        check_quota_of_running(world.all(self.name), 5)

    def check_recipe(self, world: World, version: Resource, request: Request) -> None:
        """Refuse a recipe that has no such jobs."""
        raise NotImplementedError

    def complete(self, world: World, request: Request) -> dict[str, Any]:
        """Add the defaults."""
        return {"numResults": request.get("numResults", _DEFAULT_RESULTS)}

    def created(self, world: World, resource: Resource, ended: float) -> str | None:
        """Read the questions and write the answers."""
        files = world.files(self._input(resource.record))
        version = world.resources.get(resource.record["solutionVersionArn"])
        if not files:
            return INVALID_INPUT
        if version is None:
            return "The solution version was deleted."
        serving, most = serving_of(world, version), self.most_lines(resource, version)
        if len(files) > _MOST_FILES:
            return f"{INVALID_INPUT}: there are more than {_MOST_FILES} files"  # unverified: the words
        output = self._output(resource.record)
        for key, body in files.items():
            lines = [line for line in body.decode("utf-8-sig", errors="replace").splitlines() if line.strip()]
            if len(lines) > most:
                return f"The input file {key} has more than {most} lines"  # unverified: the words
            answers = "".join(json.dumps(self._line(resource, serving, line)) + "\n" for line in lines)
            if not world.save(output, f"{key.rsplit('/', 1)[-1]}.out", answers.encode()):
                return INVALID_OUTPUT
        return None if world.save(output, "_CHECK", b"") else INVALID_OUTPUT

    def most_lines(self, resource: Resource, version: Resource) -> int:
        """Return how many lines a file may have."""
        raise NotImplementedError

    def output(self, resource: Resource, serving: Serving, question: dict[str, Any]) -> dict[str, Any]:
        """Return the output for one line of input.

        :raises KeyError: when the line lacks what the recipe needs.
        :raises ServiceError: when its filter values do not do.
        """
        raise NotImplementedError

    def _line(self, resource: Resource, serving: Serving, line: str) -> dict[str, Any]:
        # unverified: what the service writes for a line that it cannot answer
        question: Any = line
        try:
            question = json.loads(line)
            return {"input": question, "output": self.output(resource, serving, question), "error": None}
        except KeyError as missing:
            error = f"{missing.args[0]} is required"
        except (ValueError, TypeError, AttributeError):
            error = "The line is not a JSON object of the right form"
        except ServiceError as refused:
            error = refused.message
        return {"input": question, "output": None, "error": error}

    @staticmethod
    def _input(request: Request) -> str:
        return str(request["jobInput"]["s3DataSource"]["path"])

    @staticmethod
    def _output(request: Request) -> str:
        return str(request["jobOutput"]["s3DataDestination"]["path"])


class BatchInferenceJob(BatchKind):
    """Recommendations for many users or items, or groups of similar items with a theme each."""

    name = "BatchInferenceJob"

    def check_recipe(self, world: World, version: Resource, request: Request) -> None:
        """Refuse recipes without batch jobs, and themes where there are none. unverified: the exceptions."""
        recipe = recipes.of(version.record)
        if not recipe.batch:
            raise invalid(f"{recipe.name} has no batch inference jobs")
        themed = request.get("batchInferenceJobMode") == _THEMES
        if themed != ("themeGenerationConfig" in request):
            raise invalid(f"batchInferenceJobMode {_THEMES} and themeGenerationConfig need each other")
        if themed:
            self._check_themes(world, version, recipe, request)

    def complete(self, world: World, request: Request) -> dict[str, Any]:
        """Add the defaults."""
        mode = request.get("batchInferenceJobMode", "BATCH_INFERENCE")
        return super().complete(world, request) | {"batchInferenceJobMode": mode}

    def most_lines(self, resource: Resource, version: Resource) -> int:
        """Return how many lines a file may have."""
        return _MOST_THEMED_ITEMS if resource.record["batchInferenceJobMode"] == _THEMES else _MOST_LINES

    def output(self, resource: Resource, serving: Serving, question: dict[str, Any]) -> dict[str, Any]:
        """Return what the recipe answers."""
        ranked = self._ranked(serving, question)
        keep = serving.keeps(
            resource.record.get("filterArn"),
            question.get("filterValues", {}),
            question.get("userId"),
            question.get("itemId"),
        )
        kept = [each for each in ranked if keep(each[0])][: resource.record["numResults"]]
        if resource.record["batchInferenceJobMode"] == _THEMES:
            return self._theme(resource, serving, question["itemId"], [item for item, _ in kept])
        output: dict[str, Any] = {"recommendedItems": [item for item, _ in kept]}
        if serving.recipe.recipe_type in SCORED:
            output["scores"] = [score for _, score in kept]
        return output

    @staticmethod
    def _ranked(serving: Serving, question: dict[str, Any]) -> list[Scored]:
        if serving.recipe.recipe_type == recipes.RELATED_ITEMS:
            return serving.items(None, question["itemId"])
        if serving.recipe.recipe_type == recipes.PERSONALIZED_RANKING:
            return serving.ranking(question["userId"], question["itemList"])
        return serving.items(question["userId"], None)

    @staticmethod
    def _theme(resource: Resource, serving: Serving, item: str, items: list[str]) -> dict[str, Any]:
        column = resource.record["themeGenerationConfig"]["fieldsForThemeGeneration"]["itemName"]
        row = table_of(serving.world, serving.group, "ITEMS").get(item, {})
        span = max(len(items) - 1, 1)
        return {
            "recommendedItems": items,
            "theme": f"More like {row.get(column) or item}",
            "itemsThemeRelevanceScores": [round(0.6 - 0.7 * position / span, 6) for position in range(len(items))],
        }

    @staticmethod
    def _check_themes(world: World, version: Resource, recipe: recipes.Recipe, request: Request) -> None:
        if not recipe.themes:
            raise invalid(f"Themes are for the Similar-Items recipe, not for {recipe.name}")
        if world.region not in _THEME_REGIONS:
            raise invalid(f"There are no themes in {world.region}, only in {', '.join(_THEME_REGIONS)}")
        column = request["themeGenerationConfig"]["fieldsForThemeGeneration"]["itemName"]
        found = world.all("Dataset", datasetGroupArn=version.record["datasetGroupArn"], datasetType="ITEMS")
        schema = world.get(found[0].record["schemaArn"]).record["schema"] if found else None
        textual = datasets.textual_fields(schema) if schema else []
        if schema is None or not textual:
            raise invalid("Themes need an Items dataset with a textual field")
        if column in textual or "string" not in datasets.parse_schema(schema).get(column, []):
            raise invalid(f"itemName must be a string column of the Items dataset that is not textual, not {column}")


class BatchSegmentJob(BatchKind):
    """Users who are likely to want an item, or items with certain attributes."""

    name = "BatchSegmentJob"

    def check_recipe(self, world: World, version: Resource, request: Request) -> None:
        """Refuse recipes that do not segment. unverified: the exceptions."""
        recipe = recipes.of(version.record)
        if recipe.recipe_type != recipes.USER_SEGMENTATION:
            raise invalid(f"{recipe.name} has no batch segment jobs")
        if request.get("numResults", 0) > _MOST_USERS:
            raise invalid(f"numResults must be at most {_MOST_USERS}")

    def most_lines(self, resource: Resource, version: Resource) -> int:
        """Return how many lines a file may have."""
        return _MOST_QUERIES[recipes.of(version.record).name]

    def output(self, resource: Resource, serving: Serving, question: dict[str, Any]) -> dict[str, Any]:
        """Return the users."""
        if serving.recipe.name == "aws-item-affinity":
            wanted = {question["itemId"]}
        else:
            expression = expressions.parse(f"INCLUDE ItemID WHERE {question['itemAttributes']}")
            rows = table_of(serving.world, serving.group, "ITEMS")
            wanted = {item for item, row in rows.items() if expression.allows({"ITEMS": [row]}.__getitem__, {})}
        keep = serving.keeps(resource.record.get("filterArn"), question.get("filterValues", {}), None, None)
        users = [user for user in serving.users(wanted) if keep(user)]
        return {"recommendedUsers": users[: resource.record["numResults"]]}
