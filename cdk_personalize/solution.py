"""Solutions: a recipe with its settings, on the data of a dataset group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from aws_cdk import ArnFormat, Resource, Stack

from cdk_personalize._validation import refuse_arn

if TYPE_CHECKING:
    from constructs import Construct


@runtime_checkable
class ISolution(Protocol):
    """A solution, owned by this app or not."""

    @property
    def solution_arn(self) -> str:
        """The ARN."""

    @property
    def solution_name(self) -> str:
        """The name."""


class Solution:
    """An Amazon Personalize solution that is already there.

    https://docs.aws.amazon.com/personalize/latest/dg/customizing-solution-config.html
    """

    @staticmethod
    def from_solution_arn(scope: Construct, id: str, solution_arn: str) -> ISolution:
        """Import a solution.

        :param scope: the scope of the import.
        :param id: its id there.
        :param solution_arn: the ARN of the solution, which may be of another region or account.
        :raises ValidationError: when it is not an ARN of Amazon Personalize.
        """
        refuse_arn(scope, id, "solution_arn", solution_arn)
        return _ImportedSolution(scope, id, solution_arn)

    @staticmethod
    def from_solution_name(scope: Construct, id: str, solution_name: str) -> ISolution:
        """Import a solution of the stack's own account and region.

        :param scope: the scope of the import.
        :param id: its id there.
        :param solution_name: the name of the solution.
        """
        arn = Stack.of(scope).format_arn(service="personalize", resource="solution", resource_name=solution_name)
        return _ImportedSolution(scope, id, arn)


class _ImportedSolution(Resource):
    def __init__(self, scope: Construct, id: str, arn: str) -> None:
        super().__init__(scope, id, environment_from_arn=arn)
        self.solution_arn = arn
        self.solution_name = str(Stack.of(self).split_arn(arn, ArnFormat.SLASH_RESOURCE_NAME).resource_name)
