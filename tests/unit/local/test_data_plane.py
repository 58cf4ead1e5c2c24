"""The runtime API and the events API."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import data
import pytest

if TYPE_CHECKING:
    from support.world import World

RECIPE = "arn:aws:personalize:::recipe/aws-"
GENRES = {item: genre for item, _, genre in data.ITEMS}
ACTIONS = data.schema("Actions", ACTION_ID="string", VALUE=["null", "double"])
ACTION_INTERACTIONS = data.schema(
    "ActionInteractions", USER_ID="string", ACTION_ID="string", TIMESTAMP="long", EVENT_TYPE="string"
)


def serve(world: World, recipe: str, **config: Any) -> str:
    version = world.version(world.solution(recipeArn=RECIPE + recipe))
    arn: str = world.personalize.create_campaign(name="related", solutionVersionArn=version, campaignConfig=config)[
        "campaignArn"
    ]
    world.pass_time()
    return arn


def recommend(world: World, campaign: str, **request: Any) -> list[dict[str, Any]]:
    answer = world.client("personalize-runtime").get_recommendations(campaignArn=campaign, **request)
    assert answer["recommendationId"]
    items: list[dict[str, Any]] = answer["itemList"]
    return items


def test_related_items_are_of_the_same_genre_and_come_without_scores(world: World) -> None:
    campaign = serve(world, "similar-items")
    items = recommend(world, campaign, itemId="film-0", numResults=5)
    assert {GENRES[each["itemId"]] for each in items} == {GENRES["film-0"]}
    assert items == [{"itemId": each["itemId"]} for each in items]
    assert items == recommend(world, campaign, itemId="film-0", numResults=5)
    assert len(recommend(world, campaign, itemId="film-0")) == 25


def test_items_for_a_user_follow_the_history_and_new_events(world: World) -> None:
    campaign = serve(world, "user-personalization-v2")
    # Viewer 1 watches only comedies.
    items = recommend(world, campaign, userId="user-1", numResults=5)
    assert {GENRES[each["itemId"]] for each in items} == {"Comedy"}
    assert items[0]["score"] > items[-1]["score"] > 0
    tracker = world.personalize.create_event_tracker(name="views", datasetGroupArn=world.arn("dataset-group/movies"))
    world.pass_time()
    before = recommend(world, campaign, userId="newcomer", numResults=5)
    dramas = [item for item, genre in GENRES.items() if genre == "Drama"]
    event = {"eventType": "Watch", "sentAt": 1_700_000_000}
    world.client("personalize-events").put_events(
        trackingId=tracker["trackingId"],
        userId="newcomer",
        sessionId="session",
        eventList=[event | {"itemId": item} for item in dramas[:5]],
    )
    after = recommend(world, campaign, userId="newcomer", numResults=5)
    assert {GENRES[each["itemId"]] for each in after} == {"Drama"}
    assert after != before


def test_popular_items_need_no_user(world: World) -> None:
    campaign = serve(world, "popularity-count")
    assert recommend(world, campaign) == recommend(world, campaign, userId="user-7")


def test_a_ranking_has_the_given_items_only(world: World) -> None:
    campaign = serve(world, "personalized-ranking-v2")
    answer = world.client("personalize-runtime").get_personalized_ranking(
        campaignArn=campaign,
        userId="user-1",
        inputList=["film-0", "film-1", "film-2"],
        metadataColumns={"ITEMS": ["TITLE"]},
    )
    best = answer["personalizedRanking"][0]
    assert (best["itemId"], best["metadata"]) == ("film-1", {"title": "The Golden Harbour"})
    assert len(answer["personalizedRanking"]) == 3


def test_metadata_comes_where_the_flag_is_set(world: World) -> None:
    campaign = serve(world, "similar-items", enableMetadataWithRecommendations=True)
    columns = {"ITEMS": ["TITLE", "GENRES"]}
    (item,) = recommend(world, campaign, itemId="film-0", numResults=1, metadataColumns=columns)
    assert item["metadata"]["genres"] == GENRES[item["itemId"]]


@pytest.mark.parametrize(
    ("recipe", "request_", "words"),
    [
        ("sims", {"metadataColumns": {"ITEMS": ["TITLE"]}}, "enableMetadataWithRecommendations"),
        ("semantic-similarity", {"metadataColumns": {"ITEMS": ["NONE"]}}, "no column NONE"),
        ("semantic-similarity", {"metadataColumns": {"USERS": ["AGE"]}}, "ITEMS only"),
        ("semantic-similarity", {"metadataColumns": {"ITEMS": ["TITLE"] * 11}}, "at most 10 columns"),
        ("semantic-similarity", {"metadataColumns": {"ITEMS": ["TITLE"]}, "numResults": 51}, "At most 50"),
        ("semantic-similarity", {"numResults": 501}, "At most 500"),
        ("semantic-similarity", {"itemId": None}, "itemId is required"),
        ("user-personalization", {}, "userId is required"),
        ("personalized-ranking", {}, "does not support GetRecommendations"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(
    world: World, recipe: str, request_: dict[str, Any], words: str
) -> None:
    campaign = serve(world, recipe)
    request = {name: value for name, value in ({"itemId": "film-0"} | request_).items() if value is not None}
    runtime = world.client("personalize-runtime")
    with pytest.raises(runtime.exceptions.InvalidInputException, match=words):
        recommend(world, campaign, **request)


def test_a_filter_decides_what_may_be_answered(world: World) -> None:
    campaign = serve(world, "user-personalization-v2")
    arn = world.personalize.create_filter(
        name="unseen",
        datasetGroupArn=world.arn("dataset-group/movies"),
        filterExpression='EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*") '
        "| INCLUDE ItemID WHERE Items.GENRES IN ($GENRE)",
    )["filterArn"]
    world.pass_time()
    answer = recommend(world, campaign, userId="user-1", filterArn=arn, filterValues={"GENRE": '"Drama","Mystery"'})
    assert answer
    assert {GENRES[each["itemId"]] for each in answer} <= {"Drama", "Mystery"}
    runtime = world.client("personalize-runtime")
    with pytest.raises(runtime.exceptions.InvalidInputException, match="GENRE"):
        recommend(world, campaign, userId="user-1", filterArn=arn)
    with pytest.raises(runtime.exceptions.ResourceNotFoundException):
        recommend(world, campaign, userId="user-1", filterArn=world.arn("filter/none"))


def test_promotions_take_their_share(world: World) -> None:
    campaign = serve(world, "user-personalization-v2")
    arn = world.personalize.create_filter(
        name="dramas",
        datasetGroupArn=world.arn("dataset-group/movies"),
        filterExpression='INCLUDE ItemID WHERE Items.GENRES IN ("Drama")',
    )["filterArn"]
    world.pass_time()
    promotion = {"name": "dramas", "percentPromotedItems": 40, "filterArn": arn}
    items = recommend(world, campaign, userId="user-1", numResults=5, promotions=[promotion])
    promoted = [each for each in items if each.get("promotionName") == "dramas"]
    assert (len(items), len(promoted)) == (5, 2)
    assert {GENRES[each["itemId"]] for each in promoted} == {"Drama"}


def test_an_unknown_campaign_is_not_found_with_404(world: World) -> None:
    runtime = world.client("personalize-runtime")
    with pytest.raises(runtime.exceptions.ResourceNotFoundException) as raised:
        runtime.get_recommendations(campaignArn=world.arn("campaign/none"), itemId="1")
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404
    assert world.emulator.calls()[-1]["operation"] == "GetRecommendations"
    with pytest.raises(runtime.exceptions.InvalidInputException, match="One of campaignArn and recommenderArn"):
        runtime.get_recommendations(itemId="1")


def test_a_campaign_serves_the_old_version_until_its_update_is_active(world: World) -> None:
    campaign = serve(world, "similar-items")
    before = recommend(world, campaign, itemId="film-0")
    dataset = world.arn("dataset/movies/INTERACTIONS")
    rows = "".join(
        f"{user},{item},{time},Watch\n"
        for user in (f"user-{number}" for number in range(600))
        for time, item in enumerate(("film-0", "film-4"))
    )
    world.load(dataset, f"USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE\n{rows}", "others")
    assert recommend(world, campaign, itemId="film-0") == before
    newer = world.version(world.arn("solution/similar"))
    world.personalize.update_campaign(campaignArn=campaign, solutionVersionArn=newer)
    assert recommend(world, campaign, itemId="film-0") == before
    world.pass_time()
    assert recommend(world, campaign, itemId="film-0")[0]["itemId"] == "film-4"


def next_best(world: World) -> tuple[str, str]:
    """Return the ARN of a campaign, and the tracking ID of the action interactions."""
    solution = world.solution(recipeArn=f"{RECIPE}next-best-action")
    group = world.arn("dataset-group/movies")
    rows = "".join(f"action-{number},{number}\n" for number in range(8))
    world.load(world.dataset(group, "Actions", ACTIONS), f"ACTION_ID,VALUE\n{rows}", "actions")
    dataset = world.dataset(group, "Action_Interactions", ACTION_INTERACTIONS)
    version = world.version(solution)
    campaign = world.personalize.create_campaign(name="next", solutionVersionArn=version)["campaignArn"]
    world.pass_time()
    tracking: str = world.personalize.describe_dataset(datasetArn=dataset)["dataset"]["trackingId"]
    return campaign, tracking


def test_actions_have_scores_once_there_is_enough_to_learn_from(world: World) -> None:
    campaign, tracking = next_best(world)
    runtime, events = world.client("personalize-runtime"), world.client("personalize-events")

    def actions() -> list[dict[str, Any]]:
        answer: list[dict[str, Any]] = runtime.get_action_recommendations(campaignArn=campaign, userId="user-1")[
            "actionList"
        ]
        return answer

    assert [each["score"] for each in actions()] == [0.0] * 5
    for number in range(100):
        taken = number % 2
        interaction = {
            "actionId": "action-7" if taken else f"action-{number % 7}",
            "userId": f"user-{number}-{number}",
            "sessionId": "session",
            "timestamp": 1_700_000_000,
            "eventType": "TAKEN" if taken else "NOT_TAKEN",
        }
        events.put_action_interactions(trackingId=tracking, actionInteractions=[interaction])
    best = actions()[0]
    assert (best["actionId"], best["score"]) == ("action-7", 1.0)
    with pytest.raises(events.exceptions.ResourceNotFoundException):
        events.put_action_interactions(trackingId="none", actionInteractions=[interaction])
    with pytest.raises(runtime.exceptions.InvalidInputException, match="At most 100"):
        runtime.get_action_recommendations(campaignArn=campaign, userId="user-1", numResults=101)


def test_next_best_action_needs_actions(world: World) -> None:
    version = world.version(world.solution(recipeArn=f"{RECIPE}next-best-action"))
    found = world.personalize.describe_solution_version(solutionVersionArn=version)["solutionVersion"]
    assert (found["status"], "Actions" in found["failureReason"]) == ("CREATE FAILED", True)


def test_a_put_item_is_known_by_its_columns(world: World) -> None:
    campaign = serve(world, "semantic-similarity")
    events = world.client("personalize-events")
    dataset = world.arn("dataset/movies/ITEMS")
    events.put_items(datasetArn=dataset, items=[{"itemId": "film-0", "properties": json.dumps({"title": "Renamed"})}])
    items = recommend(world, campaign, itemId="film-6", numResults=50, metadataColumns={"ITEMS": ["TITLE"]})
    assert {"itemId": "film-0", "metadata": {"title": "Renamed"}} in items


def test_records_go_to_a_dataset_of_their_type(world: World) -> None:
    group = world.group()
    items = world.dataset(group, "Items", data.ITEMS_SCHEMA)
    users = world.dataset(group, "Users", data.schema("Users", USER_ID="string", AGE="int"))
    actions = world.dataset(group, "Actions", ACTIONS)
    events = world.client("personalize-events")
    events.put_users(datasetArn=users, users=[{"userId": "user-1", "properties": json.dumps({"age": 7})}])
    events.put_actions(datasetArn=actions, actions=[{"actionId": "call"}])
    with pytest.raises(events.exceptions.InvalidInputException, match="does not hold USERS"):
        events.put_users(datasetArn=items, users=[{"userId": "user-1"}])
    with pytest.raises(events.exceptions.InvalidInputException, match="JSON object"):
        events.put_items(datasetArn=items, items=[{"itemId": "1", "properties": "[]"}])
    with pytest.raises(events.exceptions.ResourceNotFoundException) as raised:
        events.put_items(datasetArn=world.arn("dataset/none/ITEMS"), items=[{"itemId": "1"}])
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404
    schema = world.personalize.create_schema(name="again", schema=data.ITEMS_SCHEMA)["schemaArn"]
    world.personalize.update_dataset(datasetArn=items, schemaArn=schema)
    with pytest.raises(events.exceptions.ResourceInUseException) as raised:
        events.put_items(datasetArn=items, items=[{"itemId": "1"}])
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 409


def test_events_need_an_active_tracker(world: World) -> None:
    made = world.personalize.create_event_tracker(name="clicks", datasetGroupArn=world.group())
    events = world.client("personalize-events")
    event = {"eventType": "Watch", "sentAt": 1_700_000_000, "eventValue": 1.5, "properties": json.dumps({"a": 1})}
    request = {"sessionId": "session", "eventList": [event]}
    for tracking in (made["trackingId"], "none"):
        with pytest.raises(events.exceptions.InvalidInputException):
            events.put_events(trackingId=tracking, **request)
    world.pass_time()
    answer = events.put_events(trackingId=made["trackingId"], **request)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_an_item_among_the_properties_of_an_event_is_the_item(world: World) -> None:
    campaign = serve(world, "user-personalization-v2")
    tracker = world.personalize.create_event_tracker(name="views", datasetGroupArn=world.arn("dataset-group/movies"))
    world.pass_time()
    dramas = [item for item, genre in GENRES.items() if genre == "Drama"]
    event = {"eventType": "Watch", "sentAt": 1_700_000_000}
    world.client("personalize-events").put_events(
        trackingId=tracker["trackingId"],
        userId="newcomer",
        sessionId="session",
        eventList=[event | {"properties": json.dumps({"itemId": item})} for item in dramas[:5]],
    )
    after = recommend(world, campaign, userId="newcomer", numResults=5)
    assert {GENRES[each["itemId"]] for each in after} == {"Drama"}


def test_scores_have_seven_decimals_at_most(world: World) -> None:
    scores = [each["score"] for each in recommend(world, serve(world, "user-personalization-v2"), userId="user-1")]
    assert scores == [round(score, 7) for score in scores]
    assert any(score != round(score, 5) for score in scores)


def test_promoted_items_have_scores_where_others_have(world: World) -> None:
    campaign = serve(world, "user-personalization-v2")
    arn = world.personalize.create_filter(
        name="dramas",
        datasetGroupArn=world.arn("dataset-group/movies"),
        filterExpression='INCLUDE ItemID WHERE Items.GENRES IN ("Drama")',
    )["filterArn"]
    world.pass_time()
    promotion = {"name": "dramas", "percentPromotedItems": 40, "filterArn": arn}
    items = recommend(world, campaign, userId="user-1", numResults=5, promotions=[promotion])
    assert all("score" in each for each in items)


def test_a_ranking_scores_no_items_without_interactions(world: World) -> None:
    campaign = serve(world, "personalized-ranking")
    ranking = world.client("personalize-runtime").get_personalized_ranking(
        campaignArn=campaign, userId="user-1", inputList=["film-0", "film-none"]
    )["personalizedRanking"]
    assert ["score" in each for each in ranking] == [True, False]
    assert ranking[1] == {"itemId": "film-none"}
