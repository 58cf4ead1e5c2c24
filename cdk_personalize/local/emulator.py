"""Amazon Personalize, emulated with botocore's model and further rules.

The engine is the same for every kind of resource: it checks requests and answers against the model, keeps the resources
of each account and region, and moves their statuses along with the clock. `kinds` has the rules.
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

    Nothing runs in the background: an operation that ends between two calls, such as a training, ends at the next
    call. Calls of the runtime API run side by side; all others run one after another.
    """

    def __init__(self, *, clock: Clock | None = None, objects: ObjectStore | None = None) -> None:
        self.clock: Clock = clock or ScaledClock()
        self.objects: ObjectStore = objects or MemoryStore()
        self.faults = Faults()
        self.fixed_answers = FixedAnswers()
        self.overrides = Overrides()
        self.rate_limits = RateLimits(self.clock)
        self.authorization = False
        """Whether callers are rejected if their policies do not allow a call."""
        self.role_age: Callable[[str, str], float | None] = lambda _account, _role_arn: None
        """Returns for how many seconds of the service's time a role of an account and its policies have been as they
        are, or None if that is unknown."""
        self.role_propagation_seconds = 0.0
        """How old a role must be before Personalize can use it; jobs with a younger one fail."""
        self.registries: dict[tuple[str, str], ResourceRegistry] = {}
        """The resources by account and region."""
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
        """Answer one call.

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
                entry["request"] = {}  # the log keeps no body that is not a request
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
        """Answer a request that the model allows."""
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
        """Answer a request of the runtime API, side by side with others."""
        if registry.is_due():
            with self._lock.writing():
                registry.settle()
        with self._lock.reading():
            authorize()
            return runtime.OPERATIONS[model.name](registry, request)

    def _write(
        self, model: OperationModel, request: Request, registry: ResourceRegistry, authorize: Callable[[], None]
    ) -> Answer:
        """Answer any other request, alone."""
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
        """Return a function that raises AccessDeniedException for denied calls."""

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
        """Return a boto3 client of `service` whose calls are answered in this process."""
        return client.client(self, service, account=account, region=region, config=config, caller=caller)

    def resources(self) -> list[dict[str, Any]]:
        """Return all resources."""
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
        """Return all calls so far, in order."""
        return list(self._calls)

    def set_time_scale(self, scale: float) -> None:
        """Let `scale` seconds of the service pass in one real second."""
        self.clock.set_scale(scale)

    def set_duration(self, kind: str, seconds: float) -> None:
        """Let each creation and update of a kind that starts from now on take `seconds`.

        Deletions are not changed.

        :raises ValueError: if there is no such kind, or the duration is not one.
        """
        self.overrides.set_duration(kind, seconds)

    def set_metrics(self, kind: str, metrics: dict[str, float | None]) -> None:
        """Override offline metrics of the trainings of a kind that end from now on.

        :param kind: a kind that is trained.
        :param metrics: by name; None removes a metric. An empty object ends the override.
        :raises ValueError: if there is no such kind, or a metric is not a number.
        :raises TypeError: if `metrics` is not an object.
        """
        with self._lock.writing():
            self._settle()  # trainings that have ended by now keep their metrics
            self.overrides.set_metrics(kind, metrics)

    def set_authorization(self, enabled: bool) -> None:
        """Set whether callers are rejected if their policies do not allow a call.

        :raises TypeError: if `enabled` is not a boolean.
        """
        if not isinstance(enabled, bool):
            raise TypeError(f"enabled must be true or false, got {enabled!r}")
        self.authorization = enabled

    def set_role_propagation(self, seconds: float) -> None:
        """Fail jobs whose role changed less than `seconds` of service time before.

        :raises ValueError: if `seconds` is not a number of at least 0.
        """
        self.role_propagation_seconds = valid_seconds(seconds)

    def reset(self) -> None:
        """Delete all resources, calls, faults, overrides, rates and answers.

        The time, the authorization and the age that roles need stay as they are.
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

        The log of calls and pending faults are not part of it.
        """
        with self._lock.writing():
            self._settle()
            return copy.deepcopy(persistence.to_dict(self))

    def from_dict(self, state: Mapping[str, Any]) -> None:
        """Replace resources and settings by a state that `to_dict` returned.

        :raises ValueError: if the state is of another version.
        """
        with self._lock.writing():
            persistence.restore(self, copy.deepcopy(dict(state)))

    def save(self, path: Path) -> None:
        """Write the state into a file, as JSON."""
        persistence.write(path, self.to_dict())

    def load(self, path: Path) -> None:
        """Replace the state by that of a file.

        :raises ValueError: if the file does not hold a state of this version.
        """
        self.from_dict(persistence.read(path))

    def _settle(self) -> None:
        for registry in self.registries.values():
            registry.settle()
