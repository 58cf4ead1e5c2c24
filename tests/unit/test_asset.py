"""The asset of the functions: complete, without unused files, and reproducible."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template
from support.synth import version

import cdk_personalize as personalize
from cdk_personalize import _asset

RUNTIME = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six")
"""Packages that a Python runtime of Lambda contains: boto3 and its dependencies."""

PROGRAM = """
import json, os, sys
sys.path[:0] = [{asset!r}, {runtime!r}]
from cdk_personalize_handler import handler, service_model
handler.logger.append_keys(request_id="x")
handler.logger.info("works")
assert service_model.operation("Create", "Campaign") is not None
os.environ.update(AWS_REGION="eu-west-1", AWS_DEFAULT_REGION="eu-west-1")
clients = handler._clients()
for client in (clients.reading, clients.writing, clients.cloudformation, clients.stepfunctions):
    assert ".eu-west-1.amazonaws.com" in client.meta.endpoint_url
request = {{"RequestType": "Create", "ResourceType": "Custom::PersonalizeNothing", "StackId": "s", "RequestId": "r",
           "LogicalResourceId": "l", "ResourceProperties": {{}}}}
failed = handler.worker({{"Step": "begin", "Request": request}}, None)
assert "Nothing" in failed["Response"]["Reason"], failed
files = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
print("LOADED" + json.dumps([file for file in files if file and file.startswith({asset!r})]))
"""


@pytest.fixture
def staged(tmp_path: Path) -> Path:
    return Path(shutil.copytree(_asset.stage(), tmp_path / "asset"))


@pytest.fixture
def runtime(tmp_path: Path) -> Path:
    folder = tmp_path / "runtime"
    folder.mkdir()
    for name in RUNTIME:
        spec = find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        origin = Path(spec.origin)
        source = origin.parent if origin.name == "__init__.py" else origin
        (folder / source.name).symlink_to(source)
    return folder


def loaded(staged: Path, runtime: Path) -> set[Path]:
    """Run the handler in a new interpreter, and return the asset files that it loads.

    The interpreter has no packages except those of the Lambda runtime.
    """
    program = PROGRAM.format(asset=str(staged), runtime=str(runtime))
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", program],
        env={"AWS_DATA_PATH": str(staged / _asset.MODELS), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    line = next(each for each in run.stdout.splitlines() if each.startswith("LOADED"))
    return {Path(file).relative_to(staged) for file in json.loads(line.removeprefix("LOADED"))}


def test_it_holds_what_is_loaded_and_nothing_else(staged: Path, runtime: Path) -> None:
    held = {path.relative_to(staged) for path in staged.rglob("*") if path.is_file()}
    code = {path for path in held if path.suffix == ".py"}
    assert code == loaded(staged, runtime)
    versions = {"cloudformation": "2010-05-15", "personalize": "2018-05-22", "stepfunctions": "2016-11-23"}
    assert held - code == {
        *(
            Path(_asset.MODELS, service, version, name)
            for service, version in versions.items()
            for name in ("service-2.json.gz", "endpoint-rule-set-1.json.gz")
        ),
        *(Path(_asset.MODELS, f"{name}.json") for name in ("endpoints", "partitions", "sdk-default-configuration")),
    }


def test_its_data_is_enough_for_every_client(staged: Path, runtime: Path) -> None:
    assert loaded(staged, runtime)
    for service in ("cloudformation", "stepfunctions"):
        (model,) = (staged / _asset.MODELS / service).rglob("service-2.json.gz")
        assert model.stat().st_size < 10_000


def test_the_model_in_the_asset_is_the_one_that_counts(staged: Path, runtime: Path) -> None:
    model = staged / _asset.MODELS / "personalize" / "2018-05-22" / "service-2.json.gz"
    model.write_bytes(b"not a model")
    with pytest.raises(AssertionError, match=r"gzip|UnicodeDecodeError|JSON"):
        loaded(staged, runtime)


def test_it_is_small(staged: Path, tmp_path: Path) -> None:
    archive = Path(shutil.make_archive(str(tmp_path / "asset"), "zip", staged))
    assert archive.stat().st_size <= 200_000


def test_a_second_synth_has_the_same_hash() -> None:
    def code() -> str:
        _asset.stage.cache_clear()
        stack = cdk.Stack(cdk.App(), "Shop")
        personalize.Campaign(stack, "Related", solution_version=version(stack))
        functions = Template.from_stack(stack).find_resources(
            "AWS::Lambda::Function", {"Properties": {"Handler": "cdk_personalize_handler.handler.on_event"}}
        )
        return str([each["Properties"]["Code"]["S3Key"] for each in functions.values()])

    assert code() == code()


def test_the_catalogue_needs_the_standard_library_alone() -> None:
    program = f"import sys; sys.path.insert(0, {str(_asset.stage())!r}); import cdk_personalize_handler.kinds"
    subprocess.run([sys.executable, "-I", "-S", "-B", "-c", program], check=True)
