"""Configuration of the faults in a schedule, by mode."""

from __future__ import annotations

from typing import Any

from conformance.simulation.draws import fraction, pick

MODES = (
    "calm",
    "lag",
    "transient",
    "outage",
    "fail",
    "cancel",
    "kill",
    "dup",
    "long",
    "hand",
    "silence",
    "all",
)
SHAPES = ("campaigns", "campaigns", "names", "data", "data", "full", "recommenders")
CALM: dict[str, Any] = {
    "ev_lag": 0,  # Seconds until DescribeStackEvents shows an event, at most.
    "ev_mode": "prefix",  # Whether events become visible in order ("prefix") or in any order ("independent").
    "ev_page": 100,
    "skew_cfn": 0.0,  # Difference between the clocks of CloudFormation and Personalize, in seconds.
    "date_skew": 0.0,  # Difference between the clocks of hosts of Personalize, in seconds.
    "ec": 0,  # Seconds until a new resource and its tags are visible, at most.
    "ec_nonmono": False,  # Whether a visible resource can become invisible again.
    "ec_stale": 0,  # Maximum of seconds for which an outdated description is returned after an update.
    "sfn_quotas": False,  # Whether Step Functions has its default quotas.
    "sfn_lag": 0,  # Seconds until ListExecutions shows an execution, at most.
    "p_throttle": 0,
    "p_5xx": 0,
    "p_conn": 0,  # The call gets no response and has no effect.
    "p_lost": 0,  # The call takes effect, but its response is lost.
    "p_cfn": 1,  # Factor of these probabilities for CloudFormation and Step Functions.
    "p_kill": 0,
    "excuse_kill": "any",  # What justifies a failure: "any" killed run, or all attempts of a step ("given-up").
    "p_dup": 0,  # CloudFormation's event is delivered twice.
    "p_dup_invoke": 0,  # The workflow's connection to Lambda breaks while the run goes on.
    "p_lambda": 0,  # Lambda throttles an invocation.
    "concurrency": 0,  # Maximum of concurrent function runs in the account; 0: no limit.
    "p_resubmit": 0,  # The connection to the response URL breaks before or after the response arrived.
    "p_startexec": 0,  # StartExecution is throttled until the function stops retrying.
    "p_late": 0,
    "dated_urls": True,  # Whether the signatures of response URLs show when the request was sent.
    "p_outcome": 0,  # A creation or update fails in Personalize.
    "p_long": 0,
    "p_quota": 0,
    "p_skew": 0,  # A poll gets the progress that another release of the library wrote.
    "p_hand": 0,
    "p_keep": 0,  # The deployment has the option `--no-rollback`.
    "p_interrupt": 0,
    "p_outage": 0,
    "p_slow": 0,
    "p_old": 0,  # Another release of the library synthesized the template.
    "p_destroy": 0.05,
    "rollback_id": "R1",
    "rollback_reach": "touched",
    "cancel": "cancel",
    "lead": 4.0,
    "rounds": 3,
    "stacks": 1,
    "retry": 0.5,
}
"""Configuration without faults. Members that begin with `p_` are probabilities."""


def configuration(seed: int, mode: str | None = None, shape: str | None = None) -> dict[str, Any]:
    """Return the random configuration of a schedule, which follows from its seed."""
    mode = mode or MODES[seed % len(MODES)]
    cfg = {**CALM, "mode": mode}

    def some(options: list[Any], key: str) -> Any:
        return pick(options, seed, "cfg", key)

    cfg["rounds"] = some([2, 3, 4, 5], "rounds")
    cfg["stacks"] = some([1, 1, 2], "stacks")
    cfg["shapes"] = [shape or some(list(SHAPES), f"shape{number}") for number in range(cfg["stacks"])]
    if "names" in cfg["shapes"]:
        # Two stacks that use the same names.
        cfg["shapes"] = ["names"] * 2
        cfg["stacks"] = 2
    cfg["rollback_id"] = some(["R1", "R1", "R2", "R3"], "rollback")
    cfg["rollback_reach"] = some(["touched", "touched", "touched", "resolved"], "reach")
    cfg["cancel"] = some(["cancel", "cancel", "wait"], "cancel")
    cfg["ev_page"] = some([4, 20, 100], "page")
    cfg["lead"] = some([1.0, 4.0, 30.0], "lead")
    cfg["p_destroy"] = 0.1
    cfg.update(_consistency(seed, mode, some))
    cfg.update(_network(mode, some))
    cfg.update(_failures(mode))
    cfg.update(_runs(mode))
    cfg.update(_durations(mode, some))
    cfg.update(_releases_and_users(mode))
    # Without dates, requests that are seconds late cannot be told from the next ones.
    cfg["dated_urls"] = cfg["p_late"] > 0 or some([True, False], "dated")
    if mode in ("kill", "dup", "all", "cancel"):
        cfg["p_outcome"] = max(cfg["p_outcome"], 0.05)
    return cfg


