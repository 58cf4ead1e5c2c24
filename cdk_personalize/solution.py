"""Solutions: a recipe with its settings, on the data of a dataset group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from aws_cdk import ArnFormat, Resource, Stack

from cdk_personalize import _validation
from cdk_personalize._references import implements_reference, reference
from cdk_personalize._resource import arn_of
from cdk_personalize._validation import Problem

if TYPE_CHECKING:
    from aws_cdk.interfaces.aws_personalize import SolutionReference
    from constructs import Construct

_ARN_PATH = "solution/<name>"


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
        :raises ValidationError: when it is not the ARN of a solution.
        """
        _validation.refuse(scope, id, _validation.bad_arn("solution_arn", solution_arn, _ARN_PATH))
        name = Stack.of(scope).split_arn(solution_arn, ArnFormat.SLASH_RESOURCE_NAME).resource_name
        return _ImportedSolution(scope, id, solution_arn, str(name))

    @staticmethod
    def from_solution_name(scope: Construct, id: str, solution_name: str) -> ISolution:
        """Import a solution of the stack's own account and region.

        :param scope: the scope of the import.
        :param id: its id there.
        :param solution_name: the name of the solution.
        :raises ValidationError: when it cannot be a name.
        """
        _validation.refuse(scope, id, _validation.bad_name("Solution", "solution_name", solution_name))
        arn = Stack.of(scope).format_arn(service="personalize", resource="solution", resource_name=solution_name)
        return _ImportedSolution(scope, id, arn, solution_name)


@implements_reference("Solution")
class _ImportedSolution(Resource):
    def __init__(self, scope: Construct, id: str, arn: str, name: str) -> None:
        super().__init__(scope, id, environment_from_arn=arn)
        self.solution_arn = arn
        self.solution_name = name

    @property
    def solution_ref(self) -> SolutionReference:
        """The reference by which CDK's generated constructs take a solution."""
        made: SolutionReference = reference("Solution", solution_arn=self.solution_arn)
        return made


def problems_of_solution(scope: Construct, solution: Any) -> list[Problem]:
    """Return what is wrong with the solution that a construct is given."""
    if arn_of("Solution", solution) is None:
        remedy = "import it with Solution.from_solution_arn(...)"
        return [Problem("solution", "must be a solution", solution, remedy, certain=True)]
    return _validation.other_environment(scope, "solution", solution)


def parts_of_solution(solution: Any) -> list[str]:
    """Return the resource parts of the ARNs of a solution and its versions, as far as they are known at synth."""
    return parts_of_name(getattr(solution, "solution_name", getattr(solution, "name", None)))


def parts_of_name(name: Any) -> list[str]:
    """Return the resource parts of the ARNs of the solution of a name and its versions; of all if it is not known."""
    known = isinstance(name, str) and _validation.is_known(name)
    return [f"solution/{name}", f"solution/{name}/*"] if known else ["solution/*"]
