"""The quickstart from beginning to end, on an AWS that runs on this machine."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import prepare

from cdk_personalize.local.clock import DEFAULT_SCALE
from cdk_personalize.local.process import running

HOST = "127.0.0.1"
ACCOUNT = "111111111111"
REGION = "us-east-1"
ROOT = Path(__file__).parents[2]


def main() -> None:
    """Deploy, show, update, destroy; any surprise ends it with an error."""
    port = _free_port()
    _say(f"Starting the local AWS on port {port}")
    with running(HOST, port, DEFAULT_SCALE, log=subprocess.DEVNULL):
        os.environ.update(
            AWS_ENDPOINT_URL=f"http://{HOST}:{port}",
            AWS_ACCESS_KEY_ID=ACCOUNT,
            AWS_SECRET_ACCESS_KEY="local",
            AWS_REGION=REGION,
            AWS_DEFAULT_REGION=REGION,
        )
        os.environ.pop("AWS_PROFILE", None)
        os.environ.pop("AWS_SESSION_TOKEN", None)
        _say("Bootstrapping the CDK")
        _cdk("bootstrap", f"aws://{ACCOUNT}/{REGION}")
        _say("Loading the data: schemas, dataset group, datasets, imports, a solution")
        print(prepare.prepare(poll_seconds=0.2))
        _say("Deploying the campaign: it trains, and waits until it is ACTIVE")
        first = _deploy(1)
        _say("Deploying again with min_provisioned_tps=2: an update in place, waited for")
        second = _deploy(2)
        if first["campaignArn"] != second["campaignArn"] or second["latestCampaignUpdate"]["status"] != "ACTIVE":
            raise SystemExit("the campaign was not updated in place")
        _say("Destroying the stack")
        _cdk("destroy", "Quickstart", "--force")
        left = boto3.client("personalize").list_campaigns()["campaigns"]
        print(f"campaigns left: {left}")
        if left:
            raise SystemExit("something is left")
        _say("Removing the data")
        prepare.destroy(poll_seconds=0.2)
    _say("Done: nothing runs any more")


def _deploy(tps: int) -> dict[str, Any]:
    _cdk(
        "deploy",
        "Quickstart",
        "--require-approval",
        "never",
        "--progress",
        "events",
        "-c",
        f"min_provisioned_tps={tps}",
    )
    stack = boto3.client("cloudformation").describe_stacks(StackName="Quickstart")["Stacks"][0]
    arn = next(output["OutputValue"] for output in stack["Outputs"] if output["OutputKey"] == "CampaignArn")
    print(f"\n$ aws personalize describe-campaign --campaign-arn {arn}")
    campaign: dict[str, Any] = boto3.client("personalize").describe_campaign(campaignArn=arn)["campaign"]
    print(json.dumps(campaign, indent=4, default=str), flush=True)
    if campaign["status"] != "ACTIVE" or campaign["minProvisionedTPS"] != tps:
        raise SystemExit("the campaign is not what was deployed")
    return campaign


def _cdk(*arguments: str) -> None:
    print(f"$ cdk {' '.join(arguments)}", flush=True)
    subprocess.run(["cdk", *arguments], cwd=ROOT, check=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _say(what: str) -> None:
    print(f"\n== {what}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