def _consistency(seed: int, mode: str, some: Any) -> dict[str, Any]:
    if mode not in ("lag", "all"):
        return {}
    return {
        "ev_lag": some([0, 4, 20] if mode == "all" else [4, 20], "lag"),
        "ev_mode": some(["prefix", "prefix", "independent"], "evmode"),
        "skew_cfn": 6 * fraction(seed, "skew") - 3,
        "date_skew": some([0, 0, 1.0], "dateskew"),
        "ec": some([0, 4, 10, 60, 110], "ec"),
        "ec_nonmono": some([False, False, True], "mono"),
        "ec_stale": some([0, 0, 5], "stale"),
        "p_outcome": 0.05,
    }


def _network(mode: str, some: Any) -> dict[str, Any]:
    if mode == "silence":
        soon = {"outage_style": "conn", "outage_soon": True, "p_outage": 0.8}
        return {**soon, "p_outcome": 0.25, "retry": 0.8, "p_slow": 0.03}
    found: dict[str, Any] = {}
    if mode in ("transient", "all", "outage"):
        level = some([0.01, 0.03, 0.1], "level")
        found = {"p_throttle": level, "p_5xx": level / 2, "p_conn": level, "p_lost": level / 2}
        found["p_cfn"] = some([0.3, 1], "cfnlevel")
        found["p_outage"] = 0.6 if mode == "outage" else 0.15
        if mode != "all":
            found["p_outcome"] = some([0, 0.1], "out")
    if mode in ("transient", "cancel", "all"):
        found["p_slow"] = 0.03
    return found


def _failures(mode: str) -> dict[str, Any]:
    outcomes = {"fail": 0.15, "cancel": 0.2, "hand": 0.05, "all": 0.08, "long": 0.05}
    if mode not in outcomes:
        return {}
    return {"p_outcome": outcomes[mode], "p_keep": 0.25 if mode == "fail" else 0.1, "p_quota": 0.02}


def _runs(mode: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if mode in ("kill", "all"):
        found |= {"p_kill": 0.01, "p_startexec": 0.01} if mode == "kill" else {"p_kill": 0.002, "p_startexec": 0.003}
    if mode == "dup":
        found |= {"p_dup": 0.15, "p_dup_invoke": 0.04, "p_resubmit": 0.05, "p_late": 0.05, "p_lambda": 0.05}
    if mode in ("all", "cancel"):
        found |= {"p_dup": 0.04, "p_dup_invoke": 0.01, "p_resubmit": 0.01, "p_late": 0.02, "p_lambda": 0.01}
    return found


def _durations(mode: str, some: Any) -> dict[str, Any]:
    if mode == "all":
        return {"p_long": 0.02}
    if mode != "long":
        return {}
    outage = {"p_outage": 0.5, "outage_at": 3230, "outage_style": some(["throttle", "5xx", "conn"], "longo")}
    return {"p_long": 0.15, "p_throttle": some([0, 0.05], "longt"), "p_conn": some([0, 0.03], "longc"), **outage}


def _releases_and_users(mode: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if mode in ("cancel", "all"):
        found["p_interrupt"] = 0.4 if mode == "cancel" else 0.15
    if mode in ("all", "fail", "hand"):
        found["p_old"] = 0.05
    if mode in ("hand", "all"):
        found["p_hand"] = 0.6 if mode == "hand" else 0.15
    if mode == "all":
        found["p_skew"] = 0.003
    return found
