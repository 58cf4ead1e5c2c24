"""AWS clients of the command line tool."""

from __future__ import annotations

import math
from datetime import datetime, timezone
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    NoRegionError,
    SSOError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)
from cdk_personalize_handler.errors import HandlerError
from cdk_personalize_handler.personalize import PersonalizeClient

if TYPE_CHECKING:
    from cdk_personalize_handler.kinds import Kind
    from cdk_personalize_handler.personalize import Description

FAILURES = (BotoCoreError, ClientError, HandlerError)
"""Exceptions that an AWS call can raise. `words` describes them."""

_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
_PATIENT = Config(retries={"mode": "standard", "max_attempts": 3})


class BadSetting(HandlerError):
    """An AWS setting has a value that botocore rejects, such as an invalid URL."""


class AwsClients:
    """The clients of one account and region.

    They are compatible with the modules of the handler.
    """

    def __init__(self, profile: str | None = None, region: str | None = None) -> None:
        try:
            self._session = boto3.Session(profile_name=profile, region_name=region)
        except ValueError as error:
            raise BadSetting(str(error)) from error
        self._clients_by_kind: dict[str, PersonalizeClient] = {}

    @cached_property
    def reading(self) -> Any:
        """Amazon Personalize."""
        return self._client("personalize")

    @property
    def writing(self) -> Any:
        """Amazon Personalize, for calls that change resources.

        It is the same client, so these calls are retried, too.
        """
        return self.reading

    @cached_property
    def cloudformation(self) -> Any:
        """AWS CloudFormation."""
        return self._client("cloudformation")

    @cached_property
    def stepfunctions(self) -> Any:
        """AWS Step Functions."""
        return self._client("stepfunctions")

    @cached_property
    def logs(self) -> Any:
        """Amazon CloudWatch Logs."""
        return self._client("logs")

    @cached_property
    def cloudwatch(self) -> Any:
        """Amazon CloudWatch."""
        return self._client("cloudwatch")

    @cached_property
    def account(self) -> str:
        """The account of the credentials."""
        return str(self._client("sts").get_caller_identity()["Account"])

    @property
    def region(self) -> str:
        """The region of the clients."""
        return str(self.reading.meta.region_name)

    @property
    def regions(self) -> list[str]:
        """The regions with Amazon Personalize, from botocore's endpoint data.

        They are in the partition of the region of the clients.
        """
        partition = self._session.get_partition_for_region(self.region)
        return sorted(self._session.get_available_regions("personalize", partition))

    @property
    def now(self) -> datetime | None:
        """The clock of Amazon Personalize at its latest response."""
        times = [client.now for client in self._clients_by_kind.values() if client.now is not None]
        return datetime.fromtimestamp(max(times), timezone.utc) if times else None

    def personalize(self, kind: Kind) -> PersonalizeClient:
        """Return a client for one kind of Amazon Personalize resource."""
        return self._clients_by_kind.setdefault(kind.name, PersonalizeClient(kind, self, lambda: math.inf))

    def forget(self) -> None:
        """Clear the cache of descriptions."""
        self._clients_by_kind.clear()

    def describe(self, kind: Kind, arn: str) -> Description | None:
        """Return the description of a resource, or None if it does not exist. Cached."""
        return self.personalize(kind).describe(arn)

    def _client(self, service: str) -> Any:
        try:
            return self._session.client(service, config=_PATIENT)
        except ValueError as error:
            raise BadSetting(str(error)) from error


def words(failure: Exception) -> str:
    """Return an error as a message for the user."""
    # The message of the handler advises on the role of the functions, but these are the credentials of the user.
    cause = failure.__cause__ if isinstance(failure.__cause__, (BotoCoreError, ClientError)) else failure
    match cause:
        case NoCredentialsError():
            return "no AWS credentials were found. Set AWS_PROFILE or AWS_ACCESS_KEY_ID, or use --profile."
        case UnauthorizedSSOTokenError() | TokenRetrievalError() | SSOError():
            return f"the session of AWS IAM Identity Center has expired: {cause}. Sign in with aws sso login."
        case ClientError() if cause.response["Error"].get("Code") in _EXPIRED:
            return f"the AWS credentials have expired: {cause}. Sign in again, or use --profile."
        case NoRegionError():
            return "no AWS region was found. Set AWS_REGION, or use --region."
        case _:
            return str(cause)
