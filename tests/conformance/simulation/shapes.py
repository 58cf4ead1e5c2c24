"""Simulated apps for schedules, with random parameters and their templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.simulation.catalogue import RECIPES
from conformance.simulation.surroundings import CINEMA
from conformance.simulation.template import AppTemplate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.simulation.account import SimulatedAccount

    Params = dict[str, Any]


class AppShape:
    """An app with parameters, which is deployed into one stack."""

    def __init__(self, account: SimulatedAccount, stack_name: str, number: int = 0) -> None:
        self.account, self.stack_name, self.number = account, stack_name, number

    def domains(self) -> Mapping[str, list[Any]]:
        """Return the possible values of each parameter."""
        raise NotImplementedError

    def template(self, params: Params) -> AppTemplate:
        """Return the template of the app for these parameters."""
        raise NotImplementedError

    def initial(self) -> Params:
        """Return the parameters of the first deployment."""
        return {name: self._pick(values, "init", name) for name, values in self.domains().items()}

    def mutate(self, params: Params, step: int) -> Params:
        """Return the parameters with one to three random changes."""
        domains, changed = self.domains(), dict(params)
        for number in range(1 + int(3 * self.account.draw("shape", self.stack_name, "many", step))):
            name = self._pick(sorted(domains), "which", step, number)
            changed[name] = self._pick(domains[name], "value", step, number)
        return changed

    def _pick(self, options: list[Any], *key: object) -> Any:
        return options[int(self.account.draw("shape", self.stack_name, *key) * len(options))]


class Campaigns(AppShape):
    """Three campaigns on a solution outside the stack."""

    def domains(self) -> Mapping[str, list[Any]]:
        domains: dict[str, list[Any]] = {}
        own = [f"{self.stack_name}-c{{}}-a", f"{self.stack_name}-c{{}}-b"]
        configs = [None, {"enableMetadataWithRecommendations": True}, {"rankingInfluence": {"POPULARITY": 0.5}}]
        for n in range(3):
            domains[f"tps{n}"] = [None, 1, 2, 3, 3]
            domains[f"config{n}"] = configs
            domains[f"version{n}"] = [0, 1, 0, 1, "latest", "sync"]
            domains[f"name{n}"] = [None, None, None, *(name.format(n) for name in own)] * 6 + ["existing"]
            domains[f"tags{n}"] = [None, {"team": "a"}, {"team": "b"}]
            domains[f"there{n}"] = [True, True, n < 2]
            domains[f"timeout{n}"] = [3300, 3300, 6000, 1200]
        return domains | {"chain": [False, False, True]}

    def initial(self) -> Params:
        return {**super().initial(), "there0": True}

    def template(self, params: Params) -> AppTemplate:
        template, last = AppTemplate(), None
        for n in range(3):
            if not params[f"there{n}"]:
                continue
            template.add(
                f"Camp{n}",
                "Campaign",
                self._request(params, n),
                tags=params[f"tags{n}"],
                timeout=params[f"timeout{n}"],
                deps=(last,) if params["chain"] and last else (),
            )
            last = f"Camp{n}"
        return template

    def _request(self, params: Params, n: int) -> dict[str, Any]:
        version, config, movies = params[f"version{n}"], dict(params[f"config{n}"] or {}), f"movies{self.number}"
        if version in ("latest", "sync"):
            request = {"solutionVersionArn": f"{self.account.solutions[movies]}/$LATEST"}
            if version == "sync":
                config["syncWithLatestSolutionVersion"] = True
        else:
            request = {"solutionVersionArn": self.account.versions[movies][version]}
        optional = {"minProvisionedTPS": params[f"tps{n}"], "campaignConfig": config, "name": params[f"name{n}"]}
        return request | {name: value for name, value in optional.items() if value}


class Names(AppShape):
    """An app whose resources have the same names as those of another stack."""

    def domains(self) -> Mapping[str, list[Any]]:
        return {
            "tps": [1, 2, 3],
            "name": ["x", "y", "z", None],
            "filter": ["x", "y", None],
            "expr": ["a", "b"],
            "tags": [None, {"team": "a"}],
            "second": [True, False],
            "timeout": [3300, 6000],
        }

    def template(self, params: Params) -> AppTemplate:
        template, versions = AppTemplate(), self.account.versions["movies0"]
        request = {"solutionVersionArn": versions[0], "minProvisionedTPS": params["tps"]}
        if params["name"]:
            request["name"] = params["name"]
        template.add("Camp", "Campaign", request, tags=params["tags"], timeout=params["timeout"])
        request = filter_request(self.account.groups["movies0"], params["expr"])
        if params["filter"]:
            request["name"] = f"f-{params['filter']}"
        template.add("Filter", "Filter", request, tags=params["tags"])
        if params["second"]:
            template.add("Camp2", "Campaign", {"solutionVersionArn": versions[1]}, deps=("Filter",))
        return template


class Recommenders(AppShape):
    """Three recommenders in a dataset group outside the stack."""

    def domains(self) -> Mapping[str, list[Any]]:
        domains: dict[str, list[Any]] = {}
        for n in range(3):
            domains[f"rate{n}"] = [None, 1, 2]
            domains[f"meta{n}"] = [None, True]
            domains[f"active{n}"] = [None, True, False]
            domains[f"case{n}"] = ["aws-vod-top-picks", "aws-vod-top-picks", "aws-vod-most-popular"]
            domains[f"columns{n}"] = [None, None, {"ITEMS": ["GENRES"]}]
            domains[f"name{n}"] = [None, None, f"{self.stack_name}-r{n}"]
            domains[f"there{n}"] = [True, True, False]
            domains[f"tags{n}"] = [None, {"t": "1"}]
            domains[f"timeout{n}"] = [3300, 6000, 14400]
        return domains

    def initial(self) -> Params:
        return {**super().initial(), "there0": True}

    def template(self, params: Params) -> AppTemplate:
        template = AppTemplate()
        for n in range(3):
            if not params[f"there{n}"]:
                continue
            active = params[f"active{n}"]
            template.add(
                f"Rec{n}",
                "Recommender",
                self._request(params, n),
                tags=params[f"tags{n}"],
                extra={} if active is None else {"Active": active},
                timeout=params[f"timeout{n}"],
            )
        return template

    def _request(self, params: Params, n: int) -> dict[str, Any]:
        case, config = params[f"case{n}"], {}
        if params[f"rate{n}"]:
            config["minRecommendationRequestsPerSecond"] = params[f"rate{n}"]
        if params[f"meta{n}"]:
            config["enableMetadataWithRecommendations"] = True
        if params[f"columns{n}"]:
            config["trainingDataConfig"] = {"excludedDatasetColumns": params[f"columns{n}"]}
        request = {"datasetGroupArn": self.account.groups[CINEMA], "recipeArn": RECIPES + case}
        if config:
            request["recommenderConfig"] = config
        if params[f"name{n}"]:
            request["name"] = params[f"name{n}"] + case[8:11]
        return request


def filter_request(group: Any, genre: str) -> dict[str, Any]:
    """Return the create request of a filter."""
    return {"datasetGroupArn": group, "filterExpression": f'INCLUDE ItemID WHERE Items.GENRES IN ("{genre}")'}
