"""Simulated apps whose stacks contain the datasets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.simulation.catalogue import RECIPES
from conformance.simulation.shapes import AppShape, Campaigns, Names, Recommenders, filter_request
from conformance.simulation.surroundings import ROLE, schema_text
from conformance.simulation.template import AppTemplate, AttributeReference

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.simulation.shapes import Params

_METRICS = (["a"], ["a", "b"], ["b", "c"])


def metric_attribution_request(group: Any, names: list[str], event_type: str = "Watch") -> dict[str, Any]:
    """Return the create request of a metric attribution."""
    metrics = [{"eventType": event_type, "metricName": name, "expression": "SUM(Items.PRICE)"} for name in names]
    return {"datasetGroupArn": group, "metrics": metrics, "metricsOutputConfig": {"roleArn": ROLE}}


class Data(AppShape):
    """An app with a dataset group and all resources that need no training."""

    def domains(self) -> Mapping[str, list[Any]]:
        return {
            "schema": [0, 0, 1],
            "schemaname": [None, None, "s"],
            "groupname": [None, None, "g"],
            "gtags": [None, {"t": "1"}, {"t": "2"}],
            "dtags": [None, {"t": "1"}, {"t": "2"}],
            "items": [True, True, False],
            "source": ["one", "one", "two"],
            "rerun": ["a", "b"],
            "tracker": [True, True, False],
            "ttags": [None, {"t": "1"}],
            "filter": ["a", "b", None],
            "filtername": [None, "flt"],
            "metrics": [0, 1, 2, None],
            "maname": [None, "ma"],
            "policy": ["Retain", "Delete", "Delete"],
            "dname": [None, None, "ds"],
            "import": [True, True, False],
        }

    def template(self, params: Params) -> AppTemplate:
        template, policy = AppTemplate(), params["policy"]
        request = {"name": f"{self.stack_name}-grp"} if params["groupname"] else {}
        group = template.add("Group", "DatasetGroup", request, tags=params["gtags"], policy=policy)
        self.add_dataset(template, params, "Interactions", group, policy)
        if params["items"]:
            self.add_dataset(template, params, "Items", group, policy)
        if params["tracker"]:
            self.add_tracker(template, group, params["ttags"])
        if params["filter"] and params["items"]:
            request = filter_request(group, params["filter"])
            if params["filtername"]:
                request["name"] = f"{self.stack_name}-flt-{params['filter']}"
            template.add("Filter", "Filter", request)
        if params["metrics"] is not None and params["items"]:
            request = metric_attribution_request(group, _METRICS[params["metrics"]])
            request["metricsOutputConfig"]["s3DataDestination"] = {"path": "s3://bucket/m/"}
            if params["maname"]:
                request["name"] = f"{self.stack_name}-ma"
            template.add("Metrics", "MetricAttribution", request)
        return template

    def add_tracker(self, template: AppTemplate, group: AttributeReference, tags: dict[str, str] | None = None) -> None:
        request = {"datasetGroupArn": group, "name": f"{self.stack_name}-trk"}
        template.add("Tracker", "EventTracker", request, tags=tags)

    def add_dataset(
        self, template: AppTemplate, params: Params, kind: str, group: AttributeReference, policy: str
    ) -> None:
        """Add a dataset with its schema and import."""
        wide = bool(params.get("schema")) and kind == "Items"
        request: dict[str, Any] = {"schema": schema_text(kind, wide=wide)}
        if params.get("schemaname"):
            request["name"] = f"{self.stack_name}-{kind}-{'w' if wide else 'n'}"
        schema = template.add(f"{kind}Schema", "Schema", request, policy=policy)
        dash = "-" if params.get("dname") else ""
        name = f"{self.stack_name}{dash}{kind}"
        request = {"schemaArn": schema, "datasetGroupArn": group, "datasetType": kind, "name": name}
        dataset = template.add(f"{kind}Set", "Dataset", request, tags=params.get("dtags"), policy=policy)
        if params.get("import", True):
            file = "views" if kind == "Interactions" else "items"
            location = f"s3://bucket/{params.get('source', 'one')}/{file}.csv"
            request = {"datasetArn": dataset, "roleArn": ROLE, "dataSource": {"dataLocation": location}}
            extra = {"RerunOn": {"v": params.get("rerun", "a")}}
            template.add(f"{kind}Import", "DatasetImportJob", request, extra=extra)


class Full(Data):
    """An app with all resources from datasets to campaigns and batch jobs."""

    def domains(self) -> Mapping[str, list[Any]]:
        return {
            "recipe": ["aws-similar-items", "aws-sims"],
            "stags": [None, {"t": "1"}],
            "vrerun": ["a", "b", "c"],
            "ctags": [None, {"t": "1"}],
            "tps": [None, 1, 2, 3],
            "second": [True, False, False],
            "job": ["one", "two", None],
            "schema": [0, 0, 0, 1],
            "gtags": [None, {"t": "1"}],
            "vtimeout": [3300, 6000, 14400],
            "ctimeout": [3300, 6000],
            "cname": [None, None, "a", "b"],
            "sync": [False, False, True],
            "tracker": [True, False],
        }

    def template(self, params: Params) -> AppTemplate:
        template = AppTemplate()
        group = template.add("Group", "DatasetGroup", {}, tags=params["gtags"])
        self.add_dataset(template, {}, "Interactions", group, "Delete")
        self.add_dataset(template, params, "Items", group, "Delete")
        request = {"datasetGroupArn": group, "recipeArn": RECIPES + params["recipe"], "performAutoTraining": False}
        deps = ("InteractionsImport", "ItemsImport")
        solution = template.add("Solution", "Solution", request, tags=params["stags"], deps=deps)
        extra = {"RerunOn": {"v": params["vrerun"]}}
        version = template.add(
            "Version", "SolutionVersion", {"solutionArn": solution}, timeout=params["vtimeout"], extra=extra
        )
        request = self._campaign(params, solution, version)
        timeout = params["ctimeout"]
        template.add("Camp", "Campaign", request, tags=params["ctags"], timeout=timeout, deps=("Version",))
        if params["second"]:
            template.add("Camp2", "Campaign", {"solutionVersionArn": version})
        if params["tracker"]:
            self.add_tracker(template, group)
        if params["job"]:
            self._add_job(template, params, version)
        return template

    def _campaign(self, params: Params, solution: AttributeReference, version: AttributeReference) -> dict[str, Any]:
        request: dict[str, Any] = {"solutionVersionArn": version}
        if params["sync"]:
            latest = AttributeReference(solution.logical, solution.name, "/$LATEST")
            request = {"solutionVersionArn": latest, "campaignConfig": {"syncWithLatestSolutionVersion": True}}
        if params["tps"]:
            request["minProvisionedTPS"] = params["tps"]
        if params["cname"]:
            request["name"] = f"{self.stack_name}-{params['cname']}"
        return request

    def _add_job(self, template: AppTemplate, params: Params, version: AttributeReference) -> None:
        request = {
            "solutionVersionArn": version,
            "roleArn": ROLE,
            "numResults": 5,
            "jobInput": {"s3DataSource": {"path": f"s3://bucket/{params['job']}/questions.json"}},
            "jobOutput": {"s3DataDestination": {"path": f"s3://bucket/{self.stack_name}/out/"}},
        }
        template.add("Job", "BatchInferenceJob", request, deps=("Camp",))


SHAPES_BY_NAME: Mapping[str, type[AppShape]] = {
    "campaigns": Campaigns,
    "names": Names,
    "data": Data,
    "full": Full,
    "recommenders": Recommenders,
}
