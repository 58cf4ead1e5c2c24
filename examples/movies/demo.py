"""Demo of this example on the local AWS emulator, run by `make demo`."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import prepare
import uploading

from cdk_personalize.local.clock import DEFAULT_SCALE
from cdk_personalize.local.process import running

if TYPE_CHECKING:
    from types import FrameType

HOST = "127.0.0.1"
ACCOUNT = "111111111111"
REGION = "us-east-1"
HERE = Path(__file__).parent
STACK = "Movies"
FILM = "film-0"


def main() -> None:
    """Deploy the example, show its recommendations, update it, and destroy it.

    An unexpected result ends the demo with an error.
    """
    signal.signal(signal.SIGTERM, _end)
    port = _free_port()
    _say(f"Starting the local AWS on port {port}")
    with running(HOST, port, DEFAULT_SCALE, authorization=True, log=subprocess.DEVNULL):
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            del os.environ[name]
        os.environ.update(
            AWS_ENDPOINT_URL=f"http://{HOST}:{port}",
            AWS_ACCESS_KEY_ID=ACCOUNT,
            AWS_SECRET_ACCESS_KEY="local",
            AWS_REGION=REGION,
            AWS_DEFAULT_REGION=REGION,
            NO_PROXY=HOST,
            CDK_DISABLE_CLI_TELEMETRY="true",
        )
        _say("Bootstrapping the CDK")
        with tempfile.TemporaryDirectory() as elsewhere:  # Bootstrapping requires no app.
            _cdk("bootstrap", f"aws://{ACCOUNT}/{REGION}", cwd=elsewhere)
        _say("Uploading the data")
        print(f"s3://{prepare.prepare()}")
        _say("Deploying: data, solution, training, campaign and themes, until all of them are ready")
        first = _deploy(1)
        _show_recommendations(first["campaignArn"])
        _show_themes()
        _say("Deploying again with min_provisioned_tps=2: an update in place")
        second = _deploy(2)
        if first["campaignArn"] != second["campaignArn"] or second["latestCampaignUpdate"]["status"] != "ACTIVE":
            raise SystemExit("the campaign was not updated in place")
        _say("Destroying the stack")
        _cdk("destroy", "--all", "--force")
        _check_that_nothing_remains()
        uploading.delete_bucket(prepare.EXAMPLE)
    _say("Done: the local AWS is stopped")


def _end(_number: int, _frame: FrameType | None) -> None:
    sys.exit("ended")


def _deploy(tps: int) -> dict[str, Any]:
    options = ("--require-approval", "never", "--progress", "events", "-c", f"min_provisioned_tps={tps}")
    _cdk("deploy", "--all", *options)
    stack = boto3.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]
    arn = next(output["OutputValue"] for output in stack["Outputs"] if output["OutputKey"] == "CampaignArn")
    print(f"\n$ aws personalize describe-campaign --campaign-arn {arn}")
    described = ["aws", "personalize", "describe-campaign", "--campaign-arn", arn, "--output", "json"]
    answer = subprocess.run(described, capture_output=True, text=True, check=True).stdout
    print(answer, flush=True)
    campaign: dict[str, Any] = json.loads(answer)["campaign"]
    if campaign["status"] != "ACTIVE" or campaign["minProvisionedTPS"] != tps:
        raise SystemExit("the campaign does not have the deployed configuration")
    return campaign


def _show_recommendations(campaign_arn: str) -> None:
    answer = boto3.client("personalize-runtime").get_recommendations(
        campaignArn=campaign_arn, itemId=FILM, numResults=5, metadataColumns={"ITEMS": ["TITLE", "GENRES"]}
    )
    _say(f"Recommendations for users who liked {FILM}")
    rows = [[each["itemId"], *each["metadata"].values()] for each in answer["itemList"]]
    _table([["ITEM", "TITLE", "GENRES"], *rows])


def _show_themes() -> None:
    key = "out/films.json.out"
    body = boto3.client("s3").get_object(Bucket=uploading.bucket_name(prepare.EXAMPLE), Key=key)["Body"]
    _say(f"Themes in {key}")
    lines = [json.loads(line) for line in body.read().decode().splitlines()]
    rows = [
        [each["input"]["itemId"], each["output"]["theme"], ", ".join(each["output"]["recommendedItems"][:4])]
        for each in lines
    ]
    _table([["ITEM", "THEME", "ITEMS"], *rows])


def _check_that_nothing_remains() -> None:
    personalize = boto3.client("personalize")
    lists = ("campaigns", "solutions", "datasets", "schemas", "dataset_groups")
    remaining = [found for name in lists for found in next(iter(getattr(personalize, f"list_{name}")().values()))]
    print(f"Resources that still exist: {remaining}")
    if remaining:
        raise SystemExit("some resources still exist")


def _table(rows: list[list[str]]) -> None:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _cdk(*arguments: str, cwd: str | Path = HERE) -> None:
    print(f"$ cdk {' '.join(arguments)}", flush=True)
    with subprocess.Popen(["cdk", *arguments], cwd=cwd, start_new_session=True) as cdk:
        try:
            code = cdk.wait()
        except BaseException:  # also Ctrl+C: the local AWS and the Node.js process that the CLI started must end
            os.killpg(cdk.pid, signal.SIGTERM)
            raise
    if code != 0:
        raise SystemExit(f"cdk {arguments[0]} ended with exit code {code}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _say(step: str) -> None:
    print(f"\n== {step}", flush=True)


if __name__ == "__main__":
    main()
