"""The AWS Lambda functions of the provider.

Without a VPC, they are L1 constructs. `lambda_.Function` would give the same template, but it loads the code of many
other services. In a VPC, only `lambda_.Function` can find the subnets.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from aws_cdk import AssetStaging, Duration, FileAssetPackaging, Stack
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from cdk_personalize import _asset, _conformity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import FileAssetLocation
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_logs as logs

TIMEOUT_SECONDS = 60
_RUNTIME = "python3.13"


@dataclass(frozen=True)
class Functions:
    """The common options of the functions of a stack."""

    provider: Construct
    role: iam.IRole
    log_group: logs.ILogGroup
    memory_mb: int
    network: Mapping[str, Any]
    """The VPC settings; empty without a VPC."""

    def create(self, id: str, handler: str, environment: Mapping[str, str]) -> lambda_.CfnFunction:
        """Create a function."""
        variables = {"AWS_DATA_PATH": f"/var/task/{_asset.MODELS}", **environment}
        common = {
            "description": f"cdk-personalize: {handler}",
            "handler": f"{_asset.HANDLER}.{handler}",
            "memory_size": self.memory_mb,
        }
        function = self._in_vpc(id, common, variables) if self.network else self._plain(id, common, variables)
        _conformity.acknowledge_rules(function, _conformity.FUNCTION_RULES)
        return cast("lambda_.CfnFunction", function.node.default_child)

    def _plain(self, id: str, common: Mapping[str, Any], variables: Mapping[str, str]) -> Construct:
        function = Construct(self.provider, id)
        resource = lambda_.CfnFunction(
            function,
            "Resource",
            **common,
            runtime=_RUNTIME,
            code={"s3Bucket": self._code.bucket_name, "s3Key": self._code.object_key},
            role=self.role.role_arn,
            timeout=TIMEOUT_SECONDS,
            logging_config={"logGroup": self.log_group.log_group_name},
            environment={"variables": variables},
        )
        resource.node.add_dependency(self.role)
        return function

    def _in_vpc(self, id: str, common: Mapping[str, Any], variables: Mapping[str, str]) -> Construct:
        return lambda_.Function(
            self.provider,
            id,
            **common,
            runtime=lambda_.Runtime(_RUNTIME, lambda_.RuntimeFamily.PYTHON),
            code=lambda_.Code.from_asset(str(_asset.stage())),
            role=self.role,
            timeout=Duration.seconds(TIMEOUT_SECONDS),
            log_group=self.log_group,
            environment=variables,
            **self.network,
        )

    @cached_property
    def _code(self) -> FileAssetLocation:
        """The code of the functions, added to the cloud assembly."""
        stack = Stack.of(self.provider)
        staging = AssetStaging(self.provider, "Code", source_path=str(_asset.stage()))
        return stack.synthesizer.add_file_asset(
            source_hash=staging.asset_hash,
            file_name=staging.relative_staged_path(stack),
            packaging=FileAssetPackaging.ZIP_DIRECTORY,
            deploy_time=True,
            display_name=f"{self.provider.node.id}/Code",
        )
