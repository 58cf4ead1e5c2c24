"""CPU time of the synthesis of a stack with 1 and with 400 campaigns."""

from __future__ import annotations

from typing import Any

from benchmarks.processes import Program, measure

_PROGRAM = """
import json, os, tempfile
import aws_cdk as cdk
{imports}
VERSION = "arn:aws:personalize:us-east-1:111111111111:solution/similar/0a1b2c3d"
with tempfile.TemporaryDirectory() as folder:
    app = cdk.App(outdir=folder)
    stack = cdk.Stack(app, "Shop")
    {setup}
    for number in range({count}):
        {campaign}
    app.synth()
    file = os.path.join(folder, "Shop.template.json")
    print(len(json.load(open(file))["Resources"]), os.path.getsize(file))
"""
_PROVIDER = """
    function = lambda_.Function(stack, "OnEvent", runtime=lambda_.Runtime.PYTHON_3_13, handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): pass"))
    provider = custom_resources.Provider(stack, "Provider", on_event_handler=function)"""
_BARE_CAMPAIGN = """
        cdk.CustomResource(stack, f"C{number}", service_token=provider.service_token,
            resource_type="Custom::Campaign", properties={"solutionVersionArn": VERSION})""".strip()
ALTERNATIVES = {
    "native": (
        "from aws_cdk import aws_personalize as personalize",
        "",
        'personalize.CfnCampaign(stack, f"C{number}", name=f"c{number}", solution_version_arn=VERSION)',
    ),
    "bare custom resources": (
        "from aws_cdk import aws_lambda as lambda_, custom_resources",
        _PROVIDER.strip(),
        _BARE_CAMPAIGN,
    ),
    "cdk-personalize": (
        "import cdk_personalize as personalize",
        'version = personalize.SolutionVersion.from_solution_version_arn(stack, "Version", VERSION)',
        'personalize.Campaign(stack, f"C{number}", solution_version=version)',
    ),
}
COUNTS = (1, 400)


def run(runs: int) -> list[dict[str, Any]]:
    """Return a row for each alternative, number of campaigns and validation setting.

    Validation is the check of templates by CDK, which is on by default.
    """
    rows = []
    for validation in (True, False):
        for count in COUNTS:
            programs = {
                name: Program(
                    _PROGRAM.format(imports=imports, setup=setup, campaign=campaign, count=count),
                    {"CDK_VALIDATION": str(validation).lower()},
                )
                for name, (imports, setup, campaign) in ALTERNATIVES.items()
            }
            measured = measure(programs, runs)
            native = measured["native"].cpu_seconds
            for name, each in measured.items():
                resources, size = map(int, each.output.split())
                rows.append(
                    {
                        "alternative": name,
                        "campaigns": count,
                        "validation": validation,
                        "cpu_seconds": round(each.cpu_seconds, 2),
                        "ratio_to_native": round(each.cpu_seconds / native, 2),
                        "resources": resources,
                        "template_bytes": size,
                    }
                )
    return rows
