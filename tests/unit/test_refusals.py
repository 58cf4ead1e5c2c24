"""Errors for invalid props. Tokens, whose value is not known yet, are accepted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template
from support.synth import SOLUTION, VERSION, new_stack, solution, version
from support.tokens import anything, days, number, string

import cdk_personalize as personalize

if TYPE_CHECKING:
    from collections.abc import Callable

Exploration, Influence = personalize.ItemExploration, personalize.RankingInfluence
NAME_RULE = "must consist of letters (A-Z, a-z), digits, hyphens and underscores, and start with a letter or a digit"


@dataclass(frozen=True)
class Refusal:
    """An invalid value of a prop, the message of the error, and a token for the prop."""

    prop: str
    value: Any
    words: str
    build: Callable[[cdk.Stack, Any], Any]
    token: Callable[[cdk.Stack], Any] | None
    """None if the prop accepts no token: an object, or a value that determines the resources of the template."""


def campaign(
    prop: str, value: Any, words: str, token: Any, wrap: Callable[[Any], Any] = lambda value: value
) -> Refusal:
    keyword = prop.split(".")[0]

    def build(stack: cdk.Stack, given: Any) -> Any:
        return personalize.Campaign(stack, "Related", solution_version=version(stack), **{keyword: wrap(given)})

    return Refusal(prop, value, words, build, token)


def trained(prop: str, value: Any, words: str, token: Any) -> Refusal:
    def build(stack: cdk.Stack, given: Any) -> Any:
        return personalize.SolutionVersion(stack, "Related", **{"solution": solution(stack), prop: given})

    return Refusal(prop, value, words, build, token)


def of_solution(value: Any, words: str) -> Refusal:
    def build(stack: cdk.Stack, given: Any) -> Any:
        source = personalize.Solution.from_solution_arn(stack, "Source", given) if isinstance(given, str) else given
        return personalize.Campaign(stack, "Related", solution=source)

    return Refusal("solution_arn" if isinstance(value, str) else "solution", value, words, build, string)


def of_version(value: Any, words: str) -> Refusal:
    def build(stack: cdk.Stack, given: Any) -> Any:
        imported = personalize.SolutionVersion.from_solution_version_arn
        source = imported(stack, "Source", given) if isinstance(given, str) else given
        return personalize.Campaign(stack, "Related", solution_version=source)

    return Refusal(
        "solution_version_arn" if isinstance(value, str) else "solution_version", value, words, build, string
    )


def weight(value: Any) -> Any:
    return Exploration(weight=value)


def age(value: Any) -> Any:
    return Exploration(age_cut_off=value)


def popularity(value: Any) -> Any:
    return Influence(popularity=value)


def freshness(value: Any) -> Any:
    return Influence(freshness=value)


ARN_RULE = "must be an ARN of Amazon Personalize, such as arn:aws:personalize:us-east-1:111122223333:solution/name"
MINUTE_TO_DAYS = "must be from 1 minute to 2 days"

REFUSALS = [
    campaign("campaign_name", "", 'must have at least 1 characters, got ""', string),
    campaign("campaign_name", "a" * 64, f'must have at most 63 characters, got "{"a" * 64}"', string),
    campaign("campaign_name", "two words", f'{NAME_RULE}, got "two words"', string),
    campaign("campaign_name", "-dash-first", f'{NAME_RULE}, got "-dash-first"', string),
    campaign("campaign_name", "_underscore", f'{NAME_RULE}, got "_underscore"', string),
    campaign("campaign_name", "dots.in.it", f'{NAME_RULE}, got "dots.in.it"', string),
    campaign("campaign_name", "newline\n", f'{NAME_RULE}, got "newline\\n"', string),
    campaign("campaign_name", "naïve", f'{NAME_RULE}, got "naïve"', string),
    campaign("campaign_name", 7, "must be a string, got 7", string),
    campaign("campaign_name", True, "must be a string, got True", string),
    campaign("min_provisioned_tps", 0, "must be at least 1, got 0", number),
    campaign("min_provisioned_tps", -3, "must be at least 1, got -3", number),
    campaign("min_provisioned_tps", 1.5, "must be a whole number, got 1.5", number),
    campaign("min_provisioned_tps", "2", 'must be a whole number, got "2"', number),
    campaign("min_provisioned_tps", True, "must be a whole number, got True", number),
    campaign("enable_metadata_with_recommendations", "yes", 'must be true or false, got "yes"', anything),
    campaign("enable_metadata_with_recommendations", 1, "must be true or false, got 1", anything),
    campaign("sync_with_latest_solution_version", "true", 'must be true or false, got "true"', anything),
    campaign(
        "sync_with_latest_solution_version",
        True,
        "requires the latest version of a solution ($LATEST), got True",
        anything,
    ),
    campaign("item_exploration.weight", 1.1, "must be from 0 to 1, got 1.1", number, weight),
    campaign("item_exploration.weight", -0.1, "must be from 0 to 1, got -0.1", number, weight),
    campaign("item_exploration.weight", "high", 'must be a number, got "high"', number, weight),
    campaign("item_exploration.weight", True, "must be a number, got True", number, weight),
    campaign("item_exploration.age_cut_off", cdk.Duration.hours(5), "must be from 1 day to", days, age),
    campaign("item_exploration.age_cut_off", cdk.Duration.days(0), "must be from 1 day to", days, age),
    campaign(
        "item_exploration.age_cut_off", cdk.Duration.hours(36), "must be whole days, got 1 day 12 hours", days, age
    ),
    campaign("item_exploration.age_cut_off", 30, "must be a Duration, got 30", days, age),
    campaign("item_exploration", {"explorationWeight": "0.3"}, "must be an ItemExploration, got {", None),
    campaign("ranking_influence.popularity", 2, "must be at most 1, got 2", number, popularity),
    campaign("ranking_influence.popularity", -1, "must be at least 0, got -1", number, popularity),
    campaign("ranking_influence.popularity", "much", 'must be a number, got "much"', number, popularity),
    campaign("ranking_influence.freshness", 1.01, "must be at most 1, got 1.01", number, freshness),
    campaign("ranking_influence.freshness", -0.5, "must be at least 0, got -0.5", number, freshness),
    campaign("ranking_influence", {"NOVELTY": 0.5}, "must be a RankingInfluence, got {'NOVELTY': 0.5}", None),
    campaign("timeout", cdk.Duration.seconds(30), f"{MINUTE_TO_DAYS}, got 30 seconds", None),
    campaign("timeout", cdk.Duration.hours(49), f"{MINUTE_TO_DAYS}, got 2 days 1 hour", None),
    campaign("timeout", 3600, "must be a Duration, got 3600", None),
    campaign("solution", "similar", "cannot be given together with solution; specify one of them", None),
    of_version("arn:aws:s3:::bucket", f'{ARN_RULE}, got "arn:aws:s3:::bucket"'),
    of_version("0a1b2c3d", f'{ARN_RULE}, got "0a1b2c3d"'),
    of_version(f"{SOLUTION}/{'0' * 256}", f'must have at most 256 characters, got "{SOLUTION}'),
    of_version(17, "must be a solution version, got 17"),
    of_solution("arn:aws:personalize", f'{ARN_RULE}, got "arn:aws:personalize"'),
    of_solution(["similar"], "must be a solution, got ['similar']"),
    trained("solution_version_name", "a b", f'{NAME_RULE}, got "a b"', string),
    trained("solution_version_name", "x" * 70, 'must have at most 63 characters, got "xxx', string),
    trained("solution_version_name", 1, "must be a string, got 1", string),
    trained("training_mode", "FULL", 'must be a TrainingMode such as TrainingMode.FULL, got "FULL"', string),
    trained("solution", VERSION, f'must be a solution, got "{VERSION[:80]}', None),
    trained("timeout", cdk.Duration.minutes(0), f"{MINUTE_TO_DAYS}, got 0 minutes", None),
    trained("timeout", cdk.Duration.days(3), f"{MINUTE_TO_DAYS}, got 3 days", None),
]


def named(refusal: Refusal) -> str:
    return f"{refusal.prop}={str(refusal.value)[:20]}"


@pytest.mark.parametrize("refusal", REFUSALS, ids=named)
def test_refuses(stack: cdk.Stack, refusal: Refusal) -> None:
    with pytest.raises(personalize.ValidationError) as caught:
        refusal.build(stack, refusal.value)
    prop = "solution_version" if "specify one of them" in refusal.words else refusal.prop
    where = "Shop/Source" if prop.endswith("_arn") else "Shop/Related"
    assert str(caught.value).startswith(f"{where}: {prop} {refusal.words}")


@pytest.mark.parametrize("refusal", [each for each in REFUSALS if each.token], ids=named)
def test_a_token_is_left_to_personalize(stack: cdk.Stack, refusal: Refusal) -> None:
    assert refusal.token is not None
    refusal.build(stack, refusal.token(stack))
    Template.from_stack(stack).to_json()


@pytest.mark.parametrize("prop", ["item_exploration", "ranking_influence", "timeout", "solution_version"])
def test_refuses_a_token_where_an_object_is_needed(stack: cdk.Stack, prop: str) -> None:
    props = {"solution_version": version(stack), prop: anything(stack)}
    with pytest.raises(personalize.ValidationError, match=f"Shop/Related: {prop} must be .*, got <token>"):
        personalize.Campaign(stack, "Related", **props)


def test_a_refused_construct_leaves_nothing_behind(stack: cdk.Stack) -> None:
    with pytest.raises(personalize.ValidationError):
        personalize.Campaign(stack, "Related", solution_version=version(stack), min_provisioned_tps=0)
    assert stack.node.try_find_child("Related") is None


@pytest.mark.parametrize(
    ("make", "name", "words"),
    [
        (personalize.Campaign.from_campaign_arn, VERSION, "campaign_arn must end with :campaign/<name>"),
        (personalize.Campaign.from_campaign_name, "a b", f'campaign_name {NAME_RULE}, got "a b"'),
        (personalize.Solution.from_solution_arn, VERSION, "solution_arn must end with :solution/<name>"),
        (personalize.Solution.from_solution_name, "a/b", f'solution_name {NAME_RULE}, got "a/b"'),
        (
            personalize.SolutionVersion.from_solution_version_arn,
            SOLUTION,
            "solution_version_arn must end with :solution/<name>/<version>",
        ),
    ],
)
def test_refuses_an_import_of_what_cannot_be(stack: cdk.Stack, make: Any, name: str, words: str) -> None:
    with pytest.raises(personalize.ValidationError, match=re.escape(f"Shop/There: {words}")):
        make(stack, "There", name)
    make(stack, "Token", string(stack))


@pytest.mark.parametrize(("place", "words"), [("account", "222222222222"), ("region", "eu-west-1")])
def test_refuses_a_version_that_personalize_cannot_reach(place: str, words: str) -> None:
    environment = {"account": "111111111111", "region": "us-east-1", place: words}
    here = new_stack(env=cdk.Environment(**environment))
    with pytest.raises(personalize.ValidationError, match=f"solution_version must be of the stack's {place}, {words}"):
        personalize.Campaign(here, "Related", solution_version=version(here))
    with pytest.raises(personalize.ValidationError, match=f"solution must be of the stack's {place}, {words}"):
        personalize.SolutionVersion(here, "Trained", solution=solution(here))


def test_the_newest_version_may_be_imported_and_followed(stack: cdk.Stack) -> None:
    latest = personalize.SolutionVersion.from_solution_version_arn(stack, "Latest", f"{SOLUTION}/$LATEST")
    personalize.Campaign(stack, "Related", solution_version=latest, sync_with_latest_solution_version=True)


def test_refuses_to_follow_a_version_that_is_trained_here(stack: cdk.Stack) -> None:
    trained_here = personalize.SolutionVersion(stack, "Trained", solution=solution(stack))
    with pytest.raises(personalize.ValidationError, match=r"requires the latest version of a solution \(\$LATEST\)"):
        personalize.Campaign(stack, "Related", solution_version=trained_here, sync_with_latest_solution_version=True)


def test_a_timeout_that_is_a_token_is_refused_because_the_links_follow_from_it(stack: cdk.Stack) -> None:
    with pytest.raises(personalize.ValidationError, match="Shop/Related: timeout must be known at synth"):
        personalize.Campaign(
            stack, "Related", solution_version=version(stack), timeout=cdk.Duration.minutes(number(stack))
        )


def test_refuses_an_age_that_is_a_token_of_another_unit_than_days(stack: cdk.Stack) -> None:
    exploration = Exploration(age_cut_off=cdk.Duration.hours(number(stack)))
    with pytest.raises(personalize.ValidationError, match=r"item_exploration\.age_cut_off must be in days"):
        personalize.Campaign(stack, "Related", solution_version=version(stack), item_exploration=exploration)


def test_all_mistakes_of_a_construct_are_told_at_once(stack: cdk.Stack) -> None:
    with pytest.raises(personalize.ValidationError) as caught:
        personalize.Campaign(
            stack, "Related", solution_version=version(stack), campaign_name="a b", min_provisioned_tps=0
        )
    assert str(caught.value).splitlines() == [
        f'Shop/Related: campaign_name {NAME_RULE}, got "a b"',
        "Shop/Related: min_provisioned_tps must be at least 1, got 0",
    ]


class Strange:
    """An object of a type that is unknown to the CDK."""

    def __repr__(self) -> str:
        return "<strange>"


@pytest.mark.parametrize(
    "prop",
    ["campaign_name", "min_provisioned_tps", "solution_version", "item_exploration", "ranking_influence", "timeout"],
)
@pytest.mark.parametrize("value", [Strange(), {"a": Strange()}, cdk.Duration.days(1), cdk.Size.mebibytes(1)])
def test_refuses_any_object_in_words(stack: cdk.Stack, prop: str, value: Any) -> None:
    given = {} if prop == "solution_version" else {"solution_version": version(stack)}
    if (prop, type(value)) == ("timeout", cdk.Duration):
        return
    with pytest.raises(personalize.ValidationError, match=rf"\AShop/Related: {prop} must be .*\Z"):
        personalize.Campaign(stack, "Related", **given, **{prop: value})


def test_refuses_a_campaign_of_nothing(stack: cdk.Stack) -> None:
    with pytest.raises(
        personalize.ValidationError, match=r"\AShop/Related: solution_version or solution is required\Z"
    ):
        personalize.Campaign(stack, "Related")


def test_an_unknown_prop_is_named_by_python(stack: cdk.Stack) -> None:
    with pytest.raises(TypeError, match="min_tps"):
        personalize.Campaign(stack, "Related", solution_version=version(stack), min_tps=1)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("aws:mine", "x", 'tags must not have keys that start with aws: or cdk-personalize:, got "aws:mine"'),
        ("cdk-personalize:owner", "me", 'tags must not have keys that start with aws: or cdk-personalize:, got "cdk-'),
        ("k" * 129, "x", f'tags["{"k" * 80}…"] key must have at most 128 characters, got "kkk'),
        ("key", "v" * 257, 'tags["key"] value must have at most 256 characters, got "vvv'),
        (
            "semi;colon",
            "x",
            'tags["semi;colon"] key must consist of letters, digits, spaces and the characters _ . : / = + - @',
        ),
        ("key", "hash#", 'tags["key"] value must consist of letters, digits, spaces and the characters'),
    ],
)
def test_refuses_tags_when_all_are_known(key: str, value: str, words: str) -> None:
    stack = new_stack()
    campaign = personalize.Campaign(stack, "Related", solution_version=version(stack))
    cdk.Tags.of(campaign).add(key, value)
    with pytest.raises(RuntimeError, match=re.escape(f"[Shop/Related] {words}")):
        Template.from_stack(stack)


def test_a_tag_may_be_a_token(stack: cdk.Stack) -> None:
    made = personalize.Campaign(stack, "Related", solution_version=version(stack))
    cdk.Tags.of(made).add("team", string(stack))
    Template.from_stack(stack).to_json()
