"""Cold start of the Lambda functions: CPU time of imports and client creation."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import boto3

from benchmarks.processes import Program, measure
from cdk_personalize import _asset

_RUNTIME = str(Path(boto3.__file__).parents[1])
_PATH = "import sys; sys.path[:0] = {path!r}; "
_PEERS = {
    "botocore": "import botocore.session; botocore.session.get_session().create_client('personalize')",
    "boto3 and Powertools Logger": (
        "import boto3; from aws_lambda_powertools import Logger; Logger(service='x'); boto3.client('personalize')"
    ),
}
_OURS = {
    "cdk-personalize, one client": "from cdk_personalize_handler import handler; handler._clients().reading",
    "cdk-personalize, all clients of the worker": (
        "from cdk_personalize_handler import handler; c = handler._clients(); "
        "c.reading, c.writing, c.cloudformation, c.stepfunctions"
    ),
}


def run(runs: int) -> list[dict[str, Any]]:
    """Measure the programs, and return a row for each."""
    settings = {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"}
    with tempfile.TemporaryDirectory() as folder:
        asset = Path(folder, "asset")
        shutil.copytree(_asset.stage(), asset)
        archive = Path(shutil.make_archive(str(Path(folder, "asset-archive")), "zip", asset))
        size, files = archive.stat().st_size, sum(path.is_file() for path in asset.rglob("*"))
        ours = {**settings, "AWS_DATA_PATH": str(asset / _asset.MODELS)}
        isolated = ("-I", "-S")
        programs = {
            **{
                name: Program(_PATH.format(path=[_RUNTIME]) + source, settings, isolated)
                for name, source in _PEERS.items()
            },
            **{
                name: Program(_PATH.format(path=[str(asset), _RUNTIME]) + source, ours, isolated)
                for name, source in _OURS.items()
            },
        }
        measured = measure(programs, 2 * runs + 1)
    peer = measured["boto3 and Powertools Logger"].cpu_seconds
    return [
        {
            "alternative": name,
            "cpu_milliseconds": round(each.cpu_seconds * 1000),
            "ratio_to_boto3_and_logger": round(each.cpu_seconds / peer, 2),
            **({"asset_bytes": size, "asset_files": files} if name in _OURS else {}),
        }
        for name, each in measured.items()
    ]
