"""Starting an operation on a resource, and looking how far it is; the same for every kind.

`Lifecycle.start` answers CloudFormation's event once, `Lifecycle.look` is asked again and again until it has an
outcome. Nothing is remembered between two looks: what a start leaves behind travels in its `Progress`, and a start
that met a busy or silent service is simply started again by the next look. So starting has to be repeatable: it
finds what an earlier attempt of the same request made, instead of making it twice.

A creation is always left to the first look. CDK's framework swallows the Delete of a creation whose start fails, so
that whatever a start made before it was killed would be nobody's; a failed look is deleted by the id that the start
reported.
"""

from __future__ import annotations

import contextlib
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from cdk_personalize_handler import kinds, quality, service_model
from cdk_personalize_handler.configuration import Configuration
from cdk_personalize_handler.errors import AlreadyExists, GivenUp, NotFound, OperationFailed, Stray, TryLater, Unsettled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from cdk_personalize_handler.service import Description, Service
    from cdk_personalize_handler.stack import Stack

_UNDER_WAY = ("PENDING", "IN_PROGRESS", "IN PROGRESS", "STOPPING")
_FAILED = ("FAILED", "STOPPED")

SETTLING = timedelta(minutes=2)
"""How long an answer of Personalize or a new permission may take to show; also longer than any run of a function."""
CLOCK_SKEW = timedelta(seconds=5)
"""How far the clocks of CloudFormation and Personalize may be apart."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """What CloudFormation asks for, in the API's terms."""

    event: str
    """Create, Update or Delete."""
    stack_id: str
    logical_id: str
    request_id: str
    physical_id: str
    wanted: Mapping[str, Any]
    before: Mapping[str, Any]
    wait: timedelta
    continued: bool
    active: bool = True
    """Whether a resource that can be stopped shall run."""
    reruns: bool = False
    """Whether something that the user named has changed, so that the resource has to be made anew."""
    gates: Sequence[Mapping[str, str]] = ()
    """What its offline metrics have to reach."""
    adopts: bool = False
    """Whether a creation takes over what has the name already."""
    phase: str = ""
    """In which phase of the stack's operation the start saw this asked for."""

    @property
    def owner(self) -> str:
        """Who a resource belongs to: the stack and the logical id in it."""
        return kinds.short_hash(self.stack_id, self.logical_id)

    @property
    def ownership(self) -> str:
        """Who a resource belongs to, and which request made it; also the physical id of one not made yet."""
        return self.physical_id if self.unreported else f"{self.owner}/{kinds.short_hash(self.request_id)}"

    @property
    def unreported(self) -> bool:
        """Whether this is to delete what a creation may have made without telling."""
        return self.event == "Delete" and self.physical_id.startswith(f"{self.owner}/")


@dataclass(frozen=True, kw_only=True)
class Progress:
    """What a start leaves for the looks that follow. Times are seconds since 1970 by the service's clock."""

    since: float | None = None
    """When it was started; None where the service did not answer."""
    deferred: bool = False
    """Whether the start has to be made again."""
    updates: bool = False
    """Whether an update was sent."""
    seen: float = 0.0
    """When the newest update began that was there before ours."""
    found: bool = False
    """Whether what a failed creation left was seen, so that nothing more has to show."""
    phase: str = ""
    """In which phase the stack's operation was; what is still to be done is wanted in this phase only."""

    def to_event(self) -> dict[str, Any]:
        """Return it as it travels between the functions."""
        return asdict(self)


@dataclass(frozen=True)
class Started:
    """The answer to an event: the resource it is about, and how to go on."""

    physical_id: str
    progress: Progress


@dataclass(frozen=True)
class Outcome:
    """The end of a wait: the resource's final id, and its description where there is one."""

    physical_id: str
    description: Mapping[str, Any]


