"""Update a resource in place, change its tags, or create a replacement."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cdk_personalize_handler import events, kinds, service_model, status
from cdk_personalize_handler.decisions import ConfigurationChange, Observed, UpdateAction, decide
from cdk_personalize_handler.diff import ConfigurationDiff
from cdk_personalize_handler.errors import Deferred, InvalidRequest, OperationFailed, Superseded, Throttled
from cdk_personalize_handler.operations import cancelled, create, orphans, waiting
from cdk_personalize_handler.operations.deletion import DeletionState, delete_if_possible
from cdk_personalize_handler.ownership import arn_from_request, ownership_of

if TYPE_CHECKING:
    from cdk_personalize_handler.decisions import Decision
    from cdk_personalize_handler.events import Outcome, Progress
    from cdk_personalize_handler.operations.context import Context
    from cdk_personalize_handler.personalize import Description


def begin(context: Context) -> Progress:
    """Stop the workflows of earlier requests for the resource. Change nothing yet."""
    return waiting.unless_deferred(context, _with_predecessors)


def _with_predecessors(context: Context) -> Progress:
    context.require_awaited()
    return replace(
        context.progress,
        checked=True,
        began_in_rollback=context.stack.rolling_back,
        predecessors=cancelled.stop_predecessors(context),
    )


def poll(context: Context) -> Progress | Outcome:
    """Change the resource in the first poll. Then return the outcome when it is ready."""
    if not context.progress.pending:
        return waiting.until_ready(context, context.progress)
    if not context.progress.checked:
        context = replace(context, progress=_with_predecessors(context))
    physical_id = context.request.physical_id
    description = context.api.describe(physical_id) if context.request.kind.is_arn(physical_id) else None
    decision = decide_on(context, description, rolling_back=_rolls_back(context, description))
    context = orphans.with_creation_times(context)
    try:
        orphans.delete(context, keep={physical_id, decision.arn or physical_id})
    except Deferred as error:
        return waiting.defer(context, error)
    return _apply(context, decision, description)


def decide_on(context: Context, description: Description | None, *, rolling_back: bool) -> Decision:
    """Return the decision for a resource.

    It only reads, so that `cdk-personalize plan` can call it before a deployment.
    """
    change = _change(context)
    observed = _observe(context, change, description, rolling_back=rolling_back)
    return decide(change, observed, rolling_back=rolling_back)


def _change(context: Context) -> ConfigurationChange:
    """Return which changes the template makes to the configuration."""
    return ConfigurationChange(
        replaces=context.diff.needs_replacement(),
        replaces_unseen=context.diff.needs_replacement_unseen(),
        reruns=context.request.reruns,
        updates=context.diff.needs_update(),
    )


def _rolls_back(context: Context, description: Description | None) -> bool:
    """Return whether the stack is rolling back. Always False for an update in place.

    Raise Superseded if the rollback began after this request, because then CloudFormation has cancelled it.
    """
    if description is not None and not _change(context).needs_new_resource:
        return False
    if context.stack.rolling_back and not context.progress.began_in_rollback:
        raise Superseded("CloudFormation has begun to roll this request back")
    return context.stack.rolling_back


def _observe(
    context: Context, change: ConfigurationChange, description: Description | None, *, rolling_back: bool
) -> Observed:
    """Return the current state of the resource, as far as the decision requires it."""
    kind, physical_id = context.request.kind, context.request.physical_id
    if description is None:
        return Observed(exists=False, predecessor=_predecessor(context) if rolling_back else None)
    update = status.newest_update(kind, description)
    busy_update = update is not None and status.is_in_progress(str(update["status"]))
    observed = Observed(
        failed=status.is_failed(status.own_status(description)),
        busy=status.is_busy(kind, description),
        busy_with_desired=busy_update and update is not None and context.diff.matches_update(update),
        matches_create_only=context.diff.matches_create_only(description),
        matches_mutable=context.diff.matches_mutable(description),
        name_collides=_arn_of_replacement(context) == physical_id,
    )
    if not (rolling_back and change.needs_new_resource):
        return observed
    for_desired = _created_for_desired(context, physical_id, description)
    is_desired = for_desired and observed.matches_create_only and not observed.failed
    return replace(observed, created_for_desired=for_desired, predecessor=None if is_desired else _predecessor(context))


def _created_for_desired(context: Context, arn: str, description: Description) -> bool:
    """Return whether a resource was created with the desired configuration.

    True if the execution of that request has expired.
    """
    owner = ownership_of(context.api, arn, description)
    event = context.ledger.event_of(owner) if owner else None
    if event is None:
        return True
    creator = events.parse(event)
    same_rerun = creator.properties.get(kinds.RERUN_ON) == context.request.properties.get(kinds.RERUN_ON)
    diff = ConfigurationDiff(context.request.kind, context.request.desired, creator.desired, context.request.ignored)
    return same_rerun and not diff.needs_replacement_unseen()


def _predecessor(context: Context) -> str | None:
    """Return the ARN of the previous resource, to which a rollback can return.

    None if it is deleted.
    """
    request = context.request
    member = service_model.arn_member(request.kind.name)
    named = _arn_of_replacement(context)
    by_name = request.kind.resource_id or service_model.name_member(request.kind.name) in request.desired
    listed = () if named and by_name else context.api.summaries(request.desired, request.previous)
    found: list[tuple[float, str]] = []
    for arn in dict.fromkeys([*([named] if named else []), *(each[member] for each in listed)]):
        description = context.api.describe(arn) if arn != request.physical_id else None
        if description and _is_predecessor(context, arn, description, by_name=arn == named):
            found.append((status.began(description), arn))
    return max(found)[1] if found else None


def _is_predecessor(context: Context, arn: str, description: Description, *, by_name: bool) -> bool:
    if status.is_being_deleted(description) or status.is_failed(status.own_status(description)):
        return False
    if not context.diff.matches_create_only(description):
        return False
    owner = ownership_of(context.api, arn, description)
    if owner is None:
        # A resource without tags can only be identified by its name.
        return by_name and not service_model.is_taggable(context.request.kind.name)
    own = context.request.ownership.owner
    return owner.owner == own and _created_for_desired(context, arn, description)


def _apply(context: Context, decision: Decision, description: Description | None) -> Progress | Outcome:
    arn = decision.arn or context.request.physical_id
    match decision.action:
        case UpdateAction.REPLACE | UpdateAction.RECREATE:
            _delete_same_named(context, description)
            return create.create(context.for_replacement(description or {}))
        case UpdateAction.FAIL:
            raise OperationFailed(collision(context), arn)
        case UpdateAction.RESTORE:
            context.log("returned to the predecessor", arn=arn)
            return waiting.until_ready(context, replace(context.progress, pending=False, physical_id=arn))
    if not context.progress.tagged or decision.action is UpdateAction.UPDATE:
        context.require_awaited()
    if not context.progress.tagged:
        _update_tags(context, arn)
        context = replace(context, progress=replace(context.progress, tagged=True))
    if decision.action is UpdateAction.DEFER:
        return waiting.defer(context, Deferred("another operation on the resource is in progress"))
    if decision.action is UpdateAction.UPDATE and description is not None:
        return _update(context, arn, description)
    ends = description is not None and status.is_busy(context.request.kind, description) and context.diff.needs_update()
    progress = replace(context.progress, pending=False, physical_id=arn, updates=ends)
    return waiting.until_ready(context, progress)


def _delete_same_named(context: Context, description: Description | None) -> None:
    """Delete the existing resource if its replacement needs the same name.

    Raise Deferred until it is deleted, and OperationFailed if the current stack operation did not create it.
    """
    arn = context.request.physical_id
    if description is None or arn != _arn_of_replacement(context):
        return
    is_orphan = not context.request.adopts and arn in orphans.created(context)
    if not is_orphan and not _created_in_this_operation(context, arn, description):
        raise OperationFailed(collision(context), arn)
    state = delete_if_possible(context, arn)
    if state is DeletionState.KEPT:
        raise OperationFailed(collision(context), arn)
    if state is DeletionState.IN_PROGRESS:
        raise Deferred("the resource that has the name is being deleted")


def _created_in_this_operation(context: Context, arn: str, description: Description) -> bool:
    """Return whether the current stack operation created a resource."""
    owner = ownership_of(context.api, arn, description)
    started = context.ledger.started(owner) if owner else None
    return started is not None and started >= context.stack.operation_start() - cancelled.CLOCK_SKEW


def _arn_of_replacement(context: Context) -> str | None:
    return arn_from_request(context.request.kind, context.request.stack_id, context.create_request)


def _update(context: Context, arn: str, description: Description) -> Progress | Outcome:
    """Send an update with the complete configuration.

    If the response of an earlier attempt was lost, first check whether the update has taken effect.
    """
    progress = context.progress
    before = status.began(status.newest_update(context.request.kind, description))
    if progress.sent is not None and _may_have_effect(context, before):
        return waiting.until_ready(context, replace(progress, pending=False, physical_id=arn, updates=True))
    try:
        context.api.update(arn, context.diff.update_request(description))
    except Throttled as error:
        tried = replace(
            progress,
            calls=progress.calls + 1,
            uncertain=True,
            sent=context.elapsed.total_seconds(),
            update_before=before if progress.sent is None else progress.update_before,
        )
        return waiting.defer(context, error, tried)
    except InvalidRequest as error:
        if not context.stack.rolling_back:
            raise
        # Some updates cannot be undone, such as a new column of a schema. A failure would leave the stack stuck.
        context.log(
            "not rolled back: Amazon Personalize rejects the previous configuration", because=str(error), arn=arn
        )
        return waiting.until_ready(context, replace(progress, pending=False, physical_id=arn))
    context.log("update called", arn=arn)
    return context.after_call(physical_id=arn, updates=True, update_before=before)


def _may_have_effect(context: Context, newest: float) -> bool:
    """Return whether an update whose response was lost may have taken effect."""
    if status.describes_updates(context.request.kind):
        return newest > context.progress.update_before
    return context.progress.calls > 1


def _update_tags(context: Context, arn: str) -> None:
    """Set and delete the tags that the template changes."""
    if not service_model.is_taggable(context.request.kind.name):
        return
    desired, previous = (
        {tag["tagKey"]: tag["tagValue"] for tag in configuration.get(service_model.TAGS, [])}
        for configuration in (context.request.desired, context.request.previous)
    )
    if changed := {key: value for key, value in desired.items() if previous.get(key) != value}:
        context.api.tag(arn, changed)
    if deleted := sorted(previous.keys() - desired.keys()):
        context.api.untag(arn, deleted)


def collision(context: Context) -> str:
    """Return why a replacement cannot be created beside the resource."""
    changed = ", ".join(sorted(map(service_model.upper_first, context.diff.changed()))) or kinds.RERUN_ON
    return (
        f"changing {changed} requires a replacement, and the existing resource still has the name. Change the name "
        f"too, or omit it to have one generated."
    )
