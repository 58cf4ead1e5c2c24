"""Failures that the simulation found, each with its shortest reproduction.

At the end of each story, all invariants of `simulation.invariants` and `simulation.judgement` must hold. The message of
a failed test has the trace of the story.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from conformance.simulation.catalogue import RECIPES
from conformance.simulation.data_shapes import metric_attribution_request
from conformance.simulation.story import Story
from conformance.simulation.surroundings import ROLE, schema_text
from conformance.simulation.template import AppTemplate

if TYPE_CHECKING:
    from conformance.simulation.deployment import Process

WEEK = 7 * 86400
READINGS = pytest.mark.parametrize("reading", ["R1", "R2", "R3"])
"""Possible requests of CloudFormation in a rollback after a replacement: see `simulation.rollback`."""


def campaign(story: Story, **more: Any) -> dict[str, Any]:
    return {"solutionVersionArn": story.account.versions["movies0"][0], **more}


def campaign_template(story: Story, *, timeout: int | None = None, tags: Any = None, **request: Any) -> AppTemplate:
    template = AppTemplate()
    template.add("Camp", "Campaign", campaign(story, **request), timeout=timeout, tags=tags)
    return template


def with_rejected_sibling(story: Story) -> AppTemplate:
    """Return a template of two campaigns, of which one has a name that is in use."""
    template = campaign_template(story)
    template.add("Bad", "Campaign", campaign(story, name="existing"))
    return template


def test_link_cancelled() -> None:
    """A wait link is cancelled, and its Delete request has an invented physical ID."""
    story, template = Story(), AppTemplate()
    template.add("Slow", "Campaign", campaign(story), timeout=6000)
    template.add("Bad", "Campaign", campaign(story), timeout=6000)
    story.set_duration("Slow", 5000)
    story.set_duration(r"\.Bad\.", 4000)
    story.force("outcome", r"\.Bad\.")
    stack = story.stack("S")

    def steps() -> Process:
        yield from story.create(stack, template)
        yield from story.delete(stack)

    assert story.run(steps()) == ["S ROLLBACK_COMPLETE", "S DELETE_COMPLETE"]


def test_destroyed_while_creating() -> None:
    """`delete-stack` during a creation: the Delete request deletes the resource.

    Its physical ID is invented.
    """
    story = Story()
    stack = story.stack("S")
    story.after(60, story.interruption(stack, "delete"))
    assert story.run(story.create(stack, campaign_template(story))) == ["S DELETE_COMPLETE"]


def test_cancelled_creation_longer_than_an_hour() -> None:
    """A recommender that takes two hours is cancelled, and deleted with the stack.

    This is so whether the rollback succeeds or not.
    """
    story, template = Story(["recommenders"]), AppTemplate()
    group = story.account.groups["cinema"]
    for logical, recipe in (("Rec", "aws-vod-top-picks"), ("Bad", "aws-vod-most-popular")):
        template.add(logical, "Recommender", {"datasetGroupArn": group, "recipeArn": RECIPES + recipe})
    story.set_duration(r"\.Rec\.", 7200)
    story.set_duration(r"\.Bad\.", 300)
    story.force("outcome", r"\.Bad\.")
    stack = story.stack("S")

    def steps() -> Process:
        yield from story.create(stack, template)
        yield 7200
        yield from story.delete(stack)

    assert story.run(steps())[-1] == "S DELETE_COMPLETE"


def import_template(*, wide: bool) -> AppTemplate:
    template = AppTemplate()
    group = template.add("Group", "DatasetGroup", {})
    schema = template.add("Schema", "Schema", {"schema": schema_text("Items", wide=wide)})
    request = {"schemaArn": schema, "datasetGroupArn": group, "datasetType": "Items", "name": "items"}
    dataset = template.add("Set", "Dataset", request)
    location = f"s3://bucket/{'two' if wide else 'one'}/items.csv"
    request = {"datasetArn": dataset, "roleArn": ROLE, "dataSource": {"dataLocation": location}}
    template.add("Import", "DatasetImportJob", request)
    return template


@READINGS
def test_schema_changed_and_import_fails(reading: str) -> None:
    """A dataset gets a new schema, and the import fails.

    The rollback deletes the new schema only after the dataset uses the previous one again.
    """
    story = Story([], rollback_id=reading)
    stack = story.stack("S")

    def steps() -> Process:
        yield from story.create(stack, import_template(wide=False))
        story.force("outcome", r"Import.*Create")
        yield from story.update(stack, import_template(wide=True))

    assert story.run(steps()) == ["S CREATE_COMPLETE", "S UPDATE_ROLLBACK_COMPLETE"]


@READINGS
def test_group_renamed_and_child_fails(reading: str) -> None:
    """A dataset group is replaced, and a resource in it fails.

    The rollback deletes the new group only after the resources in it.
    """
    story = Story([], rollback_id=reading)
    stack = story.stack("S")

    def template(name: str) -> AppTemplate:
        template = AppTemplate()
        group = template.add("Group", "DatasetGroup", {"name": name})
        schema = template.add("Schema", "Schema", {"schema": schema_text("Items")})
        request = {"schemaArn": schema, "datasetGroupArn": group, "datasetType": "Items", "name": "items"}
        template.add("Set", "Dataset", request)
        template.add("Tracker", "EventTracker", {"datasetGroupArn": group, "name": "trk"})
        return template

    def steps() -> Process:
        yield from story.create(stack, template("g1"))
        story.force("outcome", r"Tracker.*CreateEv")
        yield from story.update(stack, template("g2"))

    assert story.run(steps()) == ["S CREATE_COMPLETE", "S UPDATE_ROLLBACK_COMPLETE"]


def test_link_judges_an_old_failure() -> None:
    """An update fails and is rolled back. A week later, a wait link ignores it."""
    story = Story()
    stack = story.stack("S")

    def template(tps: int, team: str) -> AppTemplate:
        return campaign_template(story, minProvisionedTPS=tps, timeout=6000, tags={"team": team})

    def steps() -> Process:
        yield from story.create(stack, template(1, "a"))
        story.force("outcome", r"Camp\.Update$")
        yield from story.update(stack, template(2, "a"))
        yield WEEK
        yield from story.update(stack, template(1, "b"))

    assert story.run(steps()) == ["S CREATE_COMPLETE", "S UPDATE_ROLLBACK_COMPLETE", "S UPDATE_COMPLETE"]


@pytest.mark.parametrize("step", ["begin/1", "begin/2", "poll0/1"])
def test_update_delivered_during_its_rollback(step: str) -> None:
    """A cancelled update reaches the function after the request of its rollback.

    It changes nothing, and the workflow of the rollback continues.
    """
    story = Story()
    story.force("late", r"forward\.Camp\.Update")
    stack = story.stack("S")

    def template(tps: int) -> AppTemplate:
        return campaign_template(story, minProvisionedTPS=tps)

    def deliver() -> None:
        (late,) = [each for each in story.account.operations.values() if each.key.endswith("forward.Camp.Update")]
        stack.functions.deliver(late.event(), late)

    def steps() -> Process:
        yield from story.create(stack, template(1))
        story.at_call(rf"rollback\.Camp\.Update/{step}", deliver)
        changed = template(2)
        changed.add("Bad", "Campaign", campaign(story, name="existing"))
        yield from story.update(stack, changed)

    assert story.run(steps()) == ["S CREATE_COMPLETE", "S UPDATE_ROLLBACK_COMPLETE"]


def test_name_moves_between_stacks() -> None:
    """Stack B uses a name that stack A has just freed: A keeps the resource of B."""
    story = Story()
    first, second = story.stack("A"), story.stack("B")
    story.fix("gone", value=0.38)  # The deletion takes 103 s.

    def steps() -> Process:
        yield from story.create(first, campaign_template(story, name="x"))
        deletion = story.kernel.spawn(story.delete(first))
        yield 11
        yield from story.create(second, campaign_template(story, name="x"))
        yield deletion

    assert story.run(steps())[0] == "A CREATE_COMPLETE"
    assert first.status == "DELETE_COMPLETE"


def test_events_lag_at_the_start() -> None:
    """DescribeStackEvents shows an operation 20 seconds late.

    The handler does not confuse it with the operation before.
    """
    story = Story(ev_lag=0)
    stack = story.stack("S")

    def template(tps: int) -> AppTemplate:
        return campaign_template(story, minProvisionedTPS=tps, name=f"c{tps}")

    def steps() -> Process:
        yield from story.create(stack, template(1))
        yield 3600
        story.account.cfg["ev_lag"] = 20
        story.fix("lag", value=1.0)
        story.force("throttle", r"forward.Camp.Update/.*CreateCampaign")
        yield from story.update(stack, template(2))

    assert story.run(steps()) == ["S CREATE_COMPLETE", "S UPDATE_COMPLETE"]


def test_cancelled_update_arrives_within_the_rollback() -> None:
    """The call of a cancelled update ends during the rollback: it has no effect."""
    story = Story()
    stack = story.stack("S")

    def steps() -> Process:
        yield from story.create(stack, campaign_template(story, minProvisionedTPS=1))
        story.force("slow", r"forward.Camp.Update/poll0/1\.")
        story.fix("slower", value=0.95)
        story.at_call(r"forward.Camp.Update/poll0/1\.", story.interruption(stack))
        yield from story.update(stack, campaign_template(story, minProvisionedTPS=2))

    assert story.run(steps()) == ["S CREATE_COMPLETE", "S UPDATE_ROLLBACK_COMPLETE"]


def test_cancelled_replacement_after_the_sweep() -> None:
    """The slow creation of a cancelled replacement ends during the rollback.

    The replacement is deleted.
    """
    story = Story()
    stack = story.stack("S")

    def steps() -> Process:
        yield from story.create(stack, campaign_template(story, name="one"))
        story.force("slow", r"forward.Camp.Update/.*CreateCampaign")
        story.fix("slower", value=0.95)
        story.at_call(r"forward.Camp.Update/.*CreateCampaign", story.interruption(stack))
        yield from story.update(stack, campaign_template(story, name="two"))

    assert story.run(steps()) == ["S CREATE_COMPLETE", "S UPDATE_ROLLBACK_COMPLETE"]


def test_cancelled_replacement_visible_after_the_rollback_began() -> None:
    """Amazon Personalize shows the cancelled replacement only after 110 seconds.

    The rollback waits for it, and deletes it.
    """
    story = Story(ec=110)
    story.fix("vis", value=1.0)
    stack = story.stack("S")

    def steps() -> Process:
        yield from story.create(stack, campaign_template(story, name="one"))
        yield 3600
        story.at_call(r"forward.Camp.Update/.*CreateCampaign", story.interruption(stack))
        yield from story.update(stack, campaign_template(story, name="two"))

    assert story.run(steps()) == ["S CREATE_COMPLETE", "S UPDATE_ROLLBACK_COMPLETE"]


def test_cancelled_creation_that_becomes_invisible_again() -> None:
    """A new campaign is visible in one call, but not in the next: it is deleted."""
    story = Story(ec=110, ec_nonmono=True)
    story.fix("vis", value=0.0)
    stack = story.stack("S")
    story.after(20, story.interruption(stack, "delete"))
    story.at_call(r"delete.Camp.Delete/poll1/", lambda: story.fix("vis", value=1.0))
    assert story.run(story.create(stack, campaign_template(story))) == ["S DELETE_COMPLETE"]


def test_unanswered_training_visible_later() -> None:
    """The creation of a solution version is not answered.

    The tags are visible after 110 seconds. There is one training.
    """
    story, template = Story(ec=110), AppTemplate()
    story.fix("vis", "tags", value=1.0)
    story.fix("vis", "list", value=0.0)
    story.force("lost", r"Version.Create/.*CreateSolutionVersion")
    template.add("Version", "SolutionVersion", {"solutionArn": story.account.solutions["movies0"]})
    assert story.run(story.create(story.stack("S"), template)) == ["S CREATE_COMPLETE"]


def test_metric_attribution_deleted_outside_and_replacement_cancelled() -> None:
    """A cancelled update recreated a metric attribution in another group.

    The rollback deletes it, although it has the same ARN as the one that was deleted outside the stack.
    """
    story = Story(["campaigns", "campaigns"])
    stack = story.stack("S")

    def template(group: str) -> AppTemplate:
        made = AppTemplate()
        request = metric_attribution_request(story.account.groups[group], ["m"])
        made.add("Metrics", "MetricAttribution", {"name": "ma", **request})
        return made

    def steps() -> Process:
        yield from story.create(stack, template("movies0"))
        yield 3600
        story.account.direct("delete_metric_attribution", metricAttributionArn=stack.resources["Metrics"].physical)
        yield 3600
        story.at_call(r"forward.Metrics.Update/poll2/", story.interruption(stack))
        yield from story.update(stack, template("movies1"))

    assert story.run(steps()) == ["S CREATE_COMPLETE", "S UPDATE_ROLLBACK_COMPLETE"]


def test_metric_attribution_without_rollback() -> None:
    """`--no-rollback`: a named metric attribution fails; a retry recreates it."""
    story, template = Story(), AppTemplate()
    request = metric_attribution_request(story.account.groups["movies0"], ["m"])
    template.add("Metrics", "MetricAttribution", {"name": "ma", **request})
    story.force("outcome", r"CreateMetric")
    stack = story.stack("S")

    def steps() -> Process:
        yield from story.create(stack, template, keep_going=True)
        yield 3600
        yield from story.update(stack, template, keep_going=True)
        yield from story.delete(stack)

    assert story.run(steps()) == ["S CREATE_FAILED", "S UPDATE_COMPLETE", "S DELETE_COMPLETE"]


@READINGS
def test_rerun_fails(reading: str) -> None:
    """A rerun ends in a FAILED version: the rollback does not use that version."""
    story = Story(rollback_id=reading)
    stack = story.stack("S")

    def template(value: str) -> AppTemplate:
        template = AppTemplate()
        request = {"solutionArn": story.account.solutions["movies0"]}
        template.add("Version", "SolutionVersion", request, extra={"RerunOn": {"v": value}}, timeout=3300)
        return template

    def steps() -> Process:
        yield from story.create(stack, template("a"))
        story.force("outcome", r"CreateSolutionVersion")
        yield from story.update(stack, template("b"))

    assert story.run(steps()) == ["S CREATE_COMPLETE", "S UPDATE_ROLLBACK_COMPLETE"]


@READINGS
def test_named_schema_replaced(reading: str) -> None:
    """A replaced, named schema is rolled back to the previous schema."""
    story = Story([], rollback_id=reading)
    stack = story.stack("S")

    def template(*, wide: bool) -> AppTemplate:
        template = AppTemplate()
        request = {"name": "wide" if wide else "narrow", "schema": schema_text("Items", wide=wide)}
        template.add("Schema", "Schema", request)
        if wide:
            template.add("Bad", "DatasetGroup", {}, deps=("Schema",))
        return template

    def steps() -> Process:
        yield from story.create(stack, template(wide=False))
        story.force("outcome", "CreateDatasetGroup")
        yield from story.update(stack, template(wide=True))

    assert story.run(steps()) == ["S CREATE_COMPLETE", "S UPDATE_ROLLBACK_COMPLETE"]


def test_created_late_and_not_shown_yet() -> None:
    """A resource is created late and not visible at once: it counts as existing."""
    story = Story(ec=6)
    story.force("throttle", r"poll[0-4]/.*CreateCampaign", 5)
    story.fix("vis", value=0.9)
    stack = story.stack("S")
    assert story.run(story.create(stack, campaign_template(story))) == ["S CREATE_COMPLETE"]


def test_delivered_twice_and_tags_late() -> None:
    """A step runs twice, and the tag of the first run is not visible yet.

    The second run recognizes the resource of the first one.
    """
    story = Story(ec=6)
    story.force("invoke-again", r"Camp.Create/poll0")
    story.fix("vis", value=0.9)
    story.fix("vis", "describe", value=0.0)
    story.fix("gap", value=0.4)
    stack = story.stack("S")
    assert story.run(story.create(stack, campaign_template(story, name="mine"))) == ["S CREATE_COMPLETE"]


def test_listed_before_described() -> None:
    """A creation is cancelled while List shows the resource, but Describe does not.

    The rollback does not treat it as deleted.
    """
    story = Story(ec=10)
    story.fix("vis", value=0.0)
    story.fix("vis", "describe", value=0.99)
    stack = story.stack("S")
    assert story.run(story.create(stack, with_rejected_sibling(story))) == ["S ROLLBACK_COMPLETE"]


def test_throttled_when_a_link_ends() -> None:
    """The last poll of a wait link is throttled: it hands over to the next wait link."""
    story = Story()
    story.set_duration("Camp", 5000)

    def begin_outage() -> None:
        story.account.outages.append((story.kernel.now, story.kernel.now + 60, "personalize", "throttle"))

    story.after(3285, begin_outage)
    stack = story.stack("S")
    assert story.run(story.create(stack, campaign_template(story, timeout=9900))) == ["S CREATE_COMPLETE"]


def test_silent_start_and_an_old_failure() -> None:
    """The service does not respond while an update starts.

    The handler does not confuse a failed update of the week before with it.
    """
    story = Story()
    stack = story.stack("S")

    def steps() -> Process:
        yield from story.create(stack, campaign_template(story, minProvisionedTPS=1))
        story.force("outcome", r"Camp\.Update$")
        yield from story.update(stack, campaign_template(story, minProvisionedTPS=2))
        yield WEEK
        story.force("conn", r"forward.Camp.Update/(begin|poll0)/\d", 6)
        yield from story.update(stack, campaign_template(story, minProvisionedTPS=2))

    assert story.run(steps()) == ["S CREATE_COMPLETE", "S UPDATE_ROLLBACK_COMPLETE", "S UPDATE_COMPLETE"]


def test_silent_delete_never_ends() -> None:
    """The service does not respond while the deletion of a cancelled creation starts.

    The deletion ends nevertheless.
    """
    story = Story()
    story.force("kill-before", r"forward.Camp.Create/poll0/.*CreateCampaign")
    story.force("conn", r"delete.Camp.Delete/(begin|poll0)", 9)
    stack = story.stack("S")
    assert story.run(story.create(stack, with_rejected_sibling(story))) == ["S ROLLBACK_COMPLETE"]


def test_deferred_update_fails() -> None:
    """An update is throttled once, and then fails: it is not sent again."""
    story = Story()
    stack = story.stack("S")

    def template(*names: str) -> AppTemplate:
        template = AppTemplate()
        request = metric_attribution_request(story.account.groups["movies0"], list(names))
        template.add("Metrics", "MetricAttribution", request)
        return template

    def steps() -> Process:
        yield from story.create(stack, template("m"))
        story.force("throttle", r"forward.Metrics.Update/.*UpdateMetric")
        story.force_always("outcome", r"forward.Metrics.Update$")
        yield from story.update(stack, template("m", "n"))

    assert story.run(steps()) == ["S CREATE_COMPLETE", "S UPDATE_ROLLBACK_COMPLETE"]


class FollowingCampaign:
    """A campaign that the service updates automatically to a new solution version."""

    OWN_SECONDS = 200.0

    def __init__(self) -> None:
        self.story = Story()
        self.stack = self.story.stack("S")
        self.story.set_duration("forward.Camp.Update", self.OWN_SECONDS)

    def template(self, tps: int) -> AppTemplate:
        latest = f"{self.story.account.solutions['movies0']}/$LATEST"
        config = {"syncWithLatestSolutionVersion": True}
        template = AppTemplate()
        request = {"solutionVersionArn": latest, "minProvisionedTPS": tps, "campaignConfig": config}
        template.add("Camp", "Campaign", request)
        return template

    def train_until_own_update_ended(self, *, own_fails: bool) -> None:
        """Train a version that becomes ACTIVE right after the update of the stack.

        The service then updates the campaign, too. One of both updates fails.

        :param own_fails: whether the update of the stack fails.
        """
        account, story = self.story.account, self.story
        account.emulator.set_duration("SolutionVersion", self.OWN_SECONDS + 0.6)
        account.direct("create_solution_version", solutionArn=account.solutions["movies0"])
        story.after(self.OWN_SECONDS + 0.5, lambda: self._arm(own_fails=own_fails))
        story.after(self.OWN_SECONDS + 0.7, account.emulator.resources)

    def _arm(self, *, own_fails: bool) -> None:
        emulator = self.story.account.emulator
        emulator.resources()
        emulator.set_duration("Campaign", 100)
        if not own_fails:
            emulator.faults.add({"kind": "Campaign", "outcome": "CREATE FAILED", "reason": "The service's own"})

    def update(self, *, own_fails: bool) -> Process:
        yield from self.story.create(self.stack, self.template(1))
        if own_fails:
            self.story.force("outcome", r"forward.Camp.Update$")
        pattern = r"forward.Camp.Update/.*UpdateCampaign"
        self.story.at_call(pattern, lambda: self.train_until_own_update_ended(own_fails=own_fails))
        yield from self.story.update(self.stack, self.template(2))


def test_own_update_fails_and_the_services_follows() -> None:
    """The update of the stack fails, and the service's own update succeeds.

    It begins before the next poll. The handler reports a failure.
    """
    campaign = FollowingCampaign()
    statuses = campaign.story.run(campaign.update(own_fails=True))
    assert statuses == ["S CREATE_COMPLETE", "S UPDATE_ROLLBACK_COMPLETE"]


def test_own_update_succeeds_and_the_services_fails() -> None:
    """The update of the stack succeeds, and then the service's own update fails.

    The handler reports a success.
    """
    campaign = FollowingCampaign()
    statuses = campaign.story.run(campaign.update(own_fails=False))
    assert statuses == ["S CREATE_COMPLETE", "S UPDATE_COMPLETE"]


def test_unknown_key_in_progress() -> None:
    """The functions are rolled back during a wait.

    The older code ignores unknown keys in the progress that the newer code wrote.
    """
    story = Story()
    story.fix("skewkind", value=0.1)
    story.force("newcode", "Camp.Create")
    stack = story.stack("S")
    assert story.run(story.create(stack, campaign_template(story))) == ["S CREATE_COMPLETE"]


def test_deleted_out_of_band_and_a_shorter_timeout() -> None:
    """A campaign was deleted out of band, and only its timeout changes.

    The stack can still be deployed.
    """
    story = Story()
    stack = story.stack("S")

    def steps() -> Process:
        yield from story.create(stack, campaign_template(story, timeout=6000))
        physical = stack.resources["Camp"].physical
        story.account.direct("delete_campaign", campaignArn=physical)
        story.account.deleted_out_of_band.add(physical)
        stack.meddled = {"Camp"}
        yield 600
        yield from story.update(stack, campaign_template(story, timeout=5000))

    assert story.run(steps())[-1] in ("S UPDATE_COMPLETE", "S UPDATE_ROLLBACK_COMPLETE")


def test_retry_without_rollback_of_a_named_replacement() -> None:
    """`--no-rollback`: a named replacement fails; the next deployment recreates it."""
    story = Story()
    stack = story.stack("S")

    def steps() -> Process:
        yield from story.create(stack, campaign_template(story, name="one"))
        story.force("outcome", r"CreateCampaign")
        yield from story.update(stack, campaign_template(story, name="two"), keep_going=True)
        yield from story.update(stack, campaign_template(story, name="two"), keep_going=True)

    assert story.run(steps()) == ["S CREATE_COMPLETE", "S UPDATE_FAILED", "S UPDATE_COMPLETE"]


def test_answered_but_the_execution_does_not_know() -> None:
    """The workflow retries a sent response: the clean-up keeps the new resource."""
    story = Story()
    stack = story.stack("S")

    def steps() -> Process:
        yield from story.create(stack, campaign_template(story, name="one"))
        story.force("invoke-again", r"forward.Camp.Update/respond", 20)
        yield from story.update(stack, campaign_template(story, name="two"))

    assert story.run(steps()) == ["S CREATE_COMPLETE", "S UPDATE_COMPLETE"]


def test_connection_to_lambda_breaks_while_creating() -> None:
    """The connection breaks during a step, which continues and creates a resource.

    The user deletes the stack in the meantime.
    """
    story, template = Story([]), AppTemplate()
    template.add("Group", "DatasetGroup", {"name": "group"})
    stack = story.stack("S")
    story.force("invoke-again", r"forward.Group.Create/poll0")
    story.at_call(r"forward.Group.Create/poll0/.*CreateDatasetGroup", story.interruption(stack, "delete"))
    assert story.run(story.create(stack, template)) == ["S DELETE_COMPLETE"]


def test_response_is_lost() -> None:
    """The connection to CloudFormation breaks before or after the response arrived.

    The response is sent again.
    """
    for reached in (0.1, 0.9):
        story = Story()
        story.fix("resubmit-kind", value=reached)
        story.force("resubmit", r"Camp.Create/respond", 3)
        stack = story.stack("S")
        assert story.run(story.create(stack, campaign_template(story))) == ["S CREATE_COMPLETE"]


def test_on_event_is_killed() -> None:
    """The function `OnEvent` is killed before and after it started the workflow.

    The retry of AWS Lambda starts no second execution.
    """
    story = Story()
    story.force("kill-before", r"Camp.Create/on_event/")
    story.force("kill-after", r"Camp.Create/on_event~1/")
    stack = story.stack("S")
    assert story.run(story.create(stack, campaign_template(story))) == ["S CREATE_COMPLETE"]
    assert story.account.counts["CreateCampaign"] == 1


def test_workflow_cannot_be_started() -> None:
    """StartExecution is always throttled: the event fails, the rollback succeeds."""
    story = Story()
    story.force("startexec", r"Camp.Create/on_event/start", 8)
    stack = story.stack("S")
    assert story.run(story.create(stack, campaign_template(story))) == ["S ROLLBACK_COMPLETE"]


@pytest.mark.parametrize("step", ["begin", "poll0", "respond"])
def test_step_is_throttled_and_killed(step: str) -> None:
    """AWS Lambda throttles a step, then kills its function: the step is repeated."""
    story = Story()
    story.force("lambda-throttle", rf"Camp.Update/{step}$")
    story.force("kill-before", rf"Camp.Update/{step}~1/")
    stack = story.stack("S")

    def steps() -> Process:
        yield from story.create(stack, campaign_template(story, minProvisionedTPS=1))
        yield from story.update(stack, campaign_template(story, minProvisionedTPS=2))

    assert story.run(steps()) == ["S CREATE_COMPLETE", "S UPDATE_COMPLETE"]
