"""Create a resource, or adopt an existing resource with its name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cdk_personalize_handler import adoption, deadline, latest_version, service_model, status
from cdk_personalize_handler.errors import (
    AlreadyExists,
    Deferred,
    InvalidRequest,
    NotSettled,
    OperationFailed,
)
from cdk_personalize_handler.operations import waiting
from cdk_personalize_handler.ownership import Ownership, arn_from_request, ownership_of

if TYPE_CHECKING:
    from cdk_personalize_handler.events import Outcome, Progress
    from cdk_personalize_handler.operations.context import Context


def begin(context: Context) -> Progress:
    """Check whether the name is free, or the existing resource can be adopted.

    Nothing is created in this step: once the resource exists, these checks are not possible any more. The workflow
    stores their results before the next step creates the resource.
    """
    if context.request.adopts:
        adoption.find(context)
    return replace(context.progress, name_was_free=_is_name_free(context))


def poll(context: Context) -> Progress | Outcome:
    """Create the resource in the first poll. Then return the outcome when it is ready."""
    if context.progress.pending:
        return create(context)
    result = waiting.until_ready(context, context.progress)
    if context.request.adopts:
        return adoption.finish(context, result)
    return result


def create(context: Context) -> Progress | Outcome:
    """Create the resource, or adopt an existing one.

    A resource that an earlier step of this request has created is used, instead of a second one.
    """
    context.require_awaited()
    if not context.progress.name_was_free and _is_name_free(context):
        return replace(context.progress, name_was_free=True)  # The workflow stores it before the creation.
    arn = _created_before(context) if context.progress.uncertain else None
    if arn is None and _may_become_visible(context):
        raise Deferred("the resource that an earlier call may have created may not be visible yet")
    if arn is None and (existing := adoption.find(context)):
        return adoption.adopt(context, *existing)
    if arn is None:
        try:
            arn = _create_or_find(context)
        except (InvalidRequest, NotSettled) as error:
            latest_version.raise_if_missing(context.api, context.create_request, error)
            raise
        except Deferred as error:
            progress = context.progress
            tried = replace(progress, calls=progress.calls + 1, uncertain=True, sent=context.elapsed.total_seconds())
            return waiting.defer(context, error, tried)
        context.log("create called", arn=arn)
    return context.after_call(physical_id=arn, created=arn, updates=False)


def _may_become_visible(context: Context) -> bool:
    """Return whether an earlier call may have created an invisible resource.

    False if the name of the resource is unique, because a second creation would be rejected.
    """
    if not context.progress.uncertain or service_model.name_member(context.request.kind.name) in context.create_request:
        return False
    since = context.elapsed.total_seconds() - (context.progress.sent or 0.0)
    return since < deadline.SETTLING.total_seconds()


def _create_or_find(context: Context) -> str:
    """Create the resource, or find it if this request has already created it.

    Return its ARN.
    """
    try:
        return context.api.create(context.create_request)
    except AlreadyExists as error:
        return _own_or_raise(context, error)


def _is_name_free(context: Context) -> bool:
    """Return whether the name of the resource is free. False for kinds with tags.

    Raise OperationFailed if another resource has the name. Without tags, it could later not be distinguished from the
    resource that this request creates.
    """
    arn = arn_from_request(context.request.kind, context.request.stack_id, context.create_request)
    if arn is None or service_model.is_taggable(context.request.kind.name):
        return False
    if context.api.describe(arn) is not None:
        raise OperationFailed(name_conflict(f"{context.request.kind.name} already exists"), arn)
    return True


def _created_before(context: Context) -> str | None:
    """Return the ARN of the resource that this request has already created.

    None if it has created none, or the resource is not visible yet.
    """
    request = context.create_request
    own = context.request.ownership
    arn = arn_from_request(context.request.kind, context.request.stack_id, request)
    if arn is not None:
        description = context.api.describe(arn)
        if description is None:
            return None
        owner = ownership_of(context.api, arn, description)
        return arn if own.is_same_request(owner) or (owner is None and context.progress.name_was_free) else None
    name, arn_member = (
        member(context.request.kind.name) for member in (service_model.name_member, service_model.arn_member)
    )
    oldest = (context.progress.service_started or 0.0) - deadline.SETTLING.total_seconds()
    for summary in context.api.summaries(request):
        named = Ownership.in_name(str(summary.get(name, "")))
        if status.began(summary) < oldest or (named and not own.is_same_request(named)):
            continue
        found: str = summary[arn_member]
        if own.is_same_request(ownership_of(context.api, found, summary)):
            return found
    return None


def _own_or_raise(context: Context, error: AlreadyExists) -> str:
    """Return the ARN of the existing resource if this request created it.

    Raise OperationFailed if another owner has it, and Deferred if that is not known yet.
    """
    arn = arn_from_request(context.request.kind, context.request.stack_id, context.create_request)
    if arn is None:
        created = _created_before(context)
        if created is None:
            # The existing resource may be that of an earlier call of this request, and not be visible yet.
            failure = NotSettled if context.progress.uncertain else OperationFailed
            raise failure(name_conflict(str(error))) from error
        return created
    description = context.api.describe(arn)
    if description is None:
        # The existing resource is not visible yet, or the new one conflicts with a resource that has another name.
        raise NotSettled(name_conflict(str(error))) from error
    if status.is_being_deleted(description):
        raise Deferred(str(error)) from error
    owner = ownership_of(context.api, arn, description)
    if context.request.ownership.is_same_request(owner) or (owner is None and context.progress.name_was_free):
        return arn
    age = (context.api.now or 0.0) - status.began(description)
    if (
        owner is None
        and service_model.is_taggable(context.request.kind.name)
        and age < deadline.SETTLING.total_seconds()
    ):
        raise NotSettled(name_conflict(str(error)))  # Its tag may not be visible yet.
    raise OperationFailed(name_conflict(str(error)), arn) from error


def name_conflict(reason: str) -> str:
    """Return why a resource cannot be created under a name in use."""
    return (
        f"{reason}; this deployment did not create the existing resource, so it stays unchanged. "
        f"Choose another name, delete the resource, or adopt it with `adopt=True`."
    )