class Lifecycle:
    """One event of one resource."""

    def __init__(self, task: Task, service: Service, stack: Stack, log: Callable[..., None]) -> None:
        self._task = task
        self._service = service
        self._stack = stack
        self._log = log
        self._kind = service.kind
        self._wanted = Configuration(service.kind, task.wanted, task.before)

    # Starting

    def start(self, since: float | None = None) -> Started:
        """Start what the event asks for. Whatever cannot be started now is deferred, not failed."""
        try:
            match self._task.event:
                case "Create":
                    started = self._announce() if since is None else self._create(since)
                case "Update":
                    started = self._update(since)
                case _:
                    started = self._delete()
        except TryLater as error:
            self._refuse_unsettled(error, since)
            self._log("deferred", because=str(error))
            physical_id = self._task.physical_id or self._task.ownership
            started = Started(physical_id, Progress(deferred=True))
        progress = replace(started.progress, since=since or self._now(), phase=self._task.phase or self._phase())
        return replace(started, progress=progress)

    def _announce(self) -> Started:
        """Report under which id a creation can be undone, before anything is made."""
        request = self._create_request()
        arn = self._arn_of(request)
        if arn and not service_model.taggable(self._kind.name) and self._service.describe(arn):
            # Later it could not be told from what this deployment made.
            self._taken(request, AlreadyExists(f"{self._kind.name} exists already"))
        self._adoptable(request)
        self._service.ask_time()
        return Started(self._task.ownership, Progress(deferred=True))

    def _create(self, since: float | None = None) -> Started:
        """Create the resource, unless an earlier attempt of this request did, or there is one to adopt."""
        request = self._create_request()
        made = self._made_by_this_request(request)
        if made is None and (existing := self._adoptable(request)):
            return self._adopt(*existing, since)
        if made is None:
            self._check_awaited()
            try:
                made = self._service.create(request)
                self._log("create called", arn=made)
            except NotFound as error:
                raise OperationFailed(str(error)) from error
            except AlreadyExists as error:
                made = self._taken(request, error)
        return Started(made, Progress())

    def _adoptable(self, request: Mapping[str, Any]) -> tuple[str, Description] | None:
        """Return what has the name already, if it shall be taken over. Raise if it cannot be.

        A creation alone adopts: the Delete that undoes an update does not know of what the update found.
        """
        if not (self._task.adopts and self._task.event == "Create"):
            return None
        arn = self._arn_of(request) or self._listed(request)
        description = self._service.describe(arn) if arn else None
        if arn is None or description is None:
            return None
        if str(description.get("status")).startswith("DELETE"):
            raise TryLater("what has the name is being deleted")
        owner = self._service.tags(arn).get(kinds.OWNER_TAG)
        if owner and not self._is_ours(owner):
            raise OperationFailed(
                f"it cannot be adopted, because it belongs to another stack or another construct: take it out there, "
                f"retained, and then its tag {kinds.OWNER_TAG} away",
                arn,
            )
        if conflicts := self._wanted.conflicts(description):
            raise OperationFailed(
                f"it cannot be adopted, because only a new one can be otherwise: {'; '.join(conflicts)}", arn
            )
        return arn, description

    def _listed(self, request: Mapping[str, Any]) -> str | None:
        """Return the ARN of what has the name, for kinds whose ARNs do not tell."""
        name, arn = (member(self._kind.name) for member in (service_model.name_member, service_model.arn_member))
        return next((each[arn] for each in self._service.summaries(request) if each.get(name) == request[name]), None)

    def _adopt(self, arn: str, description: Description, since: float | None) -> Started:
        """Bring what was made by hand to the wanted configuration; what that does not speak of stays."""
        self._check_awaited()
        self._wanted = self._wanted.over(description)
        if not self.under_way(description) and self._wanted.asked_for(description):
            return Started(arn, Progress())
        return Started(arn, self._send_update(arn, description, since))

    def _finish_adoption(self, outcome: Outcome) -> None:
        """Say on what was adopted that it is ours. Before it is as it shall be, nothing says so."""
        arn = outcome.physical_id
        if not self._task.adopts or self._owner_of(arn, outcome.description) == self._task.ownership:
            return
        tags = {tag["tagKey"]: tag["tagValue"] for tag in self._task.wanted.get(service_model.TAGS, [])}
        adoption = f"{self._task.ownership}/{self._stack.operation().began.isoformat()}"
        self._service.tag(arn, {**tags, kinds.OWNER_TAG: adoption})
        self._log("adopted", arn=arn)

    def _create_request(self) -> dict[str, Any]:
        task = self._task
        request = dict(task.wanted)
        name = service_model.name_member(self._kind.name)
        if name not in request and name in service_model.create_shape(self._kind.name).required_members:
            stack_name = task.stack_id.split("/")[1]
            request[name] = kinds.generated_name(stack_name, task.logical_id, *task.ownership.split("/"))
        if service_model.taggable(self._kind.name):
            owner = {"tagKey": kinds.OWNER_TAG, "tagValue": task.ownership}
            request[service_model.TAGS] = [*request.get(service_model.TAGS, []), owner]
        return request

    def _taken(self, request: Mapping[str, Any], error: AlreadyExists) -> str:
        """Return the ARN of the existing resource if this very request made it; a stranger's is refused."""
        arn = self._arn_of(request)
        if arn is None:
            made = self._made_by_this_request(request)
            if made is None:
                raise OperationFailed(f"{error}; it was not made by this deployment, so it is left alone") from error
            return made
        existing = self._service.describe(arn)
        if existing is None or str(existing.get("status")).startswith("DELETE"):
            raise TryLater(str(error))
        if self._owner_of(arn, existing) == self._task.ownership:
            return arn
        raise OperationFailed(
            f"{error}; it was not made by this deployment, so it is left alone: "
            f"choose another name, or delete it first",
            arn,
        )

    def _update(self, since: float | None) -> Started:
        task = self._task
        if not self._kind.is_arn(task.physical_id):
            return self._create()
        description = self._service.describe(task.physical_id)
        self._check_awaited()
        if description is None:
            return self._create_again()
        if task.reruns or self._wanted.replaces():
            if not self._is_wanted(description):
                return self._replace()
            self._sweep(keep=task.physical_id)
        self._update_tags()
        return Started(task.physical_id, self._send_update(task.physical_id, description, since))

    def _create_again(self) -> Started:
        """Create what was deleted behind the stack's back, when no replacement of it is in the way any more."""
        if self._stack.operation().rolling_back:
            self._sweep(keep=self._made_by_this_request(self._create_request()))
        return self._create()

    def _is_wanted(self, description: Description) -> bool:
        """Tell whether a replacement is not needed: the resource is as it shall be, which a rollback may find."""
        if not self._wanted.is_made_as(description):
            return False
        return not (self._task.reruns or self._wanted.replaces_unseen()) or self._stack.operation().rolling_back

    def _replace(self) -> Started:
        """Create a successor. A rollback gets its predecessor back, which waits for its deletion only."""
        stack = self._stack.operation()
        if stack.rolling_back:
            for arn in self.ours(before=stack.began):
                predecessor = self._service.describe(arn)
                if predecessor and self._wanted.is_made_as(predecessor):
                    self._log("predecessor taken back", arn=arn)
                    return Started(arn, Progress())
        if self._arn_of(self._create_request()) == self._task.physical_id:
            changed = ", ".join(sorted(map(service_model.upper_first, self._wanted.changed()))) or kinds.RERUN_ON
            raise OperationFailed(
                f"changing {changed} needs a new resource, and the old one still has the name: "
                f"change the name too, or leave it out to have one generated",
                self._task.physical_id,
            )
        return self._create()

    def _update_tags(self) -> None:
        if not service_model.taggable(self._kind.name):
            return
        wanted, before = (
            {tag["tagKey"]: tag["tagValue"] for tag in configuration.get(service_model.TAGS, [])}
            for configuration in (self._task.wanted, self._task.before)
        )
        if changed := {key: value for key, value in wanted.items() if before.get(key) != value}:
            self._service.tag(self._task.physical_id, changed)
        if gone := sorted(before.keys() - wanted.keys()):
            self._service.untag(self._task.physical_id, gone)

    def _send_update(self, arn: str, description: Description, since: float | None) -> Progress:
        """Send the complete configuration, unless the resource has it or is getting it."""
        if not self._wanted.updates():
            return Progress()
        newest = self.newest_update(description)
        seen = _began(newest)
        if self.under_way(description):
            if newest and _under_way(newest) and self._wanted.asked_for(newest):
                return Progress(updates=True)
            raise TryLater("another operation on the resource is under way")
        if since is not None and seen >= since and newest and self._wanted.asked_for(newest):
            self._judge(arn, newest, "update")
            return Progress()
        if self._wanted.is_had_by(description):
            return Progress()
        self._service.update(arn, self._wanted.update_request(description))
        self._log("update called", arn=arn)
        return Progress(updates=True, seen=seen)

    # Looking

    def look(self, progress: Progress) -> Outcome | None:
        """Return the outcome, or None while there is none yet."""
        arn = self._task.physical_id
        try:
            if self._task.event == "Delete":
                return self._look_at_deletion(progress)
            if not progress.deferred:
                return self._look_at(arn, progress, self._service.describe(arn))
            return self._look_deferred(progress)
        except TryLater as error:
            self._refuse_unsettled(error, progress.since)
            return self._keep_waiting(arn, progress, f"unknown, {error}")

    def _look_deferred(self, progress: Progress) -> Outcome | None:
        """Start again what could not be started, or was left to this look, and see what came of it."""
        started = self.start(since=progress.since or 0.0)
        if started.progress.deferred:
            return self._keep_waiting(self._task.physical_id, started.progress, "busy with an earlier operation")
        description = self._service.describe(started.physical_id)
        if started.progress.updates and not (description and self.under_way(description)):
            return None  # sent just now
        outcome = self._look_at(started.physical_id, started.progress, description)
        if outcome and self._task.event == "Create":
            self._finish_adoption(outcome)
        return outcome

    def _look_at(self, arn: str, progress: Progress, description: Description | None) -> Outcome | None:
        if description is None:
            self._check_missing(arn, progress)
            return None
        if self.under_way(description):
            return self._keep_waiting(arn, progress, self.status(description), description)
        if progress.updates:
            newest = self.newest_update(description)
            if newest and _began(newest) > progress.seen:
                self._judge(arn, newest, "update")
            elif not self._wanted.is_had_by(description):
                if self._elapsed(progress) <= SETTLING:
                    return None  # the service has not shown the update yet, or saw nothing to do
                self._check_effect(arn, description)
        return self._settle(arn, progress, description)

    def _settle(self, arn: str, progress: Progress, description: Description) -> Outcome | None:
        """Judge a resource on which nothing is under way; start or stop it first where that is wanted."""
        self._judge(arn, description, "creation")
        if service_model.operation("Stop", self._kind.name):
            runs = self.status(description) == "ACTIVE"
            if runs != self._task.active:
                self._check_awaited()
                self._service.turn(arn, on=self._task.active)
                self._log("start called" if self._task.active else "stop called", arn=arn)
                return self._keep_waiting(arn, progress, self.status(description), description)
        metrics = self._service.metrics(arn, description)
        self._check_quality(arn, metrics)
        measured = {self._kind.metrics_member: metrics} if self._kind.metrics_member else {}
        return Outcome(arn, {**measured, **description})

    def _check_quality(self, arn: str, metrics: Mapping[str, float]) -> None:
        """Raise if the quality falls short; a rollback has to do with what there is."""
        reason = quality.shortfall(self._task.gates, metrics)
        if reason is None:
            return
        if self._stack.operation().rolling_back:
            self._log("gate passed over in a rollback", arn=arn, reason=reason)
            return
        raise OperationFailed(reason, arn)

    def _check_effect(self, arn: str, description: Description) -> None:
        """Raise if an update had no effect on a resource of a kind that does not tell of its updates otherwise."""
        if f"latest{self._kind.name}Update" not in service_model.described_members(self._kind.name):
            reason = description.get("failureReason") or "Personalize gave no reason"
            raise OperationFailed(f"its update had no effect: {reason}", arn)

    def _check_missing(self, arn: str, progress: Progress) -> None:
        """Raise if a resource is missing for longer than a new one needs to show."""
        if self._elapsed(progress) > SETTLING:
            raise OperationFailed("it disappeared while it was waited for: was it deleted outside of the stack?", arn)

    def look_after(self, arn: str, operation: str, progress: Progress) -> Outcome | None:
        """Go on with the wait that a resource handed over: the look of a wait link."""
        try:
            return self._look_after(arn, operation, progress)
        except TryLater as error:
            self._refuse_unsettled(error, progress.since)
            return self._keep_waiting(arn, progress, f"unknown, {error}")

    def _look_after(self, arn: str, operation: str, progress: Progress) -> Outcome | None:
        description = self._service.describe(arn)
        if description is None:
            self._check_missing(arn, progress)
            return None
        if self.under_way(description):
            return self._keep_waiting(arn, progress, self.status(description), description)
        newest = self.newest_update(description)
        if newest and operation == self.operation(description):
            self._judge(arn, newest, "update")
        return self._settle(arn, progress, description)

    def start_clock(self) -> Progress:
        """Start the clock of something that only has to be waited for."""
        with contextlib.suppress(TryLater):
            self._service.ask_time()
        return Progress(since=self._now(), phase=self._phase())

    def operation(self, description: Description) -> str:
        """Return what identifies the newest operation on a resource: when it began, as the service has it."""
        return str(_began(self.newest_update(description)) or _began(description))

    def _delete(self) -> Started:
        """Start the clock, and see whether something is there where only the owner is known."""
        progress = self.start_clock()
        arn = self._task.physical_id
        found = not self._kind.is_arn(arn) and any(True for _ in self._unreported())
        return Started(arn, replace(progress, found=found))

    def _look_at_deletion(self, progress: Progress) -> Outcome | None:
        arn = self._task.physical_id
        if self._kind.is_arn(arn):
            gone = self._remove(arn)
        else:
            left = [each for each in self._unreported() if not self._remove(each)]
            gone = not left and (progress.found or self._elapsed(progress) > SETTLING)
        return Outcome(arn, {}) if gone else self._keep_waiting(arn, progress, "not deleted yet")

    def _unreported(self) -> Iterator[str]:
        """Yield the ARNs of what a creation made that CloudFormation was not told of."""
        if not self._task.unreported:
            # The id is one that CloudFormation made up for a cancelled creation.
            began = self._stack.operation().began
            yield from self.ours(after=began - CLOCK_SKEW)
            yield from self._adopted_at(began)
        elif made := self._made_by_this_request(self._create_request()):
            yield made

    def _adopted_at(self, began: datetime) -> Iterator[str]:
        """Yield the ARN of what this logical id adopted in an operation of the stack."""
        if self._task.adopts:
            arn = self._arn_of(self._task.wanted) or self._listed(self._task.wanted)
            owner = self._service.tags(arn).get(kinds.OWNER_TAG, "") if arn else ""
            if arn and self._is_ours(owner) and _adoption(owner) == began:
                yield arn

    def _sweep(self, *, keep: str | None) -> None:
        """Remove what else belongs to this logical id, and is newer or of this operation; raise until it is gone."""
        after = self._stack.operation().began - CLOCK_SKEW
        if keep and (kept := self._service.describe(keep)):
            after = min(after, kept["creationDateTime"])
        for arn in self.ours(after=after):
            if arn != keep and not self._is_removed(arn):
                raise Stray(
                    f"a cancelled replacement, {arn}, cannot be deleted yet; "
                    f"continue the rollback when nothing is under way on it any more, with `cdk rollback`"
                )

    def _is_removed(self, arn: str) -> bool:
        try:
            return self._remove(arn)
        except Unsettled:
            raise
        except TryLater as error:
            self._log("deferred", because=str(error))
            return False

    def _remove(self, arn: str) -> bool:
        """Bring a resource closer to its end. Return whether it is gone, or is of a kind that stays for good."""
        description = self._service.describe(arn)
        if description is None:
            return True
        status = self.status(description)
        busy = _ends(status, _UNDER_WAY)
        if service_model.operation("Delete", self._kind.name):
            if busy:
                return False  # it cannot be deleted before it has settled
            if self._is_left_alone(arn):
                return True
        elif not busy or self._kind.stop is None:
            self._log("kept, the API cannot delete it", arn=arn, status=status)
            return True
        elif _ends(status, "STOPPING"):
            return False
        try:
            self._service.remove(arn)
            self._log("removal called", arn=arn, status=status)
        except NotFound:
            return True
        return False

    def _is_left_alone(self, arn: str) -> bool:
        """Tell whether a resource is not ours to delete, and give it back if it was to be adopted.

        It is not ours for good before a deployment with it has come to a good end.
        """
        if not service_model.taggable(self._kind.name):
            return False
        owner = self._service.tags(arn).get(kinds.OWNER_TAG, "")
        if not self._is_ours(owner):
            # Given back before, by an earlier look.
            return self._task.adopts
        adoption = _adoption(owner)
        if adoption is None or self._stack.came_to_a_good_end_since(adoption):
            return False
        self._service.untag(arn, [kinds.OWNER_TAG])
        self._log("given back", arn=arn)
        return True

    # What the answers mean

    def status(self, description: Description) -> str:
        """Return the status of the newest operation while one is under way, and the resource's own otherwise."""
        own = str(description.get("status", ""))
        newest = self.newest_update(description)
        return str(newest["status"]) if newest and _under_way(newest) and not _ends(own, _UNDER_WAY) else own

    def under_way(self, description: Description) -> bool:
        """Tell whether an operation on the resource is under way."""
        return _ends(self.status(description), _UNDER_WAY)

    def newest_update(self, description: Description) -> Description | None:
        """Return the newest update as the service describes it, for kinds that tell of it."""
        newest: Description | None = description.get(f"latest{self._kind.name}Update")
        return newest

    def _judge(self, arn: str, description: Description, operation: str) -> None:
        """Raise if the creation or the update ended otherwise than it should."""
        status = str(description.get("status", "ACTIVE"))
        if _ends(status, _FAILED):
            reason = description.get("failureReason") or "Personalize gave no reason"
            raise OperationFailed(f"its {operation} ended as {status}: {reason}", arn)
        if status not in self._kind.ready:
            raise OperationFailed(f"it has a status that this version does not know: {status}", arn)

    def _keep_waiting(
        self, arn: str, progress: Progress, status: str, description: Description | None = None
    ) -> Outcome | None:
        """Return None while there is time; then hand the wait over to the next link, or fail."""
        elapsed = self._elapsed(progress)
        told = {"arn": arn, "status": status, "waited": round(elapsed.total_seconds())}
        if elapsed < self._task.wait:
            self._log("waiting", **told)
            return None
        if self._task.event != "Delete":
            if description is not None and self._task.continued:
                self._log("handed over to the next wait", **told)
                return Outcome(arn, description)
            if self._rolling_back():
                if elapsed < kinds.ONE_LINK:
                    self._log("waiting", **told)
                    return None
                # Failing here would leave the stack stuck.
                what = "not rolled back, what runs on it outlasts the rollback"
                self._log(what if progress.deferred else "left to finish after the rollback", **told)
                return Outcome(arn, description or {})
        raise OperationFailed(
            f"it was waited for {_words(elapsed)}, its last status: {status}; allow a longer `timeout`, "
            f"or see in Personalize what keeps it",
            arn,
        )

    def _rolling_back(self) -> bool:
        try:
            return self._stack.operation().rolling_back
        except TryLater:
            return False

    def _elapsed(self, progress: Progress) -> timedelta:
        now = self._now()
        return timedelta(seconds=now - progress.since) if now and progress.since else timedelta()

    def _now(self) -> float | None:
        return self._service.now.timestamp() if self._service.now else None

    def _refuse_unsettled(self, error: TryLater, since: float | None) -> None:
        """Raise if what should be over in a while is not."""
        patience = SETTLING if isinstance(error, Unsettled) else kinds.ONE_LINK if isinstance(error, Stray) else None
        now = self._now()
        if patience and since and now and now - since >= patience.total_seconds():
            raise OperationFailed(str(error)) from error

    # What is ours

    def _check_awaited(self) -> None:
        """Raise if CloudFormation has given up on this event: what comes of it now would be nobody's."""
        operation = self._stack.operation()
        status = operation.status_of(self._task.logical_id)
        if status and (status.startswith("DELETE") or not _ends(status, "IN_PROGRESS")):
            raise GivenUp(f"CloudFormation does not wait for it any more, it has it as {status}")
        if self._task.phase not in ("", operation.phase):
            raise GivenUp("CloudFormation does not wait for it any more, the stack has gone on")

    def _phase(self) -> str:
        if self._task.event == "Delete":
            return ""  # a deletion is wanted in any
        try:
            return self._stack.operation().phase
        except TryLater:
            return ""

    def _made_by_this_request(self, request: Mapping[str, Any]) -> str | None:
        arn, ownership = self._arn_of(request), self._task.ownership
        if arn is None:
            # Asking for the tags of what is older than the operation can be saved, unless the deletion is a later one.
            after = None if self._task.unreported else self._stack.operation().began - SETTLING
            return next(self.ours(ownership=ownership, after=after), None)
        description = self._service.describe(arn)
        return arn if description and self._owner_of(arn, description) == ownership else None

    def _arn_of(self, request: Mapping[str, Any]) -> str | None:
        """Return the ARN that a resource will have, where its name tells."""
        if not self._kind.arn_from_name:
            return None
        _, partition, _, region, account, _ = self._task.stack_id.split(":", 5)
        own = self._kind.id_of(request, service_model.name_member(self._kind.name))
        return f"arn:{partition}:personalize:{region}:{account}:{self._kind.segment}/{own}"

    def _owner_of(self, arn: str, description: Mapping[str, Any]) -> str | None:
        """Return the ownership that a resource carries: in its generated name, or in its tag.

        What has a name of the user's and can have no tags is this request's if it was made in this operation of the
        stack, which did not begin before the name was free.
        """
        member = service_model.name_member(self._kind.name)
        name = str(description.get(member, ""))
        named = "/".join(name.split("-")[-2:])
        if named.startswith(f"{self._task.owner}/"):
            return named
        if service_model.taggable(self._kind.name):
            owner = self._service.tags(arn).get(kinds.OWNER_TAG, "")
            return "/".join(owner.split("/")[:2]) or None
        if name not in (self._task.wanted.get(member), self._task.before.get(member)):
            return None
        return self._task.ownership if description["creationDateTime"] >= self._stack.operation().began else None

    def _is_ours(self, owner: str) -> bool:
        return owner.startswith(f"{self._task.owner}/")

    def ours(
        self, *, ownership: str | None = None, after: datetime | None = None, before: datetime | None = None
    ) -> Iterator[str]:
        """Yield the ARNs of what belongs to this stack and logical id, whoever knows of it."""
        for summary in self._service.summaries(self._task.wanted, self._task.before):
            created = summary.get("creationDateTime")
            if created and ((after and created <= after) or (before and created >= before)):
                continue
            arn = summary[service_model.arn_member(self._kind.name)]
            owner = self._owner_of(arn, summary) or ""
            if owner == ownership or (ownership is None and self._is_ours(owner)):
                yield arn


def _began(description: Description | None) -> float:
    created = description.get("creationDateTime") if description else None
    return created.timestamp() if created else 0.0


def _adoption(owner: str) -> datetime | None:
    """Return when the operation of the stack began that adopted a resource; None for one that we made."""
    parts = owner.split("/")
    return datetime.fromisoformat(parts[2]) if len(parts) > len(("owner", "request")) else None


def _under_way(description: Description) -> bool:
    return _ends(str(description.get("status", "")), _UNDER_WAY)


def _ends(status: str, words: str | tuple[str, ...]) -> bool:
    return status.endswith(words)


def _words(duration: timedelta) -> str:
    minutes = round(duration.total_seconds() / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"
