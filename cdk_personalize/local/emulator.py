"""Amazon Personalize, emulated with botocore's model and additional rules.

This code is the same for every kind of resource: it checks requests and responses against the model, holds the
resources of each account and region, and changes their statuses as time passes. The module `kinds` has the rules of
each kind.
"""

from __future__ import annotations

import copy
import time
from typing import TYPE_CHECKING, Any

from cdk_personalize.local import authorization, client, control_plane, events, persistence, runtime, validation
from cdk_personalize.local.clock import Clock, ScaledClock
from cdk_personalize.local.errors import ServiceError
from cdk_personalize.local.faults import Faults, injected_error
from cdk_personalize.local.fixed_answers import FixedAnswers
from cdk_personalize.local.locks import ReadWriteLock
from cdk_personalize.local.objects import MemoryStore, ObjectStore
from cdk_personalize.local.overrides import Overrides, valid_seconds
from cdk_personalize.local.rate_limits import RateLimits
from cdk_personalize.local.registry import ResourceRegistry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from botocore.config import Config
    from botocore.model import OperationModel

    from cdk_personalize.local.authorization import Caller

    Request = dict[str, Any]
    Answer = dict[str, Any]


class Emulator:
    """Amazon Personalize in all accounts and regions.

    Nothing runs in the background: an operation that ends between two calls, such as a training, takes effect at the
    second call. Calls of the runtime API run concurrently, all other calls one after another.
    """

    def __init__(self, *, clock: Clock | None = None, objects: ObjectStore | None = None) -> None:
        self.clock: Clock = clock or ScaledClock()
        self.objects: ObjectStore = objects or MemoryStore()
        self.faults = Faults()
        self.fixed_answers = FixedAnswers()
        self.overrides = Overrides()
        self.rate_limits = RateLimits(self.clock)
        self.authorization = False
        """Whether calls are rejected if the policies of the caller do not allow them."""
        self.role_age: Callable[[str, str], float | None] = lambda _account, _role_arn: None
        """Function that returns the time since the last change of a role or its policies, in seconds of service time,
        or None if it is unknown. Its arguments are the account and the ARN of the role."""
        self.role_propagation_seconds = 0.0
        """Age from which Personalize can use a role, in seconds of service time. Jobs with a newer role fail."""
        self.registries: dict[tuple[str, str], ResourceRegistry] = {}
        """The resources, by account and region."""
        self._calls: list[dict[str, Any]] = []
        self._lock = ReadWriteLock()

    def call(
        self,
        service: str,
        operation: str,
        request: Request,
        *,
        account: str,
        region: str,
        caller: Caller | None = None,
    ) -> Answer:
        """Run one API call and return its response.

        :param caller: the identity that calls. Default: the root of the account.
        :raises ServiceError: as the service does.
        """
        entry: dict[str, Any] = {
            "operation": operation,
            "account": account,
            "region": region,
            "request": request,
            "error": None,
            "at": self.clock.now(),
        }
        self._calls.append(entry)
        fault = self.faults.take_call(operation)
        error = injected_error(fault.error) if fault and fault.error else None
        try:
            self.rate_limits.take(service, account, region)
            if error and fault and not fault.after:
                raise error
            model = validation.operation_model(service, operation)
            try:
                validation.require_valid_request(model, request)
            except ServiceError:
                entry["request"] = {}  # an invalid request is not logged
                raise
            answer = self._answer(model, request, self.registry(account, region), caller)
            if error:
                raise error
        except ServiceError as raised:
            entry["error"] = raised.code
            raise
        if fault:
            time.sleep(fault.delay)
        return answer

    def _answer(
        self, model: OperationModel, request: Request, registry: ResourceRegistry, caller: Caller | None
    ) -> Answer:
        """Run a call with a request that is valid by the service model."""
        authorize = self._authorize(model, request, registry, caller)
        try:
            if model.name in runtime.OPERATIONS:
                answer = self._read(model, request, registry, authorize)
            else:
                answer = self._write(model, request, registry, authorize)
        except ServiceError as error:
            raise validation.modelled_error(model, error) from None
        validation.require_valid_answer(model, answer)
        return answer

    def _read(
        self, model: OperationModel, request: Request, registry: ResourceRegistry, authorize: Callable[[], None]
    ) -> Answer:
        """Run a call of the runtime API, concurrently with other reading calls."""
        if registry.is_due():
            with self._lock.writing():
                registry.settle()
        with self._lock.reading():
            authorize()
            return runtime.OPERATIONS[model.name](registry, request)

    def _write(
        self, model: OperationModel, request: Request, registry: ResourceRegistry, authorize: Callable[[], None]
    ) -> Answer:
        """Run a call that can change resources, without concurrent calls."""
        asked = copy.deepcopy(request)
        with self._lock.writing():
            registry.settle()
            authorize()
            operation = events.OPERATIONS.get(model.name)
            answer = operation(registry, asked) if operation else control_plane.call(registry, model.name, asked)
            return copy.deepcopy(answer)

    def _authorize(
        self, model: OperationModel, request: Request, registry: ResourceRegistry, caller: Caller | None
    ) -> Callable[[], None]:
        """Return a function that raises AccessDeniedException if the call is denied."""

        def authorize() -> None:
            if self.authorization and caller:
                authorization.authorize(caller, registry, model.name, request)

        return authorize

    def registry(self, account: str, region: str) -> ResourceRegistry:
        """Return the resources of an account in a region."""
        return self.registries.setdefault((account, region), ResourceRegistry(self, account, region))

    def client(
        self,
        service: str = "personalize",
        *,
        account: str = "111111111111",
        region: str = "us-east-1",
        config: Config | None = None,
        caller: Caller | None = None,
    ) -> Any:
        """Return a boto3 client of `service` that calls this emulator in this process."""
        return client.client(self, service, account=account, region=region, config=config, caller=caller)

    def resources(self) -> list[dict[str, Any]]:
        """Return kind, ARN, status, account and region of all resources."""
        with self._lock.writing():
            self._settle()
            return [
                {
                    "kind": resource.kind.name,
                    "arn": resource.arn,
                    "status": resource.status,
                    "account": account,
                    "region": region,
                }
                for (account, region), registry in self.registries.items()
                for resource in registry.resources.values()
            ]

    def calls(self) -> list[dict[str, Any]]:
        """Return the log of all calls, in order."""
        return list(self._calls)

    def set_time_scale(self, scale: float) -> None:
        """Set the number of seconds of service time in one real second."""
        self.clock.set_scale(scale)

    def set_duration(self, kind: str, seconds: float) -> None:
        """Set the duration of the next creations and updates of a kind.

        Operations that are in progress and deletions keep their duration.

        :param seconds: in service time.
        :raises ValueError: if the kind does not exist, or `seconds` is not a number of at least 0.
        """
        self.overrides.set_duration(kind, seconds)

    def set_metrics(self, kind: str, metrics: dict[str, float | None]) -> None:
        """Override the offline metrics of trainings that end after this call.

        :param kind: a kind that is trained.
        :param metrics: values by metric name; None removes a metric. An empty object ends the override.
        :raises ValueError: if the kind does not exist or is not trained, or a metric is not a number.
        :raises TypeError: if `metrics` is not an object.
        """
        with self._lock.writing():
            self._settle()  # trainings that have ended by now keep their metrics
            self.overrides.set_metrics(kind, metrics)

    def set_authorization(self, enabled: bool) -> None:
        """Set whether calls are rejected if the caller's policies do not allow them.

        :raises TypeError: if `enabled` is not a boolean.
        """
        if not isinstance(enabled, bool):
            raise TypeError(f"enabled must be true or false, got {enabled!r}")
        self.authorization = enabled

    def set_role_propagation(self, seconds: float) -> None:
        """Set the age from which a role can be used; jobs with a newer role fail.

        :param seconds: in service time.
        :raises ValueError: if `seconds` is not a number of at least 0.
        """
        self.role_propagation_seconds = valid_seconds(seconds)

    def reset(self) -> None:
        """Delete all resources, calls, faults, overrides, rates and answers.

        The clock, the authorization and the required age of roles do not change.
        """
        with self._lock.writing():
            self.registries.clear()
            self._calls.clear()
            self.overrides.clear()
            self.faults.clear()
            self.fixed_answers.clear()
            self.rate_limits.clear()

    def to_dict(self) -> dict[str, Any]:
        """Return resources and settings as JSON values.

        The log of calls and the pending faults are not included.
        """
        with self._lock.writing():
            self._settle()
            return copy.deepcopy(persistence.to_dict(self))

    def from_dict(self, state: Mapping[str, Any]) -> None:
        """Replace resources and settings with a state that `to_dict` returned.

        :raises ValueError: if the state has another format version.
        """
        with self._lock.writing():
            persistence.restore(self, copy.deepcopy(dict(state)))

    def save(self, path: Path) -> None:
        """Save the state of `to_dict` as a JSON file."""
        persistence.write(path, self.to_dict())

    def load(self, path: Path) -> None:
        """Replace resources and settings with a state that `save` wrote.

        :raises ValueError: if the file has no state of this format version.
        """
        self.from_dict(persistence.read(path))

    def _settle(self) -> None:
        for registry in self.registries.values():
            registry.settle()
