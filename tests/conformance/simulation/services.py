"""Calls of AWS services as boto3 makes them, with latency, faults and retries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError
from conformance.simulation.answers import client_error, is_retryable
from conformance.simulation.catalogue import upper_first
from conformance.simulation.cloudformation_api import CloudFormationApi
from conformance.simulation.draws import pick
from conformance.simulation.kernel import FunctionKilled
from conformance.simulation.personalize import FaultyPersonalize
from conformance.simulation.stepfunctions import StepFunctions
from conformance.simulation.trace import summary, words

if TYPE_CHECKING:
    from conformance.simulation.account import SimulatedAccount
    from conformance.simulation.runtime import FunctionRun, ServiceClient

_THROTTLING = {"cloudformation": "Throttling"}
_STEP_FUNCTIONS_QUOTAS = {
    "StartExecution": (800, 150),
    "StopExecution": (500, 25),
    "ListExecutions": (100, 5),
    "DescribeExecution": (250, 10),
    "GetExecutionHistory": (400, 20),
}
"""Default quotas of most regions: bucket size, and refill in calls per second."""
_ENDPOINT = "https://aws.example"


class Services:
    """The services of an account, behind an unreliable network."""

    def __init__(self, account: SimulatedAccount) -> None:
        self.account, self.kernel = account, account.kernel
        self.personalize = FaultyPersonalize(account)
        self.cloudformation = CloudFormationApi(account)
        self.stepfunctions = StepFunctions(account)
        self._buckets: dict[str, tuple[float, float]] = {}

    def call(self, run: FunctionRun, client: ServiceClient, method: str, request: dict[str, Any]) -> Any:
        """Make a call with the retries of the client."""
        operation = "".join(upper_first(part) for part in method.split("_"))
        for attempt in range(client.attempts):
            run.calls += 1
            self.account.count(client.service, operation)
            key = f"{run.key}/{run.calls}.{operation}"
            answer, error = self._attempt(run, client, method, operation, request, key)
            run.sleep(0.02 + 0.2 * self.account.draw("l2", key))
            self.account.say(f"    {key}{words(request)} -> {summary(answer, error)}")
            if error is None:
                return answer
            if attempt + 1 == client.attempts or not is_retryable(error):
                raise error
            run.sleep(min(20, 2**attempt) * self.account.draw("back", key))
        raise AssertionError("a client makes at least one attempt")

    def _attempt(
        self, run: FunctionRun, client: ServiceClient, method: str, operation: str, request: dict[str, Any], key: str
    ) -> tuple[Any, Exception | None]:
        account, service = self.account, client.service
        self.kill_at(run, key, "before")
        kills = account.inject("kill-after", key, account.cfg["p_kill"])
        fault = None if kills else self._fault(run, service, operation, key)
        run.start_failed |= fault is not None and operation == "StartExecution"
        run.sleep(0.02 + 0.3 * account.draw("l1", key))
        if account.inject("slow", key, account.cfg["p_slow"]):
            run.sleep(0.9 * client.read_timeout * account.draw("slower", key))
        if fault == "conn":
            return None, self._silence(run, client, key)
        if fault == "throttle":
            code = _THROTTLING.get(service, "ThrottlingException")
            return None, client_error(code, "Rate exceeded", operation, self.kernel.now)
        if fault == "5xx":
            return None, client_error("InternalFailure", "", operation, self.kernel.now, 500)
        answer, error = None, None
        try:
            answer = getattr(self, service).perform(run, method, operation, request, key)
        except ClientError as rejected:
            error = rejected
        if kills:
            self._kill(run, key, "after")
        if fault == "lost":
            account.say(f"    {key}: took effect ({summary(answer, error)}), answer lost")
            run.sleep(client.read_timeout)
            return None, ReadTimeoutError(endpoint_url=_ENDPOINT)
        return answer, error

    def _silence(self, run: FunctionRun, client: ServiceClient, key: str) -> Exception:
        """Wait for the timeout of a call without a response. Return the exception."""
        seed = self.account.seed
        run.sleep(pick([0.1, client.connect_timeout, client.read_timeout], seed, "conn", key))
        errors = [
            EndpointConnectionError(endpoint_url=_ENDPOINT),
            ConnectTimeoutError(endpoint_url=_ENDPOINT),
            ReadTimeoutError(endpoint_url=_ENDPOINT),
        ]
        return pick(errors, seed, "connkind", key)

    def _fault(self, run: FunctionRun, service: str, operation: str, key: str) -> str | None:
        account, cfg = self.account, self.account.cfg
        if operation == "StartExecution" and account.inject("startexec", f"{run.key}/start", cfg["p_startexec"]):
            return "throttle"
        if self._count_call(service, operation):
            account.counts[f"throttled {service}"] += 1
            return "throttle"
        for index, (begin, end, what, style) in enumerate(account.outages):
            happens = not account.calm and f"outage{index}" not in account.suppressed
            if begin <= self.kernel.now < end and what in (service, "all") and happens:
                return style
        personalize = service == "personalize"
        scale = 1 if personalize else cfg["p_cfn"]
        for kind in ("throttle", "5xx", "conn", "lost"):
            if kind == "lost" and service == "cloudformation":
                continue
            if account.inject(kind, key, cfg[f"p_{kind}"] * scale):
                return kind
        return None

    def _count_call(self, service: str, operation: str) -> bool:
        """Count a call. Return whether it exceeds a rate limit of the configuration."""
        rate = self.account.cfg.get(f"rate_{service}")
        if rate and self._take_token(service, 2 * rate, rate):
            return True
        limited = self.account.cfg["sfn_quotas"] and operation in _STEP_FUNCTIONS_QUOTAS
        return limited and self._take_token(operation, *_STEP_FUNCTIONS_QUOTAS[operation])

    def _take_token(self, name: str, size: float, refill: float) -> bool:
        """Take a token for a call from a bucket. Return whether the bucket was empty."""
        now = self.kernel.now
        left, at = self._buckets.get(name, (size, now))
        left = min(size, left + (now - at) * refill)
        self._buckets[name] = (max(0, left - 1), now)
        return left < 1

    def kill_at(self, run: FunctionRun, key: str, when: str) -> None:
        """Kill the function run at this point, if the schedule has this fault."""
        if self.account.inject(f"kill-{when}", key, self.account.cfg["p_kill"]):
            self._kill(run, key, when)

    def _kill(self, run: FunctionRun, key: str, when: str) -> None:
        self.account.say(f"    {key}: function killed {when} the call")
        run.operation.excuse_kill("any")
        raise FunctionKilled("RequestId: x Error: Runtime exited with error: signal: killed")
