"""The fixture `personalize` in test runs without the extra `local`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from cdk_personalize.local.local_personalize import LocalPersonalize

ROOT = Path(__file__).parents[3]
PLUGIN = "cdk_personalize.local.pytest_plugin"


def test_the_package_announces_its_plugin() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'[project.entry-points.pytest11]\ncdk_personalize = "{PLUGIN}"\n' in project


def test_a_run_without_the_extra_has_the_fixture(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("import sys\nsys.modules['ministack'] = sys.modules['hypercorn'] = None\n")
    (tmp_path / "test_shop.py").write_text(
        dedent(
            """
            def recommend(runtime, campaign, user):
                answer = runtime.get_recommendations(campaignArn=campaign, userId=user)
                return [each["itemId"] for each in answer["itemList"]]

            def test_a_chosen_answer(personalize):
                campaign = personalize.create_campaign("shop")
                personalize.answer(campaign, ["boots", "socks"], user_id="user-1")
                runtime = personalize.client("personalize-runtime")
                assert recommend(runtime, campaign, "user-1") == ["boots", "socks"]
                assert len(recommend(runtime, campaign, "user-2")) == 25

            def test_each_test_begins_empty(personalize):
                assert personalize.client().list_campaigns()["campaigns"] == []
            """
        )
    )
    command = [sys.executable, "-m", "pytest", "-p", PLUGIN, "-p", "no:cacheprovider", "-q", str(tmp_path)]
    alone = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(command, cwd=tmp_path, env=alone, capture_output=True, text=True, check=False)
    assert "2 passed" in done.stdout, done.stdout + done.stderr


def test_a_run_without_the_fixture_does_not_load_botocore(tmp_path: Path) -> None:
    code = f"import sys, {PLUGIN}; sys.exit('botocore' in sys.modules or 'aws_cdk' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False).returncode == 0


@pytest.mark.parametrize(
    ("recipe", "request_"),
    [("aws-user-personalization", {"userId": "user-1"}), ("aws-similar-items", {"itemId": "item-1"})],
)
def test_a_campaign_answers_from_its_interactions(recipe: str, request_: dict[str, str]) -> None:
    personalize = LocalPersonalize()
    campaign = personalize.create_campaign("shop", recipe)
    answer = personalize.client("personalize-runtime").get_recommendations(campaignArn=campaign, **request_)
    assert {each["itemId"].partition("-")[0] for each in answer["itemList"]} == {"item"}


def test_time_passes_when_it_is_told_to() -> None:
    personalize = LocalPersonalize()
    client = personalize.client()
    arn = client.create_dataset_group(name="shop")["datasetGroupArn"]
    assert client.describe_dataset_group(datasetGroupArn=arn)["datasetGroup"]["status"] == "CREATE PENDING"
    personalize.advance(60)
    assert client.describe_dataset_group(datasetGroupArn=arn)["datasetGroup"]["status"] == "ACTIVE"
