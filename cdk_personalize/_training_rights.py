"""IAM policy of the state machine of a training pipeline.

It allows only the calls that the plan contains, on the resources of the plan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam

from cdk_personalize._service_role import SERVICE
from cdk_personalize._training_events import SOURCE
from cdk_personalize._training_plan import NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cdk_personalize._training_plan import JobStep, Plan


def statements(
    plan: Plan, *, state_machine_arn: str, event_bus_arn: str, role_arns: Sequence[str]
) -> list[iam.PolicyStatement]:
    """Return the statements of the policy.

    :param state_machine_arn: The ARN of the state machine, which lists its own executions.
    :param event_bus_arn: The ARN of the default event bus in the account and region of the stack.
    :param role_arns: The ARNs of the roles that the state machine passes to Amazon Personalize.
    """
    solution = [] if plan.solution_arn is None else [plan.solution_arn, f"{plan.solution_arn}/*"]
    found = [
        iam.PolicyStatement(actions=["states:ListExecutions"], resources=[state_machine_arn]),
        iam.PolicyStatement(
            actions=["events:PutEvents"],
            resources=[event_bus_arn],
            conditions={"StringEquals": {"events:source": SOURCE}},
        ),
        iam.PolicyStatement(
            actions=["cloudwatch:PutMetricData"],
            resources=["*"],
            conditions={"StringEquals": {"cloudwatch:namespace": NAMESPACE}},
        ),
    ]
    if role_arns:
        found.append(
            iam.PolicyStatement(
                actions=["iam:PassRole"],
                resources=list(role_arns),
                conditions={"StringEquals": {"iam:PassedToService": SERVICE}},
            )
        )
    datasets = [str(each.arguments["DatasetArn"]) for each in plan.imports]
    found += [*_jobs(plan, plan.imports, datasets), *_jobs(plan, plan.batch_jobs, solution)]
    if solution:
        training = ["CreateSolutionVersion", "DescribeSolutionVersion", "StopSolutionVersionCreation"]
        found += [
            _allow([*training, "GetSolutionMetrics"], solution),
            _allow(["ListSolutionVersions"], ["*"]),
        ]
    if plan.campaign_arns:
        found.append(_allow(["DescribeCampaign", "UpdateCampaign"], plan.campaign_arns))
    return found


def _jobs(plan: Plan, jobs: Iterable[JobStep], created_from: Sequence[str]) -> list[iam.PolicyStatement]:
    """Return the statements that allow jobs to be created and described.

    :param created_from: The ARNs of the parents, for which IAM also checks the create permission.
    """
    by_kind = {each.kind.name: f"{plan.arn_prefix}{each.kind.segment}/{plan.job_prefix}*" for each in jobs}
    return [
        statement
        for kind, generated in by_kind.items()
        for statement in (
            _allow([f"Create{kind}"], [generated, *dict.fromkeys(created_from)]),
            _allow([f"Describe{kind}"], [generated]),
        )
    ]


def _allow(operations: Iterable[str], resources: Iterable[str]) -> iam.PolicyStatement:
    actions = [f"personalize:{each}" for each in operations]
    return iam.PolicyStatement(actions=actions, resources=list(resources))
