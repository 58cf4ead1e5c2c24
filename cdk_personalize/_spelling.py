"""Spelling checks of names that Amazon Personalize may extend.

A name that is close to a known one is probably misspelt. It gets a warning, not an error, because it can be new.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import Annotations

from cdk_personalize import _validation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from constructs import Construct

# The hyperparameters of all recipes:
# https://docs.aws.amazon.com/personalize/latest/dg/working-with-predefined-recipes.html
_ALGORITHM = (
    "bptt",
    "hidden_dimension",
    "min_cointeraction_count",
    "popularity_discount_factor",
    "recency_mask",
)
_FEATURES = (
    "action_optimization_period",
    "max_item_interaction_count_percentile",
    "max_user_history_length_percentile",
    "min_item_interaction_count_percentile",
    "min_user_history_length_percentile",
)


def warn_of_spelling(construct: Construct, prop: str, name: Any, known: Iterable[str]) -> None:
    """Warn if a name is unknown but close to a known one."""
    names = list(known)
    if not isinstance(name, str) or name in names or not _validation.is_known(name):
        return
    if match := _validation.close_match(name, names):
        Annotations.of(construct).add_warning_v2(
            "cdk-personalize:name.spelling",
            f"{prop} is unknown to this version, got {_validation.shown(name)}; did you mean {match}?",
        )


def warn_of_hyper_parameters(construct: Construct, algorithm: Any, features: Any) -> None:
    """Warn about each hyperparameter that is probably misspelt."""
    for prop, parameters, known in (
        ("algorithm_hyper_parameters", algorithm, _ALGORITHM),
        ("feature_transformation_parameters", features, _FEATURES),
    ):
        for name in parameters if isinstance(parameters, dict) else ():
            warn_of_spelling(construct, f"{prop} key", name, known)
