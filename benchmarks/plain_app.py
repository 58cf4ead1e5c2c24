"""Stacks without Amazon Personalize.

Usage: `python plain_app.py <queues> <custom resources>`.
"""

import sys

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from aws_cdk import custom_resources

app = cdk.App()
stack = cdk.Stack(app, "Plain")
queues, customs = map(int, sys.argv[1:])
for number in range(queues):
    sqs.CfnQueue(stack, f"Queue{number}")
if customs:
    function = lambda_.Function(
        stack,
        "OnEvent",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context):\n    return {}"),
    )
    provider = custom_resources.Provider(stack, "Provider", on_event_handler=function)
    made: list[cdk.CustomResource] = []
    for number in range(customs):
        resource = cdk.CustomResource(stack, f"Resource{number}", service_token=provider.service_token)
        # Two at a time, as the datasets, imports, campaigns and jobs of the example movies.
        resource.node.add_dependency(*made[number // 2 * 2 - 2 : number // 2 * 2])
        made.append(resource)
app.synth()
